"""Simulated power cuts: record what a program does in a folder, then build every disk
that a power cut could leave.

The recorder compares the folder before and after every call that orders changes
(`os.fsync`, `os.replace`, `os.unlink`). A power cut may happen after any change. The
simulation then allows everything that a file system with minimal guarantees could do:

- Unsynced content is present, missing, or torn: its first half is followed by zeros.
- Each created, renamed or deleted name is independently old or new until its folder is
  synced.

Synced changes are always present. A rename is atomic.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations, takewhile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

# up to this number of pending changes, every subset is tried; above it, only the likely
# ones
ALL_SUBSETS = 4
CONTENTS = ("kept", "lost", "torn")

# identifies a file or folder regardless of its name; 0 is the recorded folder
FileId = int
Name = tuple[FileId, str]  # the folder that contains the file, and the file's name
Disk = dict[str, bytes | None]  # path -> content of the file, or None for a folder


class Written(NamedTuple):
    """A file received this content."""

    node: FileId
    content: bytes


class Named(NamedTuple):
    """Names were assigned to files, or deleted (None), in one atomic change."""

    names: tuple[tuple[Name, FileId | None], ...]


class Synced(NamedTuple):
    """The content of a file or the names in a folder were synced."""

    node: FileId
    path: str


class Promised(NamedTuple):
    """The program promised that this data survives any later power cut."""

    what: Any


Step = Written | Named | Synced | Promised


@dataclass
class Recorder:
    """Records what happens in a folder."""

    root: Path
    steps: list[Step] = field(default_factory=list)
    folders: set[FileId] = field(default_factory=lambda: {0})
    # keyed by inode; the system may reuse inodes
    _nodes: dict[int, FileId] = field(default_factory=dict)
    _names: dict[Name, FileId] = field(default_factory=dict)
    _contents: dict[FileId, bytes] = field(default_factory=dict)
    _count: int = 0

    def promise(self, what: Any) -> None:
        self.look()
        self.steps.append(Promised(what))

    def look(self, at_once: bool = False) -> None:
        """Record the changes since the last call.

        `at_once` means that one system call changed all names.
        """
        names_now: dict[Name, FileId] = {}
        contents: dict[FileId, bytes] = {}
        self._nodes[self.root.stat().st_ino] = 0
        for folder, names, files in os.walk(self.root):
            above = self._nodes[os.stat(folder).st_ino]
            for name in sorted(names + files):
                path = Path(folder, name)
                node = self._node(path.stat().st_ino)
                names_now[above, name] = node
                if path.is_dir():
                    self.folders.add(node)
                else:
                    contents[node] = path.read_bytes()
        for node, content in contents.items():
            if self._contents.get(node) != content:
                self.steps.append(Written(node, content))
        changed = [
            name
            for name in names_now.keys() | self._names.keys()
            if names_now.get(name) != self._names.get(name)
        ]
        pairs = [(name, names_now.get(name)) for name in sorted(changed)]
        for subset in [pairs] if at_once and pairs else [[pair] for pair in pairs]:
            self.steps.append(Named(tuple(subset)))
        self._names = names_now
        self._contents = contents
        existing = {0, *names_now.values()}
        self._nodes = {
            inode: node for inode, node in self._nodes.items() if node in existing
        }

    def _node(self, inode: int) -> FileId:
        if inode not in self._nodes:
            self._count += 1
            self._nodes[inode] = self._count
        return self._nodes[inode]

    def synced(self, inode: int) -> None:
        node = self._nodes[inode]
        name = next(
            (name for (_, name), named in self._names.items() if named == node),
            str(self.root.name),
        )
        self.steps.append(Synced(node, name))


@contextmanager
def recording(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Record what happens in a folder during the block."""
    recorder = Recorder(root)

    def sync(number: int) -> None:
        recorder.look()
        recorder.synced(os.fstat(number).st_ino)

    def wrap(call: Any) -> Any:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            recorder.look()
            result = call(*arguments, **options)
            recorder.look(at_once=True)
            return result

        return wrapper

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", sync)
        for name in ("replace", "rename", "unlink", "remove", "mkdir"):
            patch.setattr(os, name, wrap(getattr(os, name)))
        yield recorder
        recorder.look()


