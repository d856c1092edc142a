"""A run on disk: a folder that holds all there is to know of it. Here it is read; gan/runs/run_writer.py writes it.

    config.json              the Config it was started with
    metrics.jsonl            one line every few iterations
    images/<iteration>.png   what the generator drew from fixed latents; the first, untrained one is always kept
    images/<iteration>.json  what was said of that: which digits they are, and more (gan/runs/evaluation.py)
    generator.safetensors    the averaged generator: what everything else loads
    checkpoint.safetensors   all that the next iteration depends on: weights, average, moments, random states
    checkpoint-before.safetensors   the one before it, for the day on which the newest is damaged
    label.txt                what a person calls it, if anything (gan/runs/run.py)
    .lock                    held by the process that trains the run

The metrics grow line by line; every other file is written beside its name and renamed. Whenever the process is killed,
the folder holds a whole checkpoint, or none yet; what was written after it is cut away when the run goes on.

The name that a person gives a run: a line in a small file of the run's folder, which itself never moves.

So the run's address, its pictures and its links stay as they are, whatever it is called.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gan.config import Config
from gan.errors import InputError, parse_json
from gan.runs.evaluation import Remarks
from gan.runs.safe_files import read_plain, refuse_links
from nnet import weights
from nnet.durable_write import durably_replacing, sync
from nnet.weights import WeightsError

MOST_BYTES = 1 << 20  # of a config, and of what was said of a picture: a thousand times what they have
MOST_METRICS_BYTES = 1 << 28  # a million lines


class Run:
    """The folder of one run, to be read: another process may be writing into it. `open` reads its config.

    Attributes
    ----------
    path : Path
    config : Config
    """

    def __init__(self, path: Path, config: Config) -> None:
        self.path, self.config = path, config
        self.images = path / "images"
        self.checkpoint = path / "checkpoint.safetensors"
        self.checkpoint_before = path / "checkpoint-before.safetensors"
        self.generator = path / "generator.safetensors"
        self.metrics_file = path / "metrics.jsonl"

    @property
    def name(self) -> str:
        """What people call it: its folder's name, with that above it where runs differ by their seeds, too."""
        above = self.path.parent.name
        return f"{above}/{self.path.name}" if above.startswith("seed-") else self.path.name

    @staticmethod
    def exists(path: Path) -> bool:
        """Whether the folder holds a run."""
        return os.path.exists(path / "config.json")  # Path.exists raises where a name is too long or a folder locked

    @staticmethod
    def open(path: Path) -> Run:
        """Open an existing run. InputError if there is none, or none as gan/runs/safe_files.py has it."""
        file = path / "config.json"
        try:
            refuse_links(path)
            text = read_plain(file, MOST_BYTES).decode("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            message = f"{path}: expected the folder of a run, found no config.json; check the name"
            raise InputError(message, "out") from None
        except (OSError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{file}: is not the configuration of a run: {_reason(error)}", "out") from error
        return Run(path, Config.from_json(text, str(file)))

    def metrics(self, most: int | None = None) -> list[dict[str, Any]]:
        """The lines that are whole, oldest first: all, or at most `most`, evenly spread, the newest among them."""
        return list(self.each_metrics(most))

    def each_metrics(self, most: int | None = None) -> Iterator[dict[str, Any]]:
        """The same one after another; what is left out is not even parsed.

        For a long run's metrics, parsed, fill ten times their file's memory.
        """
        lines = self._lines()
        while lines and _metrics(lines[-1]) is None:
            lines.pop()
        found = map(_metrics, lines if most is None else _thinned(lines, most))
        return (line for line in found if line is not None)

    def read_metrics(self) -> list[tuple[dict[str, Any] | None, int]]:
        """Every line, None for one that is damaged, and where it ends in the file, in bytes."""
        read, end = [], 0
        for line in self._lines():
            end += len(line) + 1
            read.append((_metrics(line), end))
        return read

    def _lines(self) -> list[bytes]:
        """A last one without an end is being written, or was when the process was killed; it is left out."""
        try:
            return read_plain(self.metrics_file, MOST_METRICS_BYTES).split(b"\n")[:-1]
        except FileNotFoundError:
            return []

    def pictures(self) -> list[int]:
        """The iterations whose pictures were kept, ascending."""
        try:
            with os.scandir(self.images) as entries:
                names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        stems = (name.removesuffix(".png") for name in names if name.endswith(".png"))
        return sorted(int(stem) for stem in stems if stem.isdecimal())

    def picture_path(self, iteration: int) -> Path:
        """Where the picture of an iteration lies."""
        return self.images / f"{iteration}.png"

    def remarks(self, iteration: int) -> Remarks:
        """What was said of the picture of an iteration."""
        try:
            return Remarks.from_json(read_plain(self.remarks_path(iteration), MOST_BYTES).decode("utf-8"))
        except (OSError, ValueError):
            return Remarks()

    def remarks_path(self, iteration: int) -> Path:
        """Where that lies."""
        return self.picture_path(iteration).with_suffix(".json")

    def label(self) -> str | None:
        """What a person calls it; None where nobody has given it a name."""
        return read_label(self.path)

    def data_name(self) -> str | None:
        """What it has learned from, as its generator says; None where none was written yet."""
        try:
            return weights.load(self.generator)[1].get("data")
        except WeightsError:
            return None

    def changed(self) -> float:
        """When anything in it was last written, in seconds since 1970."""
        files = [self.path / "config.json", self.metrics_file, self.images, self.generator, self.checkpoint]
        return max((file.stat().st_mtime for file in files if file.exists()), default=0.0)


def _metrics(line: bytes) -> dict[str, Any] | None:
    """What a line of metrics says, a number or null under every name; None for what is no such line."""
    try:
        values = parse_json(line)
    except ValueError:
        return None
    if not isinstance(values, dict) or type(values.get("iteration")) is not int or values["iteration"] < 0:
        return None
    return values if all(value is None or isinstance(value, int | float) for value in values.values()) else None


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _thinned(lines: list[bytes], most: int) -> list[bytes]:
    """At most `most` of the lines, evenly spread, the newest always among them."""
    if len(lines) <= most:
        return lines
    stride = -(-len(lines) // most)
    return lines[::-1][::stride][::-1]


FILE = "label.txt"
LONGEST = 60  # characters: a row of the list on a phone has room for two lines
MOST_LABEL_BYTES = 4 * LONGEST + 1  # of UTF-8, and the line's end


def check_label(text: str) -> str:
    """A name as it is kept, without spaces around it; InputError for one that is empty, too long or no plain line."""
    label = text.strip()
    if not 1 <= len(label) <= LONGEST:
        raise InputError(f"name: expected 1 to {LONGEST} characters, received {len(label)}", "name")
    strange = next((character for character in label if not character.isprintable()), None)
    if strange is not None:  # a line's end, or what turns the writing of a whole page around
        raise InputError(f"name: expected characters that can be seen, received U+{ord(strange):04X}", "name")
    return label


def read_label(folder: Path) -> str | None:
    """The name in a run's folder; None where there is none, or a file that holds no such name."""
    try:
        return check_label(read_plain(folder / FILE, MOST_LABEL_BYTES).decode("utf-8"))
    except (OSError, ValueError):
        return None


def write_label(folder: Path, text: str | None) -> str | None:
    """Keep a name, or none, so that it outlasts a power cut; gives it as it is kept.

    Raises
    ------
    InputError : it cannot be a name, or the folder cannot be written. The old one is still there.
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
        raise InputError(f"{folder}: expected a folder to write in, received {error.strerror}", "id") from error
    return label
