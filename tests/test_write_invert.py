"""Finding a handwriting: its gradient, what it finds again, and what it must not move."""

import itertools

import numpy as np
import pytest
from derivatives import numeric_gradient

from gan.config import DIGITS, Config
from gan.data import load
from gan.errors import InputError
from gan.latents import one_hot, with_labels
from gan.models import build_generator
from gan.sample import draw
from gan.saved_networks import load_pretrained
from gan.write.glyphs import invert
from gan.write.glyphs.invert import Found, Sought, approach, objective
from gan.write.vectorize.ink import Picture, lean, likeness
from nnet.gradcheck import in_float64
from nnet.layer import Layer
from nnet.optimizers import Adam
from nnet.sequential import Sequential

SAMPLE = load()


@pytest.fixture(scope="module")
def shipped() -> tuple[Layer, Config]:
    return load_pretrained(None)


def real(digit: int, which: int = 0) -> Picture:
    return SAMPLE.images[SAMPLE.labels == digit][which]


def drawn_from(z: np.ndarray, digits: list[int], generator: Layer) -> list[Picture]:
    latents = np.broadcast_to(z, (len(digits), z.shape[-1])).astype(np.float32)
    return list(draw(generator, with_labels(latents, np.array(digits))))


def test_the_gradient_is_the_slope() -> None:
    """One number after another, in float64: of vectors of one drawing and of one that several share."""
    rng = np.random.default_rng(0)
    generator = in_float64(build_generator(4 + DIGITS, (2, 3), rng, (5,)))
    sought = Sought(np.array([0, 1, 1, 0, 1]), 2, 4, np.dtype(np.float64))
    sought.params["z"][:] = rng.standard_normal((2, 4))
    labels = one_hot(np.array([3, 0, 9, 3, 1])).astype(np.float64)
    drawings = rng.uniform(-1, 1, (5, 28, 28, 1))
    objective(sought, generator, labels, drawings)
    by_hand = sought.grads["z"].copy()
    measured = numeric_gradient(lambda: objective(sought, generator, labels, drawings), sought.params["z"])
    np.testing.assert_allclose(by_hand, measured, rtol=1e-6, atol=1e-7)


