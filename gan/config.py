"""The settings of a training run, each with its reason.

A Config is immutable. It is stored in the run's folder and in every weights file, so a file alone tells which network
it holds and how it was trained.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

from gan import models
from gan.errors import InputError, parse_json
from nnet.sequential import Sequential

LOSSES = ("relativistic", "classic")
NETWORKS = ("digits", "quick", "reference")
CONVOLUTIONS = ("winograd", "im2col")
DIGITS = 10
MOST_UPDATES, MOST_BATCH = 100, 4096  # of G for each of D; images


@dataclass(frozen=True)
class Config:
    """What to train, how, and for how long.

    Raises
    ------
    InputError : a value is out of range; it names the field, the expected values and the received one.
    """

    digit: int | None = None  # 0 to 9: a GAN of that digit alone; None: one GAN of all digits
    iterations: int | None = 5000  # T; None: until stopped, at a constant learning rate
    seed: int = 0  # of weights, data order and latents; the same seed gives the same digits on the same machine

    loss: str = "relativistic"  # or "classic", the loss of the core: see gan/training.py
    gamma: float = 0.5  # weight of the gradient penalty (gan/penalty.py); 0: no penalty
    labels: bool = False  # for a GAN of all digits: both players receive the digit (gan/relativistic.py)
    augment: bool = False  # D sees every image shifted and with a hole (gan/augment.py): for few real images
    bend: bool = False  # every real image is distorted a little each time (gan/data/batches.py): for few real images
    freeze: bool = True  # False repeats the mistake this project began with: G's update also moves D
    generator_updates: int = 1  # updates of G for each update of D, each with its own latents
    batch: int = 128  # real images, and fakes, in an update
    learning_rate: float = 7e-4  # of both players
    falls_after: float = 0.5  # fraction of the iterations after which the rate falls (gan/runs/trainer.py); 1: never
    beta1: float = 0.0  # Adam's memory of the gradient: none, because the opponent has moved since
    beta2: float = 0.99  # Adam's memory of its square: about the last hundred iterations
    average_memory: float = 0.999  # of the average of G (nnet/fast/optimizers.py): about the last thousand iterations

    network: str = "digits"  # a label; `preset` sets the sizes. "quick" is for watching, "reference" for timings
    latent: int = 64  # random numbers from which G draws a digit
    temperature: float = 1.0  # their standard deviation when a trained G draws (gan/latents.py); always 1 in training
    channels: tuple[int, int] = (48, 96)  # of the 14x14 and the 7x7 maps, in both players
    hidden_generator: tuple[int, ...] = (128,)  # dense layers before G's 7x7 map
    hidden_discriminator: int = 256  # a dense layer after D's convolutions; without it (0) D sees only 10x10 patches

    convolution: str = "winograd"  # the method (nnet/fast/convolution.py); "im2col" is the one to read first

    picture_every: int = 25  # iterations between two pictures
    metrics_every: int = 10  # iterations between two lines of metrics
    save_seconds: float = 60.0  # between two checkpoints: the most that a kill or a power cut can cost

    def __post_init__(self) -> None:
        checks = {
            "digit": (self.digit is None or self.digit in range(10), "0 to 9, or none for all digits"),
            "iterations": (self.iterations is None or self.iterations > 0, "at least 1, or none for until stopped"),
            "seed": (0 <= self.seed < 2**32, "0 to 4294967295"),
            "loss": (self.loss in LOSSES, " or ".join(LOSSES)),
            "gamma": (0 <= self.gamma < float("inf"), "0 or more, and finite"),
            "generator_updates": (1 <= self.generator_updates <= MOST_UPDATES, f"1 to {MOST_UPDATES}"),
            "batch": (1 <= self.batch <= MOST_BATCH, f"1 to {MOST_BATCH}"),
            "learning_rate": (0 < self.learning_rate <= 1, "above 0 and at most 1"),
            "falls_after": (0 <= self.falls_after <= 1, "0 to 1"),
            "beta1": (0 <= self.beta1 < 1, "0 or more and below 1"),
            "beta2": (0 <= self.beta2 < 1, "0 or more and below 1"),
            "average_memory": (0 <= self.average_memory < 1, "0 or more and below 1"),
            "network": (self.network in NETWORKS, " or ".join(NETWORKS)),
            "convolution": (self.convolution in CONVOLUTIONS, " or ".join(CONVOLUTIONS)),
            "latent": (1 <= self.latent <= 4096, "1 to 4096"),
            "temperature": (0 < self.temperature <= 4, "above 0 and at most 4"),
            "channels": (len(self.channels) == 2 and min(self.channels) > 0, "two numbers, each at least 1"),
            "hidden_generator": (all(width > 0 for width in self.hidden_generator), "numbers of at least 1"),
            "hidden_discriminator": (self.hidden_discriminator >= 0, "0 or more"),
            "picture_every": (self.picture_every > 0, "at least 1"),
            "metrics_every": (self.metrics_every > 0, "at least 1"),
            "save_seconds": (0 <= self.save_seconds < float("inf"), "0 or more, and finite"),
        }
        for field, (good, expected) in checks.items():
            if not good:
                raise InputError(f"{field}: expected {expected}, received {getattr(self, field)!r}", field)
        if self.gamma > 0 and self.loss == "classic":
            raise InputError("gamma: expected 0 with the classic loss, which has no penalty; add --gamma 0", "gamma")
        if self.labels and (self.loss == "classic" or self.digit is not None):
            raise InputError(
                "labels: expected none with the classic loss or with one digit alone; leave --labels out", "labels"
            )
        if self.augment and self.loss == "classic":
            raise InputError("augment: expected none with the classic loss; leave --augment out", "augment")

    @property
    def name(self) -> str:
        """The name of the run: "digit-3" or "all-digits"."""
        return "all-digits" if self.digit is None else f"digit-{self.digit}"

    @property
    def inputs(self) -> int:
        """The number of G's inputs: the latent numbers and, with labels, ten for the digit (gan/latents.py)."""
        return self.latent + (DIGITS if self.labels else 0)

    @property
    def outputs(self) -> int:
        """The number of D's outputs for an image: one and, with labels, one for each digit (gan/relativistic.py)."""
        return 1 + (DIGITS if self.labels else 0)

    def build_generator(self, rng: np.random.Generator) -> Sequential:
        """Build G, (N, inputs) -> (N, 28, 28, 1); rng draws the weights."""
        return models.build_generator(self.inputs, self.channels, rng, self.hidden_generator)

    def build_discriminator(self, rng: np.random.Generator) -> Sequential:
        """Build D, (N, 28, 28, 1) -> (N, outputs); rng draws the weights."""
        hidden = [self.hidden_discriminator] if self.hidden_discriminator else []
        return models.build_discriminator(self.outputs, self.channels, rng, hidden)

    def to_json(self) -> str:
        """Return the config as JSON, one field a line."""
        return json.dumps(dataclasses.asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str, source: str) -> Config:
        """Read what `to_json` wrote; raise an InputError that names the source for anything else.

        A field that is missing because the file is older than the field gets its default.
        """
        try:
            fields = parse_json(text)
            hints = get_type_hints(cls)
            if not isinstance(fields, dict) or not fields or fields.keys() - hints.keys():
                raise ValueError(f"expected fields among {', '.join(hints)}")
            return cls(**{name: _as_type(name, value, hints[name]) for name, value in fields.items()})
        except (ValueError, OverflowError) as error:
            raise InputError(f"{source}: is not the configuration of a run: {error}") from error


