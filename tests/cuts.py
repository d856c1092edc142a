"""Power cuts on paper: what a program does to a folder is recorded, then every disk that a cut may leave is made.

The recorder looks at the folder before and after every call that orders things (`os.fsync`, `os.replace`, `os.unlink`)
and notes what has changed. Of a cut after so many changes it is assumed, as of the strictest file system, that

- content that was not synced is there, is not there, or is torn: its first half is there and then zeros;
- a name that was made, renamed or removed is as before or as after, each by itself, until its folder is synced.

What was synced is there. A rename is before or after, never half.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations, takewhile
from pathlib import Path
from typing import Any

import pytest

ALL_SUBSETS = 4  # of so many pending changes of names every subset is tried; of more, the likely ones
CONTENTS = ("kept", "lost", "torn")

Node = int  # a file or folder, whatever its name; 0 is the recorded folder
Name = tuple[Node, str]  # of something in a folder
Disk = dict[str, bytes | None]  # by path: the content of a file, None for a folder


@dataclass(frozen=True)
class Written:
    """A file has this content now."""

    node: Node
    content: bytes


@dataclass(frozen=True)
class Named:
    """At once, each of these names means this node now, or none."""

    names: tuple[tuple[Name, Node | None], ...]


@dataclass(frozen=True)
class Synced:
    """The content of a file, or the names in a folder, are on the disk."""

    node: Node
    path: str


@dataclass(frozen=True)
class Promised:
    """The program says that something outlasts a cut from now on."""

    what: Any


Step = Written | Named | Synced | Promised


@dataclass
class Recorder:
    """Notes what happens in a folder."""

    root: Path
    steps: list[Step] = field(default_factory=list)
    folders: set[Node] = field(default_factory=lambda: {0})
    _nodes: dict[int, Node] = field(default_factory=dict)  # by inode; the system gives that of a removed file anew
    _names: dict[Name, Node] = field(default_factory=dict)
    _contents: dict[Node, bytes] = field(default_factory=dict)
    _count: int = 0

    def promise(self, what: Any) -> None:
        self.look()
        self.steps.append(Promised(what))

    def look(self, at_once: bool = False) -> None:
        """Note what has changed since the last look; `at_once`: one call has changed all these names."""
        found: dict[Name, Node] = {}
        contents: dict[Node, bytes] = {}
        self._nodes[self.root.stat().st_ino] = 0
        for folder, names, files in os.walk(self.root):
            above = self._nodes[os.stat(folder).st_ino]
            for name in sorted(names + files):
                path = Path(folder, name)
                node = self._node(path.stat().st_ino)
                found[above, name] = node
                if path.is_dir():
                    self.folders.add(node)
                else:
                    contents[node] = path.read_bytes()
        for node, content in contents.items():
            if self._contents.get(node) != content:
                self.steps.append(Written(node, content))
        changed = [name for name in found.keys() | self._names.keys() if found.get(name) != self._names.get(name)]
        pairs = [(name, found.get(name)) for name in sorted(changed)]
        for some in [pairs] if at_once and pairs else [[pair] for pair in pairs]:
            self.steps.append(Named(tuple(some)))
        self._names, self._contents = found, contents
        there = {0, *found.values()}
        self._nodes = {inode: node for inode, node in self._nodes.items() if node in there}

    def _node(self, inode: int) -> Node:
        if inode not in self._nodes:
            self._count += 1
            self._nodes[inode] = self._count
        return self._nodes[inode]

    def synced(self, inode: int) -> None:
        node = self._nodes[inode]
        name = next((name for (_, name), named in self._names.items() if named == node), str(self.root.name))
        self.steps.append(Synced(node, name))


@contextmanager
def recording(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Within this block all that happens in a folder is recorded."""
    recorder = Recorder(root)

    def sync(number: int) -> None:
        recorder.look()
        recorder.synced(os.fstat(number).st_ino)

    def watched(call: Any) -> Any:
        def called(*arguments: Any, **options: Any) -> Any:
            recorder.look()
            done = call(*arguments, **options)
            recorder.look(at_once=True)
            return done

        return called

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", sync)
        for name in ("replace", "rename", "unlink", "remove", "mkdir"):
            patch.setattr(os, name, watched(getattr(os, name)))
        yield recorder
        recorder.look()


