"""Check an answer to an exercise, and say what is wrong with it in one sentence.

    make exercise N=1               # checks docs/course/exercise_1.py
    make exercise N=1 HINT=2        # shows the second of three hints

An answer is compared with the same function in `nnet` or `gan`, and its derivatives with finite differences
(nnet/gradcheck.py). If it equals the result of a frequent mistake, the sentence names the mistake.
"""

import argparse
import copy
import importlib
import re
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from docs.course.compare import WrongAnswer, close, compare, measure, outputs
from gan.penalty import accumulate_with_penalty
from gan.training import Players
from gan.training import update_generator as correct_update
from nnet.activations import LeakyReLU, Tanh
from nnet.conv import convolve, patches
from nnet.dense import Dense
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer
from nnet.losses import bce_with_logits, sigmoid
from nnet.optimizers import Adam
from nnet.sequential import Sequential


def check_1(answer: Any, rng: np.random.Generator) -> None:
    """Check the backward pass of a dense layer."""
    N, C, K = 4, 5, 3
    x, W, b, dy = (rng.standard_normal(shape) for shape in ((N, C), (C, K), K, (N, K)))
    dx, dW, db = outputs(answer.dense_backward, 3, x, W, dy)
    mean = "has the wrong scale: expected the sum over the batch, received the mean"
    compare("dx", dx, dy @ W.T, {"has the wrong scale: expected dy @ W.T, received it divided by N": dy @ W.T / N})
    compare("dW", dW, x.T @ dy, {mean: x.T @ dy / N})
    each = {
        "has one row an image: expected the sum over the batch, since all images share b": dy,
        "is added over the outputs: expected the sum over the batch, axis 0": dy.sum(1),
        "is one number: expected one for each output; sum over the batch only, axis 0": dy.sum(),
    }
    compare("db", db, dy.sum(0), {mean: dy.mean(0)} | each)
    for name, value, derivative in (("x", x, dx), ("W", W, dW), ("b", b, db)):
        measure(name, lambda: float((dy * (x @ W + b)).sum()), value, derivative, rng)


def check_2(answer: Any, rng: np.random.Generator) -> None:
    """Check the derivative of tanh."""
    z, dy = rng.standard_normal((2, 4, 5))
    y = np.tanh(z)
    (dz,) = outputs(answer.tanh_backward, 1, y, dy)
    mistakes = {
        "is the slope alone: expected it multiplied by dy (the chain rule)": 1 - y * y,
        "uses 1 - y: expected 1 - y * y": dy * (1 - y),
        "applies tanh again: y is already tanh(z)": dy * (1 - np.tanh(y) ** 2),
        "is dy divided by the slope: expected a product": dy / (1 - y * y),
    }
    compare("dz", dz, Tanh().mask(dy, y), mistakes)
    measure("z", lambda: float((dy * np.tanh(z)).sum()), z, dz, rng)


def check_3(answer: Any, rng: np.random.Generator) -> None:
    """Check the convolution: by loops, the patches, and by a product. H - P is not a multiple of the stride."""
    P, stride = 3, 2
    x, W = rng.standard_normal((2, 8, 8, 2)), rng.standard_normal((P, P, 2, 4))
    y, rows = convolve(x, W, stride, 0), patches(x, P, stride, 0)  # (N, I, I, K), (N, I, I, P, P, C)
    flipped, dense = convolve(x, W[::-1, ::-1], stride, 0), convolve(x, W, 1, 0)
    mistakes = {
        "has a flipped filter: expected W[p, q] times the pixel p down and q across": flipped,
        "ignores the stride: patches begin at i * stride and j * stride": dense[:, : len(y[0]), : len(y[0])],
        "has rows and columns exchanged: i and p count down, j and q across": y.swapaxes(1, 2),
    }
    compare("y of convolve_by_loops", outputs(answer.convolve_by_loops, 1, x, W, stride)[0], y, mistakes)
    order = {
        "has c before p and q in its rows: expected p, then q, then c, as in W": np.moveaxis(rows, 5, 3),
        "has q before p in its rows: expected p, then q, then c, as in W": rows.swapaxes(3, 4),
        "has its rows in the wrong order: expected from left to right, then down": rows.swapaxes(1, 2),
    }
    named = {mistake: wrong.reshape(-1, P * P * 2) for mistake, wrong in order.items()}
    named["is transposed: expected one row for each patch"] = rows.reshape(-1, P * P * 2).T
    compare("im2col", outputs(answer.im2col, 1, x, P, stride)[0], rows.reshape(-1, P * P * 2), named)
    compare("y of convolve", outputs(answer.convolve, 1, x, W, stride)[0], y, mistakes)