def _as_type(name: str, value: Any, hint: Any) -> Any:
    """Convert a JSON value to its field's type (JSON has lists for tuples and 1 for 1.0), or refuse it."""
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{name}: expected a list, found {value!r}")
        return tuple(_as_type(name, item, int) for item in value)
    allowed = get_args(hint) or (hint,)
    if float in allowed and type(value) is int:
        value = float(value)
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise ValueError(f"{name}: expected {hint}, found {value!r}")
    return value


# Settings that differ from a Config's defaults, by network. Measurements: docs/quality.md, docs/notebook.md.
# "digits", one digit: many cheap iterations rather than few expensive ones (see docs/studies/recipe.toml).
ONE_DIGIT: dict[str, Any] = {
    "channels": (24, 48), "hidden_discriminator": 128, "batch": 64, "learning_rate": 1.5e-3, "beta2": 0.9,
    "iterations": 5500, "temperature": 1.1,
}  # fmt: skip
# The sample has 500 images of a digit. They are distorted and D is kept flatter, because D would memorize them.
FEW = {"bend": True, "gamma": 2.0, "iterations": 2500}
# All digits are harder than one: both players get wider layers and labels, and batches are larger if there are enough
# images. The penalty is weaker, because D learns too slowly with that of one digit.
ALL_DIGITS: dict[str, Any] = {
    "channels": (64, 128), "hidden_generator": (512, 512), "hidden_discriminator": 512, "batch": 256, "gamma": 0.15,
    "labels": True, "temperature": 1.05,
}  # fmt: skip
# "quick", for watching, one digit or all: readable digits as soon as possible, without drawing each digit always the
# same way, as happens with more updates of G or more layers.
QUICK: dict[str, Any] = {
    "channels": (16, 32), "hidden_generator": (128,), "hidden_discriminator": 64, "latent": 32, "batch": 32,
    "average_memory": 0.998, "iterations": 2000, "picture_every": 100, "metrics_every": 20,
}  # fmt: skip
QUICK_GAME = {"learning_rate": 5e-3, "beta2": 0.9, "gamma": 0.3, "generator_updates": 3}
# "reference", for timings. It never changes.
REFERENCE: dict[str, Any] = {
    "channels": (64, 128), "hidden_generator": (), "hidden_discriminator": 0, "latent": 64, "batch": 64,
    "labels": False, "temperature": 1.0,
}  # fmt: skip
# The classic loss, without labels, with the settings of its time: Radford et al. 2016, "DCGAN", section 4. A small
# network needs a higher learning rate.
CLASSIC: dict[str, Any] = {
    "gamma": 0.0, "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999, "batch": 64, "generator_updates": 1,
    "labels": False, "temperature": 1.0,
}  # fmt: skip
QUICK_CLASSIC = {"learning_rate": 2e-3, "batch": 32}


def preset(
    digit: int | None, loss: str = "relativistic", network: str = "digits", few: bool = False, **changes: Any
) -> Config:
    """Return the recommended Config for a digit (or all) and a loss, with the requested changes.

    `few`: there are few real images, as in the shipped sample. For all digits its 5,000 work better undistorted. A
    trained G draws at the temperature that measured best for its kind, or 1 if none was tried.
    """
    relativistic, fine, quick = loss != "classic", network == "digits", network == "quick"
    parts = [ALL_DIGITS] if digit is None else [{"temperature": 1.1}]
    if digit is None and few:
        parts.append({"batch": 128})
    if digit is not None and relativistic:
        parts += [ONE_DIGIT] if fine else []
        parts += [FEW] if few else []
    if quick:
        parts += [QUICK, QUICK_GAME]
    if not relativistic:
        parts += [CLASSIC, QUICK_CLASSIC] if quick else [CLASSIC]
    if network == "reference":
        parts.append(REFERENCE)
    fields: dict[str, Any] = {"digit": digit, "loss": loss, "network": network}
    for part in [*parts, changes]:
        fields |= part
    return Config(**fields)