def test_the_layer_of_vectors_is_a_layer() -> None:
    sought = Sought(np.array([1, 0, 1]), 2, 3, np.dtype(np.float64))
    sought.params["z"][:] = [[1, 2, 3], [4, 5, 6]]
    x = one_hot(np.array([7, 8, 9])).astype(np.float64)
    y, saved = sought.forward(x)
    np.testing.assert_array_equal(y[:, :3], [[4, 5, 6], [1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(y[:, 3:], x)
    dx = sought.backward(y, saved)
    np.testing.assert_array_equal(dx, x)
    np.testing.assert_array_equal(sought.grads["z"], [[1, 2, 3], [8, 10, 12]])
    with sought.frozen():
        assert sought.backward(y, saved, need_dx=False) is None
    np.testing.assert_array_equal(sought.grads["z"], [[1, 2, 3], [8, 10, 12]])


def test_the_generator_s_own_drawing_is_found_again(shipped: tuple[Layer, Config]) -> None:
    """And with it the nine digits that were not shown."""
    generator, config = shipped
    z = 0.6 * np.random.default_rng(4).standard_normal(config.latent)
    pictures = drawn_from(z, list(range(DIGITS)), generator)
    for digit in (2, 5, 8):
        found = invert.find({digit: pictures[digit]}, generator, config)
        again = drawn_from(found.together, list(range(DIGITS)), generator)
        likenesses = [likeness(a, b) for a, b in zip(again, pictures, strict=True)]
        assert likenesses[digit] > 0.97
        middle = drawn_from(0 * z, list(range(DIGITS)), generator)
        assert np.mean(likenesses) > np.mean([likeness(a, b) for a, b in zip(middle, pictures, strict=True)])


def test_real_digits_are_found_and_are_likely(shipped: tuple[Layer, Config]) -> None:
    generator, config = shipped
    pictures = {digit: real(digit) for digit in range(DIGITS)}
    found = invert.find(pictures, generator, config)
    likenesses = []
    for digit, picture in pictures.items():
        (again,) = drawn_from(found.own[digit], [digit], generator)
        likenesses.append(likeness(again, picture))
        assert np.sqrt((found.own[digit] ** 2).mean()) < 1  # no farther out than the latents of the training
    assert np.median(likenesses) > 0.93
    assert min(likenesses) > 0.75


def test_who_leans_leans_in_digits_never_shown(shipped: tuple[Layer, Config]) -> None:
    """The oracle is a picture moved by hand: each row to the right by what it stands higher."""
    generator, config = shipped
    leans = []
    for shear in (-0.3, 0.3):
        rows = [np.roll(row, round(shear * (14 - y))) for y, row in enumerate(real(4))]
        found = invert.find({4: np.stack(rows)}, generator, config)
        others = drawn_from(found.together, [0, 1, 7], generator)
        leans.append(np.mean([lean(picture) for picture in others]))
    assert leans[1] > leans[0] + 0.15


def test_several_have_a_vector_each_and_one_together(shipped: tuple[Layer, Config]) -> None:
    generator, config = shipped
    drawings = {digit: real(digit, 3) for digit in (7, 3)}
    found = invert.find(drawings, generator, config)
    assert list(found.own) == [7, 3]
    np.testing.assert_array_equal(found.each[[3, 7]], [found.own[3], found.own[7]])
    assert all((found.each[digit] == found.together).all() for digit in range(DIGITS) if digit not in (3, 7))
    for digit, picture in drawings.items():
        (own,), (shared,) = (drawn_from(z, [digit], generator) for z in (found.own[digit], found.together))
        assert likeness(own, picture) > likeness(shared, picture) > 0.6
    alone = invert.find({3: drawings[3]}, generator, config)  # the other digit does not change it
    np.testing.assert_allclose(alone.own[3], found.own[3], atol=0.02)
    assert (alone.together == alone.own[3]).all()


def test_it_comes_nearer(shipped: tuple[Layer, Config]) -> None:
    generator, config = shipped
    steps = list(approach({6: real(6)}, generator, config))
    assert len(steps) == invert.STEPS
    near = [likeness(drawn_from(steps[i].own[6], [6], generator)[0], real(6)) for i in (0, 15, 60, -1)]
    assert near == sorted(near)
    assert near[-1] > near[0] + 0.05


def test_no_weight_of_the_generator_moves(shipped: tuple[Layer, Config]) -> None:
    """Nor its gradients; and it is free again, whether it is asked to the end or left."""
    generator, config = shipped
    before = {name: w.copy() for name, w in generator.parameters().items()}
    generator.zero_grads()
    invert.find({1: real(1)}, generator, config)
    next(approach({1: real(1)}, generator, config))
    for name, w in generator.parameters().items():
        np.testing.assert_array_equal(w, before[name])
        assert not generator.gradients()[name].any()
    assert all(layer.trainable for _, layer in generator.leaves())


def test_without_the_freeze_they_would_move() -> None:
    """The mistake this project began with, here: what the test above would see."""
    rng = np.random.default_rng(1)
    generator = build_generator(4 + DIGITS, (2, 3), rng, (5,))
    sought = Sought(np.array([0]), 1, 4, np.dtype(np.float32))
    chain = Sequential(sought, generator)
    before = generator.parameters()["0.W"].copy()
    adam = Adam(chain)
    drawn, saved = chain.forward(one_hot(np.array([3])))
    chain.backward(drawn, saved, need_dx=False)
    adam.step(0.1)
    assert (generator.parameters()["0.W"] != before).any()


@pytest.mark.parametrize(
    "drawings", [{}, {3: np.zeros((28, 28), np.uint8)}, {3: np.zeros((28, 28), np.uint8), 4: SAMPLE.images[0]}]
)
def test_nothing_drawn(drawings: dict[int, Picture], shipped: tuple[Layer, Config]) -> None:
    with pytest.raises(InputError, match="at least one digit") as caught:
        invert.find(drawings, *shipped)
    assert caught.value.field == "drawings"


def test_noise_and_all_ink_are_found_without_a_word(shipped: tuple[Layer, Config]) -> None:
    generator, config = shipped
    noise = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    found = invert.find({0: noise, 1: np.full((28, 28), 255, np.uint8)}, generator, config)
    assert isinstance(found, Found)
    assert np.isfinite(found.each).all()


def test_the_same_drawings_give_the_same_handwriting(shipped: tuple[Layer, Config]) -> None:
    generator, config = shipped
    one, two = (invert.find({9: real(9)}, generator, config) for _ in range(2))
    np.testing.assert_array_equal(one.each, two.each)
    few = [found.together for found in itertools.islice(approach({9: real(9)}, generator, config), 2)]
    assert (few[0] != few[1]).any()
