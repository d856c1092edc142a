"""Handwriting styles: latents near one vector, measured slant, weight and wobble, and
which models are accepted.
"""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gan.base.errors import InputError
from gan.base.labels import DIGITS
from gan.rules.run_config import Config
from gan.write.glyphs import drawing_sources as module
from gan.write.glyphs.check_drawings import USUAL_LEAN, usual_ink
from gan.write.glyphs.drawing_sources import Source, check_model, source_of, wobble_of
from gan.write.vectorize.measure_ink import amount_of_ink, lean
from tests.helpers.drawings import DIGITS as DRAWN
from tests.helpers.drawings import drawn


def cosine(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


@pytest.fixture(scope="module")
def one() -> Source:
    return source_of(7)


def test_candidates_move_away_from_the_handwriting(one: Source) -> None:
    z = one._z[3]
    sampled = np.concatenate(
        [one.latents(3, np.random.default_rng(seed)) for seed in range(60)]
    )
    sampled = sampled.reshape(60, module.CANDIDATES, -1)
    assert sampled.dtype == np.float32
    means = [
        np.mean([cosine(candidates[i], z) for candidates in sampled])
        for i in range(module.CANDIDATES)
    ]
    np.testing.assert_allclose(means, module.LIKENESS[:, 0], atol=0.06)
    assert module.LIKENESS[0] == module.NEAR
    assert module.LIKENESS[module.OWN - 1] == module.FAR
    assert module.LIKENESS[-1] == 0
    lengths = np.sqrt((sampled**2).sum(axis=2)).mean(axis=0)
    # No candidate lies closer to the origin.
    np.testing.assert_allclose(lengths, module.TEMPERATURE * np.sqrt(len(z)), rtol=0.15)


def test_slant_weight_and_wobble_are_measured_on_one_drawing_of_each_digit(
    one: Source,
) -> None:
    own = (module.TEMPERATURE * one._z[:1]).astype(np.float32)
    specimens = [pictures[0] for pictures in one.draw(range(DIGITS), [own] * DIGITS)]
    leans = [
        lean(picture) - USUAL_LEAN[digit] for digit, picture in enumerate(specimens)
    ]
    inks = [
        amount_of_ink(picture) / usual_ink(digit)
        for digit, picture in enumerate(specimens)
    ]
    assert one.slant == pytest.approx(np.mean(leans), abs=1e-3)
    assert one.weight == pytest.approx(np.mean(inks), rel=1e-3)
    assert one.wobble == pytest.approx(wobble_of(specimens), rel=0.05)


def test_wobble_measures_wavy_strokes() -> None:
    waves = [(14 + 0.7 * np.sin(y), float(y)) for y in np.arange(4.0, 24.0, 0.25)]
    straight = [(14.0, 4.0), (14.0, 24.0)]
    shaken, calm = ([drawn(line)] * 10 for line in (waves, straight))
    assert wobble_of(shaken) > 3 * wobble_of(calm)
    assert wobble_of([np.zeros((28, 28), np.uint8)] * 10) == module.STEADY
    assert 0 < wobble_of([drawn(*lines) for lines in DRAWN]) < 0.5


UNSUITABLE = [
    ({"labels": False}, "train it with --labels"),
    ({"labels": False, "digit": 3}, "received one of a 3"),
    ({"names": ("A", "B")}, "received one of A, B; draw with it instead: "),
]


@pytest.mark.parametrize(("change", "message"), UNSUITABLE)
def test_an_unsuitable_model_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        check_model(Config(**{"digit": None, "labels": True} | change))
    assert caught.value.field == "model"
    assert "\n" not in str(caught.value)
