"""Check exercises 6 to 8: an update of D, one of G, and one of G without the freeze.

As in training, the networks still have the gradients of an earlier update, and Adam has
its averages. So the checks notice if an answer does not clear the gradients.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np

from docs.course.compare import Mistakes, WrongAnswer, call, compare
from gan.plain import training
from gan.plain.training import Players
from nnet.activations import LeakyReLU, Tanh
from nnet.dense import Dense
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer, Saved
from nnet.losses import Loss, bce_with_logits, sigmoid
from nnet.optimizers import Adam
from nnet.sequential import Sequential

RATE = 0.01
BACKWARD_D = "D.backward(dlogits, saved)"
BACKWARD_G = "G.backward(dfake, saved_fake)"
SIGMOID = (
    "has a sigmoid before the loss: bce_with_logits takes the logits of D as they are"
)
LATE = "is that after the update: compute it before adam.step"


# The networks and their optimizer


class RecordedAdam(Adam):
    """An optimizer that records, at each step, its networks' gradients and freezes.

    They are recorded then because an answer may clear the gradients after the step.
    """

    def step(self, learning_rate: float) -> None:
        networks = self.networks.layers
        self.gradients = [flat(network.gradients()) for network in networks]
        self.frozen = [not network.trainable for network in networks]
        super().step(learning_rate)


def players(rng: np.random.Generator, trial: int) -> tuple[Layer, Layer]:
    """Return small networks G and D, with gradients as if left by an earlier update."""
    leaky = LeakyReLU()
    hidden = 5 + trial
    G = in_float64(Sequential(Dense(3, 6, rng, leaky), Dense(6, 4, rng, Tanh())))
    D = in_float64(Sequential(Dense(4, hidden, rng, leaky), Dense(hidden, 1, rng)))
    for gradient in [*G.gradients().values(), *D.gradients().values()]:
        gradient[...] = rng.standard_normal(gradient.shape)
    return G, D


def has_stepped(*networks: Layer) -> RecordedAdam:
    """Return an optimizer of the networks that has already made one step."""
    adam = RecordedAdam(*networks, beta1=0.5)
    adam.step(RATE)
    return adam


def flat(arrays: Mapping[str, Array]) -> Array:
    """Return a copy of all arrays as one vector."""
    return np.concatenate([array.ravel() for array in arrays.values()])


def names(network: Layer) -> list[str]:
    """Name each number in `flat(network.parameters())`, for example "0.W[1, 2]"."""
    return [
        f"{name}{[*place]}"
        for name, W in network.parameters().items()
        for place in np.ndindex(W.shape)
    ]


# Shared by the checks of both turns


def check_step(adam: RecordedAdam, remedy: str) -> None:
    """Check that the answer made one step, in which the first network was not frozen.

    `remedy` is the message if it was frozen. All networks must be unfrozen afterwards.
    """
    if adam.t != 2:
        raise WrongAnswer(f"adam.step: expected one call, received {adam.t - 1}")
    if adam.frozen[0]:
        raise WrongAnswer(remedy)
    if not all(network.trainable for network in adam.networks.layers):
        raise WrongAnswer(
            "a network is still frozen at the end: "
            "freeze only within `with D.frozen():`"
        )


def wrong_calls(player: str, right: Array, old: Array, backward: str) -> Mistakes:
    """Return the wrong gradients of G or D if `zero_grads` or `backward` is not called.

    `right` is the expected gradient, and `old` that of the earlier update.
    """
    return [
        (
            right + old,
            f"contains that of the last update: begin with {player}.zero_grads()",
        ),
        (old, f"is that of the last update: call {backward}"),
        (
            0 * right,
            f"is zero at adam.step: call {player}.zero_grads(), then {backward}, "
            f"then adam.step, all while {player} is not frozen",
        ),
    ]


def compare_weights(player: str, network: Layer, right: Layer) -> None:
    """Compare all weights of G or D after the update."""
    compare(
        f"{player}'s new weight",
        flat(network.parameters()),
        flat(right.parameters()),
        names=names(network),
    )


def gradient_of(
    network: Layer,
    chain: Layer,
    x: Array,
    targets: Array | float,
    loss_of: Loss = bce_with_logits,
) -> Array:
    """Return the gradient of a network that is part of a chain, as one vector."""
    network, chain = copy.deepcopy((network, chain))
    network.zero_grads()
    logits, saved = chain.forward(x)
    _, dlogits = loss_of(logits, targets)
    chain.backward(dlogits, saved)
    return flat(network.gradients())


def loss_of_sigmoid(logits: Array, targets: Array | float) -> tuple[float, Array]:
    """Compute the loss with a frequent mistake: a sigmoid before it."""
    return bce_with_logits(sigmoid(logits), targets)


# Exercise 6


def check_judges_turn(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check one update of D."""
    _, D = players(rng, trial)
    adam = has_stepped(D)
    rate = RATE / (1 + trial)
    real, fake = rng.standard_normal((2, 8 + trial, 4))
    old_D = copy.deepcopy(D)
    right_D, right_adam = copy.deepcopy((D, adam))
    right = Players(right_D, right_D, right_adam, right_adam)
    right_loss, _ = training.update_discriminator(right, real, fake, rate)

    loss = call(answer.update_discriminator, D, adam, real, fake, rate)
    check_step(
        adam, "D is frozen, so it does not learn: in its own turn, nothing is frozen"
    )
    gradient = right_adam.gradients[0]
    mistakes = [
        *wrong_calls("D", gradient, flat(old_D.gradients()), BACKWARD_D),
        *wrong_gradients_of_D(gradient, old_D, real, fake),
    ]
    compare("D's gradient", adam.gradients[0], gradient, mistakes, names(D))
    compare_weights("D", D, right_D)
    images = np.concatenate([real, fake])
    targets = np.repeat([1.0, 0.0], len(real))[:, None]
    late_loss, _ = bce_with_logits(right_D.forward(images)[0], targets)
    twice = "is the sum of two means: expected the mean over all 2N logits"
    compare("loss", loss, right_loss, [(2 * right_loss, twice), (late_loss, LATE)])