def check_4(answer: Any, rng: np.random.Generator) -> None:
    """Check the cross-entropy, also of large logits."""
    logits, targets = rng.standard_normal((6, 1)), np.array([1.0, 0, 1, 0, 0, 1])[:, None]
    loss, dlogits = outputs(answer.bce_with_logits, 2, logits, targets)
    right, gradient = bce_with_logits(logits, targets)
    swapped = bce_with_logits(logits, 1 - targets)
    compare("loss", loss, right, {
        "is a sum: expected the mean over the logits": right * logits.size,
        "has real and fake exchanged: expected -log p where the target is 1": swapped[0],
    })  # fmt: skip
    p = sigmoid(logits)
    compare("dlogits", dlogits, gradient, {
        "has the wrong scale: expected it divided by the number of logits, since the loss is a mean": p - targets,
        "is the derivative by p: expected that by the logit; multiply by p (1 - p)": gradient / (p * (1 - p)),
        "has the derivative of the sigmoid twice: (p - t) / count already contains it": gradient * p * (1 - p),
    })  # fmt: skip
    measure("logits", lambda: float(answer.bce_with_logits(logits, targets)[0]), logits, dlogits, rng)
    large = np.array([[1000.0], [-1000.0]])
    with np.errstate(all="ignore"):
        loss, dlogits = answer.bce_with_logits(large, np.array([[0.0], [1.0]]))
    if not np.isfinite(loss) or not np.isfinite(dlogits).all():
        raise WrongAnswer("the logits 1000 and -1000 overflow: never compute log(p) or e^1000; use log1p(e^-|logit|)")
    compare("loss of the logits 1000 and -1000", loss, 1000.0)
    compare("dlogits of the logits 1000 and -1000", dlogits, np.array([[0.5], [-0.5]]))


def check_5(answer: Any, rng: np.random.Generator) -> None:
    """Check one step of Adam, the third."""
    t, rate, beta1, beta2, epsilon = 3, 0.1, 0.5, 0.9, 0.01
    W, dW, m, v = rng.standard_normal((4, 3, 2))
    v = v * v
    layer = Layer()
    layer.params, layer.grads = {"W": W.copy()}, {"W": dW}
    adam = Adam(layer, beta1=beta1, beta2=beta2, epsilon=epsilon)
    adam.t, adam.m["0.W"][...], adam.v["0.W"][...] = t - 1, m, v
    adam.step(rate)
    new_m, new_v = adam.m["0.W"], adam.v["0.W"]
    W_moved, m_moved, v_moved = outputs(answer.adam_step, 3, W, dW, m, v, t, rate, beta1, beta2, epsilon)
    corrected = "is divided by 1 - beta^t: use the corrected average for the step only, and keep the other"
    compare("m", m_moved, new_m, {
        "has its shares exchanged: expected beta1 m + (1 - beta1) dW": (1 - beta1) * m + beta1 * dW,
        "lacks the factor 1 - beta1 of dW": beta1 * m + dW,
        corrected: new_m / (1 - beta1**t),
    })  # fmt: skip
    compare("v", v_moved, new_v, {
        "averages the gradient: expected its square": beta2 * v + (1 - beta2) * dW,
        "has its shares exchanged: expected beta2 v + (1 - beta2) dW^2": (1 - beta2) * v + beta2 * dW**2,
        "lacks the factor 1 - beta2 of dW^2": beta2 * v + dW**2,
        corrected: new_v / (1 - beta2**t),
    })  # fmt: skip
    mean, square = new_m / (1 - beta1**t), new_v / (1 - beta2**t)
    compare("W", W_moved, layer.params["W"], {
        "is not corrected for the start at 0: divide m by 1 - beta1^t and v by 1 - beta2^t":
            W - rate * new_m / (np.sqrt(new_v) + epsilon),
        "moves along the gradient: expected against it": W + rate * mean / (np.sqrt(square) + epsilon),
        "has epsilon under the root: expected it added to the root": W - rate * mean / np.sqrt(square + epsilon),
        "lacks the root of v": W - rate * mean / (square + epsilon),
    })  # fmt: skip


