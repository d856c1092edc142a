"""From a drawing back to the latent vector of the handwriting that would have drawn it.

The generator cannot be run backwards, but its derivative can. Its weights stay, and z, the latent vector, is the only
weight that learns: in front of the generator stands a layer, `Sought`, whose weights are the vectors that are sought.
They move against the gradient of

    sum over drawings |G(z, digit) - drawing|^2 / (2 SPREAD^2)  +  sum over vectors |z|^2 / 2,

with which z is the likeliest that has drawn it, if z is normal and a pixel strays by SPREAD (the maximum a posteriori).
The second term, the prior, keeps z where the generator has learned to draw, since nine digits are drawn from it that
nobody has shown.

That gradient has to come THROUGH the generator, whose weights must stay. So this is the project's moral once more:

    with generator.frozen():
        chain.backward(...)

A digit that was drawn gets a vector of its own. The others are drawn from one that is fitted to all drawings together.

Source: Zhu et al. 2016, "Generative visual manipulation on the natural image manifold", section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan.config import DIGITS, Config
from gan.errors import InputError
from gan.latents import one_hot
from gan.pictures import to_unit
from gan.write.vectorize.ink import Picture
from nnet.fast.accelerate import twin
from nnet.layer import Array, Layer, Saved
from nnet.optimizers import Adam
from nnet.sequential import Sequential

SPREAD = 1.0  # of a pixel, of which paper and ink are 2 apart: smaller copies closer, larger keeps nearer to the usual
STEPS = 120  # a drawing of MNIST's is as near after 60 as it gets by sight
RATE = 0.15  # at the first step; it falls evenly to 0


@dataclass(frozen=True)
class Found:
    """A handwriting that was found.

    Attributes
    ----------
    own : dict of int to (latent,) float32
        The vector of each digit that was drawn.
    together : (latent,) float32
        That of the other digits.
    """

    own: Mapping[int, NDArray[np.float32]]
    together: NDArray[np.float32]

    @property
    def each(self) -> NDArray[np.float32]:
        """From which vector each digit is drawn: (10, latent)."""
        return np.stack([self.own.get(digit, self.together) for digit in range(DIGITS)])


class Sought(Layer):
    """Latent vectors as the weights of a layer. Its input are the digits, one-hot; its output goes into a generator.

        y[n] = (z[whose[n]], x[n])          dz[k] = sum of dy[n] over all n of whose[n] = k

    Parameters
    ----------
    whose : (N,) integers
        Which vector each drawing is drawn from.
    count, latent : int
        How many vectors there are, and how many numbers each has. They begin at 0, the middle of all handwritings.
    """

    def __init__(self, whose: NDArray[np.integer], count: int, latent: int, dtype: np.dtype) -> None:
        super().__init__()
        self.whose = whose
        self.params = {"z": np.zeros((count, latent), dtype)}
        self.grads = {"z": np.zeros((count, latent), dtype)}

    def forward(self, x: Array) -> tuple[Array, Saved]:
        """(N, 10) digits, one-hot, to (N, latent + 10)."""
        y = np.concatenate([self.params["z"][self.whose], x], axis=1)
        return y, Saved(x, y)

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array | None:
        """Add dz, unless frozen."""
        latent = self.params["z"].shape[1]
        if self.trainable:
            np.add.at(self.grads["z"], self.whose, dy[:, :latent])
        return dy[:, latent:] if need_dx else None


def objective(sought: Sought, generator: Layer, labels: Array, drawings: Array) -> float:
    """The sum above; its gradient by every z is left in `sought.grads`.

    Parameters
    ----------
    labels : (N, 10)
        Which digit each drawing shows, one-hot.
    drawings : (N, 28, 28, 1)
        Ink +1, paper -1.
    """
    chain = Sequential(sought, generator)
    sought.zero_grads()
    drawn, saved = chain.forward(labels)  # (N, 28, 28, 1)
    off = (drawn - drawings) / drawn.dtype.type(SPREAD)
    with generator.frozen():  # the gradient passes, its weights stay
        chain.backward(off / off.dtype.type(SPREAD), saved, need_dx=False)
    z = sought.params["z"]
    sought.grads["z"] += z
    return float((off**2).sum() + (z**2).sum()) / 2


def approach(drawings: Mapping[int, Picture], generator: Layer, config: Config) -> Iterator[Found]:
    """Find the handwriting of some drawings, step by step: after each of STEPS steps, what is found so far.

    Parameters
    ----------
    drawings : mapping of a digit to (28, 28) uint8
        Ink 255, as MNIST has its pictures (gan/write/glyphs/style_code.py); one of each digit at most, and at least one.
    generator, config
        A plain generator of all digits with labels. It may draw and be trained elsewhere meanwhile: it is a twin of it
        that is frozen here, over the same weights.

    Raises
    ------
    InputError : nothing was drawn.
    """
    digits = [digit for digit, picture in drawings.items() if picture.any()]
    if not digits or len(digits) < len(drawings):
        raise InputError("drawings: expected at least one digit, and ink in each, received none; draw one", "drawings")
    pictures = to_unit(np.stack([drawings[digit] for digit in digits]))  # (n, 28, 28, 1)
    own = np.arange(len(digits))
    if len(digits) > 1:  # each twice: from its own vector, and from the one of all, the last
        whose = np.concatenate([own, np.full(len(digits), len(digits))])
        pictures, labels = np.concatenate([pictures, pictures]), np.tile(one_hot(np.array(digits)), (2, 1))
    else:
        whose, labels = own, one_hot(np.array(digits))
    quick = twin(generator, config.convolution)
    sought = Sought(whose, int(whose.max()) + 1, config.latent, pictures.dtype)
    with quick.frozen():
        adam = Adam(Sequential(sought, quick))  # of all weights: it moves those alone that are not frozen
        for step in range(STEPS):
            objective(sought, quick, labels, pictures)
            adam.step(RATE * (1 - step / STEPS))
            z = sought.params["z"].copy()
            yield Found({digit: z[i] for i, digit in enumerate(digits)}, z[-1])


def find(drawings: Mapping[int, Picture], generator: Layer, config: Config) -> Found:
    """The handwriting of some drawings; parameters and errors as `approach`."""
    *_, found = approach(drawings, generator, config)
    return found
