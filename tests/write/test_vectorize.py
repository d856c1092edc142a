"""Drawings converted to strokes, which cover the ink and follow the order and direction
of handwriting.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.write.glyphs.check_drawings import ink_mask
from gan.write.options_and_limits import PENS
from gan.write.strokes_and_pages import Stroke, along
from gan.write.vectorize import ROUND, SPECK, bow_and_stem, redraw
from gan.write.vectorize.measure_ink import ENLARGED
from tests.helpers.digits import real_digits
from tests.helpers.drawings import (
    BARRED_SEVEN,
    DIGITS,
    ONE,
    POINTED_FIVE,
    RADIUS,
    Line,
    arc,
    drawn,
)


@pytest.mark.parametrize("digit", range(10))
def test_strokes_of_real_digits_lie_on_their_ink_and_cover_it(digit: int) -> None:
    covered = []
    for picture in real_digits(digit)[::20]:
        vectorized = redraw(picture, digit)
        points, pressure, _ = along(vectorized.strokes, 0.25)
        columns, rows = np.clip(
            (points * ENLARGED).astype(int), 0, len(vectorized.ink) - 1
        ).T
        assert vectorized.ink[rows, columns].mean() > 0.95
        assert len(vectorized.corners) == 0 or digit not in ROUND
        for stroke in vectorized.strokes:
            assert len(stroke.pressure) == len(stroke.curves) + 1
            np.testing.assert_allclose(
                stroke.curves[1:, 0], stroke.curves[:-1, 3], atol=0.02
            )
            assert (
                np.hypot(*np.diff(stroke.sampled(0.1)[0], axis=0).T).sum() > 0.5 * SPECK
            )
        wide = ink_mask(
            points, PENS["felt"].radii(pressure, 2 * vectorized.radius) + 0.9
        )
        ink = vectorized.ink[::2, ::2]
        covered.append((wide & ink).sum() / ink.sum())
    assert np.median(covered) > 0.975
    assert min(covered) > 0.6  # the worst cases contain a blot or specks


def test_specks_give_no_strokes() -> None:
    picture = np.zeros((28, 28), np.uint8)
    picture[5, 5] = picture[20, 20] = 255
    vectorized = redraw(picture, 1)
    assert vectorized.strokes == ()
    assert vectorized.corners.shape == (0, 2)


@pytest.mark.parametrize("digit", range(10))
def test_noise_and_full_ink_are_redrawn_without_errors(digit: int) -> None:
    """Untrained networks draw pictures like these."""
    noise = np.random.default_rng(digit).integers(0, 256, (28, 28), dtype=np.uint8)
    full = np.full((28, 28), 255, np.uint8)
    for picture in (noise, full):
        assert all(
            np.isfinite(stroke.curves).all()
            for stroke in redraw(picture, digit).strokes
        )


# Order, direction and shape

# Handmade drawings by name, which begins with their digit. A name with a number is that
# real digit.
HANDMADE: Mapping[str, Sequence[Line]] = {
    **{str(digit): lines for digit, lines in enumerate(DIGITS)},
    "1 with a foot": [*ONE, [(6.0, 23.5), (18.0, 23.5)]],
    "2 with a pointed top": [
        [(7.0, 9.0), (14.0, 4.0), (17.0, 10.0), (8.0, 22.5), (20.0, 22.5)]
    ],
    "4 with a pointed top": [
        [(17.0, 4.5), (8.0, 16.0), (21.0, 16.0)],
        [(17.0, 4.5), (17.0, 23.5)],
    ],
    "5 in one stroke": POINTED_FIVE,
    "7 with a bar": BARRED_SEVEN,
    "9 with an open bow": [
        [*arc(13, 9.5, 4.7, 5, 20, 300), (17.5, 11.5), (16.5, 23.5)]
    ],
}
NAMES = [*HANDMADE, *(f"{digit} of MNIST" for digit in range(10))]
FILE = Path(__file__).with_name("strokes.json")


def described(name: str) -> dict[str, Any]:
    """Return the corners, the radius, and x, y and pressure at nine even places along
    each stroke.
    """
    digit = int(name[0])
    # a thicker pen would fill its corner
    radius = 0.7 if name == "5 in one stroke" else RADIUS
    picture = (
        drawn(*HANDMADE[name], radius=radius)
        if name in HANDMADE
        else real_digits(digit)[0]
    )
    vectorized = redraw(picture, digit)
    strokes = []
    for stroke in vectorized.strokes:
        points, pressure = stroke.sampled(0.1)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        places = np.linspace(0, along[-1], 9)
        strokes.append(
            [
                np.interp(places, along, values).round(2).tolist()
                for values in (*points.T, pressure)
            ]
        )
    corners = vectorized.corners.round(2).tolist()
    return {
        "radius": round(vectorized.radius, 2),
        "corners": corners,
        "strokes": strokes,
    }


@pytest.mark.parametrize("name", NAMES)
def test_strokes_have_the_stored_order_direction_and_shape(name: str) -> None:
    """After an intended change, write the file again: `python -m
    tests.write.test_vectorize`.
    """
    found = described(name)
    expected = json.loads(FILE.read_text("utf-8"))[name]
    assert found["radius"] == pytest.approx(expected["radius"], abs=0.03)
    for part in ("corners", "strokes"):
        assert np.shape(found[part]) == np.shape(expected[part])
        np.testing.assert_allclose(found[part], expected[part], atol=0.2)


def test_a_bow_without_an_upper_right_is_not_cut() -> None:
    short = Stroke(np.cumsum(np.ones((2, 4, 2)), axis=1), np.ones(3))
    assert bow_and_stem(short) == [short]


if __name__ == "__main__":
    drawings = (f" {json.dumps(name)}: {json.dumps(described(name))}" for name in NAMES)
    FILE.write_text("{\n" + ",\n".join(drawings) + "\n}\n", "utf-8")
