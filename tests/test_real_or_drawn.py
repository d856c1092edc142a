"""gan/web/services/real_or_drawn.py: every pair has one real digit and one drawing of its kind, no image twice, on sides by chance."""

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_worker import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from players import noise_digits

from gan.data import Dataset, load
from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.trainer import Trainer
from gan.shipped import RECORDED
from gan.web.services import real_or_drawn
from gan.web.services.real_or_drawn import (
    MARGIN,
    SHOWN,
    Drawn,
    RoundStore,
    can_play,
    choose_iterations,
    draw_with_shipped,
    drawings_of_run,
    judge_of,
    make_pairs,
    render_ink,
)
from gan.write.vectorize.ink import ink_of


def drawn(digits: list[int], seed: int = 0) -> Drawn:
    """Drawings, no two alike."""
    images = np.random.default_rng(seed).integers(0, 256, (len(digits), 28, 28), np.uint8)
    return Drawn(images, np.array(digits))


@cache
def few() -> Dataset:
    """As many real digits of each kind as a test here asks for."""
    sample = load()
    some = np.concatenate([np.flatnonzero(sample.labels == digit)[:40] for digit in range(10)])
    return Dataset(sample.images[some], sample.labels[some], "a few")


@cache
def few_as_ink(digit: int) -> set[bytes]:
    return {image.tobytes() for image in render_ink(few().images[few().labels == digit])}


def run_of(folder: Path, digit: int | None = 3, labels: bool = False, count: int = 64) -> Run:
    """A run with an untrained picture and one of iteration 20, no two drawings of it alike."""
    run = create(folder, tiny(digit, labels=labels))
    run.save_picture(0, np.zeros((count, 28, 28), np.uint8))
    run.save_picture(20, drawn([0] * count).images)
    return Run.open(folder)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_each_pair_is_a_real_digit_and_a_drawing_of_its_kind_and_no_image_comes_twice(
    digits: list[int], seed: int
) -> None:
    made = drawn(digits)
    pairs = make_pairs(made, few(), np.random.default_rng(seed))
    assert pairs.judged is None
    assert pairs.digits.tolist() == digits
    both = np.arange(len(digits))
    real, other = pairs.images[both, pairs.person], pairs.images[both, 1 - pairs.person]
    assert np.array_equal(other, render_ink(made.images))
    assert all(image.tobytes() in few_as_ink(digit) for image, digit in zip(real, digits, strict=True))
    assert len({image.tobytes() for image in pairs.images.reshape(-1, SHOWN, SHOWN)}) == 2 * len(digits)


def test_sides_are_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real_or_drawn, "render_ink", lambda images: np.zeros((len(images), SHOWN, SHOWN), np.uint8))
    rng = np.random.default_rng(0)
    made = drawn([1] * 10)
    person = np.concatenate([make_pairs(made, few(), rng).person for _ in range(100)])
    assert 440 < person.sum() < 560  # four deviations of a thousand coins are 63
    assert 440 < (person[1:] == person[:-1]).sum() < 560, "one says nothing about the next"


def test_too_few_of_a_kind() -> None:
    data = Dataset(np.zeros((3, 28, 28), np.uint8), np.array([1, 1, 2], np.uint8), "three")
    with pytest.raises(InputError, match="three: expected 3 images of the digit 1, found 2"):
        make_pairs(drawn([1, 2, 1, 1]), data, np.random.default_rng(0))


@pytest.mark.parametrize(("real", "fake", "right"), [(2.0, 1.0, True), (1.0, 2.0, False), (np.nan, 1.0, False)])
def test_the_judge_is_right_where_it_rates_the_real_one_above_the_drawing(
    real: float, fake: float, right: bool
) -> None:
    made = drawn([4] * 6)

    def asked(images: Any, digits: Any) -> Any:
        assert digits.tolist() == [4] * 6
        return np.full(6, fake if np.array_equal(images, made.images) else real)

    pairs = make_pairs(made, load(), np.random.default_rng(3), asked)
    assert pairs.judged is not None
    assert ((pairs.judged == pairs.person) == right).all()


# As what they are shown


def place(shown: Any) -> tuple[int, int, int, int]:
    """The first and last row and column of more ink than paper."""
    (top, bottom), (left, right) = (np.flatnonzero((shown > 127).any(axis))[[0, -1]] for axis in (1, 0))
    return int(top), int(bottom), int(left), int(right)


def test_ink_ends_where_the_pens_let_it_end_and_fills_its_square() -> None:
    for image, shown in zip(few().images[::20], render_ink(few().images[::20]), strict=True):
        ink = 255 * ink_of(image)
        (top, bottom, left, right), (first, last, west, east) = place(ink), place(shown)
        longer, margin = max(bottom - top, right - left), round(MARGIN * SHOWN)
        assert abs(max(last - first, east - west) - (SHOWN - 2 * margin)) <= 3
        assert abs(first + last + 1 - SHOWN) <= 4, "in the middle"
        assert abs(west + east + 1 - SHOWN) <= 4
        scale = longer / (SHOWN - 2 * margin)  # points of the enlarged drawing a pixel
        assert (shown > 127).sum() * scale**2 == pytest.approx((ink > 0).sum(), rel=0.08)


