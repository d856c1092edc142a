"""Graphs of drawn shapes whose nodes and lines are known; hairs and bridges."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest
from drawings import EIGHT, NINE, SIX, ZERO, arc, drawn, graph_from, to_lines
from hypothesis import given
from hypothesis import strategies as st

from gan.data import load
from gan.write.vectorize.trace import BRIDGE, SPUR, Graph, Line, graph_of, median

CROSS = [[(14.0, 5.0), (14.0, 23.0)], [(5.0, 14.0), (23.0, 14.0)]]
FORK = [[(14.0, 14.0), (14.0, 23.0)], [(14.0, 14.0), (7.0, 6.0)], [(14.0, 14.0), (21.0, 6.0)]]
T = [[(5.0, 7.0), (23.0, 7.0)], [(14.0, 7.0), (14.0, 23.0)]]
# What is drawn; of its nodes how many lines each has; how many lines.
SHAPES = {
    "stroke": ([[(5.0, 6.0), (20.0, 22.0)]], [1, 1], 1),
    "cross": (CROSS, [1, 1, 1, 1, 4], 4),
    "ring": (ZERO, [2], 1),
    "8": (EIGHT, [4], 2),
    "T": (T, [1, 1, 1, 3], 3),
    "fork": (FORK, [1, 1, 1, 3], 3),
    "6": (SIX, [1, 3], 2),
    "9": (NINE, [1, 3], 2),
    "two": ([[(8.0, 5.0), (8.0, 22.0)], [(18.0, 5.0), (20.0, 22.0)]], [1, 1, 1, 1], 2),
}


def degrees(graph: Graph) -> list[int]:
    return sorted(len(graph.at(node)) for node in graph.nodes)


def check(graph: Graph) -> None:
    """What holds of every graph: lines begin and end at their nodes, in steps of at most a point or two."""
    for line in graph.lines:
        assert set(line.ends) <= set(graph.nodes)
        assert len(line.points) == len(line.radii) >= 2
        assert (line.radii > 0).all()
        np.testing.assert_allclose(line.points[0], graph.nodes[line.ends[0]])
        np.testing.assert_allclose(line.points[-1], graph.nodes[line.ends[1]])
    assert all(graph.at(node) for node in graph.nodes)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("radius", [0.9, 1.3, 1.7])
def test_nodes_and_lines_of_a_shape(name: str, radius: float) -> None:
    lines, expected, count = SHAPES[name]
    graph, found = graph_from(drawn(*lines, radius=radius))
    graph.clean(found)
    check(graph)
    assert degrees(graph) == expected
    assert len(graph.lines) == count
    forks = [place for node, place in graph.nodes.items() if len(graph.at(node)) > 2]
    for line in graph.lines:
        far = np.all([np.hypot(*(line.points - fork).T) > 3 * radius for fork in forks], axis=0)  # thinning bends forks
        assert to_lines(line.points[far], *lines).max(initial=0) < 0.5
    total = sum(line.length for line in graph.lines)
    drawn_length = sum(np.hypot(*np.diff(np.array(line), axis=0).T).sum() for line in lines)
    assert total == pytest.approx(drawn_length, rel=0.16)  # thinning takes the ends, and its steps are crooked


def test_a_node_lies_where_the_lines_cross_and_ends_where_they_end() -> None:
    graph, radius = graph_from(drawn(*CROSS))
    graph.clean(radius)
    middle = next(place for node, place in graph.nodes.items() if len(graph.at(node)) == 4)
    np.testing.assert_allclose(middle, [14, 14], atol=0.3)
    ends = np.array([place for node, place in graph.nodes.items() if len(graph.at(node)) == 1])
    assert to_lines(ends, *CROSS).max() < 0.3


def test_a_ring_has_one_node_its_highest_point() -> None:
    graph, _ = graph_from(drawn(*ZERO))
    (place,), (line,) = graph.nodes.values(), graph.lines
    assert place[1] == line.points[:, 1].min() == pytest.approx(5, abs=0.3)
    assert line.ends[0] == line.ends[1]


def test_a_hair_is_cut_off_and_what_is_longer_stays() -> None:
    stroke = [(5.0, 14.0), (23.0, 14.0)]
    for length, left in ((0.4, 1), (6.0, 3)):
        hair = [(14.0, 14.0), (14.0, 14.0 - 1.25 - length)]
        graph, radius = graph_from(drawn(stroke, hair))
        graph.clean(radius)
        check(graph)
        assert len(graph.lines) == left


@given(st.floats(0.2, 4), st.floats(0.5, 2))
def test_how_long_a_hair_is(length: float, radius: float) -> None:
    """By the length of its line, against the width of the strokes."""
    graph = made({0: (0, 0), 1: (20, 0), 2: (10, 0), 3: (10, length)}, [(0, 2), (2, 1), (2, 3)], radius)
    graph.clean(radius)
    check(graph)
    assert degrees(graph) == ([1, 1] if length < SPUR * radius else [1, 1, 1, 3])


@given(st.floats(0.2, 4), st.floats(0.5, 2))
def test_how_long_a_bridge_is(length: float, radius: float) -> None:
    places = {0: (0, -9), 1: (9, -9), 2: (0, 9 + length), 3: (9, 9 + length), 4: (4, 0), 5: (4, length)}
    graph = made(places, [(0, 4), (1, 4), (4, 5), (5, 2), (5, 3)], radius)
    graph.clean(radius)
    check(graph)
    joined = length < BRIDGE * radius
    assert degrees(graph) == ([1, 1, 1, 1, 4] if joined else [1, 1, 1, 1, 3, 3])
    if joined:
        (middle,) = (place for node, place in graph.nodes.items() if len(graph.at(node)) == 4)
        np.testing.assert_allclose(middle, (4, length / 2), atol=length / 2 + 0.01)


def made(places: Mapping[int, tuple[float, float]], lines: list[tuple[int, int]], radius: float) -> Graph:
    """A graph of straight lines."""
    nodes = {number: np.array(place, float) for number, place in places.items()}
    points = [np.linspace(nodes[a], nodes[b], 11) for a, b in lines]
    return Graph(nodes, [Line(p, np.full(11, radius), ends) for p, ends in zip(points, lines, strict=True)])


def test_a_loop_whose_hair_is_cut_off_stays_a_loop() -> None:
    graph, radius = graph_from(drawn(*ZERO, [(20.0, 14.0), (22.0, 14.0)]))
    graph.clean(radius)
    check(graph)
    assert degrees(graph) == [2]


def test_two_bridges_side_by_side_leave_a_loop() -> None:
    places = {0: (0, 0), 1: (10, 0), 2: (11, 0), 3: (20, 0)}
    graph = made(places, [(0, 1), (1, 2), (1, 2), (2, 3)], 1.0)
    graph.clean(1.0)
    check(graph)
    assert sorted(Counter(line.ends for line in graph.lines).values()) == [1, 1, 1]
    assert degrees(graph) == [1, 1, 4]


def test_a_single_point_is_left_out() -> None:
    graph = graph_of(np.array([[3, 3]]), np.array([0.5]))
    assert (graph.nodes, graph.lines) == ({}, [])


def test_of_all_digits_the_graph_is_whole() -> None:
    """Every piece and loop of the drawing is in it: lines - nodes = loops - pieces, of what is not a single point."""
    for picture in load().images[::100]:
        graph, radius = graph_from(picture)
        check(graph)
        before = len(graph.lines) - len(graph.nodes)
        rings = sum(len(graph.at(node)) == 2 for node in graph.nodes)
        graph.clean(radius)
        check(graph)
        assert len(graph.lines) - len(graph.nodes) == before
        assert all(len(graph.at(node)) != 2 or graph.at(node)[0] is graph.at(node)[1] for node in graph.nodes)
        assert sum(len(graph.at(node)) == 2 for node in graph.nodes) >= rings


def test_turned() -> None:
    line = Line(np.array(arc(0, 0, 5, 5, 0, 90)), np.linspace(1, 2, 40), (3, 7))
    back = line.reversed()
    assert back.ends == (7, 3)
    assert back.length == pytest.approx(line.length)
    np.testing.assert_array_equal(back.points[0], line.points[-1])
    assert back.radii[0] == 2


@given(st.lists(st.floats(0, 9), min_size=1, max_size=9))
def test_the_median_is_numpy_s(values: list[float]) -> None:
    assert median(np.array(values)) == np.median(values)
