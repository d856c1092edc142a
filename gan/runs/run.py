"""Read a run from disk.

A run is a folder with the following files, which gan/runs/run_writer.py writes.

    config.json              the Config that the run was created with
    metrics.jsonl            one line every few iterations
    images/<iteration>.png   drawings from fixed latents; the first, untrained sheet is always kept
    images/<iteration>.json  their evaluation, such as the digits recognized (gan/runs/evaluation_record.py)
    generator.safetensors    the averaged generator, which all other programs load
    checkpoint.safetensors   everything that the next iteration depends on: weights, average, moments, random states
    checkpoint-before.safetensors   the previous checkpoint, in case the newest is damaged
    provenance.json          how to make the run again (gan/runs/provenance.py)
    label.txt                the user-given name of the run, if any; the folder itself is never renamed
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
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from gan.base.errors import InputError, parse_json
from gan.rules.config import Config
from gan.runs.evaluation_record import Evaluation
from gan.runs.messages import MetricsLine
from nnet import weights
from nnet.durable_write import durably_replacing, sync

Item = TypeVar("Item")

# Limit for a config or an evaluation: a thousand times the usual size.
MAX_BYTES = 1 << 20
MAX_METRICS_BYTES = 1 << 28  # limit for a metrics file: about a million lines
MAX_LINE_BYTES = 1000  # limit for a line of metrics, which usually has 170 bytes


class Run:
    """The folder of one run, read-only.

    Another process may be writing to it. `open` reads its config.
    """

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
        """The name of the run's folder, preceded by the parent folder's name if that is
        the folder of a seed.
        """
        above = self.path.parent.name
        return (
            f"{above}/{self.path.name}" if above.startswith("seed-") else self.path.name
        )

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
            message = f"{path}: expected the folder of a run, found no config.json; check the name"
            raise InputError(message, "out") from None
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(
                f"{file}: is not the configuration of a run: {reason}", "out"
            ) from error
        return Run(file.parent, Config.from_json(text, str(file)))

    def metrics(self, most: int | None = None) -> list[dict[str, Any]]:
        """Return the valid lines of metrics, oldest first: all, or those among `most`
        evenly spaced lines.

        Only these lines are parsed, because the parsed metrics of a long run would take
        ten times as much memory as the file.
        """
        lines = self._lines()
        found = map(_metrics, lines if most is None else evenly_spaced(lines, most))
        return [line for line in found if line is not None]

    def read_metrics(self) -> Iterator[tuple[dict[str, Any] | None, int]]:
        """Yield every line of metrics, or None for a damaged one, with the byte offset
        of its end in the file.
        """
        end = 0
        for line in self._lines():
            end += len(line) + 1
            yield _metrics(line), end

    def _lines(self) -> list[bytes]:
        """Return all lines except an unterminated last one, which is still being
        written or was cut short by a kill.
        """
        try:
            return read_regular_file(self.metrics_file, MAX_METRICS_BYTES).split(b"\n")[
                :-1
            ]
        except FileNotFoundError:
            return []

    def pictures(self) -> list[int]:
        try:
            with os.scandir(self.images) as entries:
                names = [
                    entry.name
                    for entry in entries
                    if entry.is_file(follow_symlinks=False)
                ]
        except (FileNotFoundError, NotADirectoryError):
            return []
        stems = (name.removesuffix(".png") for name in names if name.endswith(".png"))
        return sorted(int(stem) for stem in stems if stem.isdecimal())

    def picture_path(self, iteration: int) -> Path:
        return self.images / f"{iteration}.png"

    def evaluation(self, iteration: int) -> Evaluation:
        """Return the evaluation of an iteration's picture.

        It is empty if the file is missing or invalid.
        """
        try:
            return Evaluation.from_json(
                read_regular_file(self.evaluation_path(iteration), MAX_BYTES).decode(
                    "utf-8"
                )
            )
        except (OSError, ValueError):
            return Evaluation()

    def evaluation_path(self, iteration: int) -> Path:
        return self.picture_path(iteration).with_suffix(".json")

    def label(self) -> str | None:
        """Return the user-given name of the run, or None if there is none or it is
        invalid.
        """
        try:
            return check_label(
                read_regular_file(self.path / FILE, MAX_LABEL_BYTES).decode("utf-8")
            )
        except (OSError, ValueError):
            return None

    def saved_iteration(self) -> int:
        """Return the iteration of the generator's file, which is saved with each
        checkpoint; 0 if it states none.
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
        return max(
            (file.stat().st_mtime for file in files if file.exists()), default=0.0
        )


