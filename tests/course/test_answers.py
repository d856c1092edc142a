"""Whole answers, written in many ways: right ones pass, and wrong ones do not."""

from types import ModuleType

import pytest

from docs.course.check import complaint
from tests.course.right_answers import RIGHT
from tests.course.wrong_answers import WRONG

HEAD = "import numpy as np\nfrom nnet.losses import bce_with_logits\n"


def judged(number: int, source: str) -> str | None:
    answer = ModuleType("answer")
    exec(HEAD + source, answer.__dict__)
    return complaint(number, answer)


@pytest.mark.parametrize("number", RIGHT)
def test_right_answers_pass(number: int) -> None:
    assert [judged(number, source) for source in RIGHT[number]] == [None] * len(
        RIGHT[number]
    )


@pytest.mark.parametrize("number", RIGHT)
def test_wrong_answers_do_not(number: int) -> None:
    for exercise, index, right, wrong in WRONG:
        if exercise == number:
            source = RIGHT[number][index]
            assert source.count(right) == 1, right
            assert judged(number, source.replace(right, wrong)), wrong
