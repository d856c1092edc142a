"""Check the turns of exercises 6, 7 and 8: one update of D, one of G, and one of G without the line that freezes D.

All networks still have the gradients of an earlier update, and Adam its averages.
"""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from docs.course.compare import WrongAnswer, close, compare, outputs
from gan.plain import training
from gan.plain.training import Players
from nnet.activations import LeakyReLU, Tanh
from nnet.dense import Dense
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer
from nnet.losses import bce_with_logits
from nnet.optimizers import Adam
from nnet.sequential import Sequential

RATE = 0.01
LAST = "contains that of the last update: begin with {}.zero_grads()"
NO_CALL = "is that of the last update: call {}"
ZERO = "is zero: call {}"


def players(rng: np.random.Generator, trial: int) -> tuple[Layer, Layer]:
    """Return G and D with the gradients of an earlier update."""
    leaky, hidden = LeakyReLU(), 5 + trial
    G = in_float64(Sequential(Dense(3, 6, rng, leaky), Dense(6, 4, rng, Tanh())))
    D = in_float64(Sequential(Dense(4, hidden, rng, leaky), Dense(hidden, 1, rng)))
    for gradient in [*G.gradients().values(), *D.gradients().values()]:
        gradient[...] = rng.standard_normal(gradient.shape)
    return G, D


def has_stepped(*networks: Layer) -> Adam:
    """Return an optimizer after one step."""
    adam = Adam(*networks, beta1=0.5)
    adam.step(RATE)
    return adam


def flat(arrays: Mapping[str, Array]) -> Array:
    """Return a copy of all arrays as one vector."""
    return np.concatenate([array.ravel() for array in arrays.values()])


def check_one_step(adam: Adam) -> None:
    """Raise WrongAnswer unless the optimizer has made one step since `has_stepped`."""
    if adam.t != 2:
        raise WrongAnswer(f"adam.step: expected one call, received {adam.t - 1}")


def check_update_of_G(answer: Any, rng: np.random.Generator, trial: int, freeze: bool) -> None:
    """Compare one update of G with that of gan/plain/training.py, with or without the line that freezes D."""
    G, D = players(rng, trial)
    adam, latents = has_stepped(G, D), rng.standard_normal((8 + trial, 3))
    old_G, old_D = copy.deepcopy((G, D))
    right_G, right_D, right_adam = copy.deepcopy((G, D, adam))
    right = Players(right_G, right_D, right_adam, right_adam)
    loss = training.update_generator(right, *right_G.forward(latents), RATE, freeze=freeze)
    (received,) = outputs(answer.update_generator, 1, G, D, adam, latents, RATE)
    if not D.trainable:
        raise WrongAnswer("D is still frozen at the end: use `with D.frozen():`, which ends by itself")
    (check_frozen if freeze else check_not_frozen)(D, old_D, right_D)
    gradient, old = flat(right_G.gradients()), flat(old_G.gradients())
    to_fake = gradient_of_G(copy.deepcopy(old_G), copy.deepcopy(old_D), latents, 0.0)
    call = "G.backward(dfake, saved_fake)"
    compare("G's gradient", flat(G.gradients()), gradient, {
        LAST.format("G"): gradient + old,
        NO_CALL.format(call): old,
        ZERO.format(call): 0 * gradient,
        "belongs to target 0, so G learns to be called fake: expected target 1": to_fake,
        "belongs to the loss log(1 - D), which is flat in the logit where D is sure: expected -log D": -to_fake,
    })  # fmt: skip
    check_one_step(adam)
    compare("G's new weights", flat(G.parameters()), flat(right_G.parameters()))
    compare("D's new weights", flat(D.parameters()), flat(right_D.parameters()))
    compare("loss", received, loss)