def check_6(answer: Any, rng: np.random.Generator) -> None:
    """Check one update of G. Both networks still hold the gradients of an earlier update, and Adam its averages."""
    leaky = LeakyReLU()
    G = in_float64(Sequential(Dense(3, 6, rng, leaky), Dense(6, 4, rng, Tanh())))
    D = in_float64(Sequential(Dense(4, 5, rng, leaky), Dense(5, 1, rng)))
    adam, latents, rate = Adam(G, D, beta1=0.5), rng.standard_normal((8, 3)), 0.01
    for gradient in [*G.gradients().values(), *D.gradients().values()]:
        gradient[...] = rng.standard_normal(gradient.shape)
    adam.step(rate)
    old_G, old_D = copy.deepcopy((G, D))
    right_G, right_D, right_adam = copy.deepcopy((G, D, adam))
    loss = correct_update(Players(right_G, right_D, right_adam, right_adam), *right_G.forward(latents), rate)
    (received,) = outputs(answer.update_generator, 1, G, D, adam, latents, rate)
    if not D.trainable:
        raise WrongAnswer("D is still frozen at the end: use `with D.frozen():`, which ends by itself")
    if not close(flat(D.gradients()), flat(old_D.gradients())):
        raise WrongAnswer("D was not frozen: its gradients changed. Call D.backward inside `with D.frozen():`")
    if not close(flat(D.parameters()), flat(old_D.parameters())):
        raise WrongAnswer("D was not frozen: its weights moved. Call adam.step inside `with D.frozen():`, too")
    right, old = flat(right_G.gradients()), flat(old_G.gradients())
    to_fake = gradient_of_G(old_G, old_D, latents, 0.0)
    compare("G's gradient", flat(G.gradients()), right, {
        "contains that of the last update: begin with G.zero_grads()": right + old,
        "is that of the last update: call G.backward(dfake, saved_fake)": old,
        "belongs to target 0, so G learns to be called fake: expected target 1": to_fake,
        "belongs to the loss log(1 - p), which is flat where D is sure: expected -log p": -to_fake,
    })  # fmt: skip
    if adam.t != right_adam.t:
        raise WrongAnswer(f"adam.step: expected one call, received {adam.t - right_adam.t + 1}")
    compare("G's new weights", flat(G.parameters()), flat(right_G.parameters()))
    compare("loss", received, loss)


def gradient_of_G(G: Layer, D: Layer, latents: Array, target: float) -> Array:
    """Return the gradient of G's weights for a target, as one vector."""
    G.zero_grads()
    fake, saved_fake = G.forward(latents)
    logits, saved = D.forward(fake)
    dfake = D.backward(bce_with_logits(logits, target)[1], saved)
    G.backward(dfake, saved_fake)
    return flat(G.gradients())


def flat(arrays: Mapping[str, Array]) -> Array:
    """Return a copy of all arrays as one vector."""
    return np.concatenate([array.ravel() for array in arrays.values()])


