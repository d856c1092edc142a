"""Whose drawings: ten generators or one, and what makes one a hand."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from gan import sample, stored
from gan.config import Config
from gan.errors import InputError
from gan.shipped import pretrained
from gan.write import hand, write
from gan.write.choose import USUAL_LEAN, broken_rules, usual_ink
from gan.write.hand import FAR, LEANS, NEAR, TEMPERATURE, WEIGHTS, draw_with_ten, hand_of, one_hand
from gan.write.shape import amount_of_ink, lean
from nnet import weights

RNG = np.random.default_rng


@pytest.fixture
def untrained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Small untrained generators of the digit 3 and of all digits in the place of the shipped ones."""
    monkeypatch.setattr("gan.shipped.PRETRAINED", tmp_path)
    for digit in (3, None):
        config = Config(digit=digit, channels=(4, 8), hidden_generator=(8,), latent=5, labels=digit is None)
        generator = config.build_generator(RNG(0))
        weights.save(pretrained(digit), generator.parameters(), {"config": config.to_json()})
    hand._load.cache_clear()
    yield tmp_path
    hand._load.cache_clear()


def test_ten_draw_the_same_from_the_same_seed(untrained: Path) -> None:
    first = draw_with_ten(3, 4, RNG(1))
    assert first.shape == (4, 28, 28)
    assert first.dtype == np.uint8
    assert len(np.unique(first, axis=0)) == 4
    generator, _ = stored.load_generator(pretrained(3))
    calm = np.float32(TEMPERATURE) * RNG(1).standard_normal((4, 5), np.float32)
    np.testing.assert_array_equal(first, sample.draw(generator, calm))
    pretrained(3).unlink()  # it is loaded once and kept
    np.testing.assert_array_equal(draw_with_ten(3, 4, RNG(1)), first)


def test_a_missing_generator_is_named(untrained: Path) -> None:
    with pytest.raises(InputError, match=r"digit-4\.safetensors"):
        draw_with_ten(4, 1, RNG(1))
    pretrained(None).unlink()
    with pytest.raises(InputError, match=r"any\.safetensors"):
        hand_of("one", 0)