def wrong_gradients_of_D(right: Array, D: Layer, real: Array, fake: Array) -> Mistakes:
    """Return D's gradients after frequent mistakes in targets, loss or batches."""
    images = np.concatenate([real, fake])

    def with_targets(of_real: float, of_fake: float, **loss_of: Any) -> Array:
        targets = np.repeat([of_real, of_fake], len(real))[:, None]
        return gradient_of(D, D, images, targets, **loss_of)

    of_real = gradient_of(D, D, real, 1.0)
    of_fake = gradient_of(D, D, fake, 0.0)
    return [
        (
            with_targets(0, 1),
            "belongs to exchanged targets: "
            "expected 1 for real images and 0 for drawings",
        ),
        (
            with_targets(1, 1),
            "belongs to target 1 for all: expected 0 for drawings",
        ),
        (
            with_targets(0, 0),
            "belongs to target 0 for all: expected 1 for real images",
        ),
        (with_targets(1, 0, loss_of=loss_of_sigmoid), SIGMOID),
        (of_real, "has no part of the drawings: D must rate both"),
        (of_fake, "has no part of the real images: D must rate both"),
        (
            of_fake / 2,
            "has only the part of the drawings: "
            "call D.zero_grads() once, before both parts",
        ),
        (
            2 * right,
            "is twice as large: "
            "expected the mean over all 2N logits, received the sum of two means",
        ),
    ]


# Exercises 7 and 8


