"""Read a run from disk.

A run is a folder with the following files, which gan/runs/run_writer.py writes.

    config.json              the Config that the run was created with
    metrics.jsonl            one line every few iterations
    images/<iteration>.png   drawings from fixed latents; the first, untrained sheet
                             is always kept
    images/<iteration>.json  their evaluation (gan/runs/evaluation_record.py)
    generator.safetensors    the averaged generator, which all other programs load
    checkpoint.safetensors   everything that the next iteration depends on: weights,
                             average, moments, random states
    checkpoint-before.safetensors   the previous one, in case the newest is damaged
    provenance.json          how to make the run again (gan/runs/provenance.py)
    label.txt                the user-given name of the run, if any; the folder itself
                             is never renamed
    .lock                    locked by the process that trains the run

Metrics are appended to their file; every other file is written under a temporary name
and then renamed. If the process is killed, the newest checkpoint, if there is one, is
intact. When the run resumes, anything newer than the checkpoint is deleted.

A run may come from an untrusted source, so only regular files in the run's own folder
are read or replaced. Through a symlink, a page could show any file on this machine, and
training could overwrite it. A huge file would fill the memory.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np

from gan.base.errors import InputError, parse_json
from gan.base.labels import trimmed
from gan.base.text import is_visible
from gan.rules.run_config import Config
from gan.runs.evaluation_record import Evaluation
from gan.runs.messages import MetricsLine
from nnet import weights
from nnet.durable_write import durably_replacing, patiently, sync

Item = TypeVar("Item")

# Limit for a config or an evaluation: a thousand times the usual size.
MAX_BYTES = 1 << 20
MAX_METRICS_BYTES = 1 << 28  # limit for a metrics file: about a million lines
MAX_LINE_BYTES = 1000  # limit for a line of metrics, which usually has 170 bytes


class Run:
    """The folder of one run, read-only. Another process may be writing to it."""

    def __init__(self, path: Path, config: Config) -> None:
        self.path = path
        self.config = config
        self.images = path / "images"
        self.checkpoint = path / "checkpoint.safetensors"
        self.checkpoint_before = path / "checkpoint-before.safetensors"
        self.generator = path / "generator.safetensors"
        self.metrics_file = path / "metrics.jsonl"

    @property
    def name(self) -> str:
        """The name of the run's folder, such as "digit-3" or "seed-1/digit-3"."""
        above = self.path.parent.name
        name = self.path.name
        return f"{above}/{name}" if above.startswith("seed-") else name

    @staticmethod
    def exists(path: Path | str) -> bool:
        # Path.exists raises if a name is too long
        return os.path.exists(os.path.join(path, "config.json"))

    @staticmethod
    def open(path: Path | str) -> Run:
        """Open an existing run.

        Raise InputError if it is missing, contains symlinks, or has an invalid config.
        """
        file = Path(path, "config.json")
        try:
            refuse_symlinks(file.parent)
            text = read_regular_file(file, MAX_BYTES).decode("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            raise InputError(
                f"{path}: expected the folder of a run, found no config.json; "
                "check the name",
                "out",
            ) from None
        except UnicodeDecodeError as error:
            raise InputError(
                f"{file}: is not the configuration of a run: it is no text; "
                "restore a copy",
                "out",
            ) from error
        except OSError as error:
            raise InputError(
                f"{file} cannot be read: {error.strerror}; check its permissions", "out"
            ) from error
        return Run(file.parent, Config.from_json(text, str(file)))

    def metrics(self, most: int | None = None) -> list[dict[str, Any]]:
        """Return the valid lines of metrics, oldest first.

        With `most`, keep only that many evenly spaced lines. A server reads the metrics
        for each client, so it must never hold those of a long run.
        """
        lines = self._lines()
        if most is not None:
            count = sum(1 for _ in self._lines())
            kept = set(evenly_spaced(range(count), most))
            lines = (line for number, line in enumerate(lines) if number in kept)
        return [metrics for line in lines if (metrics := _metrics(line)) is not None]

    def read_metrics(self) -> Iterator[tuple[dict[str, Any] | None, int]]:
        """Yield each line, or None if it is damaged, and the byte offset of its end."""
        end = 0
        for line in self._lines():
            end += len(line) + 1
            yield _metrics(line), end

    def _lines(self) -> Iterator[bytes]:
        """Yield all lines except an unterminated last one.

        An unterminated line is still being written, or its writer was killed.
        """
        try:
            opened = open_regular_file(self.metrics_file, MAX_METRICS_BYTES)
        except FileNotFoundError:
            return
        with opened:
            for line in opened:
                if line.endswith(b"\n"):
                    yield line[:-1]

    def pictures(self) -> list[int]:
        """Return the iterations of the saved pictures, ascending."""
        found = list[int]()
        with (
            suppress(FileNotFoundError, NotADirectoryError),
            os.scandir(self.images) as entries,
        ):
            for entry in entries:
                stem, suffix = os.path.splitext(entry.name)
                is_picture = suffix == ".png" and stem.isdecimal()
                if is_picture and entry.is_file(follow_symlinks=False):
                    found.append(int(stem))
        return sorted(found)

    def picture_path(self, iteration: int) -> Path:
        return self.images / f"{iteration}.png"

    def evaluation(self, iteration: int) -> Evaluation:
        """Return the evaluation of an iteration's picture.

        All its values are None if the file is missing or invalid.
        """
        try:
            content = read_regular_file(self.evaluation_path(iteration), MAX_BYTES)
            return Evaluation.from_json(content.decode("utf-8"))
        except (OSError, ValueError):
            return Evaluation()

    def evaluation_path(self, iteration: int) -> Path:
        return self.picture_path(iteration).with_suffix(".json")

    def label(self) -> str | None:
        """Return the user-given name of the run, or None without a valid one."""
        try:
            content = read_regular_file(self.path / FILE, MAX_LABEL_BYTES)
            return check_label(content.decode("utf-8"))
        except (OSError, ValueError):
            return None

    def saved_iteration(self) -> int:
        """Return the iteration of the saved generator, or 0 if there is no valid file.

        The generator is saved with each checkpoint.
        """
        try:
            return int(weights.load(self.generator)[1]["iteration"])
        except (ValueError, KeyError):  # a WeightsError is a ValueError
            return 0

    def changed(self) -> float:
        """Return the Unix time of the latest change to the run's files."""
        files = [
            self.path / "config.json",
            self.metrics_file,
            self.images,
            self.generator,
            self.checkpoint,
        ]
        times = [file.stat().st_mtime for file in files if file.exists()]
        return max(times, default=0.0)