def _metrics(line: bytes) -> dict[str, Any] | None:
    """Parse a line of metrics, in which every value is a number or null.

    Unknown names are left out.

    Return None if the line is invalid.
    """
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        values = parse_json(line)
    except ValueError:
        return None
    if (
        not isinstance(values, dict)
        or type(values.get("iteration")) is not int
        or values["iteration"] < 0
    ):
        return None
    if not all(
        value is None or isinstance(value, int | float) for value in values.values()
    ):
        return None
    return {
        name: value
        for name, value in values.items()
        if name in MetricsLine.__annotations__
    }


def evenly_spaced(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most `most` (two or more) evenly spaced items, including the first and
    the last.
    """
    if len(items) <= most:
        return list(items)
    # (most,), without duplicates
    places = np.linspace(0, len(items) - 1, most).round().astype(int)
    return [items[place] for place in places]


# The user-given name of a run

FILE = "label.txt"
LONGEST = 60  # characters; fills two lines of the list of runs on a phone
MAX_LABEL_BYTES = 4 * LONGEST + 1  # in UTF-8, including the newline


def check_label(text: str) -> str:
    """Strip spaces from a name.

    Raise InputError if it is empty, too long or contains unprintable characters.
    """
    label = text.strip()
    if not 1 <= len(label) <= LONGEST:
        raise InputError(
            f"name: expected 1 to {LONGEST} characters, received {len(label)}", "name"
        )
    strange = next(
        (character for character in label if not character.isprintable()), None
    )
    if strange is not None:
        # Such as a newline, or a mark that reverses the direction of text.
        raise InputError(
            f"name: expected visible characters, received U+{ord(strange):04X}", "name"
        )
    return label


def write_label(folder: Path, text: str | None) -> str | None:
    """Store a run's name durably, or remove it if `text` is None.

    Return the name as stored.

    Raise InputError if the name is invalid or the folder is not writable. The old name
    is kept in that case.
    """
    label = None if text is None else check_label(text)
    try:
        if label is None:
            (folder / FILE).unlink(missing_ok=True)
            sync(folder)
        else:
            with durably_replacing(folder / FILE) as beside:
                beside.write_text(label + "\n", "utf-8")
    except OSError as error:
        raise InputError(
            f"{folder}: expected a folder to write in, received {error.strerror}", "id"
        ) from error
    return label


# Safe access to files


def is_regular_file(file: Path) -> bool:
    """Return whether the path is an accessible regular file, not a symlink, folder,
    pipe or device.
    """
    try:
        return stat.S_ISREG(os.lstat(file).st_mode)
    except (OSError, ValueError):
        return False


def refuse_symlinks(folder: Path) -> None:
    """Raise InputError if a direct entry of the folder is a symlink, and OSError if the
    folder cannot be listed.
    """
    with os.scandir(folder) as entries:
        links = sorted(entry.name for entry in entries if entry.is_symlink())
    if links:
        expected = "expected a file of the run, found a link, which is not followed; put the file there"
        raise InputError(f"{folder / links[0]}: {expected}", "out")


def read_regular_file(file: Path, most: int) -> bytes:
    """Read a regular file.

    Raise OSError if that fails, if it is not one, or if it contains more than `most`
    bytes.
    """
    flags = os.O_NOFOLLOW | os.O_NONBLOCK
    with open(
        file, "rb", opener=lambda path, reading: os.open(path, reading | flags)
    ) as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(None, "it is not a regular file", str(file))
        content = opened.read(most + 1)
    if len(content) > most:
        raise OSError(None, f"it holds more than {most:,} bytes", str(file))
    return content