@dataclass
class Replay:
    """What is on the disk, and what may be, after some steps."""

    folders: set[Node]
    now: dict[Node, bytes] = field(default_factory=dict)
    durable: dict[Node, bytes] = field(default_factory=dict)
    names: dict[Name, Node] = field(default_factory=dict)  # on the disk
    pending: list[Named] = field(default_factory=list)

    def take(self, step: Step) -> None:
        match step:
            case Written(node, content):
                self.now[node] = content
            case Named():
                self.pending.append(step)
            case Synced(node):
                if node in self.folders:
                    self._sync_names(node)
                else:
                    self.durable[node] = self.now[node]

    def _sync_names(self, folder: Node) -> None:
        for change in [change for change in self.pending if change.names[0][0][0] == folder]:
            self._name(self.names, change)
            self.pending.remove(change)

    @staticmethod
    def _name(names: dict[Name, Node], change: Named) -> None:
        for name, node in change.names:
            if node is None:
                names.pop(name, None)
            else:
                names[name] = node

    def disks(self) -> Iterator[Disk]:
        """Every disk that a cut now may leave."""
        for kept in subsets(len(self.pending)):
            names = dict(self.names)
            for place in kept:
                self._name(names, self.pending[place])
            for contents in CONTENTS:
                yield self._disk(names, contents)

    def _disk(self, names: dict[Name, Node], contents: str) -> Disk:
        disk: Disk = {}
        waiting = [(0, "")]
        while waiting:
            folder, path = waiting.pop()
            for (above, name), node in names.items():
                if above == folder:
                    disk[path + name] = None if node in self.folders else self._content(node, contents)
                    if node in self.folders:
                        waiting.append((node, f"{path}{name}/"))
        return disk

    def _content(self, node: Node, contents: str) -> bytes:
        now, durable = self.now[node], self.durable.get(node, b"")
        if contents == "kept" or now == durable:
            return now
        if contents == "lost":
            return durable
        # what is appended to is not written again
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(now, durable, strict=False)))
        half = same + (len(now) - same) // 2
        return now[:half] + bytes(len(now) - half)


def subsets(count: int) -> list[tuple[int, ...]]:
    """Which of so many pending changes reach the disk: all subsets of a few; of many, the first ones, all but one, one.

    In the order in which they were made.
    """
    places = range(count)
    if count <= ALL_SUBSETS:
        return [some for size in range(count + 1) for some in combinations(places, size)]
    first = [tuple(range(size)) for size in range(count + 1)]
    all_but_one = [tuple(place for place in places if place != left) for left in places]
    return list(dict.fromkeys([*first, *all_but_one, *((place,) for place in places)]))


def cuts(recorder: Recorder, without: Step | None = None) -> Iterator[tuple[list[Any], Disk]]:
    """Of a cut after every step: what was promised before it, in order, and every disk that it may leave.

    `without`: a step, by identity, that is left out, as if the program did not take it.
    """
    replay, promised = Replay(recorder.folders), list[Any]()
    for step in [None, *recorder.steps]:
        if step is without and step is not None:
            continue
        if isinstance(step, Promised):
            promised = [*promised, step.what]
        elif step is not None:
            replay.take(step)
        for disk in replay.disks():
            yield promised, disk


def lay_out(disk: Disk, root: Path) -> None:
    """Make a folder hold the files and folders of a disk and nothing else. What is there already stays."""
    there = set()
    for folder, folders, files in os.walk(root, topdown=False):
        for path in (Path(folder, name) for name in files + folders):
            name, is_folder = path.relative_to(root).as_posix(), path.is_dir()
            if name in disk and disk[name] == (None if is_folder else path.read_bytes()):
                there.add(name)
            elif is_folder:
                path.rmdir()
            else:
                path.unlink()
    for name in sorted(disk.keys() - there):
        content = disk[name]
        if content is None:
            (root / name).mkdir()
        else:
            (root / name).write_bytes(content)
