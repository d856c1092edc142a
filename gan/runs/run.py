"""A run on disk: a folder that holds all there is to know of it. Here it is read; gan/runs/writer.py writes it.

    config.json              the Config it was started with
    metrics.jsonl            one line every few iterations
    images/<iteration>.png   what the generator drew from fixed latents; the first, untrained one is always kept
    images/<iteration>.json  what was said of that: which digits they are, and more (gan/runs/remarks.py)
    generator.safetensors    the averaged generator: what everything else loads
    checkpoint.safetensors   all that the next iteration depends on: weights, average, moments, random states
    checkpoint-before.safetensors   the one before it, for the day on which the newest is damaged
    .lock                    held by the process that trains the run

The metrics grow line by line; every other file is written beside its name and renamed. Whenever the process is killed,
the folder holds a whole checkpoint, or none yet; what was written after it is cut away when the run goes on.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from gan.config import Config
from gan.errors import InputError
from gan.runs.remarks import Remarks
from nnet import weights
from nnet.weights import WeightsError


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
        """Open an existing run. InputError if there is none."""
        file = path / "config.json"
        if not os.path.isfile(file):
            raise InputError(f"{path}: expected the folder of a run, found no config.json; check the name", "out")
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{file}: is not the configuration of a run: {error}", "out") from error
        return Run(path, Config.from_json(text, str(file)))

    def metrics(self) -> list[dict[str, Any]]:
        """All lines that are whole, oldest first."""
        return [line for line, _ in self.read_metrics() if line is not None]

    def read_metrics(self) -> list[tuple[dict[str, Any] | None, int]]:
        """Every line, None for one that is damaged, and where it ends in the file, in bytes.

        A last one without an end is being written, or was when the process was killed; it is left out.
        """
        try:
            content = self.metrics_file.read_bytes()
        except FileNotFoundError:
            return []
        read, end = [], 0
        for line in content.split(b"\n")[:-1]:
            end += len(line) + 1
            read.append((_metrics(line), end))
        return read

    def pictures(self) -> list[int]:
        """The iterations whose pictures were kept, ascending."""
        return sorted(int(path.stem) for path in self.images.glob("*.png") if path.stem.isdecimal())

    def picture_path(self, iteration: int) -> Path:
        """Where the picture of an iteration lies."""
        return self.images / f"{iteration}.png"

    def remarks(self, iteration: int) -> Remarks:
        """What was said of the picture of an iteration."""
        try:
            return Remarks.from_json(self.remarks_path(iteration).read_text("utf-8"))
        except (OSError, ValueError):
            return Remarks()

    def remarks_path(self, iteration: int) -> Path:
        """Where that lies."""
        return self.picture_path(iteration).with_suffix(".json")

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
    """What a line of metrics says; None for what is none."""
    try:
        values = json.loads(line)
    except ValueError:
        return None
    return values if isinstance(values, dict) and isinstance(values.get("iteration"), int) else None


def thin(lines: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """At most `most` of the lines, evenly spread, the newest always among them."""
    if len(lines) <= most:
        return lines
    stride = -(-len(lines) // most)
    return lines[::-1][::stride][::-1]
