"""Check the turns of exercises 6, 7 and 8: one update of D, one of G, and one of G
without the line that freezes D.

All networks still have the gradients of an earlier update, and Adam its averages.
"""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from docs.course.compare import WrongAnswer, compare, outputs
from gan.plain import training
from gan.plain.training import Players
from nnet.activations import LeakyReLU, Tanh
from nnet.dense import Dense
from nnet.gradcheck import in_float64
from nnet.layer import Array, Layer
from nnet.losses import Loss, bce_with_logits, sigmoid
from nnet.optimizers import Adam
from nnet.sequential import Sequential

RATE = 0.01
LAST = "contains that of the last update: begin with {}.zero_grads()"
NO_CALL = "is that of the last update: call {}"
ZERO = "is zero at adam.step: call {0}.zero_grads(), then {1}, then adam.step, all while {0} is not frozen"
SIGMOID = (
    "has a sigmoid before the loss: bce_with_logits takes the logits of D as they are"
)


class RecordedAdam(Adam):
    """An optimizer that records the gradients at a step, which an answer may clear
    later, and what is frozen.
    """

    def step(self, learning_rate: float) -> None:
        self.gradients = [flat(network.gradients()) for network in self.networks.layers]
        self.frozen = [not network.trainable for network in self.networks.layers]
        super().step(learning_rate)


def players(rng: np.random.Generator, trial: int) -> tuple[Layer, Layer]:
    """Return G and D with the gradients of an earlier update."""
    leaky = LeakyReLU()
    hidden = 5 + trial
    G = in_float64(Sequential(Dense(3, 6, rng, leaky), Dense(6, 4, rng, Tanh())))
    D = in_float64(Sequential(Dense(4, hidden, rng, leaky), Dense(hidden, 1, rng)))
    for gradient in [*G.gradients().values(), *D.gradients().values()]:
        gradient[...] = rng.standard_normal(gradient.shape)
    return G, D


def has_stepped(*networks: Layer) -> RecordedAdam:
    """Return an optimizer after one step."""
    adam = RecordedAdam(*networks, beta1=0.5)
    adam.step(RATE)
    return adam


def flat(arrays: Mapping[str, Array]) -> Array:
    """Return a copy of all arrays as one vector."""
    return np.concatenate([array.ravel() for array in arrays.values()])


def names(network: Layer) -> list[str]:
    """Return the names of the numbers in `flat(network.parameters())`, such as "0.W[1,
    2]".
    """
    shapes = {name: W.shape for name, W in network.parameters().items()}
    return [
        f"{name}{[*place]}"
        for name, shape in shapes.items()
        for place in np.ndindex(shape)
    ]


def gradient_of(
    net: Layer,
    whole: Layer,
    x: Array,
    target: Array | float,
    loss_of: Loss = bce_with_logits,
) -> Array:
    """Return the gradient of a network's weights as one vector, after a backward pass
    through the whole chain.
    """
    net, whole = copy.deepcopy((net, whole))
    net.zero_grads()
    logits, saved = whole.forward(x)
    whole.backward(loss_of(logits, target)[1], saved)
    return flat(net.gradients())


def of_sigmoid(logits: Array, target: Array | float) -> tuple[float, Array]:
    """Return the loss and its gradient with the mistake of a sigmoid before the loss."""
    return bce_with_logits(sigmoid(logits), target)


def check_step(adam: RecordedAdam, remedy: str) -> None:
    """Raise WrongAnswer unless the optimizer has made one step since `has_stepped`,
    with its first network.
    """
    if adam.t != 2:
        raise WrongAnswer(f"adam.step: expected one call, received {adam.t - 1}")
    if adam.frozen[0]:
        raise WrongAnswer(remedy)
    if not all(network.trainable for network in adam.networks.layers):
        raise WrongAnswer(
            "a network is still frozen at the end: freeze only within `with D.frozen():`"
        )


