"""The settings of a training run: their limits, their defaults with the reasons, and the recommended values.

A Config never changes. It is written into the run's folder and into every weights file, so that a file alone says what
network it holds and how it was trained.
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
    """What is trained, how, and for how long.

    Raises
    ------
    InputError : a value out of range; it names the field, what was expected and what was received.
    """

    digit: int | None = None  # 0 to 9: a GAN of that digit alone; None: one GAN of all digits
    iterations: int | None = 5000  # T; None: until stopped, at a constant learning rate
    seed: int = 0  # of weights, data order and latents; the same seed gives the same digits on the same machine

    loss: str = "relativistic"  # or "classic", the ground floor: see gan/training.py
    gamma: float = 0.5  # weight of the gradient penalty (gan/penalty.py); 0 is none
    labels: bool = False  # of a GAN of all digits: both players are told which digit it is (gan/relativistic.py)
    augment: bool = False  # D sees every image moved and with a hole (gan/augment.py): for few real images
    bend: bool = (
        False  # every real image comes in a slightly other form each time (gan/data/batches.py): for few of them
    )
    freeze: bool = True  # False repeats the mistake this project began with: G's update moves D, too
    generator_updates: int = 1  # of G for each of D's, each with latents of its own
    batch: int = 128  # images of a kind in an update
    learning_rate: float = 7e-4  # of both players
    falls_after: float = 0.5  # part of the iterations after which the rate falls (gan/runs/trainer.py); 1: never
    beta1: float = 0.0  # Adam's memory of the gradient: none, the opponent has moved since
    beta2: float = 0.99  # Adam's memory of its square: the last hundred iterations
    average_memory: float = 0.999  # of the average of G (nnet/fast/average.py): about the last thousand iterations

    network: str = "digits"  # a label: `preset` gives the numbers. "quick" is for watching; "reference" for timings
    latent: int = 64  # numbers from which G draws a digit
    temperature: float = 1.0  # standard deviation of these whenever a trained G draws (gan/latents.py); 1 in training
    channels: tuple[int, int] = (48, 96)  # of the 14x14 and of the 7x7 maps, in both players
    hidden_generator: tuple[int, ...] = (128,)  # dense layers in front of G's 7x7 map
    hidden_discriminator: int = 256  # a dense layer behind D's convolutions; without it (0) D sees only 10x10 patches

    convolution: str = (
        "winograd"  # how convolutions are computed (nnet/fast/convolution.py), or "im2col", the way to read first
    )

    picture_every: int = 25  # iterations from one kept picture to the next
    metrics_every: int = 10  # iterations from one line of metrics to the next
    save_seconds: float = 60.0  # of training from one checkpoint to the next: what a kill or a power cut can cost

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
        """What a person calls the run: "digit-3" or "all-digits"."""
        return "all-digits" if self.digit is None else f"digit-{self.digit}"

    @property
    def inputs(self) -> int:
        """Numbers that G draws from: the latent ones, and with labels ten that say which digit (gan/latents.py)."""
        return self.latent + (DIGITS if self.labels else 0)

    @property
    def outputs(self) -> int:
        """Numbers that D finds in an image: one, or with labels one for each digit besides (gan/relativistic.py)."""
        return 1 + (DIGITS if self.labels else 0)

    def build_generator(self, rng: np.random.Generator) -> Sequential:
        """G in its sizes, (N, inputs) -> (N, 28, 28, 1); rng draws the weights."""
        return models.build_generator(self.inputs, self.channels, rng, self.hidden_generator)

    def build_discriminator(self, rng: np.random.Generator) -> Sequential:
        """D in its sizes, (N, 28, 28, 1) -> (N, outputs)."""
        hidden = [self.hidden_discriminator] if self.hidden_discriminator else []
        return models.build_discriminator(self.outputs, self.channels, rng, hidden)

    def to_json(self) -> str:
        """As JSON, one field a line."""
        return json.dumps(dataclasses.asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str, source: str) -> Config:
        """Read what `to_json` wrote; InputError, naming the source, for anything else.

        A field that is missing, because the file is older than the field, has its default.
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
    """Bring a value from JSON, which has lists for tuples and 1 for 1.0, to its field's type, or refuse it."""
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


# What a network has that is not a Config's default, by who it is for. Figures: docs/quality.md, docs/notebook.md.
# "digits", the fine one. Of one digit: many cheap iterations rather than few dear ones (docs/studies/recipe.toml asks).
ONE_DIGIT: dict[str, Any] = {
    "channels": (24, 48), "hidden_discriminator": 128, "batch": 64, "learning_rate": 1.5e-3, "beta2": 0.9,
    "iterations": 5500, "temperature": 1.1,
}  # fmt: skip
# The 500 of the sample's digit are bent, and D is held flatter: it would know them by heart.
FEW = {"bend": True, "gamma": 2.0, "iterations": 2500}
# All digits are harder than one: both players get wider layers and are told which digit it is, batches are larger where
# there are images enough, and D may be steeper, for under the penalty of one digit it learns too slowly.
ALL_DIGITS: dict[str, Any] = {
    "channels": (64, 128), "hidden_generator": (512, 512), "hidden_discriminator": 512, "batch": 256, "gamma": 0.15,
    "labels": True, "temperature": 1.05,
}  # fmt: skip
# "quick", for watching, of one digit or of all. Its digits are to be read as soon as can be, but not by drawing each
# always alike, as happens with more updates of G or more layers.
QUICK: dict[str, Any] = {
    "channels": (16, 32), "hidden_generator": (128,), "hidden_discriminator": 64, "latent": 32, "batch": 32,
    "average_memory": 0.998, "iterations": 2000, "picture_every": 100, "metrics_every": 20,
}  # fmt: skip
QUICK_GAME = {"learning_rate": 5e-3, "beta2": 0.9, "gamma": 0.3, "generator_updates": 3}
# "reference", that of the timings, which never changes.
REFERENCE: dict[str, Any] = {
    "channels": (64, 128), "hidden_generator": (), "hidden_discriminator": 0, "latent": 64, "batch": 64,
    "labels": False, "temperature": 1.0,
}  # fmt: skip
# The classic loss is that of the ground floor, without labels, with the numbers of its time: Radford et al. 2016,
# "DCGAN", section 4. A small network learns faster.
CLASSIC: dict[str, Any] = {
    "gamma": 0.0, "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999, "batch": 64, "generator_updates": 1,
    "labels": False, "temperature": 1.0,
}  # fmt: skip
QUICK_CLASSIC = {"learning_rate": 2e-3, "batch": 32}


def preset(
    digit: int | None, loss: str = "relativistic", network: str = "digits", few: bool = False, **changes: Any
) -> Config:
    """The recommended Config for a digit (or all) and a loss, with the changes a person asked for.

    `few`: the real images are few, as those of the shipped sample are. For all digits its 5,000 do better as they are,
    not bent. A trained G is drawn with at a temperature that was best for its kind, 1 where none was tried.
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
