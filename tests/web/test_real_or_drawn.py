"""gan/web/services/real_or_drawn.py: pairs of a real digit and a drawing on random sides, and the judge's choices."""

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.data import Dataset, load
from gan.data.pictures import to_unit
from gan.errors import InputError
from gan.pretrained import RECORDED
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.trainer import Trainer
from gan.web.services import real_or_drawn
from gan.web.services.real_or_drawn import (
    MARGIN,
    SHOWN,
    Drawn,
    draw_with_shipped,
    drawings_of_run,
    make_pairs,
    render_ink,
)
from gan.write.vectorize.measure_ink import ink_of
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits


def drawn(digits: list[int], seed: int = 0) -> Drawn:
    """Return distinct drawings of the given digits."""
    images = np.random.default_rng(seed).integers(0, 256, (len(digits), 28, 28), np.uint8)
    return Drawn(images, np.array(digits))


@cache
def few_digits() -> Dataset:
    """Return 40 real images of each digit."""
    sample = load()
    some = np.concatenate([np.flatnonzero(sample.labels == digit)[:40] for digit in range(10)])
    return Dataset(sample.images[some], sample.labels[some], "a few")


@cache
def few_inked(digit: int) -> set[bytes]:
    return {image.tobytes() for image in render_ink(few_digits().images[few_digits().labels == digit])}


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_each_pair_is_a_real_digit_and_a_drawing_without_repeats(digits: list[int], seed: int) -> None:
    drawings = drawn(digits)
    pairs = make_pairs(drawings, few_digits(), np.random.default_rng(seed))
    assert pairs.judged is None
    assert pairs.digits.tolist() == digits
    rows = np.arange(len(digits))
    real, drawn_images = pairs.images[rows, pairs.person], pairs.images[rows, 1 - pairs.person]
    assert np.array_equal(drawn_images, render_ink(drawings.images))
    assert all(image.tobytes() in few_inked(digit) for image, digit in zip(real, digits, strict=True))
    assert len({image.tobytes() for image in pairs.images.reshape(-1, SHOWN, SHOWN)}) == 2 * len(digits)
    assert np.array_equal(pairs.pixels[rows, 1 - pairs.person], drawings.images)
    for image, pixels in zip(real, pairs.pixels[rows, pairs.person], strict=True):
        (same,) = np.flatnonzero((few_digits().images == pixels).all((1, 2)))
        assert np.array_equal(render_ink(few_digits().images[[same]])[0], image), "the same image in both looks"


@pytest.fixture
def without_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real_or_drawn, "render_ink", lambda images: np.zeros((len(images), SHOWN, SHOWN), np.uint8))


def test_sides_are_random(without_ink: None) -> None:
    rng = np.random.default_rng(0)
    drawings = drawn([1] * 10)
    person = np.concatenate([make_pairs(drawings, few_digits(), rng).person for _ in range(100)])
    assert 440 < person.sum() < 560  # 500 plus or minus about 4 standard deviations (63) of 1000 coin flips
    assert 440 < (person[1:] == person[:-1]).sum() < 560, "consecutive sides are independent"


def test_no_real_digit_is_used_twice(without_ink: None) -> None:
    pairs = make_pairs(drawn([1] * 40), few_digits(), np.random.default_rng(0))  # there are 40 real ones
    assert len({image.tobytes() for image in pairs.pixels[np.arange(40), pairs.person]}) == 40
    with pytest.raises(InputError, match="a few: expected 41 images of the digit 1, found 40"):
        make_pairs(drawn([1] * 41), few_digits(), np.random.default_rng(0))


@pytest.mark.parametrize(("real", "fake", "right"), [(2.0, 1.0, True), (1.0, 2.0, False), (np.nan, 1.0, False)])
def test_the_judge_is_right_if_it_rates_the_real_digit_higher(real: float, fake: float, right: bool) -> None:
    drawings = drawn([4] * 6)

    def judge(images: Any, digits: Any) -> Any:
        assert digits.tolist() == [4] * 6
        return np.full(6, fake if np.array_equal(images, drawings.images) else real)

    pairs = make_pairs(drawings, load(), np.random.default_rng(3), judge)
    assert pairs.judged is not None
    assert ((pairs.judged == pairs.person) == right).all()


# Display


def bounding_box(shown: Any) -> tuple[int, int, int, int]:
    """Return the first and last row and column with ink."""
    (top, bottom), (left, right) = (np.flatnonzero((shown > 127).any(axis))[[0, -1]] for axis in (1, 0))
    return int(top), int(bottom), int(left), int(right)


def test_shown_digits_are_centred_and_have_the_same_size() -> None:
    for image, shown in zip(few_digits().images[::20], render_ink(few_digits().images[::20]), strict=True):
        ink = 255 * ink_of(image)
        (top, bottom, left, right), (first, last, west, east) = bounding_box(ink), bounding_box(shown)
        longer, margin = max(bottom - top, right - left), round(MARGIN * SHOWN)
        assert abs(max(last - first, east - west) - (SHOWN - 2 * margin)) <= 3
        assert abs(first + last + 1 - SHOWN) <= 4, "centred"
        assert abs(west + east + 1 - SHOWN) <= 4
        scale = longer / (SHOWN - 2 * margin)  # points per pixel
        assert (shown > 127).sum() * scale**2 == pytest.approx((ink > 0).sum(), rel=0.08)