def check_update_of_G(
    answer: Any, rng: np.random.Generator, trial: int, freeze: bool
) -> None:
    """Compare one update of G with that of gan/plain/training.py, with or without the
    line that freezes D.
    """
    G, D = players(rng, trial)
    adam = has_stepped(G, D)
    latents = rng.standard_normal((8 + trial, 3))
    rate = RATE / (1 + trial)
    old_G, old_D = copy.deepcopy((G, D))
    right_G, right_D, right_adam = copy.deepcopy((G, D, adam))
    right = Players(right_G, right_D, right_adam, right_adam)
    loss = training.update_generator(
        right, *right_G.forward(latents), rate, freeze=freeze
    )
    (received,) = outputs(answer.update_generator, 1, G, D, adam, latents, rate)
    check_step(
        adam,
        f"G is frozen, so it does not learn: freeze {'D alone' if freeze else 'nothing'}",
    )
    if not freeze and adam.frozen[1]:
        raise WrongAnswer(
            "D is still frozen: delete `with D.frozen():`, and move its block to the left"
        )
    if freeze and not np.array_equal(flat(D.parameters()), flat(old_D.parameters())):
        raise WrongAnswer(
            "D was not frozen at adam.step: its weights moved. Call it inside `with D.frozen():`"
        )
    gradient = right_adam.gradients[0]
    old = flat(old_G.gradients())
    chain = Sequential(old_G, old_D)
    to_fake = gradient_of(old_G, chain, latents, 0.0)
    call = "G.backward(dfake, saved_fake)"
    compare(
        "G's gradient",
        adam.gradients[0],
        gradient,
        {
            LAST.format("G"): gradient + old,
            NO_CALL.format(call): old,
            ZERO.format("G", call): 0 * gradient,
            "belongs to target 0, so G learns to be called fake: expected target 1": to_fake,
            "belongs to the loss log(1 - D): expected -log D, whose target is 1": -to_fake,
            SIGMOID: gradient_of(old_G, chain, latents, 1.0, of_sigmoid),
        },
        names(G),
    )
    if not freeze:
        gradient = right_adam.gradients[1]
        old = flat(old_D.gradients())
        compare(
            "D's gradient",
            adam.gradients[1],
            gradient,
            {
                LAST.format("D"): gradient + old,
                NO_CALL.format("D.backward"): old,
                ZERO.format("D", "D.backward"): 0 * gradient,
            },
            names(D),
        )
    compare(
        "G's new weight",
        flat(G.parameters()),
        flat(right_G.parameters()),
        names=names(G),
    )
    compare(
        "D's new weight",
        flat(D.parameters()),
        flat(right_D.parameters()),
        names=names(D),
    )
    compare("loss", received, loss)


def check_judges_turn(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check one update of D."""
    _, D = players(rng, trial)
    adam = has_stepped(D)
    rate = RATE / (1 + trial)
    real, fake = rng.standard_normal((2, 8 + trial, 4))
    old = copy.deepcopy(D)
    (right_D, right_adam) = copy.deepcopy((D, adam))
    loss, _ = training.update_discriminator(
        Players(right_D, right_D, right_adam, right_adam), real, fake, rate
    )
    (received,) = outputs(answer.update_discriminator, 1, D, adam, real, fake, rate)
    check_step(
        adam, "D is frozen, so it does not learn: in its own turn, nothing is frozen"
    )
    right = right_adam.gradients[0]
    before = flat(old.gradients())
    call = "D.backward(dlogits, saved)"

    def of(
        real_target: float, fake_target: float, loss_of: Loss = bce_with_logits
    ) -> Array:
        targets = np.repeat([real_target, fake_target], len(real))[:, None]
        return gradient_of(old, old, np.concatenate([real, fake]), targets, loss_of)

    of_real = gradient_of(old, old, real, 1.0)
    of_fake = gradient_of(old, old, fake, 0.0)
    compare(
        "D's gradient",
        adam.gradients[0],
        right,
        {
            LAST.format("D"): right + before,
            NO_CALL.format(call): before,
            ZERO.format("D", call): 0 * right,
            "belongs to exchanged targets: expected 1 for real images and 0 for drawings": of(
                0, 1
            ),
            "belongs to target 1 for all: expected 0 for drawings": of(1, 1),
            "belongs to target 0 for all: expected 1 for real images": of(0, 0),
            SIGMOID: of(1, 0, of_sigmoid),
            "has no part of the drawings: D must rate both": of_real,
            "has no part of the real images: D must rate both": of_fake,
            "has only the part of the drawings: call D.zero_grads() once, before both parts": of_fake
            / 2,
            "is twice as large: expected the mean over all 2N logits, received the sum of two means": 2
            * right,
        },
        names(D),
    )
    compare(
        "D's new weight",
        flat(D.parameters()),
        flat(right_D.parameters()),
        names=names(D),
    )
    compare(
        "loss",
        received,
        loss,
        {"is the sum of two means: expected the mean over all 2N logits": 2 * loss},
    )


def check_artists_turn(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check one update of G through a frozen D."""
    check_update_of_G(answer, rng, trial, freeze=True)


def check_without_the_line(answer: Any, rng: np.random.Generator, trial: int) -> None:
    """Check that both predictions are written, and then one update of G without the
    line that freezes D.
    """
    for name in ("PREDICTED_AFTER_100", "PREDICTED_AFTER_1000"):
        predicted: Any = getattr(answer, name, None)
        is_number = isinstance(predicted, float | int | np.number) and not isinstance(
            predicted, bool
        )
        if not is_number or not 0 <= predicted <= 100:
            raise WrongAnswer(
                f"{name}: expected your prediction, a number from 0 to 100, received {predicted!r}"
            )
    check_update_of_G(answer, rng, trial, freeze=False)
