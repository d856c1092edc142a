"""At a crossing a pen goes straight on: how many paths, from where to where, and what was drawn there and back."""

from collections.abc import Sequence

import numpy as np
import pytest
from drawings import EIGHT, NINE, SIX, ZERO, Line, arc, drawn, graph_from
from hypothesis import given
from hypothesis import strategies as st

from gan.data import load
from gan.write.vectorize.trace import Path, trace


def traced(*lines: Line, stubs: tuple[int, int] | None = None, radius: float = 1.25) -> list[Path]:
    graph, found = graph_from(drawn(*lines, radius=radius))
    graph.clean(found)
    return trace(graph, found, stubs)


def length(path: Path) -> float:
    return float(np.hypot(*np.diff(path.points, axis=0).T).sum())


def straight(path: Path) -> bool:
    return length(path) < 1.15 * np.hypot(*(path.points[-1] - path.points[0]))


@given(st.floats(0, 180), st.floats(78, 102))
def test_two_strokes_that_cross_are_two_strokes(turn: float, between: float) -> None:
    lines = []
    for angle in np.radians([turn, turn + between]):
        x, y = 9.5 * np.cos(angle), 9.5 * np.sin(angle)
        lines.append([(14 - x, 14 - y), (14 + x, 14 + y)])
    paths = traced(*lines)
    assert len(paths) == 2
    for path in paths:
        assert straight(path)
        assert length(path) == pytest.approx(19, rel=0.12)
        assert path.loose == (True, True)
        assert len(path.crossings) == 1


def test_the_stem_of_a_t_ends_on_its_bar() -> None:
    bar, stem = traced([(5.0, 7.0), (23.0, 7.0)], [(14.0, 7.0), (14.0, 23.0)])
    assert (bar.loose, sorted(stem.loose)) == ((True, True), [False, True])
    assert straight(bar)
    assert np.ptp(bar.points[:, 0]) == pytest.approx(18, abs=1)
    assert straight(stem)
    assert len(stem.crossings) == 1


def test_a_y_goes_on_where_it_turns_least() -> None:
    paths = traced([(14.0, 14.0), (14.0, 23.0)], [(14.0, 14.0), (13.0, 5.0)], [(14.0, 14.0), (22.0, 8.0)])
    longest = max(paths, key=length)
    assert len(paths) == 2
    assert np.ptp(longest.points[:, 1]) == pytest.approx(18, abs=1)


def test_rings_and_loops() -> None:
    (ring,) = traced(*ZERO)
    assert (ring.closed, ring.crossings, ring.loose) == (True, [], (False, False))
    (eight,) = traced(*EIGHT)
    assert eight.closed
    assert len(eight.crossings) > 0
    np.testing.assert_array_equal(eight.points[0], eight.points[-1])
    assert length(eight) == pytest.approx(57, rel=0.1)
    for digit in (SIX, NINE):
        (path,) = traced(*digit)
        assert (path.closed, sorted(path.loose)) == (False, [False, True])


STUBBED = [*arc(13, 9, 6, 4, 100, -85), *arc(13, 19, 6, 4, 85, -100)]  # a 3
OUT = [(13.5, 14.0), (9.0, 14.0)]  # ... into whose waist the pen went


def test_a_stub_is_drawn_to_its_tip_and_back() -> None:
    (path,) = traced(STUBBED, OUT, stubs=(-1, 0))
    assert path.loose == (True, True)
    left = path.points[np.abs(path.points[:, 1] - 14) < 1]
    assert left[:, 0].min() == pytest.approx(8.5, abs=0.8)
    assert len(traced(STUBBED, OUT, stubs=None)) == 2
    assert len(traced(STUBBED, OUT, stubs=(1, 0))) == 2  # it points to the left


def test_what_leads_to_a_loop_is_no_stub() -> None:
    """A 2 whose body is shorter than the loop at its foot."""
    paths = traced([(14.0, 5.0), (16.5, 12.0), *arc(11, 17, 5.5, 5.5, 20, -330)], stubs=(-1, 0))
    assert len(paths) == 1
    assert paths[0].loose == (True, False)
    assert not paths[0].closed


def test_every_line_is_drawn_once() -> None:
    for picture in load().images[::50]:
        graph, radius = graph_from(picture)
        graph.clean(radius)
        paths = trace(graph, radius, None)
        assert sum(map(length, paths)) == pytest.approx(sum(line.length for line in graph.lines))
        free = sum(len(graph.at(node)) == 1 for node in graph.nodes)
        assert sum(sum(path.loose) for path in paths) == free
        ends = {tuple(place) for node, place in graph.nodes.items()}
        assert all(tuple(path.points[k]) in ends for path in paths for k in (0, -1))


def parts(path: Path) -> Sequence[float]:
    return [*path.points.ravel().tolist(), *path.radii.tolist()]


def test_cut_turned_and_begun_elsewhere() -> None:
    points = np.array(arc(0, 0, 5, 5, 0, 360, n=9))
    points[-1] = points[0]
    radii = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 1])
    ring = Path(points, radii, True, [], (False, False))
    other = ring.starting_at(3)
    np.testing.assert_array_equal(other.points[[0, -1, 1]], points[[3, 3, 4]])
    np.testing.assert_array_equal(other.radii, [4, 5, 6, 7, 8, 1, 2, 3, 4])
    assert other.closed
    open_ = Path(points[:-1], radii[:-1], False, [], (False, True))
    assert (open_.reversed().loose, open_.reversed().radii[0]) == ((True, False), 8)
    before, after = open_.cut(2)
    np.testing.assert_array_equal(before.points[-1], after.points[0])
    assert (before.loose, after.loose, len(before.points), len(after.points)) == ((False, True), (True, True), 3, 6)
    assert parts(open_.reversed().reversed()) == parts(open_)
