"""gan/runs/judge_ratings.py: ratings are compared within one class."""

import numpy as np

from gan.runs.judge_ratings import scale


def test_the_scale_has_its_zero_at_the_median_real_digit_of_the_class() -> None:
    digits = np.array([3, 3, 3, 8, 8, 8])
    verdicts = (
        np.array([1.0, 2, np.nan, 50, 60, -np.inf]),
        np.array([0.0, 1, 5, 40, 50.004, 70]),
    )
    assert scale(verdicts, digits) == {
        "drawn": [0.0, 1.0, None, 0.0, 10.0, None],
        "real": [-1.0, 0.0, 4.0, -10.0, 0.0, 20.0],
    }
    assert scale(verdicts, None)["real"] == [-22.5, -21.5, -17.5, 17.5, 27.5, 47.5]