def check_artists_turn(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check one update of G through a frozen D."""
    check_update_of_G(answer, rng, trial, freeze=True)


def check_without_the_line(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check both predictions, and one update of G without the line that freezes D."""
    for name in ("PREDICTED_AFTER_100", "PREDICTED_AFTER_1000"):
        check_prediction(name, getattr(answer, name, None))
    check_update_of_G(answer, rng, trial, freeze=False)


def check_prediction(name: str, predicted: Any) -> None:
    """Check that a prediction is a number from 0 to 100."""
    is_number = isinstance(predicted, float | int | np.number)
    if not is_number or isinstance(predicted, bool) or not 0 <= predicted <= 100:
        raise WrongAnswer(
            f"{name}: expected your prediction, a number from 0 to 100, "
            f"received {predicted!r}"
        )


def check_update_of_G(
    answer: Any, rng: np.random.Generator, trial: int, freeze: bool
) -> None:
    """Compare one update of G with the program's, with or without freezing D."""
    G, D = players(rng, trial)
    adam = has_stepped(G, D)
    latents = rng.standard_normal((8 + trial, 3))
    rate = RATE / (1 + trial)
    old_G, old_D = copy.deepcopy((G, D))
    right_G, right_D, right_adam = copy.deepcopy((G, D, adam))
    right = Players(right_G, right_D, right_adam, right_adam)
    fake, saved_fake = right_G.forward(latents)
    right_loss = training.update_generator(right, fake, saved_fake, rate, freeze=freeze)

    with recorded(D) as from_D, recorded(G) as to_G:
        loss = call(answer.update_generator, G, D, adam, latents, rate)
    frozen = "D alone" if freeze else "nothing"
    check_step(adam, f"G is frozen, so it does not learn: freeze {frozen}")
    if not freeze and adam.frozen[1]:
        raise WrongAnswer(
            "D is still frozen: delete `with D.frozen():`, "
            "and move its block to the left"
        )
    if freeze and not np.array_equal(flat(D.parameters()), flat(old_D.parameters())):
        raise WrongAnswer(
            "D was not frozen at adam.step: its weights moved. "
            "Call it inside `with D.frozen():`"
        )
    gradient_G, gradient_D = right_adam.gradients
    mistakes = [
        *wrong_calls("G", gradient_G, flat(old_G.gradients()), BACKWARD_G),
        *wrong_gradients_of_G(old_G, old_D, latents),
    ]
    if past := went_past_D(from_D, to_G):
        mistakes.append((adam.gradients[0], past))
    compare("G's gradient", adam.gradients[0], gradient_G, mistakes, names(G))
    if not freeze:
        wrong = wrong_calls("D", gradient_D, flat(old_D.gradients()), "D.backward")
        compare("D's gradient", adam.gradients[1], gradient_D, wrong, names(D))
    compare_weights("G", G, right_G)
    compare_weights("D", D, right_D)
    late_loss, _ = bce_with_logits(
        Sequential(right_G, right_D).forward(latents)[0], 1.0
    )
    compare("loss", loss, right_loss, [(late_loss, LATE)])


@contextmanager
def recorded(network: Layer) -> Iterator[list[tuple[Array, Any]]]:
    """Record what `backward` of a network receives and returns, within the block."""
    calls = list[tuple[Array, Any]]()
    backward = network.backward

    def record(dy: Array, saved: Saved, *, need_dx: bool = True) -> Any:
        received = np.array(dy)
        dx = backward(dy, saved, need_dx=need_dx)
        calls.append((received, None if dx is None else dx.copy()))
        return dx

    with patch.object(network, "backward", record):
        yield calls


def went_past_D(
    from_D: list[tuple[Array, Any]], to_G: list[tuple[Array, Any]]
) -> str | None:
    """Say whether G.backward received something that D.backward had not returned."""
    if not to_G:
        return None
    if not from_D:
        return (
            "did not go through D: call dfake = D.backward(dlogits, saved), then "
            "G.backward(dfake, saved_fake)"
        )
    if any(np.array_equal(dy, dx) for dy, _ in to_G for _, dx in from_D):
        return None
    return (
        "is wrong, because G.backward received something else than D.backward "
        "returned: expected G.backward(dfake, saved_fake)"
    )


def wrong_gradients_of_G(G: Layer, D: Layer, latents: Array) -> Mistakes:
    """Return G's gradients after frequent mistakes in its target or loss."""
    chain = Sequential(G, D)
    to_fake = gradient_of(G, chain, latents, 0.0)
    return [
        (
            to_fake,
            "belongs to target 0, so G learns to be called fake: expected target 1",
        ),
        (
            -to_fake,
            "belongs to the loss log(1 - D): expected -log D, whose target is 1",
        ),
        (gradient_of(G, chain, latents, 1.0, loss_of_sigmoid), SIGMOID),
    ]
