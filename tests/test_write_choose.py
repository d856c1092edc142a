"""Which drawing is taken: every rule is broken once on purpose, and real digits mostly break none."""

from collections.abc import Sequence

import numpy as np
import pytest

from gan.data import load
from gan.write import choose as module
from gan.write.choose import RULES, Choice, broken_rules, oddness, ranked
from gan.write.shape import Picture, likeness

SAMPLE = load()


def choose(candidates: Picture, digit: int, earlier: Sequence[Picture] = ()) -> Choice:
    return ranked(candidates, digit, earlier)[0]


def real(digit: int, n: int = 100) -> Picture:
    return SAMPLE.images[SAMPLE.labels == digit][:n]


def good(digit: int) -> Picture:
    """A real digit that breaks no rule."""
    return next(picture for picture in real(digit) if not broken_rules(picture, digit))


@pytest.mark.parametrize("digit", range(10))
def test_real_digits_often_pass(digit: int) -> None:
    passed = sum(not broken_rules(picture, digit) for picture in real(digit))
    assert 25 < passed < 100  # MNIST holds poor digits, too


def spoiled(rule: str) -> Picture:
    """A good 3 (or what stands in for one), changed so that it breaks one rule."""
    three = good(3).copy()
    if rule == "pieces":
        three[2:5, 1:5] = 255
    elif rule == "loops":
        return good(0)
    elif rule == "flat":
        three[:12] = 0
    elif rule == "ink":
        three[7:20, 5:23] = 255
    elif rule == "border":
        three[:10, 14:16] = 255
    elif rule == "blot":
        three[5:15, 8:18] = 255
    elif rule == "blur":
        three = np.where(three > 60, 140, three).astype(np.uint8)
    return three


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_can_be_broken(rule: str) -> None:
    earlier = [good(3)] if rule == "repeat" else []
    assert rule in broken_rules(spoiled(rule), 3, earlier)
    assert broken_rules(good(3), 3) == ()


def test_a_blank_picture_is_taken_last() -> None:
    blank = np.zeros((28, 28), dtype=np.uint8)
    worst = np.full((28, 28), 255, dtype=np.uint8)
    assert choose(np.stack([blank, worst]), 3).index == 1
    assert "blank" in choose(blank[None], 3).broken


def test_the_good_one_is_found_wherever_it_lies() -> None:
    poor = [spoiled(rule) for rule in ("pieces", "flat", "ink", "border", "blur")]
    for place in range(len(poor) + 1):
        candidates = np.stack([*poor[:place], good(3), *poor[place:]])
        choice = choose(candidates, 3)
        assert (choice.index, choice.broken) == (place, ())
        np.testing.assert_array_equal(choice.picture, good(3))


def test_of_good_ones_the_least_odd_is_taken_and_the_first_of_equals() -> None:
    fine = np.stack([picture for picture in real(5) if not broken_rules(picture, 5)][:8])
    oddest_first = fine[np.argsort([-oddness(picture, 5) for picture in fine])]
    assert choose(oddest_first, 5).index == len(fine) - 1
    assert choose(np.stack([fine[0], fine[0]]), 5).index == 0


def test_a_copy_is_avoided() -> None:
    fine = np.stack([picture for picture in real(5) if not broken_rules(picture, 5)][:8])
    first = choose(fine, 5)
    second = choose(fine, 5, [first.picture])
    assert second.index != first.index
    assert likeness(first.picture, second.picture) <= module.MOST_ALIKE
