"""The table of figures: uncertainties and rows."""

import math
from typing import Any

import numpy as np
import pytest

from gan.evaluate.measures import frechet
from gan.evaluate.table import WIDTH, Figure, write_table

Figures = dict[str, Any]
TOLD = {"fake": 1.0, "real": 0.4994}


def entry(fake: float, real: float, spread: float | None = None) -> dict[str, float]:
    pair = {"fake": fake, "real": real}
    return (
        pair
        if spread is None
        else pair | {"spread_fake": spread, "spread_real": spread / 2}
    )


def evaluated(digit: int | str, groups: int = 4, ratio: float = 1.5) -> Figures:
    """Return one evaluator's figures for a model.

    With more than two groups, they include spreads.
    """
    spread = 0.02 if groups > 2 else None
    frechet = entry(4 * ratio, 4, 0.4 if spread else None)
    results: Figures = {
        "frechet": frechet | {"ratio": ratio},
        "precision": entry(0.9, 0.91, spread),
        "recall": entry(0.85, 1, spread),
        "confident": entry(0.9, 0.9),
    }
    return results | ({} if digit == "any" else {"read_as_digit": entry(0.994, 0.996)})


def model(
    digit: int | str,
    groups: int = 4,
    ratio: float = 1.5,
    second: float = 2.5,
) -> Figures:
    """Return both evaluators' figures for a model."""
    return evaluated(digit, groups, ratio) | {
        "model": "m",
        "digit": digit,
        "groups": groups,
        "n": 1000,
        "told_apart": TOLD,
        "second": evaluated(digit, groups, second),
    }


def table(*models: Figures, **more: Any) -> list[str]:
    text = write_table({"data": "some digits", "models": list(models)} | more)
    assert max(map(len, text.splitlines())) <= WIDTH
    return text.splitlines()


# Uncertainty


@pytest.mark.parametrize("groups", [3, pytest.param(5, marks=pytest.mark.full)])
def test_error_of_the_ratio_matches_its_spread(groups: int) -> None:
    """Simulate 200 sets of features, and measure them like `real_against_real`."""
    rng = np.random.default_rng(0)
    ratios = []
    errors = []
    for _ in range(200):
        real, drawn = rng.standard_normal((2, groups, 100, 16))
        fakes = [frechet(a, b) for a, b in zip(real, drawn, strict=True)]
        reals = [frechet(a, b) for a, b in zip(real, np.roll(real, -1, 0), strict=True)]
        sides = {
            "fake": np.mean(fakes),
            "spread_fake": np.std(fakes, ddof=1),
            "real": np.mean(reals),
            "spread_real": np.std(reals, ddof=1),
        }
        result = Figure.of(sides, "fake", groups).over(Figure.of(sides, "real", groups))
        ratios.append(result.value)
        errors.append(result.error)
    message = math.sqrt(np.mean(np.square(np.array(errors, float))))
    assert message / np.std(ratios) == pytest.approx(1, abs=0.2)


# The table


WHOLE = """
                   Frechet,   precision            recall         right digit
                 times real    drawn, %  real    drawn, %   real     drawn, %  real
digit 3         1.00 ± 0.06  90.0 ± 1.0  91.0  85.0 ± 1.0  100.0         99.4  99.6
digit 8         2.00 ± 0.07  90.0 ± 1.0  91.0  85.0 ± 1.0  100.0         99.4  99.6
all digits        12,345.60        90.0  91.0        85.0  100.0
mean of digits  1.50 ± 0.04  90.0 ± 0.7  91.0  85.0 ± 0.7  100.0         99.4  99.6
worst: digit 8  2.00 ± 0.07

By the second evaluator
digit 3         5.00 ± 0.13  90.0 ± 1.0  91.0  85.0 ± 1.0  100.0         99.4  99.6
digit 8         4.00 ± 0.11  90.0 ± 1.0  91.0  85.0 ± 1.0  100.0         99.4  99.6
all digits             2.00        90.0  91.0        85.0  100.0
mean of digits  4.50 ± 0.09  90.0 ± 0.7  91.0  85.0 ± 0.7  100.0         99.4  99.6
worst: digit 3  5.00 ± 0.13

Told apart from real digits by a small network, %
                drawn  real
digit 3         100.0  49.9
digit 8         100.0  49.9
all digits       90.5  51.0
mean of digits  100.0  49.9
"""


def test_the_table_has_a_row_per_model_their_mean_and_the_worst() -> None:
    """Compare with a table worked out by hand.

    The mean of the digits 3 and 8 is 6 / 4 times real,
    ± 1.5 hypot(0.2 / sqrt(2) / 6, 0.1 / sqrt(2) / 4).
    """
    every = model("any", groups=2, ratio=12345.6, second=2)
    every["told_apart"] = {"fake": 0.905, "real": 0.51}
    models = model(3, ratio=1, second=5), model(8, ratio=2, second=4), every
    lines = table(*models, mean_of_digits={"told_apart": TOLD})
    assert lines[:22] == [*WHOLE.strip("\n").split("\n"), ""]
    assert not any(line.startswith(("mean", "worst")) for line in table(*models))
