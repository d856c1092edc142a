"""static/js/agreement.js, called in a real browser: a right derivative is called right, a wrong one wrong."""

from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]


def check(error: float, name: str = "W") -> dict[str, Any]:
    return {"name": name, "analytic": 1.5, "numeric": 1.5 + error, "error": error}


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        ([3e-10, 1e-12], "The largest error is 3.0e-10: the derivative is right."),
        ([0.0], "The largest error is 0: the derivative is right."),
        ([1e-12, 1e-5], "The largest error is 1.0e-5: the derivative is wrong."),
        ([1.0], "The largest error is 1.0e+0: the derivative is wrong."),
    ],
)
def test_the_verdict_is_that_of_the_worst(call: Call, errors: list[float], sentence: str) -> None:
    assert call("agreement", "verdict", [check(error) for error in errors]) == sentence


def test_both_slopes_stand_side_by_side(call: Call) -> None:
    assert call("agreement", "cells", check(0.25)) == ["weights W", "1.500000000", "1.750000000"]
    assert call("agreement", "cells", check(0, "x"))[0] == "input x"