@dataclass
class Replay:
    """Tracks what is certainly on the disk and what may be on it after the steps so
    far.
    """

    folders: set[FileId]
    now: dict[FileId, bytes] = field(default_factory=dict)
    durable: dict[FileId, bytes] = field(default_factory=dict)
    names: dict[Name, FileId] = field(default_factory=dict)  # certainly on the disk
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

    def _sync_names(self, folder: FileId) -> None:
        for change in [
            change for change in self.pending if change.names[0][0][0] == folder
        ]:
            self._name(self.names, change)
            self.pending.remove(change)

    @staticmethod
    def _name(names: dict[Name, FileId], change: Named) -> None:
        for name, node in change.names:
            if node is None:
                names.pop(name, None)
            else:
                names[name] = node

    def disks(self, every: bool) -> Iterator[Disk]:
        """Yield disks that a power cut could leave at this moment: every one, or those
        that show most mistakes.
        """
        count = len(self.pending)
        for kept in (
            subsets(count)
            if every
            else {(), tuple(range(count)), tuple(range(count))[-1:]}
        ):
            names = dict(self.names)
            for place in kept:
                self._name(names, self.pending[place])
            for contents in CONTENTS if every else ("lost",):
                yield self._disk(names, contents)

    def _disk(self, names: dict[Name, FileId], contents: str) -> Disk:
        disk: Disk = {}
        folders_left = [(0, "")]
        while folders_left:
            folder, path = folders_left.pop()
            for (above, name), node in names.items():
                if above == folder:
                    disk[path + name] = (
                        None if node in self.folders else self._content(node, contents)
                    )
                    if node in self.folders:
                        folders_left.append((node, f"{path}{name}/"))
        return disk

    def _content(self, node: FileId, contents: str) -> bytes:
        now = self.now[node]
        durable = self.durable.get(node, b"")
        if contents == "kept" or now == durable:
            return now
        if contents == "lost":
            return durable
        # The unchanged beginning stays intact, because appending does not rewrite
        # earlier content.
        same = sum(
            1
            for _ in takewhile(
                lambda pair: pair[0] == pair[1], zip(now, durable, strict=False)
            )
        )
        half = same + (len(now) - same) // 2
        return now[:half] + bytes(len(now) - half)


def subsets(count: int) -> list[tuple[int, ...]]:
    """Return the subsets of `count` pending changes that may reach the disk, each as
    ordered indices.

    For a few changes, return all subsets. For many, return every prefix, every set that
    lacks one change, and every single change.
    """
    places = range(count)
    if count <= ALL_SUBSETS:
        return [
            subset for size in range(count + 1) for subset in combinations(places, size)
        ]
    prefixes = [tuple(range(size)) for size in range(count + 1)]
    all_but_one = [tuple(place for place in places if place != left) for left in places]
    return list(
        dict.fromkeys([*prefixes, *all_but_one, *((place,) for place in places)])
    )


def cuts(
    recorder: Recorder, every: bool, without: Step | None = None
) -> Iterator[tuple[list[Any], Disk]]:
    """Simulate a power cut after each step, and yield the disks that it could leave,
    with the promises made so far.

    Unless `every`, unsynced content is missing, and of the unsynced names none, all or
    the newest are on the disk. Leave out the step `without`, as if the program had not
    done it. Steps are compared by identity.
    """
    replay = Replay(recorder.folders)
    promised = list[Any]()
    for step in [None, *recorder.steps]:
        if step is without and step is not None:
            continue
        if isinstance(step, Promised):
            promised = [*promised, step.what]
        elif step is not None:
            replay.take(step)
        for disk in replay.disks(every):
            yield promised, disk


def lay_out(disk: Disk, root: Path) -> None:
    """Make a folder contain exactly the files and folders on a disk.

    Identical entries are not rewritten.
    """
    existing = set()
    for folder, folders, files in os.walk(root, topdown=False):
        for path in (Path(folder, name) for name in files + folders):
            name = str(path)[len(str(root)) + 1 :].replace(os.sep, "/")
            is_folder = path.name in folders
            if name in disk and disk[name] == (
                None if is_folder else path.read_bytes()
            ):
                existing.add(name)
            elif is_folder:
                path.rmdir()
            else:
                path.unlink()
    for name in sorted(disk.keys() - existing):
        content = disk[name]
        if content is None:
            (root / name).mkdir()
        else:
            (root / name).write_bytes(content)
