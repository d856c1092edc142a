"""Train a GAN that consists of the answers, and save its drawings as a certificate.

The answers to exercises 1 to 7 are enough. Those to 9 and 10 are used if they are
given. The networks are those of gan/plain/models.py, with a hidden layer in D for
exercise 9. The program provides what the answers lack: the bias, LeakyReLU, and,
without exercise 10, the transposed convolution.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan.data import HEAD, head, load, only
from gan.data.images_and_sheets import Pictures, save_png, sheet, to_ink, to_unit
from gan.data.nearest import Near
from gan.plain.models import build_discriminator
from gan.plain.one_digit import BATCH, BETA1, CHANNELS, LATENT, LEARNING_RATE
from nnet import conv
from nnet.activations import LeakyReLU, Reshape, Tanh
from nnet.dense import Dense
from nnet.layer import Array, Layer, Saved
from nnet.optimizers import Adam
from nnet.sequential import Sequential

DIGIT = 3
HIDDEN = 64
GAMMA = 1.0
SHOWN = 64
# The classifier of gan/drawings, loaded here because that needs more than NumPy.
CLASSIFIER = Path(__file__).parents[2] / "gan/pretrained/classifier.safetensors"
SURE = 0.9  # as in gan/drawings/recognition.py
CHANNELS_14, CHANNELS_7 = CHANNELS
MAP = 7


def own_layers(
    answers: Mapping[int, Any],
) -> tuple[type[Dense], type[conv.Conv2D], type[conv.ConvTranspose2D], type[Tanh]]:
    """Return classes of layers that use the answers to exercises 1, 2, 3 and 10."""
    first, second, third = answers[1], answers[2], answers[3]
    tenth = answers.get(10)

    def dense_backward(x: Array, W: Array, dz: Array) -> tuple[Array, Array, Array]:
        dx, dW, db = first.dense_backward(x, W, dz)
        return dx, dW, db

    def convolve(x: Array, W: Array, stride: int, padding: int) -> Array:
        return third.convolve(padded(x, padding), W, stride).astype(W.dtype)

    def filter_gradient(
        x: Array, dy: Array, W: Array, stride: int, padding: int
    ) -> Array:
        rows = third.im2col(padded(x, padding), len(W), stride)
        return dense_backward(
            rows, W.reshape(-1, W.shape[3]), dy.reshape(-1, dy.shape[3])
        )[1].reshape(W.shape)

    def own_convolve_back(
        dy: Array, W: Array, stride: int, padding: int, size: tuple[int, ...]
    ) -> Array:
        if tenth is None:
            return conv.convolve_back(dy, W, stride, padding, size)
        y = tenth.convolve_transposed(dy, W, stride)
        inside = [slice(padding, padding + side) for side in size]
        return y[:, *inside].astype(W.dtype)

    class OwnDense(Dense):
        def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Array:
            dx, dW, db = dense_backward(
                saved.x, self.params["W"], self.activation.mask(dy, saved.y)
            )
            if self.trainable:
                self.grads["W"] += dW
                self.grads["b"] += db
            return dx

    class OwnConv2D(conv.Conv2D):
        convolve_back = staticmethod(own_convolve_back)

        def linear(self, x: Array) -> Array:
            return convolve(x, self.params["W"], self.stride, self.padding)

        def weight_gradient(self, dz: Array, x: Array) -> Array:
            return filter_gradient(x, dz, self.params["W"], self.stride, self.padding)

    class OwnConvTranspose2D(conv.ConvTranspose2D):
        convolve_back = staticmethod(own_convolve_back)

        def transposed(self, dz: Array, x_shape: tuple[int, ...]) -> Array:
            return convolve(dz, self.params["W"], self.stride, self.padding)

        def weight_gradient(self, dz: Array, x: Array) -> Array:
            return filter_gradient(dz, x, self.params["W"], self.stride, self.padding)

    class OwnTanh(Tanh):
        def mask(self, dy: Array, y: Array) -> Array:
            return second.tanh_backward(y, dy)

    return OwnDense, OwnConv2D, OwnConvTranspose2D, OwnTanh


def padded(x: Array, padding: int) -> Array:
    """Return images with a border of zeros."""
    return np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))


def build(
    answers: Mapping[int, Any], rng: np.random.Generator
) -> tuple[Sequential, Sequential]:
    """Return G and D, built from the answers.

    With exercise 9, D's backward pass in its own turn also adds the gradient of the
    penalty. The penalty's x are the features that D's hidden layer receives, of all
    images.
    """
    dense, convolution, transpose, tanh = own_layers(answers)
    ninth = answers.get(9)
    leaky = LeakyReLU(ninth.SLOPE) if ninth else LeakyReLU()

    class Judge(Sequential):
        def backward(self, dy: Array, saved: Saved, *, need_dx: bool = True) -> Any:
            if self.trainable and ninth:
                *_, hidden, last = self.layers
                (W1, b1), w2 = hidden.params.values(), last.params["W"][:, 0]
                _, dW1, dw2 = ninth.r1(saved.parts[-2].x, W1, b1, w2, GAMMA)
                hidden.grads["W"] += dW1
                last.grads["W"][:, 0] += dw2
            return super().backward(dy, saved, need_dx=need_dx)

    G = Sequential(
        dense(LATENT, MAP * MAP * CHANNELS_7, rng, leaky),
        Reshape(MAP, MAP, CHANNELS_7),
        transpose(CHANNELS_7, CHANNELS_14, rng, leaky),
        transpose(CHANNELS_14, 1, rng, tanh()),
    )
    D = Judge(
        convolution(1, CHANNELS_14, rng, leaky),
        convolution(CHANNELS_14, CHANNELS_7, rng, leaky),
        Reshape(MAP * MAP * CHANNELS_7),
        dense(MAP * MAP * CHANNELS_7, HIDDEN, rng, leaky),
        dense(HIDDEN, 1, rng),
    )
    return G, D


def own_adam(answer: Any, *networks: Layer) -> Adam:
    """Return an optimizer whose step is the answer to exercise 5."""

    class OwnAdam(Adam):
        def step(self, learning_rate: float) -> None:
            self.t += 1
            for W, dW, m, v in self.trainable().values():
                moved = answer.adam_step(
                    W,
                    dW,
                    m,
                    v,
                    self.t,
                    learning_rate,
                    self.beta1,
                    self.beta2,
                    self.epsilon,
                )
                for old, new in zip((W, m, v), moved, strict=True):
                    old[...] = new

    return OwnAdam(*networks, beta1=BETA1)


def use_loss(answers: Mapping[int, Any]) -> None:
    """Make the answers to exercises 6 and 7 use the loss of exercise 4.

    They may call it with one target for all logits.
    """

    def loss_of(logits: Array, targets: Array | float) -> tuple[float, Array]:
        loss, dlogits = answers[4].bce_with_logits(
            logits, np.broadcast_to(targets, logits.shape)
        )
        return loss, dlogits.astype(logits.dtype)

    for number in (6, 7):
        answers[number].bce_with_logits = loss_of


def play(
    iterations: int,
    rng: np.random.Generator,
    judges_turn: Callable[[Array, Array], object],
    artists_turn: Callable[[Array], object],
    each: Callable[[int], object],
) -> None:
    """Call the turns of both players alternately, with images of threes.

    Batches are as in gan/plain/one_digit.py. `each` is called after every iteration
    with its number, from 1.
    """
    images = to_unit(head(only(load(), DIGIT), HEAD).images)  # (500, 28, 28, 1)
    for iteration in range(1, iterations + 1):
        real = images[rng.integers(len(images), size=BATCH)]
        latents = rng.standard_normal((BATCH, LATENT), np.float32)
        judges_turn(real, latents)
        artists_turn(latents)
        each(iteration)


def load_classifier() -> Sequential:
    """Load the bundled classifier.

    A safetensors file consists of the size of a header, the header in JSON, which has
    the place of each array, and the arrays.
    """
    content = CLASSIFIER.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    arrays = memoryview(content)[start:]
    classifier = build_discriminator(10, (64, 128), np.random.default_rng(0), [64])
    for name, array in classifier.parameters().items():
        first, end = header[name]["data_offsets"]
        array[...] = np.frombuffer(arrays[first:end], "<f2").reshape(array.shape)
    return classifier


def classify(drawings: Pictures) -> tuple[NDArray[np.intp], Array]:
    """Return the digits that the classifier sees, and how probable it finds them."""
    logits, _ = load_classifier().forward(to_unit(drawings))  # (n, 10)
    shares = np.exp(logits - logits.max(1, keepdims=True))
    return logits.argmax(1), 1 / shares.sum(1)


def recognized(generator: Layer, latents: Array) -> tuple[Pictures, int]:
    """Return drawings, and how many are recognized as a 3 and near a real one."""
    drawings = to_ink(generator.forward(latents)[0])
    digits, confidence = classify(drawings)
    near = Near(load())(drawings, np.full(len(drawings), DIGIT))
    return drawings, int(((digits == DIGIT) & (confidence >= SURE) & near).sum())


def certify(
    answers: Mapping[int, ModuleType], out: Path, iterations: int, seed: int = 0
) -> None:
    """Train a GAN of the answers to draw threes, and save its drawings to `out`.

    `answers` has those to exercises 1 to 7, and may have others, by number.
    """
    rng = np.random.default_rng(seed)
    G, D = build(answers, rng)
    adversarial_adam = own_adam(answers[5], G, D)
    discriminator_adam = own_adam(answers[5], D)
    use_loss(answers)
    update_discriminator = answers[6].update_discriminator
    update_generator = answers[7].update_generator

    def judges_turn(real: Array, latents: Array) -> None:
        update_discriminator(
            D, discriminator_adam, real, G.forward(latents)[0], LEARNING_RATE
        )

    def artists_turn(latents: Array) -> None:
        update_generator(G, D, adversarial_adam, latents, LEARNING_RATE)

    def each(iteration: int) -> None:
        print(
            f"\rYour GAN trains: iteration {iteration} of {iterations}",
            end="",
            flush=True,
        )

    play(iterations, rng, judges_turn, artists_turn, each)
    drawings, count = recognized(G, rng.standard_normal((SHOWN, LATENT), np.float32))
    save_png(sheet(drawings), out)
    print(
        f"\n{out}: drawn by your own GAN. "
        f"The classifier recognizes {count} of {SHOWN} as a {DIGIT}."
    )
