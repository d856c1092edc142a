"""A middle line as a graph: where strokes end and meet, and the lines between.

Thinning leaves hairs where a stroke was thick, and opens every crossing into two forks with a short bridge between. So
hairs are cut off and bridges drawn together: the waist of an 8 becomes one crossing of four lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gan.write.skeleton import ENLARGED
from gan.write.stroke import Points

HAIR = 1.5  # radii of a stroke: a loose end that is shorter than this is a hair
BRIDGE = 1.7  # radii: crossings that are nearer to one another are one

Place = tuple[int, int]  # row and column
AROUND = [(-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)]


@dataclass(eq=False)
class Line:
    """A stretch of the middle line between two nodes, or around from one node to itself.

    `ends` are the nodes at its first and last point. `corners` are points where a hair was cut off, at which the line
    may turn sharply.
    """

    points: Points  # (n, 2) x and y in units
    radii: NDArray[np.float64]  # (n,) half the width of the ink there
    ends: tuple[int, int]
    corners: list[NDArray[np.float64]] = field(default_factory=list)

    @property
    def length(self) -> float:
        """In units."""
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())

    def turned(self) -> Line:
        """The same, from its last point to its first."""
        return Line(self.points[::-1], self.radii[::-1], self.ends[::-1], self.corners)


@dataclass
class Graph:
    """Nodes by number, and the lines between them."""

    nodes: dict[int, NDArray[np.float64]]  # (2,) x and y in units
    lines: list[Line]

    def at(self, node: int) -> list[Line]:
        """The lines that begin or end at a node; one that does both comes twice."""
        return [line for line in self.lines for end in line.ends if end == node]

    def clean(self, radius: float) -> None:
        """Cut off hairs and draw bridges together, the shortest first, for strokes of this radius, in units."""
        while True:
            loose = [line for line in self.lines if self._is_hair(line, radius)]
            if not loose:
                break
            self._cut(min(loose, key=lambda line: line.length))
        while True:
            short = [line for line in self.lines if self._is_bridge(line, radius)]
            if not short:
                break
            self._join(min(short, key=lambda line: line.length))

    def _is_hair(self, line: Line, radius: float) -> bool:
        degrees = sorted(len(self.at(end)) for end in line.ends)
        return degrees[0] == 1 and degrees[1] >= 3 and line.length < HAIR * max(radius, line.radii.max())

    def _is_bridge(self, line: Line, radius: float) -> bool:
        a, b = line.ends
        return a != b and len(self.at(a)) >= 3 and len(self.at(b)) >= 3 and line.length < BRIDGE * radius

    def _cut(self, hair: Line) -> None:
        """Take a hair away; where it leaves but two lines, they become one with a possible corner."""
        self.lines.remove(hair)
        stays = next(end for end in hair.ends if len(self.at(end)) >= 1)
        tip = next((end for end in hair.ends if end != stays), stays)
        corner = self.nodes.pop(tip)
        rest = [line for line in self.lines if stays in line.ends]
        if len(rest) == 2 and len(self.at(stays)) == 2:
            self._merge(stays, rest, corner)

    def _merge(self, node: int, pair: list[Line], corner: NDArray[np.float64] | None) -> None:
        """Make one line of the two that meet at a node, and forget the node."""
        first = pair[0] if pair[0].ends[1] == node else pair[0].turned()
        second = pair[1] if pair[1].ends[0] == node else pair[1].turned()
        corners = first.corners + second.corners + ([] if corner is None else [corner])
        merged = Line(
            np.concatenate([first.points, second.points[1:]]),
            np.concatenate([first.radii, second.radii[1:]]),
            (first.ends[0], second.ends[1]),
            corners,
        )
        self.lines = [line for line in self.lines if line is not pair[0] and line is not pair[1]] + [merged]
        self.nodes.pop(node)

    def _join(self, bridge: Line) -> None:
        """Draw the two ends of a bridge together at its middle."""
        a, b = bridge.ends
        middle = bridge.points[len(bridge.points) // 2]
        self.lines.remove(bridge)
        self.nodes[a] = middle
        del self.nodes[b]
        for line in self.lines:
            points = line.points.copy()
            for at, end in ((0, line.ends[0]), (-1, line.ends[1])):
                if end in (a, b):
                    points[at] = middle
            line.points = points
            line.ends = tuple(a if end == b else end for end in line.ends)  # type: ignore[assignment]


def graph_of(points: NDArray[np.intp], radii: NDArray[np.float64]) -> Graph:
    """The graph of a middle line.

    Parameters
    ----------
    points, radii
        (n, 2) rows and columns, from `skeleton.thin`; (n,) half the ink's width there, in units.

    Returns
    -------
    Graph
        A ring that meets nothing has one node, its highest point. A single point is left out.
    """
    radius = {(int(y), int(x)): float(r) for (y, x), r in zip(points, radii, strict=True)}
    near = {p: [q for a, b in AROUND if (q := (p[0] + a, p[1] + b)) in radius] for p in radius}
    cluster = _clusters(near)
    positions: dict[int, list[Place]] = {}
    for place, number in cluster.items():
        positions.setdefault(number, []).append(place)
    nodes = {number: _xy(np.mean(places, axis=0)) for number, places in positions.items()}
    graph = Graph(nodes, [])
    seen: set[Place] = set()
    for start, number in cluster.items():
        for step in near[start]:
            if step in cluster:
                if cluster[step] > number:  # two nodes side by side
                    _add(graph, [], (number, cluster[step]), radius)
            elif step not in seen:
                _add(graph, *_walk(start, step, near, cluster, seen), radius)
    for place in radius:  # rings
        if place not in seen and place not in cluster and near[place]:
            number = len(cluster) + len(graph.nodes)
            cluster[place] = number
            graph.nodes[number] = _xy(np.array(place))
            _add(graph, *_walk(place, near[place][0], near, cluster, seen), radius)
    for number in list(graph.nodes):
        pair = [line for line in graph.lines if number in line.ends]
        if len(pair) == 2 and len(graph.at(number)) == 2:
            graph._merge(number, pair, None)
        elif not pair:
            del graph.nodes[number]
    return graph


def _clusters(near: dict[Place, list[Place]]) -> dict[Place, int]:
    """The points that are nodes, each with its node's number: ends, and forks with those that touch them."""
    number: dict[Place, int] = {}
    forks = {p for p, around in near.items() if len(around) >= 3}
    for place, around in near.items():
        if place in number or len(around) == 2 or (len(around) == 0):
            continue
        waiting = [place]
        number[place] = len(number)
        while place in forks and waiting:
            p = waiting.pop()
            for q in near[p]:
                if q in forks and q not in number:
                    number[q] = number[place]
                    waiting.append(q)
    return number


