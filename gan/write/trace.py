"""From the graph of a middle line to paths of a pen: at a crossing a pen goes straight on.

What arrives at a crossing leaves it on the line that turns the least, and what is left over ends or begins there. A
stub that sticks out of a bend, as of a 3's waist or a 2's foot, was drawn to its tip and back.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from gan.write.graph import Graph, Line
from gan.write.stroke import Points

TURN = np.radians(75)  # a pen turns at most so far at a crossing
SKIPPED, LOOKED = 0.8, 3.5  # radii from a crossing: the stretch of a line that tells where it goes

End = tuple[int, int]  # a line by its number, and which of its ends: 0 or 1


@dataclass
class Path:
    """Where the pen goes, point by point.

    `crossings` are nodes that it passes or ends at, where thinning bent the line. `loose` tells of its two ends whether
    they lie on paper; one that does not lies on another path, or on this one, and is to meet it.
    """

    points: Points  # (n, 2) x and y in units
    radii: NDArray[np.float64]  # (n,)
    closed: bool
    crossings: list[NDArray[np.float64]]
    corners: list[NDArray[np.float64]]
    loose: tuple[bool, bool] = (True, True)

    def turned(self) -> Path:
        """The same, backwards."""
        ends = self.loose[::-1]
        return Path(self.points[::-1], self.radii[::-1], self.closed, self.crossings, self.corners, ends)

    def cut(self, at: int) -> tuple[Path, Path]:
        """The two parts before and after a point, which both have it."""
        a, b = slice(None, at + 1), slice(at, None)
        rest = (self.closed, self.crossings, self.corners)
        return (
            Path(self.points[a], self.radii[a], *rest, (self.loose[0], True)),
            Path(self.points[b], self.radii[b], *rest, (True, self.loose[1])),
        )

    def from_(self, at: int) -> Path:
        """A closed path, begun and ended at another of its points."""
        points = np.concatenate([self.points[at:-1], self.points[: at + 1]])
        radii = np.concatenate([self.radii[at:-1], self.radii[: at + 1]])
        return Path(points, radii, True, self.crossings, self.corners, self.loose)


def trace(graph: Graph, radius: float, stubs: bool) -> list[Path]:
    """The paths of a graph, each line once.

    Parameters
    ----------
    graph : cleaned
    radius : of its strokes, in units
    stubs : whether a stub may be drawn to its tip and back
    """
    onward: dict[End, End] = {}
    back: set[int] = set()  # stubs, which lead back to their beginning
    for node in graph.nodes:
        ends = [(i, k) for i, line in enumerate(graph.lines) for k in (0, 1) if line.ends[k] == node]
        if len(ends) < 3:
            continue
        stub = _stub(graph, node, ends) if stubs and len(ends) == 3 else None
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


def _stub(graph: Graph, node: int, ends: list[End]) -> End | None:
    """The line at a fork of three that leads to a loose end, if it is shorter than each of the others."""

    def free(end: End) -> bool:
        line = graph.lines[end[0]]
        return line.ends[0] != line.ends[1] and len(graph.at(line.ends[1 - end[1]])) == 1

    loose = [end for end in ends if free(end)]
    if not loose:
        return None
    shortest = min(loose, key=lambda end: graph.lines[end[0]].length)
    rest = [graph.lines[end[0]].length for end in ends if end != shortest]
    return shortest if graph.lines[shortest[0]].length < 0.7 * min(rest) else None


def _straight_on(graph: Graph, ends: list[End], radius: float) -> list[tuple[End, End]]:
    """Which ends at a crossing belong together: as many as turn little enough, with the least turning in all."""
    headings = {end: _heading(graph.lines[end[0]], end[1], radius) for end in ends}
    turns = {(a, b): np.pi - _angle(headings[a], headings[b]) for a, b in combinations(ends, 2)}
    allowed = [pair for pair in turns if turns[pair] < TURN]
    if len(ends) == 4:  # both pairs at once
        for least in sorted(
            ((turns[a] ** 2 + turns[b] ** 2, (a, b)) for a, b in combinations(allowed, 2) if not set(a) & set(b)),
            key=lambda option: option[0],
        ):
            return list(least[1])
    taken: list[tuple[End, End]] = []
    for pair in sorted(allowed, key=lambda pair: turns[pair]):
        if not any(set(pair) & set(other) for other in taken):
            taken.append(pair)
    return taken


def _heading(line: Line, end: int, radius: float) -> NDArray[np.float64]:
    """Where a line goes from one of its ends."""
    points = line.points if end == 0 else line.points[::-1]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    far = min(LOOKED * radius, 0.5 * along[-1])
    near = min(SKIPPED * radius, 0.3 * far)
    a, b = (points[np.searchsorted(along, at)] for at in (near, far))
    heading: NDArray[np.float64] = b - a
    return heading


def _angle(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.arccos(np.clip(a @ b / max(np.hypot(*a) * np.hypot(*b), 1e-9), -1, 1)))


def _follow(graph: Graph, start: End, onward: dict[End, End], back: set[int], used: set[int]) -> Path:
    """The path that begins at the end of a line: line after line, until one ends."""
    parts: list[Line] = []
    crossings, corners = [], []
    here, closed = start, False
    loose_first = len(graph.at(graph.lines[start[0]].ends[start[1]])) == 1
    if start in onward or not loose_first:
        crossings.append(graph.nodes[graph.lines[start[0]].ends[start[1]]])
    while True:
        line = graph.lines[here[0]]
        used.add(here[0])
        parts.append(line if here[1] == 0 else line.turned())
        corners += line.corners
        far = (here[0], 1 - here[1])
        node = line.ends[far[1]]
        if len(graph.at(node)) >= 3:
            crossings.append(graph.nodes[node])
        following = onward.get(far)
        if following is None:
            closed = len(parts) == 1 and line.ends[0] == line.ends[1] and len(graph.at(node)) == 2
            break
        if following[0] in back:
            stub = graph.lines[following[0]] if following[1] == 0 else graph.lines[following[0]].turned()
            parts += [stub, stub.turned()]
            corners += [*stub.corners, stub.points[-1]]
            following = next(e for e, to in onward.items() if to == following and e != far)
        if following[0] in used:
            closed = following == start
            break
        here = following
    points = np.concatenate([parts[0].points, *(part.points[1:] for part in parts[1:])])
    radii = np.concatenate([parts[0].radii, *(part.radii[1:] for part in parts[1:])])
    loose = (loose_first and not closed, len(graph.at(node)) == 1 and not closed)
    return Path(points, radii, closed, crossings, corners, loose)
