"""Thin ink to its skeleton, measure the depth of ink, and follow the skeleton.

A *skeleton* is the line, one pixel wide, that is left of a stroke when its edge pixels
are removed again and again. A *node* is the end of a line, or a fork.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


def _removable() -> Numbers:
    """Return a lookup table, (2, 256), with 1 where a pixel may be removed.

    The first index is the subiteration. The second has a bit for each neighbour, set if
    it is ink. Bit 0 is the pixel above (p2 in the paper cited in `_thin`). The other
    bits follow clockwise, from bit 1, above right, to bit 7 (p9), above left.

    A pixel may be removed if (a) its neighbours are connected (C = 1), (b) it is
    neither the end of a line nor interior (2 <= N <= 3), and (c) it lies on the edge
    that this subiteration removes: above and right in subiteration 0, below and left in
    subiteration 1.
    """
    p2, p3, p4, p5, p6, p7, p8, p9 = (np.arange(256) >> bit & 1 for bit in range(8))
    runs = (
        ((1 - p2) & (p3 | p4))
        + ((1 - p4) & (p5 | p6))
        + ((1 - p6) & (p7 | p8))
        + ((1 - p8) & (p9 | p2))
    )
    one = (p9 | p2) + (p3 | p4) + (p5 | p6) + (p7 | p8)
    other = (p2 | p3) + (p4 | p5) + (p6 | p7) + (p8 | p9)
    fits = (runs == 1) & np.isin(np.minimum(one, other), (2, 3))
    inner = np.stack([(p2 | p3 | (1 - p5)) & p4, (p6 | p7 | (1 - p9)) & p8])
    return (fits & (inner == 0)).astype(np.int64)


MAY_GO = _removable()


def thin(ink: NDArray[np.bool_]) -> Numbers:
    """Return the pixels of the skeleton of ink (H, W): rows and columns (k, 2).

    The pixels are in scan order.
    """
    columns = ink.shape[1] + 2
    framed = np.pad(ink, 1).ravel()
    points = np.flatnonzero(framed)
    edge = np.empty_like(points)
    gone = np.empty_like(points)
    there = np.zeros(len(framed), np.bool_)
    count = _thin(framed.view(np.uint8), columns, points, edge, gone, there)
    left = points[:count]
    return np.stack((left // columns, left % columns), axis=1) - 1


@njit(cache=True, nogil=True)
def _thin(
    ink: NDArray[np.uint8],
    columns: int,
    points: Numbers,
    edge: Numbers,
    gone: Numbers,
    there: NDArray[np.bool_],
) -> int:
    """Remove all pixels outside the skeleton; return how many remain in `points`.

    `ink` is (rows * columns,) with a border of paper, and `points` are the flat indices
    of its ink pixels. Both are updated.

    This is algorithm A1 of Guo and Hall 1989, "Parallel thinning with two-subiteration
    algorithms". It removes edge pixels that connect nothing, layer by layer,
    alternately from the upper right and the lower left. Components and loops are
    preserved.

    The last three arrays are scratch space: `edge` for ink pixels next to paper, `gone`
    for removed pixels, and `there` for which pixels have ever been in `edge`. `there`
    must be False at first.
    """
    count = 0
    for i in range(len(points)):
        p = points[i]
        if not (ink[p - columns] & ink[p + 1] & ink[p + columns] & ink[p - 1]):
            edge[count] = p
            there[p] = True
            count += 1
    turn = 0
    still = 0
    while still < 2:  # until neither subiteration removes anything
        found = 0
        for i in range(count):
            p = edge[i]
            above = p - columns
            below = p + columns
            upper = ink[above] | ink[above + 1] << 1 | ink[above - 1] << 7
            lower = ink[below + 1] << 3 | ink[below] << 4 | ink[below - 1] << 5
            around = upper | lower | ink[p + 1] << 2 | ink[p - 1] << 6
            gone[found] = p
            # arithmetic, because a branch would often be mispredicted
            found += MAY_GO[turn, around]
        for i in range(found):
            # after all tests, because no test may depend on another pixel's removal
            ink[gone[i]] = 0
        kept = 0
        for i in range(count):
            edge[kept] = edge[i]
            kept += 1 if ink[edge[i]] else 0
        count = kept
        for i in range(found):
            for step in (-columns, 1, columns, -1):
                side = gone[i] + step
                if ink[side] and not there[side]:
                    edge[count] = side
                    there[side] = True
                    count += 1
        still = 0 if found else still + 1
        turn = 1 - turn
    count = 0
    for i in range(len(points)):  # still in scan order
        points[count] = points[i]
        count += 1 if ink[points[i]] else 0
    return count


def depths(ink: NDArray[np.bool_], points: Numbers) -> NDArray[np.float64]:
    """Return the distance in pixels from points (n, 2) to the nearest paper.

    Points are (row, column). The distance is from the centre of a pixel to the edge of
    the paper, and 0 on paper. Everything outside the picture counts as paper.
    """
    deep = np.zeros(len(points))
    _measure(ink, points, np.zeros(ink.shape, np.int32), deep)
    return deep


@njit(cache=True, nogil=True)
def _measure(
    ink: NDArray[np.bool_],
    points: Numbers,
    across: NDArray[np.int32],
    deep: NDArray[np.float64],
) -> None:
    """Write the results of `depths` to `deep`, and distances along rows to `across`.

    Both arrays must be 0 at first. The search starts in the point's own row (Meijster,
    Roerdink and Hesselink 2000, "A general algorithm for computing distance transforms
    in linear time") and continues in the rows above and below that may contain nearer
    paper.
    """
    rows, columns = ink.shape
    for y in range(rows):
        start = end = 0
        for x in range(columns):
            if not ink[y, x]:
                continue
            if x >= end:  # a new run of consecutive ink pixels
                start = end = x
                while end < columns and ink[y, end]:
                    end += 1
            across[y, x] = min(x - start + 1, end - x)
    for i in range(len(points)):
        y, x = points[i]
        if not ink[y, x]:
            continue
        best = across[y, x] * across[y, x]
        dy = 1
        while dy * dy < best:
            above = across[y - dy, x] if y >= dy else 0
            below = across[y + dy, x] if y + dy < rows else 0
            nearer = min(above, below)
            best = min(best, dy * dy + nearer * nearer)
            dy += 1
        deep[i] = np.sqrt(best) - 0.5


def ways(points: Numbers) -> tuple[Numbers, int, Numbers, Numbers, Numbers]:
    """Return the nodes and paths of a skeleton, given its points (n, 2), n >= 1.

    The points are in scan order. Nodes are the ends of lines, and forks; adjacent forks
    form one node. An isolated ring has a node at its first point.

    There are five results: the index of each point's node, or -1 between nodes, (n,);
    the number of nodes; the indices of the points between nodes, for all paths
    concatenated, (m,); the start and end of each path in that array, (k, 2), which may
    be equal; and the two nodes of each path, (k, 2).
    """
    n = len(points)
    near = np.full((n, 8), -1)
    counts = np.zeros(n, np.int64)
    grid = np.full((points[-1, 0] + 3, points[:, 1].max() + 3), -1, np.int32)
    _find_neighbours(points, grid, near, counts)
    node = np.full(n, -1)
    forked = _number_nodes(near, counts, node, np.empty_like(counts))
    # At most 8 paths end at a point, and a path has two ends, so there are at most 4n
    # paths.
    path = np.empty(n, np.int64)
    found = np.empty((4 * n, 4), np.int64)
    seen = np.zeros(n, np.bool_)
    nodes, length, count = _walk(near, counts, node, forked, path, found, seen)
    return node, nodes, path[:length], found[:count, :2], found[:count, 2:]


CLOCKWISE = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


@njit(cache=True, nogil=True)
def _find_neighbours(
    points: Numbers, number: NDArray[np.int32], near: Numbers, counts: Numbers
) -> None:
    """Write each point's neighbours to `near`, (n, 8), and their number to `counts`.

    Neighbours are given by their index in `points`, clockwise from the upper left.
    `near` and `number` must be filled with -1. `number` is a grid with a border, which
    receives the index of the point at each place.
    """
    for i in range(len(points)):
        number[points[i, 0] + 1, points[i, 1] + 1] = i
    for i in range(len(points)):
        y, x = points[i]
        for dy, dx in CLOCKWISE:
            j = number[y + 1 + dy, x + 1 + dx]
            if j >= 0:
                near[i, counts[i]] = j
                counts[i] += 1


@njit(cache=True, nogil=True)
def _number_nodes(near: Numbers, counts: Numbers, node: Numbers, stack: Numbers) -> int:
    """Write the node of each end or fork to `node`; return the number of nodes.

    All forks that are connected to each other get the same node. `stack` is scratch
    space.
    """
    nodes = 0
    for i in range(len(counts)):
        if node[i] >= 0 or counts[i] == 2 or counts[i] == 0:
            continue
        node[i] = nodes
        stack[0] = i
        size = 1 if counts[i] > 2 else 0
        while size:
            size -= 1
            here = stack[size]
            for k in range(counts[here]):
                j = near[here, k]
                if counts[j] > 2 and node[j] < 0:
                    node[j] = nodes
                    stack[size] = j
                    size += 1
        nodes += 1
    return nodes


@njit(cache=True, nogil=True)
def _walk(
    near: Numbers,
    counts: Numbers,
    node: Numbers,
    nodes: int,
    path: Numbers,
    found: Numbers,
    seen: NDArray[np.bool_],
) -> tuple[int, int, int]:
    """Find all paths; return the number of nodes, of points on paths, and of paths.

    The points of all paths are written to `path`. For each path, a row of `found`
    receives its start and end in `path`, and its two nodes. Each point on a path has
    two neighbours, the previous point and the next. Points that no path from a node
    reaches form rings. The first point of a ring becomes a new node.
    """
    length = count = 0
    for start in range(2 * len(counts)):
        i = start % len(counts)
        if start >= len(counts):  # all nodes are done; the remaining points form rings
            if seen[i] or node[i] >= 0 or counts[i] == 0:
                continue
            node[i] = nodes
            nodes += 1
        if node[i] < 0:
            continue
        for k in range(counts[i]):
            here = near[i, k]
            before = i
            last = node[here]
            first = length
            # The path between two adjacent nodes is found only from one of them.
            if seen[here] or (last >= 0 and last <= node[i]):
                continue
            while last < 0:
                path[length] = here
                seen[here] = True
                length += 1
                onward = -1
                for neighbour in range(counts[here]):
                    j = near[here, neighbour]
                    if j == before or (before == i and node[j] == node[i]):
                        # j is the previous point, or belongs to the fork where the path
                        # began
                        continue
                    onward = j
                    if node[j] >= 0:
                        break
                last = node[onward] if onward >= 0 else node[i]
                before = here
                here = onward
            found[count, 0] = first
            found[count, 1] = length
            found[count, 2] = node[i]
            found[count, 3] = last
            count += 1
    return nodes, length, count