def _walk(
    start: Place, step: Place, near: dict[Place, list[Place]], cluster: dict[Place, int], seen: set[Place]
) -> tuple[list[Place], tuple[int, int]]:
    """Go on from a node until the next one: the points between, and the two nodes."""
    path, before = [step], start
    seen.add(step)
    while True:
        here = path[-1]
        ahead = [q for q in near[here] if q != before and q not in seen]
        if before == start:  # a point that touches its own fork twice is no way back to it
            ahead = [q for q in ahead if cluster.get(q) != cluster[start]]
        ends = [q for q in ahead if q in cluster]
        if ends or not ahead:
            end = ends[0] if ends else start  # a ring comes back to where it began
            return path, (cluster[start], cluster[end])
        before = here
        path.append(ahead[0])
        seen.add(ahead[0])


def _add(graph: Graph, path: list[Place], ends: tuple[int, int], radius: dict[Place, float]) -> None:
    if ends[0] == ends[1] and len(path) < 3:
        return  # a single point beside a fork
    inner = np.array([_xy(np.array(p)) for p in path]).reshape(-1, 2)
    points = np.concatenate([graph.nodes[ends[0]][None], inner, graph.nodes[ends[1]][None]])
    radii = np.array([radius[p] for p in path] or [np.median(list(radius.values()))])
    widths = np.concatenate([radii[:1], radii[: len(path)], radii[-1:]])
    graph.lines.append(Line(points, widths, ends))


def _xy(place: NDArray[np.floating] | NDArray[np.integer]) -> NDArray[np.float64]:
    """Row and column to x and y in units."""
    xy: NDArray[np.float64] = (place[::-1] + 0.5) / ENLARGED
    return xy