def check_7(answer: Any, rng: np.random.Generator) -> None:
    """Check the penalty R1. The program's own penalty has a second half, for drawings, which gets the same images."""
    N, C, K, gamma = 4, 5, 6, 3.0
    D = Sequential(Dense(C, K, rng, LeakyReLU(answer.SLOPE)), Dense(K, 1, rng))
    in_float64(D)
    x, (W1, b1, w2, _) = rng.standard_normal((N, C)), D.parameters().values()
    b1[...], w2 = rng.standard_normal(K), w2[:, 0]
    _, saved = D.forward(np.concatenate([x, x]))
    twice = accumulate_with_penalty(D, np.zeros((2 * N, 1)), np.ones((2 * N, 1)), saved, gamma)
    dW1, _, dw2, _ = (gradient / 2 for gradient in D.gradients().values())
    slopes = np.where(x @ W1 + b1 > 0, 1, answer.SLOPE)
    g, flat_g = (slopes * w2) @ W1.T, np.tile(w2 @ W1.T, (N, 1))
    received, received_dW1, received_dw2 = outputs(answer.r1, 3, x, W1, b1, w2, gamma)
    compare("penalty", received, twice / 2, {
        "is a sum over the images: expected the mean": twice / 2 * N,
        "is a mean over all numbers of g: expected the sum over each image's, then the mean": twice / 2 / C,
        "lacks the factor 1/2": twice,
        "contains |g|: expected |g|^2": gamma / 2 * np.sqrt((g * g).sum(1)).mean(),
        "ignores the slopes of the hidden layer: multiply w2 by 1 or SLOPE first": gamma / 2 * (flat_g[0] ** 2).sum(),
    })  # fmt: skip
    cancelled = "is twice as large: the 2 of the square cancels the 1/2 of the penalty"
    total = "is a sum over the images: expected the mean"
    compare("dW1", received_dW1, dW1, {
        cancelled: 2 * dW1,
        total: N * dW1,
        "is only g^T w2: the slopes of the hidden layer are missing": gamma / N * np.outer(g.sum(0), w2),
    })  # fmt: skip
    compare("dw2", received_dw2, dw2.ravel(), {
        cancelled: 2 * dw2.ravel(),
        total: N * dw2.ravel(),
        "lacks the slopes of the hidden layer": gamma / N * (g @ W1).sum(0),
        "has one row an image: expected the sum over the batch": gamma / N * slopes * (g @ W1),
    })  # fmt: skip
    for name, value, derivative in (("W1", W1, received_dW1), ("w2", w2, received_dw2)):
        measure(name, lambda: float(answer.r1(x, W1, b1, w2, gamma)[0]), value, derivative, rng)


CHECKS = (check_1, check_2, check_3, check_4, check_5, check_6, check_7)


def complaint(number: int, answer: Any) -> str | None:
    """Return what is wrong with an answer, a module or a class with the functions of the exercise; None if it is right.

    An error in the answer's own code is also returned.
    """
    try:
        CHECKS[number - 1](answer, np.random.default_rng(number))
    except WrongAnswer as error:
        return str(error)
    except NotImplementedError:
        return "nothing is written yet: replace `raise NotImplementedError` by your answer"
    except Exception as error:
        own = getattr(answer, "__file__", None)
        lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == own]
        where = f", in line {lines[-1].lineno}: {lines[-1].line}" if lines else ""
        return f"your code raises {type(error).__name__}: {error}{where}"
    return None


def hint(number: int, step: int) -> str:
    """Return a hint from hints.md."""
    text = (Path(__file__).parent / "hints.md").read_text("utf-8")
    section = re.split(r"^## ", text, flags=re.MULTILINE)[number]
    return " ".join(re.split(r"^\d\. ", section, flags=re.MULTILINE)[step].split())


def main(argv: Sequence[str] | None = None) -> int:
    """Run `make exercise`. Return 1 if the answer is not right."""
    parser = argparse.ArgumentParser("make exercise", description="Check an answer in docs/course.")
    parser.add_argument("number", type=int, choices=range(1, len(CHECKS) + 1), help="of the exercise")
    parser.add_argument("--hint", type=int, choices=(1, 2, 3), help="show a hint instead")
    arguments = parser.parse_args(argv)
    number = arguments.number
    if arguments.hint:
        print(hint(number, arguments.hint))
        return 0
    wrong = complaint(number, importlib.import_module(f"docs.course.exercise_{number}"))
    print(f"Exercise {number}: {wrong or 'solved. Your answer agrees with the program and with finite differences.'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
