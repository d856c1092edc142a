"""From steady to human: how a character departs from its handwriting's height, foot, lean, stroke and gap.

How much was measured on MNIST's 30,000 odd-indexed training images, which come in writer order, after each digit's
median was taken off (docs/notebook.md). 55 % of the variance of lean lies between writers. What is
left within one is 0.16 pixels a pixel; human = 1 has 0.15. It has three parts:

    own     the writer's 7 leans more than his 3, always: three tenths
    drift   what the next character takes over: about a seventh
    jitter  the rest, new for every character

Ink varies within a writer by 18 %. But MNIST scaled every digit to one height, so one that was written smaller came
out thicker: a person's height varies, too, and the pen less than that. Height and weight together make 12 %; what the
drawings' own pressure adds was not measured. How they are divided, and foot and gap, which cannot be measured where
every digit is centred, is chosen by eye: a line whose weight alone varied by 15 % looked as if written with several
pens. At human = 0 all are those of somebody who evens out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Columns: height (of 1), lift (units), lean (units to the right for each upwards), weight (of 1), gap (units).
STEADY = np.array([0.02, 0.25, 0.032, 0.04, 0.3])
HUMAN = np.array([0.1, 0.7, 0.15, 0.07, 1.1])
OWN = np.array([0.3, 0.0, 0.3, 0.0, 0.0])  # share of the variance
DRIFT = np.array([0.15, 0.5, 0.15, 0.5, 0.0])  # the hand slides along the line, and presses harder for a while
KEPT = 0.8  # of the drift, from one character to the next
MOST = 2.0  # spreads: nobody is farther off
GUIDED = 0.5  # times the lift on lined or squared paper


@dataclass(frozen=True)
class Habit:
    """How one character departs from what is usual in its line."""

    height: float  # factor
    lift: float  # units above the baseline
    lean: float  # units to the right for each upwards
    weight: float  # factor, of the stroke
    gap: float  # units more than usual before it


def habits(line: str, *, seed: int, number: int, human: float, guided: bool = False) -> list[Habit]:
    """The habit of every character of a line.

    One depends on the seed, the line's number, its place, its character and those before: a further one changes none.

    Parameters
    ----------
    line
        Its characters.
    seed, number
        Of the handwriting; of the line on its page, from 0.
    human
        0 (steady) to 1.
    guided
        Whether the paper shows where the baseline is.
    """
    fresh, jitter = np.random.default_rng([seed, number]).standard_normal((len(line), 2, len(STEADY))).swapaxes(0, 1)
    drift = fresh.copy()  # (n, 5); the first is that of a hand that came from elsewhere: variance 1 from the start
    for i in range(1, len(line)):
        drift[i] = KEPT * drift[i - 1] + np.sqrt(1 - KEPT**2) * fresh[i]
    always = {one: np.random.default_rng([seed, ord(one), 1]).standard_normal(len(STEADY)) for one in set(line)}
    own = np.array([always[one] for one in line]).reshape(-1, len(STEADY))
    z = np.sqrt(OWN) * own + np.sqrt(DRIFT) * drift + np.sqrt(1 - OWN - DRIFT) * jitter
    spread = (STEADY + (HUMAN - STEADY) * human) * np.array([1, GUIDED if guided else 1, 1, 1, 1])
    found = spread * np.clip(z, -MOST, MOST)
    return [Habit(1 + height, lift, lean, 1 + weight, gap) for height, lift, lean, weight, gap in found.tolist()]
