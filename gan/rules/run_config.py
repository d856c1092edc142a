"""Define the settings of a training run: limits, defaults and recommended values.

A Config is immutable. It is stored in the run's folder and in every weights file. So a
weights file describes its network and how the network was trained.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from gan.base.errors import InputError, parse_json
from gan.base.labels import DIGITS, check_names
from gan.base.parameter import SEED, Parameter, shorten, table
from gan.data import HEAD
from gan.plain import models
from nnet.clipped_tanh_and_finish import ClippedTanh
from nnet.conv import ConvTranspose2D
from nnet.sequential import Sequential

LOSSES = ("relativistic", "classic")
NETWORKS = ("digits", "quick", "reference")
# Twice the largest sizes in the documentation; networks of these sizes take 1.3 GB.
MAX_CHANNELS = 256
MAX_HIDDEN = 1024
MAX_LAYERS = 8
# The settings that are lists of widths, with their minimum and maximum lengths.
LISTS = {"channels": (2, 2), "hidden_generator": (0, MAX_LAYERS)}


def setting(
    usual: Any,
    kind: type,
    low: float | None = None,
    high: float | None = None,
    **more: Any,
) -> Any:
    """Return a field of `Config`: its default and the arguments of its `Parameter`."""
    limits = {"kind": kind, "low": low, "high": high}
    return field(default=usual, metadata=limits | more)


@dataclass(frozen=True)
class Config:
    """The settings of a run: what to train, how, and for how long.

    Raise InputError if a value is out of range.

    The recommended settings, which `preset` returns, differ from many defaults of this
    class. The help texts state the recommended ones.
    """

    # 0 to 9 trains a GAN on that digit alone; None trains one GAN on all digits
    digit: int | None = setting(None, int, 0, 9, none="all digits")
    # labels of the user's own images, of which `digit` is an index; empty means 0 to 9
    names: tuple[str, ...] = ()
    # None trains until stopped, at a constant learning rate
    iterations: int | None = setting(
        5000,
        int,
        1,
        none="until stopped",
        help="iterations (default 8000, few images 4000, all 20000, quick 2000)",
    )
    # on one machine, the same seed gives the same digits
    seed: int = setting(
        0,
        int,
        *SEED.range,
        default=0,
        help="seed of weights, data order and latents (default 0)",
    )

    # "classic" is the original GAN loss (gan/plain/training.py)
    loss: str = setting(
        "relativistic", str, choices=LOSSES, help=f"loss function (default {LOSSES[0]})"
    )
    # see gan/rules/gradient_penalty.py; 0 means no penalty
    gamma: float = setting(
        0.5,
        float,
        0,
        help="gradient penalty (default .5, few images 2, all digits .15, quick .3)",
    )
    # whether both players receive the digit (gan/rules/relativistic.py)
    labels: bool = setting(
        False,
        bool,
        help="tell a GAN of all digits which digit an image shows (default: yes)",
    )
    # how many images of each digit the run learns from, the first ones; None means all
    images: int | None = setting(None, int, 1, none="all images")
    # see gan/data/distortions.py; helps if real images are few
    bend: bool = setting(
        False,
        bool,
        help="distort real images slightly "
        "(default: if they are few, see docs/own-images.md)",
    )
    # False repeats this project's original mistake: G's update also changes D
    freeze: bool = setting(True, bool, help="freeze D while G learns", default=True)
    # ascending iterations at which `freeze` is reversed, by a person or a link
    freeze_switches: tuple[int, ...] = ()
    # G's updates in one iteration, each with its own latents
    generator_updates: int = setting(
        1, int, 1, 100, help="updates of G per update of D (default 1; quick 3)"
    )
    # number of real images, and of fakes, in an update
    batch: int = setting(
        128,
        int,
        1,
        4096,
        unit="images",
        help="images at once (default 64, all digits 128, quick 32)",
    )
    learning_rate: float = setting(
        7e-4,
        float,
        0,
        1,
        above=True,
        help="learning rate of G and D (default 1e-3, all digits 7e-4; quick 5e-3)",
    )
    # fraction of the iterations before the rate decays (gan/runs/trainer.py)
    falls_after: float = setting(0.5, float, 0, 1)
    # Adam's decay for the mean gradient. It is 0 because past gradients came from an
    # outdated opponent.
    beta1: float = setting(0.0, float, 0, 1, below=True)
    # Adam's decay for squared gradients; .99 averages over about 100 iterations
    beta2: float = setting(
        0.99,
        float,
        0,
        1,
        below=True,
        help="Adam's decay of squared gradients "
        "(default .95, all digits .99; quick .9)",
    )
    # decay of G's weight average (nnet/fast/optimizers.py); about 1,000 iterations
    average_memory: float = setting(0.999, float, 0, 1, below=True)

    # Only a name: `preset` chooses the sizes below by it. "quick" is for watching,
    # "reference" for benchmarks.
    network: str = setting(
        "digits", str, choices=NETWORKS, help=f"kind of network (default {NETWORKS[0]})"
    )
    latent: int = setting(64, int, 1, 4096, help="number of G's random inputs")
    # Standard deviation of the latents for drawing (gan/rules/latents.py). It is 1 in
    # training.
    temperature: float = setting(1.0, float, 0, 4, above=True)
    # of both G and D
    channels: tuple[int, int] = setting(
        (48, 96), int, 1, MAX_CHANNELS, help="channels of the 14x14 and the 7x7 maps"
    )
    hidden_generator: tuple[int, ...] = setting(
        (128,), int, 1, MAX_HIDDEN, help="widths of G's dense layers, if any"
    )
    # With 0, D's logit is a sum over 10x10 patches, so D cannot relate distant pixels.
    hidden_discriminator: int = setting(
        256, int, 0, MAX_HIDDEN, help="width of D's dense layer; 0 for none"
    )

    # The next three are not options. `preset` sets `output` and `finish` alike for all
    # networks except the reference one.
    # G's last activation; "clipped" reaches blank paper and full ink
    # (nnet/clipped_tanh_and_finish.py)
    output: str = setting("tanh", str, choices=("tanh", "clipped"))
    # whether drawings are finished (gan/drawings/match_mnist_grey_levels.py)
    finish: bool = setting(False, bool)
    # "im2col" is easier to read; its results differ in the last bits
    # (nnet/fast/convolution_methods.py)
    convolution: str = setting("winograd", str, choices=("winograd", "im2col"))

    picture_every: int = setting(25, int, 1)  # iterations between pictures
    metrics_every: int = setting(10, int, 1)  # iterations between lines of metrics
    # a crash or a power cut can lose this much training
    save_seconds: float = setting(
        60.0,
        float,
        0,
        help="seconds between checkpoints (default 60; the first after 5)",
    )

    def __post_init__(self) -> None:
        check_names(self.names)
        for name, parameter in SETTINGS.items():
            if name not in LISTS:
                parameter.check(getattr(self, name))
        if self.digit is not None and self.digit >= self.kinds:
            raise InputError(
                f"digit: expected 0 to {self.kinds - 1}, received {self.digit!r}",
                "digit",
            )
        for name in LISTS:
            check_widths(name, getattr(self, name))
        check_switches(self.freeze_switches)
        if self.gamma > 0 and self.loss == "classic":
            raise InputError(
                "gamma: expected 0 with the classic loss, which has no penalty; "
                "add --gamma 0",
                "gamma",
            )
        if self.labels and (self.loss == "classic" or self.digit is not None):
            raise InputError(
                "labels: expected none with the classic loss or with a single digit or "
                "label; leave --labels out",
                "labels",
            )

    @property
    def name(self) -> str:
        """The name of the run, such as "digit-3" or "all-digits".

        For the user's own images, it is "label-A" or "all-labels", or "label-0" if the
        labels are not safe in the name of a folder.
        """
        kind = "label" if self.names else "digit"
        if self.digit is None:
            return f"all-{kind}s"
        is_safe = all(name.isascii() and name.isalnum() for name in self.names)
        return f"{kind}-{self.label_of(self.digit) if is_safe else self.digit}"

    @property
    def kinds(self) -> int:
        """The number of digits or labels."""
        return len(self.names) or DIGITS

    def label_of(self, digit: int) -> str:
        return self.names[digit] if self.names else str(digit)

    @property
    def inputs(self) -> int:
        """The number of G's inputs.

        They are the latent vector and, with labels, ten for the digit
        (gan/rules/latents.py).
        """
        return self.latent + (DIGITS if self.labels else 0)

    @property
    def outputs(self) -> int:
        """The number of D's outputs per image.

        It is one, and ten more with labels (gan/rules/relativistic.py).
        """
        return 1 + (DIGITS if self.labels else 0)

    def frozen_at(self, iteration: int) -> bool:
        """Return whether D is frozen for G's update after this many iterations."""
        reversals = sum(at <= iteration for at in self.freeze_switches)
        return self.freeze if reversals % 2 == 0 else not self.freeze

    def switched(self, freeze: bool, iteration: int) -> Config:
        """Return the config after a person freezes or unfreezes D at an iteration.

        Switches at this iteration or later are dropped.
        """
        earlier = tuple(at for at in self.freeze_switches if at < iteration)
        config = replace(self, freeze_switches=earlier)
        if config.frozen_at(iteration) == freeze:
            return config
        return replace(config, freeze_switches=(*earlier, iteration))

    def build_generator(self, rng: np.random.Generator) -> Sequential:
        """Build G, (N, inputs) -> (N, 28, 28, 1); rng draws the weights."""
        generator = models.build_generator(
            self.inputs, self.channels, rng, self.hidden_generator
        )
        if self.output == "clipped":
            last = generator.layers[-1]
            assert isinstance(last, ConvTranspose2D)
            last.activation = ClippedTanh()
        return generator

    def build_discriminator(self, rng: np.random.Generator) -> Sequential:
        """Build D, (N, 28, 28, 1) -> (N, outputs); rng draws the weights."""
        hidden = [self.hidden_discriminator] if self.hidden_discriminator else []
        return models.build_discriminator(self.outputs, self.channels, rng, hidden)

    def to_json(self) -> str:
        """Return the config as JSON with one field per line."""
        return json.dumps(dataclasses.asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str, source: str) -> Config:
        """Parse the output of `to_json`.

        Raise an InputError that names the source if the text is invalid.
        """
        try:
            fields = parse_json(text)
            known = [field.name for field in dataclasses.fields(cls)]
            if not isinstance(fields, dict):
                raise ValueError("expected an object with fields")
            if wrong := sorted(fields.keys() ^ set(known)):
                what = "no field" if wrong[0] in fields else "a field"
                raise ValueError(f"expected {what} {wrong[0][:40]!r}")
            values = {name: _field_value(name, value) for name, value in fields.items()}
            return cls(**values)
        except ValueError as error:
            raise InputError(
                f"{source}: is not the configuration of a run: {error}; restore a copy"
            ) from error


