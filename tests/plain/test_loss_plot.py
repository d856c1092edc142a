"""The plot of the losses: where its lines are, and the scale of its axis."""

import numpy as np
import pytest

from gan.plain.loss_plot import ABOVE, BELOW, COLOURS, HEIGHT, LEFT, RIGHT, WIDTH, plot, step_above


@pytest.mark.parametrize(
    ("least", "step"), [(0.3, 0.5), (1.0, 1), (1.01, 2), (2.1, 2.5), (2.6, 5), (5.1, 10), (17, 20), (0.0021, 0.0025)]
)
def test_the_axis_has_round_numbers(least: float, step: float) -> None:
    assert step_above(least) == pytest.approx(step)


@pytest.mark.parametrize("count", [2, 1000])
def test_each_loss_is_a_line_at_its_height(count: int) -> None:
    picture = np.asarray(plot([(1.0, 3.0)] * count))  # the axis ends at 4
    assert picture.shape == (HEIGHT, WIDTH, 3)
    inside = range(LEFT + 5, WIDTH - RIGHT - 5)
    for name, share in (("D", 0.25), ("G", 0.75)):
        rows = [np.flatnonzero((picture[ABOVE + 20 :, x] == COLOURS[name]).all(1)) + ABOVE + 20 for x in inside]
        height = HEIGHT - BELOW - share * (HEIGHT - BELOW - ABOVE)
        assert all(abs(row.mean() - height) <= 1.5 for row in rows)
