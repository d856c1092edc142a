"""Check the functions of exercises 1, 2, 4, 5 and 9.

Each check runs in several trials with different sizes and constants, so that an answer
cannot rely on particular values.
"""

from typing import Any, NamedTuple

import numpy as np

from docs.course.compare import (
    Mistakes,
    WrongAnswer,
    call,
    call_for,
    check_order,
    compare,
    is_close,
    is_numeric,
)
from gan.rules.gradient_penalty import accumulate_with_penalty
from nnet.activations import LeakyReLU, Tanh
from nnet.dense import Dense
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer
from nnet.losses import bce_with_logits, sigmoid
from nnet.optimizers import Adam
from nnet.sequential import Sequential

# Exercises 1 and 2: a dense layer and tanh


def check_dense_layer(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check the backward pass of a dense layer."""
    N = 4 + trial
    C = 5 - trial
    K = 3 + 2 * trial
    x = rng.standard_normal((N, C))
    W = rng.standard_normal((C, K))
    dy = rng.standard_normal((N, K))
    dx, dW, db = call_for(3, answer.dense_backward, x, W, dy)

    right_dx = dy @ W.T
    right_dW = x.T @ dy
    check_order((dx, dW, db), {"dx": right_dx, "dW": right_dW, "db": dy.sum(0)})
    divided = "has the wrong scale: expected dy @ W.T, received it divided by N"
    compare("dx", dx, right_dx, [(right_dx / N, divided)])

    mean = "has the wrong scale: expected the sum over the batch, received the mean"
    compare("dW", dW, right_dW, [(right_dW / N, mean)])

    mistakes = [
        (dy.mean(0), mean),
        (
            dy,
            "has one row an image: "
            "expected the sum over the batch, since all images share b",
        ),
        (
            dy.sum(1),
            "is added over the outputs: expected the sum over the batch, axis 0",
        ),
        (
            dy.sum(),
            "is one number: "
            "expected one for each output; sum over the batch only, axis 0",
        ),
    ]
    compare("db", db, dy.sum(0), mistakes)


def check_tanh(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check the derivative of tanh."""
    z, dy = rng.standard_normal((2, 4 + trial, 5 - trial))
    y = np.tanh(z)
    slope = 1 - y * y
    sigmoid_slope = y * (1 - y)
    mistakes = [
        (slope, "is the slope alone: expected it multiplied by dy (the chain rule)"),
        (
            dy * sigmoid_slope,
            "has the slope of the sigmoid, y (1 - y): expected that of tanh, 1 - y * y",
        ),
        (dy * (1 - y), "uses 1 - y: expected 1 - y * y"),
        (dy * (1 - np.tanh(y) ** 2), "applies tanh again: y is already tanh(z)"),
        (dy / slope, "is dy divided by the slope: expected a product"),
    ]
    compare("dz", call(answer.tanh_backward, y, dy), Tanh().mask(dy, y), mistakes)


# Exercise 4: the cross-entropy


def check_cross_entropy(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check the cross-entropy and its derivative, including those of large logits."""
    targets = np.tile([1.0, 0, 1, 0, 0], 1 + trial)[:, None]
    logits = rng.standard_normal(targets.shape)
    loss, dlogits = call_for(2, answer.bce_with_logits, logits, targets)
    right_loss, right_dlogits = bce_with_logits(logits, targets)
    check_order((loss, dlogits), {"loss": right_loss, "dlogits": right_dlogits})

    exchanged, _ = bce_with_logits(logits, 1 - targets)
    mistakes: Mistakes = [
        (right_loss * logits.size, "is a sum: expected the mean over the logits"),
        (
            exchanged,
            "has real and fake exchanged: expected -log D where the target is 1",
        ),
        (
            right_loss / np.log(2),
            "has logarithms to base 2: expected natural ones, np.log or np.log1p",
        ),
    ]
    compare("loss", loss, right_loss, mistakes)

    D = sigmoid(logits)
    slope = D * (1 - D)
    mistakes = [
        (
            D - targets,
            "is the derivative of the summed loss, as in gan.py; here the loss is the "
            "mean, so divide by the number of logits",
        ),
        (
            right_dlogits / slope,
            "is the derivative by D: expected that by the logit; multiply by D (1 - D)",
        ),
        (
            right_dlogits * D * (1 - D),
            "has the derivative of the sigmoid twice: (D - t) / N already contains it",
        ),
    ]
    compare("dlogits", dlogits, right_dlogits, mistakes)
    # Last, because the messages about small logits are clearer.
    if trial == 2:
        check_large_logits(answer)


def check_large_logits(answer: Any) -> None:
    """Check the logits 1000 and -1000 with both targets, each alone and together."""
    cases = np.array([[1000.0, 0], [-1000, 1], [1000, 1], [-1000, 0]])
    for case in cases:
        check_large_logits_of(answer, case[None])
    check_large_logits_of(answer, cases)


def check_large_logits_of(answer: Any, cases: Array) -> None:
    """Check the loss and dlogits of a batch, (N, 2): a logit and its target per row."""
    logits = cases[:, :1]
    targets = cases[:, 1:]
    loss, dlogits = call_for(2, answer.bce_with_logits, logits, targets)
    right_loss, right_dlogits = bce_with_logits(logits, targets)
    named = [f"a logit of {r:.0f} with the target {t:.0f}" for r, t in cases]
    which = " and ".join(named)
    if not np.isfinite(loss) or not np.isfinite(dlogits).all():
        raise WrongAnswer(
            f"overflow for {which}: "
            "compute neither log(D) nor e^1000; use log1p(e^-|logit|)"
        )
    if np.ndim(loss) == 0 and 0 <= loss < right_loss * (1 - 1e-6):
        raise WrongAnswer(
            f"the loss of {which} is {right_loss:.0f}, received {loss:.7g}: "
            "D or the logit is clipped; use log1p(e^-|logit|), which needs no limit"
        )
    compare(f"the loss of {which}", loss, right_loss)
    compare(f"dlogits of {which}", dlogits, right_dlogits)


# Exercise 5: Adam

CORRECTED = (
    "is divided by 1 - beta^t: "
    "use the corrected average for the step only, and keep the other"
)


class Constants(NamedTuple):
    """The constants of a step of Adam, in the order of the arguments of `adam_step`."""

    t: int
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float


def check_adam(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check one step of Adam: by trial, the third, the first or the ninth step."""
    choices = [
        Constants(3, 0.1, 0.5, 0.9, 0.01),
        Constants(1, 0.2, 0.9, 0.99, 0.1),
        Constants(9, 0.05, 0.6, 0.8, 0.3),
    ]
    constants = choices[trial]
    W, dW, m, v = rng.standard_normal((4, 3 + trial, 2))
    v = v * v
    new_W, new_m, new_v = call_for(3, answer.adam_step, W, dW, m, v, *constants)

    t, learning_rate, beta1, beta2, epsilon = constants
    layer = Layer()
    layer.params = {"W": W.copy()}
    layer.grads = {"W": dW}
    adam = Adam(layer, beta1=beta1, beta2=beta2, epsilon=epsilon)
    adam.t = t - 1
    adam.m["0.W"] = m.copy()
    adam.v["0.W"] = v.copy()
    adam.step(learning_rate)
    right_m = adam.m["0.W"]
    right_v = adam.v["0.W"]

    right_W = layer.params["W"]
    check_order((new_W, new_m, new_v), {"W": right_W, "m": right_m, "v": right_v})
    compare("m", new_m, right_m, wrong_m(m, dW, right_m, t, beta1))
    compare("v", new_v, right_v, wrong_v(v, dW, right_v, t, beta2))
    if is_numeric(new_W) and is_close(
        np.asarray(new_W), rearranged_W(W, right_m, right_v, constants)
    ):
        return
    mistakes = [
        *wrong_W(W, right_m, right_v, constants),
        *old_averages(W, (m, right_m), (v, right_v), constants),
    ]
    compare("W", new_W, right_W, mistakes)


def rearranged_W(W: Array, m: Array, v: Array, constants: Constants) -> Array:
    """Return W after a step of the faster form, from the new m and v.

    Its epsilon has another place, so the result differs, but is right, too.
    Source: Kingma and Ba 2015, "Adam", the last paragraph of section 2.
    """
    t, learning_rate, beta1, beta2, epsilon = constants
    rate = learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return W - rate * m / (np.sqrt(v) + epsilon)


def old_averages(
    W: Array, ms: tuple[Array, Array], vs: tuple[Array, Array], constants: Constants
) -> Mistakes:
    """Return the wrong W if the step uses an old average; ms and vs are old and new."""
    t, learning_rate, beta1, beta2, epsilon = constants

    def moved(m: Array, v: Array) -> Array:
        root = np.sqrt(v / (1 - beta2**t)) + epsilon
        return W - learning_rate * m / (1 - beta1**t) / root

    return [
        (moved(ms[0], vs[1]), "uses the old m: correct the new one"),
        (moved(ms[1], vs[0]), "uses the old v: correct the new one"),
        (moved(ms[0], vs[0]), "uses the old m and v: correct the new ones"),
    ]


def wrong_m(m: Array, dW: Array, right: Array, t: int, beta1: float) -> Mistakes:
    """Return frequent mistakes in the new m after step t, from the old m."""
    return [
        (
            (1 - beta1) * m + beta1 * dW,
            "has its shares exchanged: expected beta1 m + (1 - beta1) dW",
        ),
        (beta1 * m + dW, "lacks the factor 1 - beta1 of dW"),
        (right / (1 - beta1**t), CORRECTED),
    ]


def wrong_v(v: Array, dW: Array, right: Array, t: int, beta2: float) -> Mistakes:
    """Return frequent mistakes in the new v after step t, from the old v."""
    return [
        (beta2 * v + (1 - beta2) * dW, "averages the gradient: expected its square"),
        (
            (1 - beta2) * v + beta2 * dW**2,
            "has its shares exchanged: expected beta2 v + (1 - beta2) dW^2",
        ),
        (beta2 * v + dW**2, "lacks the factor 1 - beta2 of dW^2"),
        (right / (1 - beta2**t), CORRECTED),
    ]


def wrong_W(W: Array, m: Array, v: Array, constants: Constants) -> Mistakes:
    """Return frequent mistakes in W after a step, from the new m and v."""
    t, learning_rate, beta1, beta2, epsilon = constants
    mean = m / (1 - beta1**t)
    square = v / (1 - beta2**t)
    root = np.sqrt(square) + epsilon
    uncorrected_root = np.sqrt(v) + epsilon
    before = max(t - 1, 1)  # if t is 1, t - 1 leads to a division by 0
    early_root = np.sqrt(v / (1 - beta2**before)) + epsilon

    def moved(mean: Array, root: Array) -> Array:
        return W - learning_rate * mean / root

    return [
        (
            moved(m, uncorrected_root),
            "is not corrected for the start at 0: "
            "divide m by 1 - beta1^t and v by 1 - beta2^t",
        ),
        (moved(m, root), "is not corrected in m: divide m by 1 - beta1^t, too"),
        (
            moved(mean, uncorrected_root),
            "is not corrected in v: divide v by 1 - beta2^t, too",
        ),
        (moved(mean, np.sqrt(square)), "lacks epsilon: expected it added to the root"),
        (moved(-mean, root), "moves along the gradient: expected against it"),
        (
            moved(mean, np.sqrt(square + epsilon)),
            "has epsilon under the root: expected it added to the root",
        ),
        (moved(mean, square + epsilon), "lacks the root of v"),
        (
            moved(m / (1 - beta1**before), early_root),
            "uses t - 1 in the correction: t counts from 1, so expected t itself",
        ),
    ]


# Exercise 9: the gradient penalty

SUM = "is a sum over the images: expected the mean"
TWICE = "is twice as large: the 2 of the square cancels the 1/2 of the penalty"


def check_gradient_penalty(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check the penalty R1 and its derivatives."""
    N = 4 + trial
    C = 5 - trial
    K = 6 + trial
    gamma = 3.0 - trial
    D = Sequential(Dense(C, K, rng, LeakyReLU(answer.SLOPE)), Dense(K, 1, rng))
    in_float64(D)
    x = rng.standard_normal((N, C))
    W1, b1, last, _ = D.parameters().values()
    w2 = last[:, 0]
    b1[...] = rng.standard_normal(K)
    where = ""
    if trial == 2:
        where = " where finite differences fail"
        make_finite_differences_fail(x, W1, b1, w2)
    penalty, dW1, dw2 = call_for(3, answer.r1, x, W1, b1, w2, gamma)
    right_penalty, right_dW1, right_dw2 = program_penalty(D, x, gamma)
    expected = {"penalty": right_penalty, "dW1": right_dW1, "dw2": right_dw2}
    check_order((penalty, dW1, dw2), expected)

    def gradient(slopes: Array) -> Array:
        """Return g = dr/dx, (N, C)."""
        return (slopes * w2) @ W1.T

    slopes = np.where(x @ W1 + b1 > 0, 1, answer.SLOPE)  # (N, K)
    g = gradient(slopes)
    without_b1 = gradient(np.where(x @ W1 > 0, 1, answer.SLOPE))
    without_slopes = gradient(np.ones((N, K)))
    mistakes = wrong_penalties(right_penalty, gamma, g, without_b1, without_slopes)
    compare("penalty", penalty, right_penalty, mistakes)
    mistakes = [
        (2 * right_dW1, TWICE),
        (N * right_dW1, SUM),
        (
            gamma / N * np.outer(g.sum(0), w2),
            "is only g^T w2: the slopes of the hidden layer are missing",
        ),
    ]
    compare(f"dW1{where}", dW1, right_dW1, mistakes)
    ddelta = gamma / N * (g @ W1)  # (N, K)
    mistakes = [
        (2 * right_dw2, TWICE),
        (N * right_dw2, SUM),
        (ddelta.sum(0), "lacks the slopes of the hidden layer"),
        (slopes * ddelta, "has one row an image: expected the sum over the batch"),
    ]
    compare(f"dw2{where}", dw2, right_dw2, mistakes)


def wrong_penalties(
    right: float, gamma: float, g: Array, without_b1: Array, without_slopes: Array
) -> Mistakes:
    """Return frequent mistakes in the penalty.

    `g` is dr/dx, (N, C). `without_b1` and `without_slopes` are g with these mistakes.
    """
    N, C = g.shape
    norms = np.sqrt((g * g).sum(1))  # (N,)

    def penalty(g: Array) -> float:
        return gamma / 2 * (g * g).sum(1).mean()

    return [
        (N * right, SUM),
        (
            right / C,
            "is a mean over all numbers of g: "
            "expected the sum over each image's, then the mean",
        ),
        (2 * right, "lacks the factor 1/2"),
        (penalty(without_b1), "ignores b1: the sign is that of z = x W1 + b1"),
        (gamma / 2 * norms.mean(), "contains |g|: expected |g|^2"),
        (
            penalty(without_slopes),
            "ignores the slopes of the hidden layer: multiply w2 by 1 or SLOPE first",
        ),
    ]


def make_finite_differences_fail(x: Array, W1: Array, b1: Array, w2: Array) -> None:
    """Change an image and the weights so that finite differences are wrong.

    A small step in W1 flips the signs of two z near 0. A small step in w2, whose values
    become very large, is lost to rounding.
    """
    x[0] = 0
    x[0, 0] = 1
    W1[0] = 2.0**-10  # so that z of image 0 is 2**-10 + b1
    b1[0] = 2.0**-33 - 2.0**-10
    b1[1] = -(2.0**-33) - 2.0**-10
    w2 *= 1e10


def program_penalty(D: Layer, x: Array, gamma: float) -> tuple[float, Array, Array]:
    """Return the penalty, dW1 and dw2 that the program computes.

    The program adds the penalties for real images and drawings. Here both are x, so the
    results are halved.
    """
    _, saved = D.forward(np.concatenate([x, x]))
    zeros = np.zeros((2 * len(x), 1))
    ones = np.ones_like(zeros)
    penalty = accumulate_with_penalty(D, zeros, ones, saved, gamma)
    dW1, _, dw2, _ = D.gradients().values()
    return penalty / 2, dW1 / 2, dw2[:, 0] / 2
