"""gan/evaluate/simple_evaluators.py: its histogram by NumPy, and known faults."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from gan.data import only
from gan.data.images_and_sheets import Pictures
from gan.evaluate import simple_evaluators
from gan.evaluate.real_against_real import Draw
from gan.evaluate.simple_evaluators import ALL, SimpleEvaluators
from tests.helpers.digits import SAMPLE

THREES = only(SAMPLE, 3).images  # 500
NOISE = np.random.default_rng(0).integers(0, 256, (120, 28, 28), dtype=np.uint8)


@pytest.fixture(autouse=True)
def _few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simple_evaluators, "PASSES", 8)


@pytest.mark.parametrize("bins", [32, 256])
def test_a_histogram_equals_that_of_numpy(bins: int) -> None:
    signed = NOISE[7].astype(int)
    edges = np.array([-1, *np.arange(bins) * 255 / (bins - 1)])  # each bin includes its upper edge, so both are negated
    found = simple_evaluators.grey_values(NOISE, bins)[7]
    assert np.array_equal(found, np.histogram(-signed, -edges[::-1])[0][::-1] / 784)


def test_drawn_and_real_are_treated_alike() -> None:
    rng = np.random.default_rng(0)
    one, other = (ALL["grey_values"](*pair, rng) for pair in ((NOISE, THREES), (THREES, NOISE)))
    assert one(THREES[:9]) == pytest.approx(-other(THREES[:9]), abs=1e-6)


# Known faults


def of(images: Pictures) -> Draw:
    """Draw these images without repeating one, because a repeated one is known from training."""
    return lambda n, rng: images[rng.permutation(len(images))[:n]]


def against(images: Pictures, n: int = 60, seed: int = 0) -> Any:
    """Return the shares told apart for drawings from these images. The real ones are other threes."""
    shuffle_rng, draw_rng = np.random.default_rng(seed).spawn(2)
    return SimpleEvaluators(THREES[:240], n, shuffle_rng).against(of(images), draw_rng)


UNSEEN = THREES[240:]  # 260
FAULTS: dict[str, tuple[Pictures, Iterable[str]]] = {
    "noise": (NOISE, ALL), "inverted": (255 - UNSEEN, ALL), "blank": (np.zeros_like(UNSEEN), ALL),
    "one level of ink": (np.minimum(UNSEEN, 250), ["grey_levels"]),
    "faint ink": (np.maximum(UNSEEN, 1), ["grey_values"]), "pale": (np.minimum(UNSEEN, 127), ["grey_values"]),
}  # fmt: skip


@pytest.mark.parametrize(("drawn", "found"), FAULTS.values(), ids=FAULTS)
def test_faults_are_told_apart_by_the_evaluators_made_for_them(drawn: Pictures, found: Iterable[str]) -> None:
    shares = against(drawn)
    assert shares.keys() == ALL.keys()
    for name in found:
        assert shares[name]["fake"] > 0.9, name


def test_real_digits_are_not_told_apart() -> None:
    """The standard deviation of a share of 1,000 guesses is 0.016."""
    evaluators = SimpleEvaluators(SAMPLE.images[::2], 500, np.random.default_rng(0))
    shares = evaluators.against(of(SAMPLE.images[1::2]), np.random.default_rng(1))
    for share in shares.values():
        assert [share["fake"], share["real"]] == pytest.approx([0.5, 0.5], abs=0.05)


def test_the_network_learns_shapes() -> None:
    """Real sevens in the place of drawn threes."""
    sevens = only(SAMPLE, 7).images
    scores = simple_evaluators.train_network(sevens[:100], THREES[:100], np.random.default_rng(0))
    assert np.mean([scores(sevens[100:200]) <= 0, scores(THREES[100:200]) > 0]) > 0.95


def test_parts_are_disjoint_and_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.broadcast_to(np.arange(90, dtype=np.uint8)[:, None, None], (90, 28, 28))
    seen = list[Pictures]()

    def record(*drawn_and_real: Pictures) -> simple_evaluators.Scores:
        seen.extend(drawn_and_real)
        return lambda images: seen.append(images) or np.zeros(len(images))  # type: ignore[func-returns-value]

    for name in ALL:
        monkeypatch.setitem(ALL, name, lambda *images: record(*images[:2]))
    for n, size in ((1000, 22), (22, 22), (20, 20), (1, 1)):
        seen.clear()
        evaluators = SimpleEvaluators(images, n, np.random.default_rng(0))
        assert len(evaluators.train) == len(evaluators.test) == evaluators.size == size
        chosen = np.concatenate(seen[:4])[:, 0, 0]
        assert len(set(chosen.tolist())) == len(chosen) == 4 * size
    assert simple_evaluators.MOST_IMAGES == 1000
    monkeypatch.setattr(simple_evaluators, "MOST_IMAGES", 7)
    assert SimpleEvaluators(images, 20, np.random.default_rng(0)).size == 7


def test_shares_are_deterministic() -> None:
    assert against(UNSEEN, 30, seed=1) == against(UNSEEN, 30, seed=1) != against(UNSEEN, 30, seed=2)