def check_frozen(D: Layer, old: Layer, _: Layer) -> None:
    """Raise WrongAnswer unless D kept its weights and gained no gradient. The answer may have cleared its gradients."""
    received = flat(D.gradients())
    if received.any() and not close(received, flat(old.gradients())):
        raise WrongAnswer("D was not frozen: its gradients changed. Call D.backward inside `with D.frozen():`")
    if not close(flat(D.parameters()), flat(old.parameters())):
        raise WrongAnswer("D was not frozen: its weights moved. Call adam.step inside `with D.frozen():`, too")


def check_not_frozen(D: Layer, old: Layer, right: Layer) -> None:
    """Raise WrongAnswer unless D received its gradient and moved."""
    if close(flat(D.parameters()), flat(old.parameters())):
        raise WrongAnswer("D is still frozen: delete `with D.frozen():`, and move its block to the left")
    gradient, before = flat(right.gradients()), flat(old.gradients())
    compare("D's gradient", flat(D.gradients()), gradient, {
        LAST.format("D"): gradient + before,
        NO_CALL.format("D.backward"): before,
        "is zero: D.backward is still in a block `with D.frozen():`": 0 * gradient,
    })  # fmt: skip


def check_artists_turn(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check one update of G through a frozen D."""
    check_update_of_G(answer, rng, trial, freeze=True)


def gradient_of_G(G: Layer, D: Layer, latents: Array, target: float) -> Array:
    """Return the gradient of G's weights for a target, as one vector."""
    G.zero_grads()
    fake, saved_fake = G.forward(latents)
    logits, saved = D.forward(fake)
    dfake = D.backward(bce_with_logits(logits, target)[1], saved)
    assert dfake is not None
    G.backward(dfake, saved_fake)
    return flat(G.gradients())


def check_judges_turn(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check one update of D."""
    _, D = players(rng, trial)
    adam = has_stepped(D)
    real, fake = rng.standard_normal((2, 8 + trial, 4))
    old, (right_D, right_adam) = copy.deepcopy(D), copy.deepcopy((D, adam))
    loss, _ = training.update_discriminator(Players(right_D, right_D, right_adam, right_adam), real, fake, RATE)
    (received,) = outputs(answer.update_discriminator, 1, D, adam, real, fake, RATE)
    right, before, call = flat(right_D.gradients()), flat(old.gradients()), "D.backward(dlogits, saved)"
    of_real, of_fake = (gradient_of_D(old, x, target) for x, target in ((real, 1.0), (fake, 0.0)))
    compare("D's gradient", flat(D.gradients()), right, {
        LAST.format("D"): right + before,
        NO_CALL.format(call): before,
        ZERO.format(call): 0 * right,
        "belongs to exchanged targets: expected 1 for real images and 0 for drawings":
            sum(gradient_of_D(old, x, target) for x, target in ((real, 0.0), (fake, 1.0))) / 2,
        "has no part of the drawings: D must rate both": of_real,
        "has no part of the real images: D must rate both": of_fake,
        "is twice as large: expected the mean over all 2N logits, received the sum of two means": 2 * right,
    })  # fmt: skip
    check_one_step(adam)
    compare("D's new weights", flat(D.parameters()), flat(right_D.parameters()))
    compare("loss", received, loss, {"is the sum of two means: expected the mean over all 2N logits": 2 * loss})


def gradient_of_D(D: Layer, x: Array, target: float) -> Array:
    """Return the gradient of D's weights for images with one target, as one vector."""
    D = copy.deepcopy(D)
    D.zero_grads()
    logits, saved = D.forward(x)
    D.backward(bce_with_logits(logits, target)[1], saved)
    return flat(D.gradients())


def check_without_the_line(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check that both predictions are written, and then one update of G without the line that freezes D."""
    for name in ("PREDICTED_AFTER_100", "PREDICTED_AFTER_1000"):
        predicted = getattr(answer, name, None)
        if not isinstance(predicted, int | float) or not 0 <= predicted <= 100:
            raise WrongAnswer(f"{name}: expected your prediction, a number from 0 to 100, received {predicted!r}")
    check_update_of_G(answer, rng, trial, freeze=False)
