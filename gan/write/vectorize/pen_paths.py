"""Build the graph of a skeleton, and find the pen paths through it.

Thinning leaves spurs where a stroke was thick, and splits every crossing into two forks
with a short bridge between them. So spurs are removed and bridges contracted; for
example, the waist of an 8 becomes one crossing of four lines.

At a crossing, a pen goes straight on: each line continues on the line that requires the
smallest turn, and the remaining lines end there. A *stub* is a short line that sticks
out of a bend, as at the waist of a 3 or the foot of a 2. The pen goes to the tip of the
stub and back.

The *stroke radius* is half the usual width of a drawing's ink.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, product
from math import acos, hypot

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.skeleton import ways
from gan.write.strokes_and_pages import Points
from gan.write.vectorize.measure_ink import ENLARGED

# a line with a loose end is a spur if it is shorter than this, in stroke radii
SPUR = 1.5
BRIDGE = 1.7  # forks are merged if they are closer than this, in stroke radii

Point = NDArray[np.float64]  # (2,) x and y in units


@dataclass(eq=False)
class Line:
    """A line in the skeleton between two nodes, or a ring from a node to itself."""

    points: Points  # (n, 2) x and y in units
    radii: NDArray[np.float64]  # (n,) half the width of the ink there
    ends: tuple[int, int]  # numbers of the nodes at its first and last point

    @property
    def length(self) -> float:
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())

    def reversed(self) -> Line:
        return Line(self.points[::-1], self.radii[::-1], self.ends[::-1])


def _joined(lines: list[Line]) -> tuple[Points, NDArray[np.float64]]:
    """Return the points and radii of lines, each starting where the one before ends."""
    later = lines[1:]
    points = [lines[0].points, *(line.points[1:] for line in later)]
    radii = [lines[0].radii, *(line.radii[1:] for line in later)]
    return np.concatenate(points), np.concatenate(radii)


@dataclass
class Graph:
    """The lines of a skeleton, and the nodes where they end."""

    nodes: dict[int, Point]
    lines: list[Line]

    def at(self, node: int) -> list[Line]:
        """Return the lines that end at a node; a ring appears twice."""
        return [line for line in self.lines for end in line.ends if end == node]

    def degree(self, node: int) -> int:
        return len(self.at(node))

    def clean(self, radius: float) -> None:
        """Remove spurs and contract bridges, the shortest first.

        `radius` is the stroke radius in units.
        """
        while spurs := [line for line in self.lines if self._is_spur(line, radius)]:
            self._cut(min(spurs, key=lambda line: line.length))
        while bridges := [line for line in self.lines if self._is_bridge(line, radius)]:
            self._join(min(bridges, key=lambda line: line.length))

    def _is_spur(self, line: Line, radius: float) -> bool:
        low, high = sorted(map(self.degree, line.ends))
        longest = SPUR * max(radius, line.radii.max())
        return low == 1 and high >= 3 and line.length < longest

    def _is_bridge(self, line: Line, radius: float) -> bool:
        a, b = line.ends
        are_forks = min(self.degree(a), self.degree(b)) >= 3
        return a != b and are_forks and line.length < BRIDGE * radius

    def _cut(self, spur: Line) -> None:
        """Remove a spur, and merge the two lines that remain at its fork."""
        tip, fork = sorted(spur.ends, key=self.degree)
        self.lines.remove(spur)
        del self.nodes[tip]
        self.merge(fork)

    def merge(self, node: int) -> None:
        """Replace the two lines that end at a node by a single line; remove the node.

        Do nothing if another number of lines ends there, or if both ends are of one
        ring.
        """
        pair = self.at(node)
        if len(pair) != 2 or pair[0] is pair[1]:
            return
        first = pair[0] if pair[0].ends[1] == node else pair[0].reversed()
        second = pair[1] if pair[1].ends[0] == node else pair[1].reversed()
        merged = Line(*_joined([first, second]), (first.ends[0], second.ends[1]))
        self.lines = [line for line in self.lines if line not in pair] + [merged]
        del self.nodes[node]

    def _join(self, bridge: Line) -> None:
        a, b = bridge.ends
        middle = bridge.points[len(bridge.points) // 2]
        self.lines.remove(bridge)
        self.nodes[a] = middle
        del self.nodes[b]
        for line in self.lines:
            line.points = line.points.copy()
            for k in (0, -1):
                if line.ends[k] in bridge.ends:
                    line.points[k] = middle
            first, last = (a if end == b else end for end in line.ends)
            line.ends = first, last


def graph_of(points: NDArray[np.intp], radii: NDArray[np.float64]) -> Graph:
    """Return the graph of a skeleton, given its points (n, 2), n >= 1.

    The points are rows and columns of the enlarged drawing, in scan order. `radii`,
    (n,), are half the width of the ink at each point, in units.

    An isolated ring has one node, its highest point. An isolated point is dropped.
    """
    node, count, path, bounds, ends = ways(points)
    places = (points[:, ::-1] + 0.5) / ENLARGED  # (n, 2)
    on = np.flatnonzero(node >= 0)
    sums = [np.bincount(node[on], places[on, axis], count) for axis in (0, 1)]
    middles = np.stack(sums, axis=1) / np.bincount(node[on], minlength=count)[:, None]
    graph = Graph(dict(enumerate(middles)), [])  # middles is (count, 2)
    for (first, last), (a, b) in zip(bounds.tolist(), ends.tolist(), strict=True):
        way = path[first:last]
        if a == b and len(way) < 3:
            continue  # one or two points next to a fork are no ring
        line = np.concatenate([graph.nodes[a][None], places[way], graph.nodes[b][None]])
        if len(way):
            widths = radii[np.concatenate([way[:1], way, way[-1:]])]
        else:
            widths = np.full(2, np.median(radii))
        graph.lines.append(Line(line, widths, (a, b)))
    for number in range(count):
        if graph.at(number):
            graph.merge(number)
        else:
            del graph.nodes[number]
    return graph


TURN = np.radians(75)  # maximum turn of a pen at a crossing, in radians
# a line's direction at a crossing is measured between these distances from it, in
# stroke radii
SKIPPED = 0.8
LOOKED = 3.5
STUB = 0.7  # a stub is shorter than this fraction of the other two lines at its fork

End = tuple[int, int]  # index of a line, and 0 for its first point or 1 for its last


@dataclass(frozen=True)
class Path:
    """The path of a pen.

    The last point of a closed path repeats the first. `loose` tells whether the start
    and the end are free. An end that is not free must meet another path, or another
    part of this path.
    """

    points: Points  # (n, 2) x and y in units
    radii: NDArray[np.float64]  # (n,) half the width of the ink there
    closed: bool
    crossings: list[Point]  # nodes on the path where thinning bent the line
    loose: tuple[bool, bool] = (True, True)

    def reversed(self) -> Path:
        path = self._taking(slice(None, None, -1))
        return replace(path, loose=self.loose[::-1])

    def cut(self, at: int) -> tuple[Path, Path]:
        """Split an open path at a point, which both parts contain."""
        first = self._taking(slice(at + 1))
        second = self._taking(slice(at, None))
        start, end = self.loose
        return replace(first, loose=(start, True)), replace(second, loose=(True, end))

    def starting_at(self, at: int) -> Path:
        """Return the same closed path, but starting and ending at point `at`."""
        return self._taking(np.r_[at : len(self.points) - 1, : at + 1])

    def _taking(self, chosen: slice | NDArray[np.intp]) -> Path:
        return replace(self, points=self.points[chosen], radii=self.radii[chosen])


def trace(graph: Graph, radius: float, stubs: tuple[int, int] | None) -> list[Path]:
    """Return the paths of a pen through a cleaned graph.

    A path follows each line once, and stubs to their tip and back.

    `radius` is the stroke radius in units. `stubs` is the direction in which stubs may
    point, with x to the right and y downwards; None means that there are no stubs.
    """
    both = list(product(range(len(graph.lines)), (0, 1)))  # the ends of all lines
    onward: dict[End, End] = {}
    back: set[int] = set()  # indices of stubs, which are drawn to their tip and back
    for node in graph.nodes:
        ends = [(i, k) for i, k in both if graph.lines[i].ends[k] == node]
        if len(ends) < 3:
            continue
        stub = _stub(graph, node, ends, stubs) if stubs and len(ends) == 3 else None
        if stub is not None:
            back.add(stub[0])
            first, second = (end for end in ends if end != stub)
            onward |= {first: stub, second: stub}
            continue
        for a, b in _straight_on(graph, ends, radius):
            onward |= {a: b, b: a}
    used: set[int] = set(back)
    starts = [end for end in both if end not in onward]
    starts += both  # rings have no natural start
    return [
        _follow(graph, start, onward, back, used)
        for start in starts
        if start[0] not in used
    ]


def _stub(
    graph: Graph, node: int, ends: list[End], towards: tuple[int, int]
) -> End | None:
    """Return the end of a stub at a fork of three line ends, or None.

    A stub has a loose end, points roughly in the direction `towards`, and is shorter
    than the other two lines. If those two are one ring, return None, because the tail
    of a loop, as at the foot of a 2, is not a stub.
    """
    tips = {end: _from(graph, end).ends[1] for end in ends}
    loose = [end for end in ends if graph.degree(tips[end]) == 1]
    if not loose or len({end[0] for end in ends}) < 3:
        return None
    lengths = {end: graph.lines[end[0]].length for end in ends}
    shortest = min(loose, key=lambda end: lengths[end])
    rest = [lengths[end] for end in ends if end != shortest]
    points = (graph.nodes[tips[shortest]] - graph.nodes[node]) @ towards > 0
    return shortest if points and lengths[shortest] < STUB * min(rest) else None


def _straight_on(graph: Graph, ends: list[End], radius: float) -> list[tuple[End, End]]:
    """Return the pairs of line ends that a pen connects at a crossing.

    Only pairs with a turn below TURN are connected, and each end at most once. The pair
    with the smallest turn is chosen first. If four ends meet, two pairs are chosen
    together, so that the sum of their squared turns is smallest.
    """
    headings = {end: _heading(_from(graph, end), radius) for end in ends}
    turns = {
        (a, b): np.pi - angle(headings[a], headings[b])
        for a, b in combinations(ends, 2)
    }
    allowed = [pair for pair in turns if turns[pair] < TURN]
    if len(ends) == 4:
        both = [[a, b] for a, b in combinations(allowed, 2) if not set(a) & set(b)]
        if both:
            return min(both, key=lambda pairs: sum(turns[pair] ** 2 for pair in pairs))
    taken: list[tuple[End, End]] = []
    for pair in sorted(allowed, key=lambda pair: turns[pair]):
        if not any(set(pair) & set(other) for other in taken):
            taken.append(pair)
    return taken


def _heading(line: Line, radius: float) -> Point:
    """Return the direction in which a line starts.

    It is measured between the points at distances SKIPPED and LOOKED from the start, or
    at smaller ones if the line is short.
    """
    steps = np.hypot(*np.diff(line.points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    far = min(LOOKED * radius, 0.5 * along[-1])
    near = min(SKIPPED * radius, 0.3 * far)
    a, b = (line.points[np.searchsorted(along, at)] for at in (near, far))
    heading: Point = b - a
    return heading


def angle(a: Point, b: Point) -> float:
    cosine = float(a @ b) / max(hypot(*a) * hypot(*b), 1e-9)
    return acos(min(max(cosine, -1.0), 1.0))


def _follow(
    graph: Graph, start: End, onward: dict[End, End], back: set[int], used: set[int]
) -> Path:
    """Return the path from an end of a line until a line ends or the loop closes.

    `onward` maps the end at which a pen leaves a line to the end at which it continues.
    `back` contains the stubs. The path's lines are added to `used`.
    """
    parts: list[Line] = []
    passed = [graph.lines[start[0]].ends[start[1]]]  # nodes on the path
    here = start
    closed = False
    while True:
        line = _from(graph, here)
        used.add(here[0])
        parts.append(line)
        passed.append(line.ends[1])
        far = (here[0], 1 - here[1])
        following = onward.get(far)
        if following is None:
            # closed if it is an isolated ring
            closed = line.ends[0] == line.ends[1] and graph.degree(line.ends[1]) == 2
            break
        if following[0] in back:
            stub = _from(graph, following)
            parts += [stub, stub.reversed()]
            following = next(
                end for end, to in onward.items() if to == following and end != far
            )
        if following[0] in used:
            closed = following == start
            break
        here = following
    crossings = [graph.nodes[node] for node in passed if graph.degree(node) >= 3]
    loose = (graph.degree(passed[0]) == 1, graph.degree(passed[-1]) == 1)
    return Path(*_joined(parts), closed, crossings, loose)


def _from(graph: Graph, end: End) -> Line:
    line = graph.lines[end[0]]
    return line if end[1] == 0 else line.reversed()
