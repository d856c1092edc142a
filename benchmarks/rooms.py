"""How a house is built, counted: `python -m benchmarks.rooms [gan]`.

A room is a module or a folder directly below the package. An arrow goes from one room to another that it imports. The
floors are the rooms of the longest chain of arrows, rooms that import each other in a circle standing on one floor.
The graph of imports is grimp's, which import-linter brings (`pip install -e ".[lint]"`).
"""

import argparse
import sys
from collections.abc import Mapping, Sequence

Arrows = Mapping[str, set[str]]  # room -> the rooms it imports


def arrows_of(package: str) -> dict[str, set[str]]:
    """The rooms of a package, each with those that it imports."""
    import grimp  # here: the command's help needs none

    graph = grimp.build_graph(package)
    rooms = sorted(graph.find_children(package))
    for room in rooms:
        graph.squash_module(room)
    return {room: set(graph.find_modules_directly_imported_by(room)) & set(rooms) - {room} for room in rooms}


def reachable(arrows: Arrows, room: str) -> set[str]:
    """Every room that a room needs, directly or not."""
    found: set[str] = set()
    waiting = [room]
    while waiting:
        new = arrows[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def floors(arrows: Arrows) -> dict[str, int]:
    """The floor of every room: 1 for one that imports none, else one above the highest that it imports."""
    needed = {room: reachable(arrows, room) for room in arrows}
    below = {room: {other for other in needed[room] if room not in needed[other]} for room in arrows}
    level: dict[str, int] = {}
    for room in sorted(arrows, key=lambda room: len(below[room])):
        level[room] = 1 + max((level[other] for other in below[room]), default=0)
    return level


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.rooms`."""
    parser = argparse.ArgumentParser("python -m benchmarks.rooms", description="Count rooms, floors and arrows.")
    parser.add_argument("package", nargs="?", default="gan", help="(default gan)")
    package = parser.parse_args(argv).package
    arrows = arrows_of(package)
    level = floors(arrows)
    up = [(a, b) for a, others in arrows.items() for b in others if a in reachable(arrows, b)]
    for floor in sorted(set(level.values()), reverse=True):
        print(f"floor {floor}:", ", ".join(room.removeprefix(f"{package}.") for room in arrows if level[room] == floor))
    count = sum(map(len, arrows.values()))
    print(f"{len(arrows)} rooms, {max(level.values())} floors, {count} arrows, {len(up)} of them in a circle")
    return 0


if __name__ == "__main__":
    sys.exit(main())
