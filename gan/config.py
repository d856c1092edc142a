"""The settings of a training run: their limits, their defaults with the reasons, and the recommended values.

A Config is immutable. It is stored in the run's folder and in every weights file, so a file alone tells which network
it holds and how it was trained.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

from gan import models
from gan.errors import InputError, parse_json
from gan.parameters import SEED, Parameter, table
from nnet.sequential import Sequential

LOSSES = ("relativistic", "classic")
NETWORKS = ("digits", "quick", "reference")
CONVOLUTIONS = ("winograd", "im2col")
DIGITS = 10

# Limits and meanings. The defaults are those of `Config`; the help names those of `preset`.
SETTINGS = table(
    Parameter("digit", int, 0, 9, none="all digits"),
    Parameter(
        "iterations", int, 1, none="until stopped",
        help="of each run (default 5500, of the sample 2500; all digits 5000; quick 2000)",
    ),
    replace(SEED, help="of weights, data order and latents (default 0)"),
    Parameter("loss", str, choices=LOSSES, help=f"(default {LOSSES[0]})"),
    Parameter(
        "gamma", float, 0, help="weight of the gradient penalty (default .5, on the sample 2; all digits .15; quick .3)"
    ),
    Parameter("labels", bool, help="tell a GAN of all digits which it is (default: yes)"),
    Parameter("augment", bool, help="show D every image changed by chance (default: no)"),
    Parameter("bend", bool, help="bend real digits a little (default: one of the sample)"),
    Parameter("freeze", bool, help="freeze D while G learns", default=True),
    Parameter("generator_updates", int, 1, 100, help="updates of G for each of D (default 1; quick 3)"),
    Parameter(
        "batch", int, 1, 4096, unit="images",
        help="images an update (default 64, all digits 256, on the sample 128; quick 32)",
    ),
    Parameter("learning_rate", float, 0, 1, above=True, help="(default 1.5e-3, all digits 7e-4; quick 5e-3)"),
    Parameter("falls_after", float, 0, 1),
    Parameter("beta1", float, 0, 1, below=True),
    Parameter(
        "beta2", float, 0, 1, below=True, help="Adam's memory of the gradient's square (default .9, all digits .99)"
    ),
    Parameter("average_memory", float, 0, 1, below=True),
    Parameter("network", str, choices=NETWORKS, help=f"(default {NETWORKS[0]})"),
    Parameter("latent", int, 1, 4096, help="numbers from which G draws"),
    Parameter("temperature", float, 0, 4, above=True),
    Parameter("channels", int, 1, help="of the 14x14 and of the 7x7 maps"),
    Parameter("hidden_generator", int, 1, help="dense layers of G, if any"),
    Parameter("hidden_discriminator", int, 0, help="the dense layer of D; 0 for none"),
    Parameter(
        "convolution", str, choices=CONVOLUTIONS, help=f"how it is computed (default {CONVOLUTIONS[0]})"
    ),
    Parameter("picture_every", int, 1),
    Parameter("metrics_every", int, 1),
    Parameter("save_seconds", float, 0, help="between checkpoints: what a kill can cost (default 60; the first 5)"),
)  # fmt: skip


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
        for name, parameter in SETTINGS.items():
            if name not in ("channels", "hidden_generator"):
                parameter.check(getattr(self, name))
        for name, count in (("channels", "two "), ("hidden_generator", "")):
            widths = getattr(self, name)
            if not all(map(SETTINGS[name].allows, widths)) or (count and len(widths) != 2):
                raise InputError(f"{name}: expected {count}whole numbers of at least 1, received {widths!r}", name)
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
