"""Check the functions of exercises 1 to 5 and 9.

Each check runs in several trials, each with other sizes and constants, so that an
answer cannot rely on one of them.
"""

from typing import Any
from unittest.mock import patch

import numpy as np

from docs.course.compare import WrongAnswer, compare, outputs
from gan.rules.gradient_penalty import accumulate_with_penalty
from nnet.activations import LeakyReLU, Tanh
from nnet.conv import convolve, patches
from nnet.dense import Dense
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer
from nnet.losses import bce_with_logits, sigmoid
from nnet.optimizers import Adam
from nnet.sequential import Sequential


class Filters(np.ndarray):
    """Filters that record their products, also those of their views."""

    def __array_finalize__(self, origin: Any) -> None:
        self.products = getattr(origin, "products", list[Any]())

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, **options: Any
    ) -> Any:
        self.products.append(ufunc)
        return getattr(ufunc, method)(*map(np.asarray, inputs), **options)


def check_dense_layer(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check the backward pass of a dense layer."""
    N, C, K = 4 + trial, 5 - trial, 3 + 2 * trial
    x, W, dy = (rng.standard_normal(shape) for shape in ((N, C), (C, K), (N, K)))
    dx, dW, db = outputs(answer.dense_backward, 3, x, W, dy)
    mean = "has the wrong scale: expected the sum over the batch, received the mean"
    compare(
        "dx",
        dx,
        dy @ W.T,
        {
            "has the wrong scale: expected dy @ W.T, received it divided by N": dy
            @ W.T
            / N
        },
    )
    compare("dW", dW, x.T @ dy, {mean: x.T @ dy / N})
    each = {
        "has one row an image: expected the sum over the batch, since all images share b": dy,
        "is added over the outputs: expected the sum over the batch, axis 0": dy.sum(1),
        "is one number: expected one for each output; sum over the batch only, axis 0": dy.sum(),
    }
    compare("db", db, dy.sum(0), {mean: dy.mean(0)} | each)


def check_tanh(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check the derivative of tanh."""
    z, dy = rng.standard_normal((2, 4 + trial, 5 - trial))
    y = np.tanh(z)
    (dz,) = outputs(answer.tanh_backward, 1, y, dy)
    mistakes = {
        "is the slope alone: expected it multiplied by dy (the chain rule)": 1 - y * y,
        "has the slope of the sigmoid, y (1 - y): expected that of tanh, 1 - y * y": dy
        * y
        * (1 - y),
        "uses 1 - y: expected 1 - y * y": dy * (1 - y),
        "applies tanh again: y is already tanh(z)": dy * (1 - np.tanh(y) ** 2),
        "is dy divided by the slope: expected a product": dy / (1 - y * y),
    }
    compare("dz", dz, Tanh().mask(dy, y), mistakes)


def check_convolution(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check the convolution: by loops, the patches, and by a product.

    H - P is not always a multiple of the stride.
    """
    N, H, P, C, K, stride = (
        (2, 8, 3, 2, 4, 2),
        (3, 7, 2, 3, 2, 1),
        (1, 11, 4, 1, 3, 3),
    )[trial]
    x, W = rng.standard_normal((N, H, H, C)), rng.standard_normal((P, P, C, K))
    # (N, I, I, K), (N, I, I, P, P, C)
    y = convolve(x, W, stride, 0)
    rows = patches(x, P, stride, 0)
    flipped = convolve(x, W[::-1, ::-1], stride, 0)
    dense = convolve(x, W, 1, 0)
    mistakes = {
        "has a flipped filter: expected W[p, q] times the pixel p down and q across": flipped,
        "ignores the stride: patches begin at i * stride and j * stride": dense[
            :, : len(y[0]), : len(y[0])
        ],
        "has rows and columns exchanged: i and p count down, j and q across": y.swapaxes(
            1, 2
        ),
    }
    compare(
        "y of convolve_by_loops",
        outputs(answer.convolve_by_loops, 1, x, W, stride)[0],
        y,
        mistakes,
    )
    order = {
        "has c before p and q in its rows: expected p, then q, then c, as in W": np.moveaxis(
            rows, 5, 3
        ),
        "has q before p in its rows: expected p, then q, then c, as in W": rows.swapaxes(
            3, 4
        ),
        "has its rows in the wrong order: expected from left to right, then down": rows.swapaxes(
            1, 2
        ),
    }
    named = {mistake: wrong.reshape(-1, P * P * C) for mistake, wrong in order.items()}
    named["is transposed: expected one row for each patch"] = rows.reshape(
        -1, P * P * C
    ).T
    compare(
        "im2col",
        outputs(answer.im2col, 1, x, P, stride)[0],
        rows.reshape(-1, P * P * C),
        named,
    )
    with patch.object(answer, "im2col", wraps=answer.im2col) as im2col:
        compare(
            "y of convolve",
            outputs(answer.convolve, 1, x, filters := W.view(Filters), stride)[0],
            y,
            mistakes,
        )
    if not im2col.called or len(filters.products) > 1:
        found = (
            f"{len(filters.products)} products"
            if im2col.called
            else "no call of im2col"
        )
        raise WrongAnswer(
            f"convolve: expected one product, of all rows from im2col with all filters, received {found}"
        )


def check_cross_entropy(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check the cross-entropy, also of large logits."""
    targets = np.tile([1.0, 0, 1, 0, 0], 1 + trial)[:, None]
    logits = rng.standard_normal(targets.shape)
    loss, dlogits = outputs(answer.bce_with_logits, 2, logits, targets)
    right, gradient = bce_with_logits(logits, targets)
    swapped = bce_with_logits(logits, 1 - targets)
    compare(
        "loss",
        loss,
        right,
        {
            "is a sum: expected the mean over the logits": right * logits.size,
            "has real and fake exchanged: expected -log D where the target is 1": swapped[
                0
            ],
        },
    )
    D = sigmoid(logits)
    compare(
        "dlogits",
        dlogits,
        gradient,
        {
            "has the wrong scale: expected it divided by the number of logits, since the loss is a mean": D
            - targets,
            "is the derivative by D: expected that by the logit; multiply by D (1 - D)": gradient
            / (D * (1 - D)),
            "has the derivative of the sigmoid twice: (D - t) / N already contains it": gradient
            * D
            * (1 - D),
        },
    )
    if trial == 2:  # after the trials with several sizes, whose sentences are clearer
        check_large_logits(answer)


def check_large_logits(answer: Any) -> None:
    """Check the logits 1000 and -1000 with both targets, each alone and all together."""
    # logit and target
    cases = np.array([[1000.0, 0], [-1000, 1], [1000, 1], [-1000, 0]])
    for chosen in [*cases[:, None], cases]:
        logits = chosen[:, :1]
        targets = chosen[:, 1:]
        loss, dlogits = outputs(answer.bce_with_logits, 2, logits, targets)
        right, gradient = bce_with_logits(logits, targets)
        which = " and ".join(
            f"a logit of {r:.0f} with the target {t:.0f}" for r, t in chosen
        )
        if not np.isfinite(loss) or not np.isfinite(dlogits).all():
            raise WrongAnswer(
                f"overflow for {which}: compute neither log(D) nor e^1000; use log1p(e^-|logit|)"
            )
        if np.ndim(loss) == 0 and 0 <= loss < right * (1 - 1e-6):
            raise WrongAnswer(
                f"the loss of {which} is {right:.0f}, received {loss:.7g}: D or the logit is clipped; use "
                "log1p(e^-|logit|), which needs no limit"
            )
        compare(f"the loss of {which}", loss, right)
        compare(f"dlogits of {which}", dlogits, gradient)


def check_adam(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check one step of Adam, first the third."""
    t, rate, epsilon = ((3, 0.1, 0.01), (1, 0.2, 0.1), (9, 0.05, 0.3))[trial]
    beta1, beta2 = ((0.5, 0.9), (0.9, 0.99), (0.6, 0.8))[trial]
    W, dW, m, v = rng.standard_normal((4, 3 + trial, 2))
    v = v * v
    layer = Layer()
    layer.params = {"W": W.copy()}
    layer.grads = {"W": dW}
    adam = Adam(layer, beta1=beta1, beta2=beta2, epsilon=epsilon)
    adam.t, adam.m["0.W"], adam.v["0.W"] = t - 1, m.copy(), v.copy()
    adam.step(rate)
    new_m = adam.m["0.W"]
    new_v = adam.v["0.W"]
    W_moved, m_moved, v_moved = outputs(
        answer.adam_step, 3, W, dW, m, v, t, rate, beta1, beta2, epsilon
    )
    corrected = "is divided by 1 - beta^t: use the corrected average for the step only, and keep the other"
    compare(
        "m",
        m_moved,
        new_m,
        {
            "has its shares exchanged: expected beta1 m + (1 - beta1) dW": (1 - beta1)
            * m
            + beta1 * dW,
            "lacks the factor 1 - beta1 of dW": beta1 * m + dW,
            corrected: new_m / (1 - beta1**t),
        },
    )
    compare(
        "v",
        v_moved,
        new_v,
        {
            "averages the gradient: expected its square": beta2 * v + (1 - beta2) * dW,
            "has its shares exchanged: expected beta2 v + (1 - beta2) dW^2": (1 - beta2)
            * v
            + beta2 * dW**2,
            "lacks the factor 1 - beta2 of dW^2": beta2 * v + dW**2,
            corrected: new_v / (1 - beta2**t),
        },
    )
    mean = new_m / (1 - beta1**t)
    square = new_v / (1 - beta2**t)

    def moved(mean: Array, square: Array, added: float = epsilon) -> Array:
        return W - rate * mean / (np.sqrt(square) + added)

    compare(
        "W",
        W_moved,
        layer.params["W"],
        {
            "is not corrected for the start at 0: divide m by 1 - beta1^t and v by 1 - beta2^t": moved(
                new_m, new_v
            ),
            "is not corrected in m: divide m by 1 - beta1^t, too": moved(new_m, square),
            "is not corrected in v: divide v by 1 - beta2^t, too": moved(mean, new_v),
            "lacks epsilon: expected it added to the root": moved(mean, square, 0),
            "moves along the gradient: expected against it": moved(-mean, square),
            "has epsilon under the root: expected it added to the root": W
            - rate * mean / np.sqrt(square + epsilon),
            "lacks the root of v": W - rate * mean / (square + epsilon),
        },
    )


def check_gradient_penalty(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check the penalty R1.

    The program's own penalty has a second half, for drawings, which gets the same
    images.
    """
    N = 4 + trial
    C = 5 - trial
    K = 6 + trial
    gamma = 3.0 - trial
    D = Sequential(Dense(C, K, rng, LeakyReLU(answer.SLOPE)), Dense(K, 1, rng))
    in_float64(D)
    x = rng.standard_normal((N, C))
    (W1, b1, w2, _) = D.parameters().values()
    b1[...] = rng.standard_normal(K)
    w2 = w2[:, 0]
    where = ""
    if trial == 2:
        # small steps of W1 flip the sign of a z near 0, and those of w2 vanish in the
        # rounding errors
        where = " where finite differences fail"
        w2[...] = 1e10 * w2
        x[0], W1[0], b1[:2] = (
            np.eye(C)[0],
            2.0**-10,
            np.array([2.0**-33, -(2.0**-33)]) - 2.0**-10,
        )
    _, saved = D.forward(np.concatenate([x, x]))
    twice = accumulate_with_penalty(
        D, np.zeros((2 * N, 1)), np.ones((2 * N, 1)), saved, gamma
    )
    dW1, _, dw2, _ = (gradient / 2 for gradient in D.gradients().values())
    slopes = np.where(x @ W1 + b1 > 0, 1, answer.SLOPE)
    g = (slopes * w2) @ W1.T
    flat_g = np.tile(w2 @ W1.T, (N, 1))
    without_b1 = (np.where(x @ W1 > 0, 1, answer.SLOPE) * w2) @ W1.T
    received, received_dW1, received_dw2 = outputs(answer.r1, 3, x, W1, b1, w2, gamma)
    compare(
        "penalty",
        received,
        twice / 2,
        {
            "is a sum over the images: expected the mean": twice / 2 * N,
            "is a mean over all numbers of g: expected the sum over each image's, then the mean": twice
            / 2
            / C,
            "lacks the factor 1/2": twice,
            "ignores b1: the sign is that of z = x W1 + b1": gamma
            / 2
            * (without_b1**2).sum(1).mean(),
            "contains |g|: expected |g|^2": gamma / 2 * np.sqrt((g * g).sum(1)).mean(),
            "ignores the slopes of the hidden layer: multiply w2 by 1 or SLOPE first": gamma
            / 2
            * (flat_g[0] ** 2).sum(),
        },
    )
    cancelled = "is twice as large: the 2 of the square cancels the 1/2 of the penalty"
    total = "is a sum over the images: expected the mean"
    compare(
        f"dW1{where}",
        received_dW1,
        dW1,
        {
            cancelled: 2 * dW1,
            total: N * dW1,
            "is only g^T w2: the slopes of the hidden layer are missing": gamma
            / N
            * np.outer(g.sum(0), w2),
        },
    )
    compare(
        f"dw2{where}",
        received_dw2,
        dw2.ravel(),
        {
            cancelled: 2 * dw2.ravel(),
            total: N * dw2.ravel(),
            "lacks the slopes of the hidden layer": gamma / N * (g @ W1).sum(0),
            "has one row an image: expected the sum over the batch": gamma
            / N
            * slopes
            * (g @ W1),
        },
    )
