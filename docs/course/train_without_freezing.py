"""Exercise 8: train the plain GAN with the line that freezes D, and without it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from docs.course.train_with_answers import play, recognized
from gan.plain import training
from gan.plain.models import build_discriminator, build_generator
from gan.plain.one_digit import BETA1, CHANNELS, LATENT, LEARNING_RATE
from gan.plain.training import Players
from nnet.layer import Array
from nnet.optimizers import Adam

MARKS = (100, 1000)
DRAWN = 100


def measure(answer: Any, marks: Sequence[int], seed: int = 0) -> list[int]:
    """Return how many of 100 drawings are recognized after each number of iterations.

    G's updates are those of `answer`, or the program's, which freeze D, if it is None.
    """
    rng = np.random.default_rng(seed)
    G, D = build_generator(LATENT, CHANNELS, rng), build_discriminator(1, CHANNELS, rng)
    players = Players(
        G,
        D,
        adversarial_adam=Adam(G, D, beta1=BETA1),
        discriminator_adam=Adam(D, beta1=BETA1),
    )
    found = list[int]()
    shown = np.random.default_rng(1).standard_normal((DRAWN, LATENT), np.float32)

    def judges_turn(real: Array, latents: Array) -> None:
        training.update_discriminator(
            players, real, G.forward(latents)[0], LEARNING_RATE
        )

    def artists_turn(latents: Array) -> None:
        if answer is None:
            training.update_generator(players, *G.forward(latents), LEARNING_RATE)
        else:
            answer.update_generator(
                G, D, players.adversarial_adam, latents, LEARNING_RATE
            )

    def each(iteration: int) -> None:
        if iteration % 100 == 0:
            print(".", end="", flush=True)
        if iteration in marks:
            found.append(recognized(G, shown)[1])

    play(max(marks), rng, judges_turn, artists_turn, each)
    return found


def run(answer: Any, marks: Sequence[int] = MARKS, seed: int = 0) -> None:
    """Train with and without the line, and print the results beside the prediction."""
    print("Training twice, which takes a minute or two ", end="", flush=True)
    with_line = measure(None, marks, seed)
    without = measure(answer, marks, seed)
    predicted = answer.PREDICTED_AFTER_100, answer.PREDICTED_AFTER_1000
    print(
        f"\nRecognized of {DRAWN} drawings   your prediction   "
        "without the line   with it"
    )
    for row in zip(marks, predicted, without, with_line, strict=True):
        print("after {:5} iterations {:>22} {:>18} {:>9}".format(*row))
    print(
        f"Your prediction, if your teacher collects it: {predicted[0]}, {predicted[1]}"
    )
    print(
        "Without the line it depends on the seed. "
        "With two turns of the artist nothing would be recognized."
    )
