"""A training worker for server tests, without a process.

It obeys immediately and saves its run as a real one does.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from gan.data import HEAD
from gan.data.images_and_sheets import in_base64
from gan.rules.run_config import Config
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, resume


def tiny(digit: int | None, few: bool = False, **changes: Any) -> Config:
    """Return a config whose networks train in milliseconds."""
    fields: dict[str, Any] = {
        "channels": (4, 8),
        "hidden_generator": (16,),
        "hidden_discriminator": 16,
        "images": HEAD,
    }
    fields |= {
        "batch": 8,
        "latent": 8,
        "metrics_every": 2,
        "picture_every": 10,
        "bend": few,
    }
    return Config(digit=digit, **(fields | changes))


class FakeWorker:
    """Implements the methods of `gan.runs.worker.Worker`.

    `made` lists all instances; `die` simulates a crash.

    The first command to train creates the run if it is missing. There is no thread:
    `say` and `send` pass events to the follower before they return.
    """

    made: ClassVar[list["FakeWorker"]] = []
    drawings = 4  # drawings on a sheet
    g_loss = float("inf")

    def __init__(
        self, run_path: Path, config: Config, data: Path | None, cores: int
    ) -> None:
        self.run = RunWriter(run_path, config)
        self.config = config
        self.data = data
        self.cores = cores
        if Run.exists(run_path):
            self.run = RunWriter(run_path, resume(run_path, config).config)
        self.before: list[dict[str, Any]] = []  # events before `follow` is called
        self.hear: Callable[[Any], None] = self.before.append
        self.ended: Callable[[str], None] = lambda reason: None
        self.iteration = 0
        self.alive = False
        self.heard: list[tuple[str, int | None]] = []
        FakeWorker.made.append(self)

    def start(self) -> None:
        self.alive = True
        self.state("starting")
        self.iteration = max(self.run.pictures(), default=0)
        if Run.exists(self.run.path) and not self.run.pictures():
            self.draw()
        self.state("idle")

    def say(self, kind: str, **fields: Any) -> None:
        if self.alive:
            self.hear({"type": kind, **fields})

    def state(self, state: str, target: int | None = None) -> None:
        known = {
            "freeze_switches": list(self.config.freeze_switches),
            "is_begun": Run.exists(self.run.path),
            "done": len(self.heard),
        }
        self.say(
            "state",
            state=state,
            iteration=self.iteration,
            target=target,
            data="fake digits",
            **known,
        )

    def draw(self) -> None:
        shade = np.full((self.drawings, 28, 28), self.iteration % 256, np.uint8)
        self.run.save_picture(self.iteration, shade)
        self.say("picture", iteration=self.iteration)

    def send(self, command: str, iterations: int | None = None) -> int:
        self.heard.append((command, iterations))
        if self.alive:
            self.obey(command, iterations)
        return len(self.heard)

    def obey(self, command: str, iterations: int | None) -> None:
        if command in ("fun", "train", "step") and not Run.exists(self.run.path):
            resume(self.run.path, self.config)
            self.draw()
        if command == "fun":
            self.state("training")
        elif command == "train":
            assert iterations is not None
            self.state("training", self.iteration + iterations)
            self.train(iterations)
            self.state("idle")
        elif command == "step":
            self.step(iterations or 0)
        elif command in ("pause", "reset"):
            if command == "reset" and Run.exists(self.run.path):
                self.run.cut_back(-1)
                self.iteration = 0
                self.draw()
            self.state("idle")

    def train(self, iterations: int) -> None:
        self.iteration += iterations
        losses = {
            "d_loss": 0.5,
            "g_loss": self.g_loss,
            "told_apart": 0.75,
            "d_change": 0.0,
        }
        line = {"iteration": self.iteration, **losses}
        self.run.append_metrics(line)
        self.say("metrics", **line)
        self.draw()

    def step(self, drawing: int) -> None:
        self.iteration += 1
        png = dict.fromkeys(
            ("drawing", "real", "gradient"), in_base64(Image.new("L", (50, 50)))
        )
        rated = {"start": 0.5, "judge": -1.0, "artist": 1.0}
        scales = {
            turn: {"drawn": [rating] * 64, "real": [0.0] * 64}
            for turn, rating in rated.items()
        }
        frames = [
            {"turn": turn, "scale": scale, "png": png} for turn, scale in scales.items()
        ]
        shown = {
            "iteration": self.iteration,
            "drawing": drawing,
            "asked": 3,
            "names": [],
        }
        self.say("turns", **shown, locked=self.config.freeze, frames=frames)
        self.state("idle")
        self.draw()

    def receive(self, timeout: float | None) -> Any:
        if self.before:
            return self.before.pop(0)
        if self.alive:
            return None
        raise EOFError

    def kill(self) -> None:
        self.alive = False

    def follow(self, hear: Callable[[Any], None], ended: Callable[[str], None]) -> None:
        self.hear = hear
        self.ended = ended
        for event in self.before:
            hear(event)

    def stop(self, timeout: float = 20) -> None:
        self.heard.append(("quit", None))
        self.state("gone")
        self.die()

    def die(self) -> None:
        if self.alive:
            self.alive = False
            self.ended("ended unexpectedly")


class FakeTrainer(FakeWorker):
    """A worker that trains 20 iterations after the command "fun", then claims to be
    training until it is paused.

    It says so last: a page that shows it has received everything.
    """

    drawings = 64
    g_loss = 1.5

    def state(self, state: str, target: int | None = None) -> None:
        if state == "training" and target is None and self.alive:
            self.train(20)
        super().state(state, target)
