"""Search for a handwriting style: the gradient, what the search recovers, and an
unchanged generator.
"""

import numpy as np
import pytest

from gan.base.labels import DIGITS
from gan.drawings.load_and_draw import draw, load_pretrained
from gan.plain.models import build_generator
from gan.rules.latents import one_hot, with_labels
from gan.rules.run_config import Config
from gan.write.glyphs.invert import STEPS, Found, Sought, approach, objective
from gan.write.vectorize.measure_ink import Picture, likeness
from nnet.gradcheck import in_float64
from nnet.layer import Layer
from tests.helpers.derivatives import numeric_gradient
from tests.helpers.digits import real_digits


@pytest.fixture(scope="module")
def shipped() -> tuple[Layer, Config]:
    return load_pretrained(None)


def find(drawings: dict[int, Picture], generator: Layer, config: Config) -> Found:
    *steps, found = approach(drawings, generator, config)
    assert len(steps) == STEPS - 1
    return found


def drawn_from(z: np.ndarray, digits: list[int], generator: Layer) -> list[Picture]:
    latents = np.broadcast_to(z, (len(digits), z.shape[-1])).astype(np.float32)
    return list(draw(generator, with_labels(latents, np.array(digits))))


def test_the_gradient_matches_finite_differences() -> None:
    """Check, in float64, a vector of one drawing and a vector shared by several."""
    rng = np.random.default_rng(0)
    generator = in_float64(build_generator(4 + DIGITS, (2, 3), rng, (5,)))
    sought = Sought(np.array([0, 1, 1, 0, 1]), 2, 4, np.dtype(np.float64))
    sought.params["z"][:] = rng.standard_normal((2, 4))
    labels = one_hot(np.array([3, 0, 9, 3, 1])).astype(np.float64)
    drawings = rng.uniform(-1, 1, (5, 28, 28, 1))
    objective(sought, generator, labels, drawings)
    by_hand = sought.grads["z"].copy()
    measured = numeric_gradient(
        lambda: objective(sought, generator, labels, drawings), sought.params["z"]
    )
    np.testing.assert_allclose(by_hand, measured, rtol=1e-6, atol=1e-7)


def test_each_digit_gets_a_vector_and_all_share_one(
    shipped: tuple[Layer, Config],
) -> None:
    generator, config = shipped
    drawings = {digit: real_digits(digit)[3] for digit in (7, 3)}
    result = find(drawings, generator, config)
    assert list(result.own) == [7, 3]
    np.testing.assert_array_equal(result.each[[3, 7]], [result.own[3], result.own[7]])
    assert all(
        (result.each[digit] == result.together).all()
        for digit in range(DIGITS)
        if digit not in (3, 7)
    )
    for digit, picture in drawings.items():
        (own,), (shared,) = (
            drawn_from(z, [digit], generator)
            for z in (result.own[digit], result.together)
        )
        assert likeness(own, picture) > likeness(shared, picture) > 0.6
    # a digit's vector does not depend on the other digit
    alone = find({3: drawings[3]}, generator, config)
    one, other = (
        drawn_from(z, [3], generator)[0] for z in (alone.own[3], result.own[3])
    )
    # the vectors differ more, because Adam turns rounding into steps
    assert likeness(one, other) > 0.98
    assert (alone.together == alone.own[3]).all()


def test_the_generator_is_frozen_during_the_search(
    shipped: tuple[Layer, Config],
) -> None:
    """Its weights and gradients stay the same, and it is trainable again after a
    finished or abandoned search.
    """
    generator, config = shipped
    before = {name: w.copy() for name, w in generator.parameters().items()}
    generator.zero_grads()
    find({1: real_digits(1)[0]}, generator, config)
    next(approach({1: real_digits(1)[0]}, generator, config))
    for name, w in generator.parameters().items():
        np.testing.assert_array_equal(w, before[name])
        assert not generator.gradients()[name].any()
    assert all(layer.trainable for _, layer in generator.leaves())