SETTINGS = table(
    *(
        Parameter(each.name, **each.metadata)
        for each in dataclasses.fields(Config)
        if each.metadata
    )
)
# The options of train.py.
OPTIONS = [
    name for name, setting in SETTINGS.items() if setting.help and name != "freeze"
]
SIZES = ("latent", *LISTS, "hidden_discriminator")
# The settings that may change when a run is resumed.
CHANGEABLE = ("iterations", "picture_every", "metrics_every", "save_seconds")
# The numbers whose defaults depend on digit, network and loss.
ADVISED = ("generator_updates", "gamma", "learning_rate", "batch")
# The settings on the Train page, besides the digit.
CHOSEN = ("seed", "network", "loss", "freeze", *ADVISED)


def check_widths(name: str, widths: tuple[int, ...]) -> None:
    fewest, most = LISTS[name]
    parameter = SETTINGS[name]
    has_length = fewest <= len(widths) <= most
    if not has_length or not all(map(parameter.allows, widths)):
        number = most if fewest else f"at most {most}"
        expected = f"expected {number} whole numbers {parameter.bounds}"
        found = shorten(", ".join(map(repr, widths))) or "none"
        raise InputError(f"{name}: {expected}, received {found}", name)


def check_switches(switches: tuple[int, ...]) -> None:
    are_whole = all(type(at) is int for at in switches)
    if not are_whole or any(a >= b for a, b in pairwise((-1, *switches))):
        expected = "expected iterations in ascending order"
        raise InputError(
            f"freeze_switches: {expected}, received {shorten(repr(switches))}",
            "freeze_switches",
        )