def latents_drawn(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """A list that grows by the latents of every call to the generator."""
    seen: list[np.ndarray] = []

    def draw(_: object, latents: np.ndarray) -> np.ndarray:
        seen.append(latents)
        return np.zeros((len(latents), 28, 28))

    monkeypatch.setattr(sample, "draw", draw)
    return seen


def test_candidates_of_a_hand_lie_around_its_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of standard deviation TEMPERATURE, at a cosine to the hand's own that falls, and the digit behind them."""
    seen = latents_drawn(monkeypatch)
    monkeypatch.setattr(hand, "_load", lambda _: (None, Config(latent=4096, labels=True)))
    one_hand(7).draw(4, 3, RNG(1))
    specimens, candidates = seen
    assert np.array_equal(specimens[:, 4096:], np.eye(10))
    assert np.array_equal(candidates[:, 4096:], np.eye(10)[[4, 4, 4]])
    z = specimens[0, :4096]
    assert np.array_equal(specimens[:, :4096], np.tile(z, (10, 1)))
    for latent, cosine in zip(candidates[:, :4096], (NEAR, (NEAR + FAR) / 2, FAR), strict=True):
        assert np.std(latent) == pytest.approx(TEMPERATURE, rel=0.06)
        assert np.corrcoef(z, latent)[0, 1] == pytest.approx(cosine, abs=0.03)


def test_a_hand_is_the_seed_s_alone() -> None:
    once, again, other = one_hand(3), one_hand(3), one_hand(4)
    assert (once.slant, once.weight) == (again.slant, again.weight) != (other.slant, other.weight)
    np.testing.assert_array_equal(once.draw(8, 2, RNG(0)), again.draw(8, 2, RNG(0)))
    assert not np.array_equal(once.draw(8, 2, RNG(0)), other.draw(8, 2, RNG(0)))
    ten = hand_of("ten", 3)
    assert (ten.draw, ten.slant, ten.weight) == (draw_with_ten, 0.0, 1.0)


def test_slant_and_weight_end_where_digits_become_hard_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    hands = [one_hand(seed) for seed in range(40)]
    assert all(LEANS[0] <= one.slant <= LEANS[1] and WEIGHTS[0] <= one.weight <= WEIGHTS[1] for one in hands)
    monkeypatch.setattr(hand, "LEANS", (0.1, 0.11))
    monkeypatch.setattr(hand, "WEIGHTS", (0.9, 0.91))
    narrow = [one_hand(seed) for seed in range(40)]
    assert {one.slant for one in narrow} >= {0.1, 0.11}
    assert {one.weight for one in narrow} >= {0.9, 0.91}


def test_the_shipped_generator_draws_all_digits_of_a_hand_in_one_manner() -> None:
    """From hand to hand, slant and weight of its digits go up and down together."""
    digits, manner = (2, 5, 7), []
    for seed in range(40):
        pictures = [one_hand(seed).draw(digit, 1, RNG(100 * seed + digit))[0] for digit in digits]
        manner.append([(lean(picture), amount_of_ink(picture)) for picture in pictures])
    slants, inks = np.moveaxis(np.array(manner), 2, 0)  # each (hand, digit)
    for a, b in combinations(range(3), 2):
        assert np.corrcoef(slants[:, a], slants[:, b])[0, 1] > 0.5
        assert np.corrcoef(inks[:, a], inks[:, b])[0, 1] > 0.3


def test_the_line_is_held_at_the_hand_s_slant_and_weight() -> None:
    """Of 30 hands the most slanted writes a more slanted 1 than the least, the heaviest a thicker one."""

    def ink(seed: int) -> np.ndarray:
        glyph = write("1", seed=seed).glyphs[0].ink
        assert glyph
        return (glyph.distance < 0).astype(np.uint8)

    hands = {seed: one_hand(seed) for seed in range(30)}
    by_slant = sorted(hands, key=lambda seed: hands[seed].slant)
    assert lean(ink(by_slant[-1])) > lean(ink(by_slant[0])) + 0.2
    by_weight = sorted(hands, key=lambda seed: hands[seed].weight)
    assert ink(by_weight[-1]).sum() > 1.15 * ink(by_weight[0]).sum()


def test_the_temperature_is_what_makes_the_candidates_differ(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a temperature of 0 there is one drawing of a digit, whoever draws it."""
    hands = [hand_of("ten", 0), hand_of("one", 0), hand_of("one", 1)]
    assert all(len(np.unique(one.draw(3, 4, RNG(1)), axis=0)) == 4 for one in hands)
    monkeypatch.setattr(hand, "TEMPERATURE", 0.0)
    cold = [one.draw(3, 4, RNG(1)) for one in hands]
    assert all(len(np.unique(drawn, axis=0)) == 1 for drawn in cold)
    np.testing.assert_array_equal(cold[1], cold[2])


def test_at_the_writer_s_temperature_fewer_drawings_break_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(temperature: float) -> int:
        monkeypatch.setattr(hand, "TEMPERATURE", temperature)
        drawn = [(digit, picture) for digit in range(10) for picture in draw_with_ten(digit, 100, RNG(digit))]
        return sum(bool(broken_rules(picture, digit)) for digit, picture in drawn)

    assert broken(TEMPERATURE) < broken(1.0) < broken(1.2)


def test_latents_of_a_hand_in_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = latents_drawn(monkeypatch)
    monkeypatch.setattr(hand, "_load", lambda _: (None, Config(latent=16, labels=True)))
    one_hand(7).draw(4, 3, RNG(1))
    z, e = RNG([7]).standard_normal(16), RNG(1).standard_normal((3, 16))
    c = np.array([[0.95], [0.825], [0.7]])
    np.testing.assert_allclose(seen[0][:, :16], np.tile(0.85 * z, (10, 1)), rtol=1e-6)
    np.testing.assert_allclose(seen[1][:, :16], 0.85 * (c * z + np.sqrt(1 - c**2) * e), rtol=1e-5)


def test_slant_and_weight_are_those_of_ten_specimens_beyond_the_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    specimens = np.zeros((10, 28, 28), np.uint8)
    specimens[:, 4:24, 12:17] = 255  # upright, 100 pixels of ink
    monkeypatch.setattr(sample, "draw", lambda _, latents: specimens[: len(latents)])
    monkeypatch.setattr(hand, "_load", lambda _: (None, Config(latent=16, labels=True)))
    one = one_hand(7)
    assert one.slant == pytest.approx(-np.mean(USUAL_LEAN))
    assert one.weight == pytest.approx(np.mean([100 / usual_ink(digit) for digit in range(10)]))
