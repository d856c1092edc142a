"""A run on disk: a folder that holds all there is to know of it.

    config.json              the Config it was started with
    metrics.jsonl            one line every few iterations
    images/<iteration>.png   what the generator drew from fixed latents; the first, untrained one is always kept
    images/<iteration>.json  which digits those are, if one network draws them all (gan/classifier/reading.py)
    generator.safetensors    the averaged generator: what everything else loads
    checkpoint.safetensors   all that the next iteration depends on: weights, average, moments, random states
    .lock                    held by the process that trains the run (gan/runs/lock.py)

The metrics grow line by line; every other file is written beside its name and renamed. Whenever the process is killed,
the folder holds a whole checkpoint, or none yet; what was written after it is cut away when the run goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.classifier.reading import Reading
from gan.config import Config
from gan.errors import InputError
from gan.pictures import save_png, sheet
from gan.runs.lock import hold
from gan.runs.trainer import Trainer
from nnet import weights
from nnet.weights import WeightsError

LOCK_SECONDS = 10.0  # a process that was just told to end may still be saving
# Which settings may a resumed run change? Only how long it is, and how often it writes.
CHANGEABLE = ("iterations", "picture_every", "metrics_every")


class Run:
    """The folder of one run. Make one with `create` or `open`.

    Attributes
    ----------
    path : Path
    config : Config
    """

    def __init__(self, path: Path, config: Config) -> None:
        self.path, self.config = path, config
        self.images = path / "images"
        self.checkpoint = path / "checkpoint.safetensors"
        self.generator = path / "generator.safetensors"

    @classmethod
    def create(cls, path: Path, config: Config) -> Run:
        """Make the folder of a new run. InputError if it cannot be written or holds a run already."""
        cls.check_free(path)
        run = cls(path, config)
        try:
            run.images.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(path, error) from error
        run._write_config()
        return run

    @staticmethod
    def exists(path: Path) -> bool:
        """Whether the folder holds a run."""
        return os.path.exists(path / "config.json")  # Path.exists raises where a name is too long or a folder locked

    @staticmethod
    def check_free(path: Path) -> None:
        """InputError if the folder holds a run."""
        if Run.exists(path):
            raise InputError(f"{path}: holds a run already; go on with it by --resume, or choose another --out", "out")

    @classmethod
    def open(cls, path: Path) -> Run:
        """Open an existing run. InputError if there is none."""
        file = path / "config.json"
        if not os.path.isfile(file):
            raise InputError(f"{path}: expected the folder of a run, found no config.json; check the name", "out")
        try:
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{file}: is not the configuration of a run: {error}", "out") from error
        return cls(path, Config.from_json(text, str(file)))

    @classmethod
    def resume(cls, path: Path, config: Config) -> Run:
        """Open a run to go on with it under a config that may prolong it; create it where there is none.

        InputError if the config differs in anything else.
        """
        if not cls.exists(path):
            return cls.create(path, config)
        run = cls.open(path)
        changes = {name: getattr(config, name) for name in CHANGEABLE}
        if replace(run.config, **changes) != config:
            pairs = {name: (getattr(run.config, name), getattr(config, name)) for name in vars(config)}
            names = [name for name, (there, asked) in pairs.items() if there != asked and name not in CHANGEABLE]
            differences = ", ".join("{}: {} there, {} asked for".format(name, *pairs[name]) for name in names)
            raise InputError(f"{path}: holds a run with other settings ({differences}); choose another --out", names[0])
        if config != run.config:
            with run._alone():  # a run that another process trains keeps the config it is trained with
                run.config = config
                run._write_config()
        return run

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Within this block no other process trains this run. What a killed one left half written is cleared away.

        InputError if another process trains it and does not end within `LOCK_SECONDS`.
        """
        with self._alone():
            for half_written in [*self.path.glob(".*.part"), *self.images.glob(".*.part")]:
                half_written.unlink(missing_ok=True)
            yield

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with hold(self.path, LOCK_SECONDS) as held:
            if not held:
                raise InputError(f"{self.path}: is being trained by another process; end that one first", "out")
            yield

    def _write_config(self) -> None:
        try:
            _replace_text(self.path / "config.json", self.config.to_json() + "\n")
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def append_metrics(self, line: dict[str, Any]) -> None:
        """Add a line; it must have an "iteration"."""
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """All lines, oldest first, up to the first that is no line of metrics: a kill cuts the last one short."""
        try:
            lines = (self.path / "metrics.jsonl").read_bytes().splitlines()
        except FileNotFoundError:
            return []
        read = []
        for line in lines:
            try:
                values = json.loads(line)
            except ValueError:
                break
            if not isinstance(values, dict) or not isinstance(values.get("iteration"), int):
                break
            read.append(values)
        return read

    def save_picture(self, iteration: int, images: NDArray[np.uint8], reading: Reading | None = None) -> None:
        """Keep what the generator draws at an iteration, (n, 28, 28) uint8, ink 255, and first what was read on it."""
        if reading is not None:
            _replace_text(self._reading_path(iteration), reading.to_json() + "\n")
        save_png(sheet(images), self.picture_path(iteration))

    def pictures(self) -> list[int]:
        """The iterations whose pictures were kept, ascending."""
        return sorted(int(path.stem) for path in self.images.glob("*.png") if path.stem.isdecimal())

    def picture_path(self, iteration: int) -> Path:
        """Where the picture of an iteration lies."""
        return self.images / f"{iteration}.png"

    def reading(self, iteration: int) -> Reading | None:
        """What was read on the picture of an iteration; None where nothing was."""
        try:
            return Reading.from_json(self._reading_path(iteration).read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def _reading_path(self, iteration: int) -> Path:
        return self.picture_path(iteration).with_suffix(".json")

    def save(self, trainer: Trainer) -> None:
        """Write the averaged generator, then the checkpoint: killed in between, the run goes on and writes both."""
        self.save_generator(trainer)
        arrays, texts = trainer.state()
        weights.save(self.checkpoint, arrays, texts | {"config": self.config.to_json()})

    def save_generator(self, trainer: Trainer) -> None:
        """Write the averaged generator alone, with its config, iteration and data."""
        about = {"config": self.config.to_json(), "iteration": str(trainer.iteration), "data": trainer.data_name}
        weights.save(self.generator, trainer.average.network.parameters(), about)

    def restore(self, trainer: Trainer) -> bool:
        """Put a trainer where the checkpoint was taken, and cut away what was written after. False if there is none.

        InputError if the checkpoint is damaged or another network's.
        """
        if not self.checkpoint.exists():
            self.cut_back(-1)
            return False
        try:
            trainer.restore(*weights.load(self.checkpoint), str(self.checkpoint))
        except WeightsError as error:
            raise InputError(str(error)) from error
        self.cut_back(trainer.iteration)
        return True

    def cut_back(self, iteration: int) -> None:
        """Drop metrics, pictures and readings of later iterations; -1 drops all."""
        lines = [line for line in self.metrics() if line["iteration"] <= iteration]
        _replace_text(self.path / "metrics.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        kept = [path for path in self.images.glob("*.*") if path.suffix in (".png", ".json")]
        for later in [path for path in kept if path.stem.isdecimal() and int(path.stem) > iteration]:
            later.unlink()

    def clear(self) -> None:
        """Drop everything but the config: the run starts anew."""
        self.checkpoint.unlink(missing_ok=True)
        self.generator.unlink(missing_ok=True)
        self.cut_back(-1)


def thin(lines: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """At most `most` of the lines, evenly spread, the newest always among them."""
    if len(lines) <= most:
        return lines
    stride = -(-len(lines) // most)
    return lines[::-1][::stride][::-1]


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path}: expected a folder to write in, received {error.strerror}", "out")


def _replace_text(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, "utf-8")
    os.replace(beside, path)