def _field_value(name: str, value: Any) -> Any:
    """Convert a JSON value to the type of its field: a list to a tuple, and 1 to 1.0.

    Raise ValueError if the value is invalid.
    """
    if name in SETTINGS and name not in LISTS:
        return SETTINGS[name].check(value)
    is_list = isinstance(value, list)
    if is_list and name == "names":
        is_list = all(isinstance(label, str) for label in value)
    if not is_list:
        raise ValueError(f"{name}: expected a list, received {shorten(repr(value))}")
    return tuple(value)


# With these, drawings have blank paper and full ink.
FINISHED: dict[str, Any] = {"output": "clipped", "finish": True}
# The following settings differ from Config's defaults, by network. The measurements are
# in docs/quality.md and docs/notebook.md.
SINGLE = {"temperature": 1.1}
# For one digit, the "digits" network learns best with many cheap iterations instead of
# few expensive ones. They take a minute on one thread of a recent CPU
# (docs/studies/one-digit.toml).
ONE_DIGIT: dict[str, Any] = {
    "channels": (16, 32),
    "hidden_discriminator": 128,
    "batch": 64,
    "learning_rate": 1e-3,
    "beta2": 0.95,
    "iterations": 8000,
}
# D would memorize a user's own few images, so they are distorted and the gradient
# penalty is stronger.
FEW = {"bend": True, "gamma": 2.0, "iterations": 4000}
# All digits are harder to learn than one, so both players get wider dense layers and
# labels. The penalty is weaker, because with the penalty for one digit D learns too
# slowly. With many images, many cheap iterations are best again.
ALL_DIGITS: dict[str, Any] = {
    "channels": (32, 64),
    "hidden_generator": (256, 256),
    "hidden_discriminator": 256,
    "gamma": 0.15,
    "labels": True,
    "temperature": 1.05,
}
MANY: dict[str, Any] = {"iterations": 20000}
# The "quick" network is for watching a training run, of one digit or all. It draws
# readable digits as soon as possible. With more updates of G or more layers, all
# drawings of a digit would look the same.
QUICK: dict[str, Any] = {
    "channels": (16, 32),
    "hidden_generator": (128,),
    "hidden_discriminator": 64,
    "latent": 32,
    "batch": 32,
    "average_memory": 0.998,
    "iterations": 2000,
    "images": HEAD,
    "picture_every": 100,
    "metrics_every": 20,
}
QUICK_GAME = {"learning_rate": 5e-3, "beta2": 0.9, "gamma": 0.3, "generator_updates": 3}
# The "reference" network is for benchmarks and never changes.
REFERENCE: dict[str, Any] = {
    "channels": (64, 128),
    "hidden_generator": (),
    "hidden_discriminator": 0,
    "latent": 64,
    "batch": 64,
    "labels": False,
    "temperature": 1.0,
    "output": "tanh",
    "finish": False,
}
# The classic loss has no labels and uses the settings of Radford et al. 2016, "DCGAN",
# section 4, except that a small network needs a higher learning rate.
CLASSIC: dict[str, Any] = {
    "gamma": 0.0,
    "learning_rate": 2e-4,
    "beta1": 0.5,
    "beta2": 0.999,
    "batch": 64,
    "generator_updates": 1,
    "labels": False,
    "temperature": 1.0,
}
QUICK_CLASSIC = {"learning_rate": 2e-3, "batch": 32}


def preset(
    digit: int | None,
    loss: str = "relativistic",
    network: str = "digits",
    few: bool = False,
    **changes: Any,
) -> Config:
    """Return the recommended Config for a digit, or for all digits (None).

    Set `few` if there are few real images. They are then distorted for one digit, but
    not for all digits, whose results are better without. The temperature is the best
    one measured for this kind of network, or 1 if none was measured. `changes` replace
    recommended values.
    """
    is_relativistic = loss != "classic"
    is_fine = network == "digits"
    is_quick = network == "quick"
    fields: dict[str, Any] = {"digit": digit, "loss": loss, "network": network}
    fields |= FINISHED
    fields |= ALL_DIGITS if digit is None else SINGLE
    if digit is None and is_relativistic and is_fine and not few:
        fields |= MANY
    if digit is not None and is_relativistic and is_fine:
        fields |= ONE_DIGIT
    if digit is not None and is_relativistic and few:
        fields |= FEW
    if is_quick:
        fields |= QUICK | QUICK_GAME
    if not is_relativistic:
        fields |= CLASSIC
    if not is_relativistic and is_quick:
        fields |= QUICK_CLASSIC
    if network == "reference":
        fields |= REFERENCE
    return Config(**fields | changes)