def test_what_is_shown_tells_neither_grey_nor_place() -> None:
    """A faint speck and a faint stroke are paper and a stroke; where a digit lay in its 28 pixels is not seen."""
    image = few().images[:1]
    specks = image.copy()
    specks[0, 1, 1] = specks[0, 26, 14] = 60
    assert np.array_equal(render_ink(specks), render_ink(image))
    assert np.abs(render_ink(image // 2).astype(int) - render_ink(image)).max() < 40, "half the ink is the same writing"
    assert np.array_equal(render_ink(np.roll(image, (1, -1), (1, 2))), render_ink(image))


def test_a_blank_drawing_stays_blank() -> None:
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 5, 5] = 255
    assert render_ink(images).reshape(2, -1).any(1).tolist() == [False, True], "one dark pixel is a dot"


# Who draws


def test_what_ships_draws_each_digit_once_in_ten_and_anew_every_time() -> None:
    first, second = (draw_with_shipped(10, np.random.default_rng(seed)) for seed in (0, 1))
    assert sorted(first.digits) == sorted(second.digits) == list(range(10))
    assert first.digits.tolist() != second.digits.tolist()
    assert first.images.reshape(10, -1).max(1).min() > 150, "there is ink"
    assert not {image.tobytes() for image in first.images} & {image.tobytes() for image in second.images}
    assert np.bincount(draw_with_shipped(60, np.random.default_rng(2)).digits).tolist() == [6] * 10


@pytest.mark.parametrize(("digit", "labels"), [(3, False), (None, True)])
def test_a_runs_picture_gives_drawings_and_what_each_was_to_be(tmp_path: Path, digit: int | None, labels: bool) -> None:
    run = run_of(tmp_path / "run", digit, labels)
    kept, found = drawn([0] * 64).images, drawings_of_run(run, 20, 10, np.random.default_rng(0))
    assert len({image.tobytes() for image in found.images}) == 10
    for image, kind in zip(found.images, found.digits, strict=True):
        (place,) = np.flatnonzero((kept == image).all((1, 2)))
        assert kind == (place % 10 if labels else 3)


@pytest.mark.parametrize(
    ("options", "iteration", "said"),
    [
        ({}, 21, "iteration: expected one with a picture of the run, received 21"),
        ({"digit": None}, 20, "run: expected one that is told which digits to draw"),
        ({"count": 9}, 20, "expected a picture of 10 drawings at least, found 9"),
    ],
)
def test_what_cannot_be_played(tmp_path: Path, options: dict[str, Any], iteration: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        drawings_of_run(run_of(tmp_path / "run", **options), iteration, 10, np.random.default_rng(0))


def test_who_has_learned_something_and_is_told_digits_can_be_played_against(tmp_path: Path) -> None:
    assert can_play(run_of(tmp_path / "one"))
    assert not can_play(run_of(tmp_path / "any", digit=None))
    create(tmp_path / "new", tiny(3)).save_picture(0, np.zeros((64, 28, 28), np.uint8))
    assert not can_play(Run.open(tmp_path / "new"))


@given(st.lists(st.integers(0, 10**6), unique=True).map(sorted))
def test_iterations_are_few_pictures_each_at_most_half_of_the_next(iterations: list[int]) -> None:
    found = choose_iterations(iterations)
    assert found[-1:] == iterations[-1:]
    assert all(2 * a <= b for a, b in pairwise(found))
    assert set(found) <= set(iterations)
    for iteration in iterations:  # each one left out is more than half of one that stayed, and below it
        assert any(iteration <= one and 2 * iteration >= one for one in found) or iteration in found


# Who judges


def test_the_judge_of_a_run_is_that_of_its_checkpoint(tmp_path: Path) -> None:
    for digit, labels in ((3, False), (None, True)):
        config = tiny(digit, labels=labels, iterations=4)
        run, trainer = create(tmp_path / config.name, config), Trainer(config, noise_digits(20))
        assert judge_of(run) is None
        trainer.iterate()
        run.save(trainer)
        made = drawn([3, 3, 3, 3])
        asked = judge_of(run)
        assert asked
        assert asked(made.images, made.digits) == pytest.approx(trainer.verdict(made.images, made.digits), abs=1e-5)


def test_a_damaged_checkpoint_is_said(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run")
    run.checkpoint.write_bytes(b"nothing")
    with pytest.raises(InputError, match="expected a whole safetensors file"):
        judge_of(run)


def test_the_discriminator_that_ships_finds_an_early_network_out_and_a_late_one_sometimes() -> None:
    asked = real_or_drawn.shipped_judge()
    assert asked
    early = make_pairs(
        drawings_of_run(Run.open(RECORDED), 190, 40, np.random.default_rng(0)), load(), np.random.default_rng(1), asked
    )
    late = make_pairs(draw_with_shipped(40, np.random.default_rng(2)), load(), np.random.default_rng(3), asked)
    assert np.count_nonzero(early.judged == early.person) >= 36
    assert 12 <= np.count_nonzero(late.judged == late.person) <= 36


def test_without_a_discriminator_that_ships_nobody_judges(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(real_or_drawn, "DISCRIMINATOR", tmp_path / "none")
    assert real_or_drawn.shipped_judge() is None


# What is kept


def test_only_so_many_rounds_are_kept_and_the_oldest_is_forgotten() -> None:
    kept, pairs = RoundStore(3), [make_pairs(drawn([n]), load(), np.random.default_rng(n)) for n in range(5)]
    names = [kept.store(one) for one in pairs]
    assert len(set(names)) == 5
    assert [kept.find(name) is not None for name in names] == [False, False, True, True, True]
    truth = kept.find(names[4])
    assert truth
    assert truth.person is pairs[4].person
    assert kept.find("none") is None