def _metrics(line: bytes) -> dict[str, Any] | None:
    """Return the known values in a line of metrics.

    Return None if the line is invalid. A valid line is a JSON object with an
    "iteration", and its values are numbers or null.
    """
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        values = parse_json(line)
    except ValueError:
        return None
    if not isinstance(values, dict):
        return None
    iteration = values.get("iteration")
    if type(iteration) is not int or iteration < 0:
        return None
    if not all(isinstance(value, int | float | None) for value in values.values()):
        return None
    names = MetricsLine.__annotations__
    return {name: value for name, value in values.items() if name in names}


def evenly_spaced(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most `most` (two or more) items, with the first and the last one."""
    if len(items) <= most:
        return list(items)
    # (most,), more than 1 apart, so that rounding repeats no item
    places = np.linspace(0, len(items) - 1, most)
    return [items[round(place)] for place in places]


# The user-given name of a run

FILE = "label.txt"
LONGEST = 60  # characters; fills two lines of the list of runs on a phone
MAX_LABEL_BYTES = 4 * LONGEST + 1  # in UTF-8, including the newline


def check_label(text: str) -> str:
    """Return a user-given name without the spaces around it.

    Raise InputError if it is empty, too long or contains hidden characters.
    """
    label = trimmed(text.strip())
    if not 1 <= len(label) <= LONGEST:
        raise InputError(
            f"name: expected 1 to {LONGEST} characters, received {len(label)}", "name"
        )
    for character in label:
        # not a newline, or a mark that reverses the direction of text
        if not is_visible(character):
            code = f"U+{ord(character):04X}"
            raise InputError(
                f"name: expected visible characters, received {code}", "name"
            )
    return label


def write_label(folder: Path, text: str | None) -> str | None:
    """Store a run's user-given name durably, and return it as stored.

    None removes the name. Raise InputError if the name is invalid or the folder is not
    writable. The old name is kept in that case.
    """
    label = None if text is None else check_label(text)
    try:
        if label is None:
            patiently((folder / FILE).unlink, True)  # which may be missing
            sync(folder)
        else:
            with durably_replacing(folder / FILE) as beside:
                beside.write_bytes(f"{label}\n".encode())
    except OSError as error:
        raise InputError(
            f"{folder}: expected a folder to write in, received {error.strerror}", "id"
        ) from error
    return label


# Safe access to files


def is_regular_file(file: Path) -> bool:
    """Return whether a path is an accessible regular file, and not a symlink to one."""
    try:
        return stat.S_ISREG(os.lstat(file).st_mode)
    except (OSError, ValueError):
        return False


def refuse_symlinks(folder: Path) -> None:
    """Raise InputError if the folder contains a symlink.

    Raise OSError if it cannot be listed.
    """
    with os.scandir(folder) as entries:
        links = sorted(entry.name for entry in entries if entry.is_symlink())
    if links:
        raise InputError(
            f"{folder / links[0]}: expected a file of the run, found a link, "
            "which is not followed; put the file there",
            "out",
        )


def read_regular_file(file: Path, most: int) -> bytes:
    """Read a regular file of at most `most` bytes. Raise OSError otherwise."""
    with open_regular_file(file, most) as opened:
        return opened.read()


def open_regular_file(file: Path, most: int) -> BinaryIO:
    """Open a regular file of at most `most` bytes. Raise OSError otherwise."""

    def open_safely(path: str, flags: int) -> int:
        # Windows has neither flag; there, only the check below refuses symlinks.
        safe = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        return patiently(os.open, path, flags | safe)

    opened = open(file, "rb", opener=open_safely)
    state = os.fstat(opened.fileno())
    problem = None
    if not stat.S_ISREG(state.st_mode) or file.is_symlink():
        problem = "it is not a regular file"
    elif state.st_size > most:
        problem = f"it holds more than {most:,} bytes"
    if problem:
        opened.close()
        raise OSError(None, problem, str(file))
    return opened
