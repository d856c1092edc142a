"""Graphs of drawn shapes, pen paths through them, and strokes along the paths."""

from dataclasses import replace

import numpy as np
import pytest

from gan.write.vectorize.pen_paths import Graph, Path, trace
from gan.write.vectorize.smooth import PRESSURES, SNAP, snapped, stroke_of
from tests.helpers.digits import SAMPLE
from tests.helpers.drawings import arc, drawn, graph_from, path_of


def check_graph(graph: Graph) -> None:
    """Assert the invariants of a graph: lines start and end at their nodes, and every
    node has a line.
    """
    for line in graph.lines:
        assert set(line.ends) <= set(graph.nodes)
        assert len(line.points) == len(line.radii) >= 2
        assert (line.radii > 0).all()
        np.testing.assert_allclose(line.points[0], graph.nodes[line.ends[0]])
        np.testing.assert_allclose(line.points[-1], graph.nodes[line.ends[1]])
    assert all(graph.at(node) for node in graph.nodes)


def test_graphs_of_digits_keep_components_and_loops() -> None:
    """Lines minus nodes equals loops minus components, not counting single points."""
    for picture in SAMPLE.images[::100]:
        graph, radius = graph_from(picture)
        check_graph(graph)
        before = len(graph.lines) - len(graph.nodes)
        rings = sum(len(graph.at(node)) == 2 for node in graph.nodes)
        graph.clean(radius)
        check_graph(graph)
        assert len(graph.lines) - len(graph.nodes) == before
        assert all(
            len(graph.at(node)) != 2 or graph.at(node)[0] is graph.at(node)[1]
            for node in graph.nodes
        )
        assert sum(len(graph.at(node)) == 2 for node in graph.nodes) >= rings
        check_paths(graph, trace(graph, radius, None))


def check_paths(graph: Graph, paths: list[Path]) -> None:
    """Assert that paths follow every line once, and start and end at nodes."""
    lengths = [np.hypot(*np.diff(path.points, axis=0).T).sum() for path in paths]
    assert sum(lengths) == pytest.approx(sum(line.length for line in graph.lines))
    free = sum(len(graph.at(node)) == 1 for node in graph.nodes)
    assert sum(sum(path.loose) for path in paths) == free
    ends = {tuple(place) for node, place in graph.nodes.items()}
    assert all(tuple(path.points[k]) in ends for path in paths for k in (0, -1))


# Pen paths


def test_a_line_to_a_loop_is_no_stub() -> None:
    """The shape is a 2 with a body that is shorter than the loop at its foot."""
    graph, radius = graph_from(
        drawn([(14.0, 5.0), (16.5, 12.0), *arc(11, 17, 5.5, 5.5, 20, -330)])
    )
    graph.clean(radius)
    paths = trace(graph, radius, stubs=(-1, 0))
    assert len(paths) == 1
    assert paths[0].loose == (True, False)
    assert not paths[0].closed


def test_a_cut_path_is_loose_at_the_cut() -> None:
    path = path_of((0, 0), (5, 0), loose=(False, True))
    before, after = path.cut(2)
    assert before.loose == (False, True)
    assert after.loose == (True, True)


# gan/write/vectorize/smooth.py: rings, pressure, and ends snapped onto other strokes


def test_rings_close_smoothly_and_may_have_corners_anywhere() -> None:
    outline = arc(0, 0, 6, 8, 90, 450, n=200)
    ring = path_of(*outline, closed=True, loose=(False, False))
    stroke = stroke_of(ring, [], 1.0)
    first = stroke.curves[0]
    last = stroke.curves[-1]
    np.testing.assert_allclose(first[1] - first[0], last[3] - last[2], atol=1e-9)
    for corners in ([0], [1], [len(ring.points) - 1], [2, 40]):
        cut = stroke_of(ring, corners, 1.0)
        np.testing.assert_allclose(cut.curves[1:, 0], cut.curves[:-1, 3], atol=0.01)
        points = cut.sampled(0.25)[0]
        assert np.abs(np.hypot(points[:, 0] / 6, points[:, 1] / 8) - 1).max() < 0.05


def test_pressure_follows_the_width_within_limits() -> None:
    path = path_of((0, 0), (20, 0))
    widening = replace(path, radii=np.linspace(0.2, 4, len(path.points)))
    pressure = stroke_of(widening, [], 1.0).pressure
    least, most = PRESSURES
    assert pressure.min() == least
    assert pressure.max() == most
    assert (np.diff(pressure) >= 0).all()


@pytest.mark.parametrize(
    ("gap", "is_loose", "snaps"),
    [(0.9, False, True), (0.9, True, False), (SNAP + 0.5, False, False)],
)
def test_a_near_end_is_snapped_onto_another_stroke(
    gap: float, is_loose: bool, snaps: bool
) -> None:
    bar = path_of((-10, 0), (10, 0))
    stem = path_of((0, gap), (0, 12), loose=(is_loose, True))
    _, stroke = snapped([bar, stem], [[], []], 1.0)
    assert stroke.curves[0, 0] == pytest.approx([0, 0 if snaps else gap], abs=0.1)
    assert stroke.curves[-1, 3] == pytest.approx([0, 12], abs=0.01)
