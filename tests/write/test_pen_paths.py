"""Graphs of drawn shapes, and pen paths through these graphs."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.data import load
from gan.write.vectorize.pen_paths import BRIDGE, Graph, Line, Path, median, trace
from tests.helpers.drawings import arc, drawn, graph_from


def degrees(graph: Graph) -> list[int]:
    return sorted(len(graph.at(node)) for node in graph.nodes)


def check_graph(graph: Graph) -> None:
    """Assert the invariants of a graph: lines start and end at their nodes, and every node has a line."""
    for line in graph.lines:
        assert set(line.ends) <= set(graph.nodes)
        assert len(line.points) == len(line.radii) >= 2
        assert (line.radii > 0).all()
        np.testing.assert_allclose(line.points[0], graph.nodes[line.ends[0]])
        np.testing.assert_allclose(line.points[-1], graph.nodes[line.ends[1]])
    assert all(graph.at(node) for node in graph.nodes)


@given(st.floats(0.2, 4), st.floats(0.5, 2))
def test_short_bridges_are_contracted(length: float, radius: float) -> None:
    places = {0: (0, -9), 1: (9, -9), 2: (0, 9 + length), 3: (9, 9 + length), 4: (4, 0), 5: (4, length)}
    graph = straight_graph(places, [(0, 4), (1, 4), (4, 5), (5, 2), (5, 3)], radius)
    graph.clean(radius)
    check_graph(graph)
    joined = length < BRIDGE * radius
    assert degrees(graph) == ([1, 1, 1, 1, 4] if joined else [1, 1, 1, 1, 3, 3])
    if joined:
        (middle,) = (place for node, place in graph.nodes.items() if len(graph.at(node)) == 4)
        np.testing.assert_allclose(middle, (4, length / 2), atol=length / 2 + 0.01)


def straight_graph(places: Mapping[int, tuple[float, float]], lines: list[tuple[int, int]], radius: float) -> Graph:
    """Return a graph of straight lines between the given nodes."""
    nodes = {number: np.array(place, float) for number, place in places.items()}
    points = [np.linspace(nodes[a], nodes[b], 11) for a, b in lines]
    return Graph(nodes, [Line(p, np.full(11, radius), ends) for p, ends in zip(points, lines, strict=True)])


def test_contracting_one_of_two_bridges_leaves_a_loop() -> None:
    places = {0: (0, 0), 1: (10, 0), 2: (11, 0), 3: (20, 0)}
    graph = straight_graph(places, [(0, 1), (1, 2), (1, 2), (2, 3)], 1.0)
    graph.clean(1.0)
    check_graph(graph)
    assert sorted(Counter(line.ends for line in graph.lines).values()) == [1, 1, 1]
    assert degrees(graph) == [1, 1, 4]


def test_graphs_of_digits_keep_components_and_loops() -> None:
    """Lines minus nodes equals loops minus components, not counting single points."""
    for picture in load().images[::100]:
        graph, radius = graph_from(picture)
        check_graph(graph)
        before = len(graph.lines) - len(graph.nodes)
        rings = sum(len(graph.at(node)) == 2 for node in graph.nodes)
        graph.clean(radius)
        check_graph(graph)
        assert len(graph.lines) - len(graph.nodes) == before
        assert all(len(graph.at(node)) != 2 or graph.at(node)[0] is graph.at(node)[1] for node in graph.nodes)
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


@given(st.lists(st.floats(0, 9), min_size=1, max_size=9))
def test_the_median_equals_numpy(values: list[float]) -> None:
    assert median(np.array(values)) == np.median(values)


# Pen paths


def test_a_line_to_a_loop_is_no_stub() -> None:
    """The shape is a 2 with a body that is shorter than the loop at its foot."""
    graph, radius = graph_from(drawn([(14.0, 5.0), (16.5, 12.0), *arc(11, 17, 5.5, 5.5, 20, -330)]))
    graph.clean(radius)
    paths = trace(graph, radius, stubs=(-1, 0))
    assert len(paths) == 1
    assert paths[0].loose == (True, False)
    assert not paths[0].closed


def test_paths_can_be_cut_and_restarted() -> None:
    points = np.array(arc(0, 0, 5, 5, 0, 360, n=5))
    ring = Path(points, np.array([1.0, 2, 3, 4, 1]), True, [], (False, False)).starting_at(2)
    np.testing.assert_allclose(ring.points, points[[2, 3, 0, 1, 2]], atol=1e-9)
    assert (ring.radii.tolist(), ring.closed) == ([3, 4, 1, 2, 3], True)
    before, after = Path(points, np.arange(5.0), False, [], (False, True)).cut(2)
    assert (before.radii.tolist(), before.loose) == ([0, 1, 2], (False, True))
    assert (after.radii.tolist(), after.loose) == ([2, 3, 4], (True, True))
