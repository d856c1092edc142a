"""Invert the generator: find the latent vector that would have produced a drawing.

The generator cannot run backwards, but gradients can be propagated back through it. Its
weights stay fixed, and only the latent vectors z are trained. They are the weights of
`Sought`, a layer in front of the generator. Adam minimizes

    sum over drawings |G(z, digit) - drawing|^2 / (2 SPREAD^2)
    + sum over vectors |z|^2 / 2.

The result is the maximum a posteriori estimate if z is standard normal and the pixels
have normal errors with standard deviation SPREAD. Other digits will be drawn from the
same z, so the second term, the prior, keeps z where the generator has learned to draw.

The gradient passes THROUGH the generator, whose weights must not change. This is the
central lesson of the project:

    with generator.frozen():
        chain.backward(...)

Each drawn digit gets its own vector. The other digits are drawn from one vector that is
fitted to all drawings.

Source: Zhu et al. 2016, "Generative visual manipulation on the natural image manifold",
section 3.1.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.base.labels import DIGITS
from gan.data.images_and_sheets import to_unit
from gan.drawings.match_mnist_grey_levels import without_finish
from gan.rules.latents import one_hot
from gan.rules.run_config import Config
from gan.write.vectorize.measure_ink import Picture
from nnet.fast.accelerate import accelerate
from nnet.layer import Array, Layer, Saved
from nnet.optimizers import Adam
from nnet.sequential import Sequential

# standard deviation of a pixel's error, for pixels from -1 to 1; a smaller value copies
# the drawing more closely, and a larger one keeps z nearer to 0
SPREAD = 1.0
STEPS = 120  # number of steps; for MNIST digits, no change is visible after step 60
RATE = 0.15  # learning rate at the first step; it decreases linearly to 0


@dataclass(frozen=True)
class Found:
    """An estimate of the latent vectors for a user's handwriting."""

    own: Mapping[int, NDArray[np.float32]]  # vector of each drawn digit, (latent,)
    together: NDArray[np.float32]  # vector of the digits that were not drawn, (latent,)

    @property
    def each(self) -> NDArray[np.float32]:  # (10, latent)
        return np.stack([self.own.get(digit, self.together) for digit in range(DIGITS)])


class Sought(Layer):
    """A layer whose weights z are latent vectors, to be trained.

    It maps one-hot digits x, (N, 10), to the input y of a generator, (N, latent + 10).

        y[n] = (z[whose[n]], x[n])
        dz[k] = sum of dy[n] over all n with whose[n] = k

    `whose`, (N,), contains the index of the vector that each drawing uses. There are
    `count` vectors of length `latent`. They start at 0, the average handwriting.
    """

    def __init__(
        self, whose: NDArray[np.integer], count: int, latent: int, dtype: np.dtype
    ) -> None:
        super().__init__()
        self.whose = whose
        self.params = {"z": np.zeros((count, latent), dtype)}
        self.grads = {"z": np.zeros((count, latent), dtype)}

    def forward(self, x: Array) -> tuple[Array, Saved]:
        y = np.concatenate([self.params["z"][self.whose], x], axis=1)
        return y, Saved(x, y)

    def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Any:
        """Add dz to the gradients unless this layer is frozen. Return dx if needed."""
        latent = self.params["z"].shape[1]
        if self.trainable:
            np.add.at(self.grads["z"], self.whose, dy[:, :latent])
        return dy[:, latent:] if need_dx else None


def objective(
    sought: Sought, generator: Layer, labels: Array, drawings: Array
) -> float:
    """Return the loss in the module docstring; store its gradient in `sought.grads`.

    `labels`, (N, 10), are one-hot. In `drawings`, (N, 28, 28, 1), ink is +1 and paper
    is -1. The generator must be without its finish.
    """
    chain = Sequential(sought, generator)
    sought.zero_grads()
    drawn, saved = chain.forward(labels)  # (N, 28, 28, 1)
    error = (drawn - drawings) / drawn.dtype.type(SPREAD)
    with generator.frozen():
        # the gradient passes through the generator, whose weights get none
        chain.backward(error / error.dtype.type(SPREAD), saved, need_dx=False)
    z = sought.params["z"]
    sought.grads["z"] += z
    return float((error**2).sum() + (z**2).sum()) / 2


def approach(
    drawings: Mapping[int, Picture], generator: Layer, config: Config
) -> Iterator[Found]:
    """Find latent vectors for a user's drawings; yield the estimate after each step.

    There are STEPS steps. `drawings` has at least one digit; each drawing is (28, 28)
    uint8 with ink 255, prepared by `own_handwriting.as_mnist`. `generator` must have
    been trained with labels on all digits; its finish is left out. It may be used and
    trained elsewhere at the same time, because this function freezes a copy that shares
    its weights.
    """
    digits = list(drawings)
    pictures = to_unit(np.stack(list(drawings.values())))  # (n, 28, 28, 1)
    whose = np.arange(len(digits))
    labels = one_hot(np.array(digits))
    if len(digits) > 1:
        # each drawing appears twice: with its own vector, and with the last vector,
        # which all drawings share
        whose = np.concatenate([whose, np.full(len(digits), len(digits))])
        pictures = np.tile(pictures, (2, 1, 1, 1))
        labels = np.tile(labels, (2, 1))
    frozen = accelerate(without_finish(generator), config.convolution)
    sought = Sought(whose, int(whose.max()) + 1, config.latent, pictures.dtype)
    with frozen.frozen():
        # Adam updates only weights that are not frozen
        adam = Adam(Sequential(sought, frozen))
        for step in range(STEPS):
            objective(sought, frozen, labels, pictures)
            adam.step(RATE * (1 - step / STEPS))
            z = sought.params["z"].copy()
            yield Found({digit: z[i] for i, digit in enumerate(digits)}, z[-1])
