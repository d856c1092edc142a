"""A middle line as a graph: where strokes end and meet, and the lines between.

Thinning leaves hairs where a stroke was thick, and opens every crossing into two forks with a short bridge between. So
hairs are cut off and bridges drawn together: the waist of an 8 becomes one crossing of four lines.

From the graph of a middle line to paths of a pen: at a crossing a pen goes straight on.

What arrives at a crossing leaves it on the line that turns the least, and what is left over ends or begins there. A
stub that sticks out of a bend, as of a 3's waist or a 2's foot, was drawn to its tip and back.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import acos, hypot

import numpy as np
from numpy.typing import NDArray

from gan.write.kernels.skeleton import ways
from gan.write.page import Points
from gan.write.vectorize.ink import ENLARGED

HAIR = 1.5  # radii of a stroke: a loose end that is shorter than this is a hair
BRIDGE = 1.7  # radii: crossings that are nearer to one another are one

Point = NDArray[np.float64]  # (2,) x and y in units


@dataclass(eq=False)
class Line:
    """A stretch of the middle line between two nodes, or around from one node to itself."""

    points: Points  # (n, 2) x and y in units
    radii: NDArray[np.float64]  # (n,) half the width of the ink there
    ends: tuple[int, int]  # the nodes at its first and last point

    @property
    def length(self) -> float:
        """In units."""
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())

    def turned(self) -> Line:
        """The same, from its last point to its first."""
        return Line(self.points[::-1], self.radii[::-1], self.ends[::-1])


@dataclass
class Graph:
    """Nodes by number, and the lines between them."""

    nodes: dict[int, Point]
    lines: list[Line]

    def at(self, node: int) -> list[Line]:
        """The lines that begin or end at a node; one that does both comes twice."""
        return [line for line in self.lines for end in line.ends if end == node]

    def clean(self, radius: float) -> None:
        """Cut off hairs and draw bridges together, the shortest first, for strokes of this radius, in units."""
        while hairs := [line for line in self.lines if self._is_hair(line, radius)]:
            self._cut(min(hairs, key=lambda line: line.length))
        while bridges := [line for line in self.lines if self._is_bridge(line, radius)]:
            self._join(min(bridges, key=lambda line: line.length))

    def _is_hair(self, line: Line, radius: float) -> bool:
        degrees = sorted(len(self.at(end)) for end in line.ends)
        return degrees[0] == 1 and degrees[1] >= 3 and line.length < HAIR * max(radius, line.radii.max())

    def _is_bridge(self, line: Line, radius: float) -> bool:
        a, b = line.ends
        return a != b and len(self.at(a)) >= 3 and len(self.at(b)) >= 3 and line.length < BRIDGE * radius

    def _cut(self, hair: Line) -> None:
        """Take a hair away; where it leaves but two lines, they become one."""
        tip, stays = hair.ends if len(self.at(hair.ends[0])) == 1 else hair.ends[::-1]
        self.lines.remove(hair)
        del self.nodes[tip]
        self.merge(stays)

    def merge(self, node: int) -> None:
        """Where but two lines meet at a node, make one of them, and forget the node."""
        pair = self.at(node)
        if len(pair) != 2 or pair[0] is pair[1]:
            return
        first = pair[0] if pair[0].ends[1] == node else pair[0].turned()
        second = pair[1] if pair[1].ends[0] == node else pair[1].turned()
        merged = Line(
            np.concatenate([first.points, second.points[1:]]),
            np.concatenate([first.radii, second.radii[1:]]),
            (first.ends[0], second.ends[1]),
        )
        self.lines = [line for line in self.lines if line not in pair] + [merged]
        del self.nodes[node]

    def _join(self, bridge: Line) -> None:
        """Draw the two ends of a bridge together at its middle."""
        a, b = bridge.ends
        middle = bridge.points[len(bridge.points) // 2]
        self.lines.remove(bridge)
        self.nodes[a] = middle
        del self.nodes[b]
        for line in self.lines:
            first, last = line.ends
            line.points = line.points.copy()
            if first in bridge.ends:
                line.points[0], first = middle, a
            if last in bridge.ends:
                line.points[-1], last = middle, a
            line.ends = first, last


def graph_of(points: NDArray[np.intp], radii: NDArray[np.float64]) -> Graph:
    """The graph of a middle line.

    Parameters
    ----------
    points, radii
        (n, 2) rows and columns, from `skeleton.thin`, n >= 1; (n,) half the ink's width there, in units.

    Returns
    -------
    Graph
        A ring that meets nothing has one node, its highest point. A single point is left out.
    """
    node, count, path, bounds, ends = ways(points)
    places = (points[:, ::-1] + 0.5) / ENLARGED  # (n, 2)
    on = np.flatnonzero(node >= 0)
    sums = np.stack([np.bincount(node[on], places[on, axis], count) for axis in (0, 1)], axis=1)  # (count, 2)
    graph = Graph(dict(enumerate(sums / np.bincount(node[on], minlength=count)[:, None])), [])
    for (first, last), (a, b) in zip(bounds.tolist(), ends.tolist(), strict=True):
        way = path[first:last]
        if a == b and len(way) < 3:
            continue  # a point or two beside a fork, with no paper between
        line = np.concatenate([graph.nodes[a][None], places[way], graph.nodes[b][None]])
        widths = radii[np.concatenate([way[:1], way, way[-1:]])] if len(way) else np.full(2, median(radii))
        graph.lines.append(Line(line, widths, (a, b)))
    for number in list(graph.nodes):
        if graph.at(number):
            graph.merge(number)
        else:
            del graph.nodes[number]
    return graph


def median(values: NDArray[np.float64]) -> float:
    """The middle one of some numbers in order, or the mean of the two: what `np.median` does in a tenth of its time."""
    ordered = np.sort(values)
    n = len(ordered)
    return float(ordered[(n - 1) // 2] + ordered[n // 2]) / 2


TURN = np.radians(75)  # a pen turns at most so far at a crossing
SKIPPED, LOOKED = 0.8, 3.5  # radii from a crossing: the stretch of a line that tells where it goes
STUB = 0.7  # of the lengths of the two other lines at its fork: a stub is shorter

End = tuple[int, int]  # a line by its number, and which of its ends: 0 or 1


@dataclass(frozen=True)
class Path:
    """Where the pen goes, point by point.

    Attributes
    ----------
    points, radii : (n, 2), (n,)
        x and y in units; half the width of the ink there. Of a closed path the last is the first again.
    closed : bool
        Whether it goes around.
    crossings : list of (2,)
        Nodes that it passes or ends at, where thinning bent the line.
    loose : (bool, bool)
        Of its two ends, whether they lie on paper; one that does not lies on another path, or on this one, and is to
        meet it.
    """

    points: Points
    radii: NDArray[np.float64]
    closed: bool
    crossings: list[Point]
    loose: tuple[bool, bool] = (True, True)

    def turned(self) -> Path:
        """The same, backwards."""
        return Path(self.points[::-1], self.radii[::-1], self.closed, self.crossings, self.loose[::-1])

    def cut(self, at: int) -> tuple[Path, Path]:
        """The two parts of an open path before and after a point, which both have it."""
        a, b = slice(None, at + 1), slice(at, None)
        return (
            Path(self.points[a], self.radii[a], False, self.crossings, (self.loose[0], True)),
            Path(self.points[b], self.radii[b], False, self.crossings, (True, self.loose[1])),
        )

    def begun(self, at: int) -> Path:
        """A closed path, begun and ended at another of its points."""
        points = np.concatenate([self.points[at:-1], self.points[: at + 1]])
        radii = np.concatenate([self.radii[at:-1], self.radii[: at + 1]])
        return Path(points, radii, True, self.crossings, self.loose)


def trace(graph: Graph, radius: float, stubs: tuple[int, int] | None) -> list[Path]:
    """The paths of a graph: each line once, but a stub there and back.

    Parameters
    ----------
    graph : Graph
        Cleaned.
    radius : float
        Of its strokes, in units.
    stubs : (int, int) or None
        Where a stub points that may be drawn to its tip and back, x to the right and y downwards; None if none may.
    """
    onward: dict[End, End] = {}
    back: set[int] = set()  # stubs, which lead back to their beginning
    for node in graph.nodes:
        ends = [(i, k) for i, line in enumerate(graph.lines) for k in (0, 1) if line.ends[k] == node]
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
    starts = [(i, k) for i in range(len(graph.lines)) for k in (0, 1) if i not in back and (i, k) not in onward]
    used: set[int] = set(back)
    paths = [_follow(graph, start, onward, back, used) for start in starts if start[0] not in used]
    rings = [(i, 0) for i in range(len(graph.lines))]
    return paths + [_follow(graph, start, onward, back, used) for start in rings if start[0] not in used]


def _stub(graph: Graph, node: int, ends: list[End], towards: tuple[int, int]) -> End | None:
    """The line at a fork of three that leads to a loose end, if it is shorter than each of the others and points there.

    None where the others are one, around: what leads to a loop, as in a 2 with one at its foot, is no stub.
    """

    def free(end: End) -> bool:
        line = graph.lines[end[0]]
        return line.ends[0] != line.ends[1] and len(graph.at(line.ends[1 - end[1]])) == 1

    loose = [end for end in ends if free(end)]
    if not loose or len({end[0] for end in ends}) < 3:
        return None
    shortest = min(loose, key=lambda end: graph.lines[end[0]].length)
    rest = [graph.lines[end[0]].length for end in ends if end != shortest]
    line = graph.lines[shortest[0]]
    points = (graph.nodes[line.ends[1 - shortest[1]]] - graph.nodes[node]) @ towards > 0
    return shortest if points and line.length < STUB * min(rest) else None


def _straight_on(graph: Graph, ends: list[End], radius: float) -> list[tuple[End, End]]:
    """Which ends at a crossing belong together: those that turn little enough, the least first.

    Where four meet, both pairs at once: the ones whose turns have the least sum of squares.
    """
    headings = {end: _heading(graph.lines[end[0]], end[1], radius) for end in ends}
    turns = {(a, b): np.pi - angle(headings[a], headings[b]) for a, b in combinations(ends, 2)}
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


def _heading(line: Line, end: int, radius: float) -> Point:
    """Where a line goes from one of its ends: the way between SKIPPED and LOOKED, of a short line less."""
    points = line.points if end == 0 else line.points[::-1]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    far = min(LOOKED * radius, 0.5 * along[-1])
    near = min(SKIPPED * radius, 0.3 * far)
    a, b = (points[np.searchsorted(along, at)] for at in (near, far))
    heading: Point = b - a
    return heading


def angle(a: Point, b: Point) -> float:
    """Between two headings, 0 to pi."""
    cosine = float(a @ b) / max(hypot(*a) * hypot(*b), 1e-9)
    return acos(min(max(cosine, -1.0), 1.0))


def _follow(graph: Graph, start: End, onward: dict[End, End], back: set[int], used: set[int]) -> Path:
    """The path that begins at the end of a line: line after line, until one ends, or it is around."""
    parts: list[Line] = []
    passed = [graph.lines[start[0]].ends[start[1]]]  # nodes
    here, closed = start, False
    while True:
        line = _from(graph, here)
        used.add(here[0])
        parts.append(line)
        passed.append(line.ends[1])
        far = (here[0], 1 - here[1])
        following = onward.get(far)
        if following is None:
            closed = line.ends[0] == line.ends[1] and len(graph.at(line.ends[1])) == 2  # a ring that meets nothing
            break
        if following[0] in back:
            stub = _from(graph, following)
            parts += [stub, stub.turned()]
            following = next(end for end, to in onward.items() if to == following and end != far)
        if following[0] in used:
            closed = following == start
            break
        here = following
    points = np.concatenate([parts[0].points, *(part.points[1:] for part in parts[1:])])
    radii = np.concatenate([parts[0].radii, *(part.radii[1:] for part in parts[1:])])
    degrees = [len(graph.at(node)) for node in passed]
    crossings = [graph.nodes[node] for node, degree in zip(passed, degrees, strict=True) if degree >= 3]
    return Path(points, radii, closed, crossings, (degrees[0] == 1, degrees[-1] == 1))


def _from(graph: Graph, end: End) -> Line:
    """A line, begun at one of its ends."""
    line = graph.lines[end[0]]
    return line if end[1] == 0 else line.turned()