def test_shown_digits_reveal_neither_grey_nor_position() -> None:
    """A faint speck becomes paper, a faint stroke becomes ink, and the position in the 28 x 28 image has no effect."""
    image = few_digits().images[:1]
    specks = image.copy()
    specks[0, 1, 1] = specks[0, 26, 14] = 60
    assert np.array_equal(render_ink(specks), render_ink(image))
    assert np.abs(render_ink(image // 2).astype(int) - render_ink(image)).max() < 40, "lighter ink gives the same shape"
    assert np.array_equal(render_ink(np.roll(image, (1, -1), (1, 2))), render_ink(image))


def test_a_blank_drawing_stays_blank() -> None:
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 5, 5] = 255
    assert render_ink(images).reshape(2, -1).any(1).tolist() == [False, True], "one dark pixel is a dot"


# Opponents


def test_bundled_networks_draw_each_digit_equally_often_and_differently() -> None:
    first, second = (draw_with_shipped(10, np.random.default_rng(seed)) for seed in (0, 1))
    assert sorted(first.digits) == sorted(second.digits) == list(range(10))
    assert first.digits.tolist() != second.digits.tolist()
    assert first.images.reshape(10, -1).max(1).min() > 150, "there is ink"
    assert not {image.tobytes() for image in first.images} & {image.tobytes() for image in second.images}
    assert np.bincount(draw_with_shipped(60, np.random.default_rng(2)).digits).tolist() == [6] * 10


@pytest.mark.parametrize(("digit", "labels"), [(3, False), (None, True)])
def test_a_picture_of_a_run_gives_drawings_with_their_digits(tmp_path: Path, digit: int | None, labels: bool) -> None:
    run, store = create(tmp_path / "run", tiny(digit, labels=labels)), drawn([0] * 64).images  # which all differ
    run.save_picture(20, store)
    result = drawings_of_run(run, 20, 10, np.random.default_rng(0))
    assert len({image.tobytes() for image in result.images}) == 10
    for image, kind in zip(result.images, result.digits, strict=True):
        (index,) = np.flatnonzero((store == image).all((1, 2)))
        assert kind == (index % 10 if labels else 3)
    with pytest.raises(InputError, match="expected a picture of at least 65 drawings, found 64"):
        drawings_of_run(run, 20, 65, np.random.default_rng(0))


@given(st.lists(st.integers(0, 10**6), unique=True).map(sorted))
def test_a_ladder_at_least_doubles_the_iteration_at_each_step(iterations: list[int]) -> None:
    result = real_or_drawn.choose_iterations(iterations)
    assert result[-1:] == iterations[-1:]
    assert all(2 * a <= b for a, b in pairwise(result))
    assert set(result) <= set(iterations)
    for iteration in iterations:  # each omitted iteration is at least half of a chosen later one
        assert any(iteration <= one and 2 * iteration >= one for one in result) or iteration in result


def test_an_untrained_run_cannot_be_played(tmp_path: Path) -> None:
    run = create(tmp_path / "run", tiny(3))
    for iteration in (0, 20):
        run.save_picture(iteration, np.zeros((64, 28, 28), np.uint8))
        assert real_or_drawn.can_play(run) == (iteration == 20)


# The judge


def test_without_a_bundled_discriminator_there_is_no_judge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(real_or_drawn, "DISCRIMINATOR", tmp_path / "none")
    assert real_or_drawn.shipped_judge() is None


def test_the_judge_of_a_run_comes_from_its_checkpoint(tmp_path: Path) -> None:
    for digit, labels in ((3, False), (None, True)):
        config = tiny(digit, labels=labels, iterations=4)
        run, trainer = create(tmp_path / config.name, config), Trainer(config, noise_digits(20))
        assert real_or_drawn.judge_of(run) is None
        trainer.iterate()
        run.save(trainer)
        drawings = drawn([3, 3, 3, 3])
        judge = real_or_drawn.judge_of(run)
        assert judge
        expected = trainer.verdict(to_unit(drawings.images), drawings.digits)
        assert judge(drawings.images, drawings.digits) == pytest.approx(expected, abs=1e-5)


def test_the_bundled_discriminator_detects_early_drawings() -> None:
    judge = real_or_drawn.shipped_judge()
    assert judge
    begun = drawings_of_run(Run.open(RECORDED), 67, 40, np.random.default_rng(0))
    early = make_pairs(begun, load(), np.random.default_rng(1), judge)
    late = make_pairs(draw_with_shipped(40, np.random.default_rng(2)), load(), np.random.default_rng(3), judge)
    assert np.count_nonzero(early.judged == early.person) >= 36
    assert 12 <= np.count_nonzero(late.judged == late.person) <= 36


# Stored rounds


def test_the_oldest_round_is_dropped() -> None:
    store, pairs = (
        real_or_drawn.RoundStore(3),
        [make_pairs(drawn([n]), load(), np.random.default_rng(n)) for n in range(5)],
    )
    names = [store.store(one) for one in pairs]
    assert len(set(names)) == 5
    assert [store.find(name) is not None for name in names] == [False, False, True, True, True]
    assert store.find(names[4]) == (pairs[4].person, None)
    assert store.find("none") is None
