"""Elementwise kernels, each compared with one line of NumPy."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnet.fast.kernels import elementwise
from tests.helpers.strategies import BOTH_DTYPES, Array, close, numbers, threads

SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, max_side=5)
DTYPES = st.sampled_from([np.float32, np.float64])
SLOPES = st.sampled_from([0.01, 0.2, 1.0])


@given(shape=SHAPES, dtype=DTYPES, slope=SLOPES)
@example(shape=(4, elementwise.WIDE // 2), dtype=np.float32, slope=0.2)  # rows are processed in pairs
@example(shape=(5, elementwise.WIDE // 2), dtype=np.float32, slope=0.2)  # an odd number of rows leaves one over
@example(shape=(0, elementwise.WIDE // 2), dtype=np.float32, slope=0.2)
def test_bias_leaky_matches_the_formula(shape: tuple[int, ...], dtype: type, slope: float) -> None:
    rng = np.random.default_rng(0)
    z, b = numbers(rng, *shape, dtype=dtype), numbers(rng, shape[-1], dtype=dtype)
    shifted = z.astype(np.float64) + b
    before = b.tobytes()
    elementwise.bias_leaky(z, b, slope)
    close(z, np.where(shifted > 0, shifted, slope * shifted), dtype)
    assert (z.dtype.type, b.tobytes()) == (dtype, before)


@given(shape=SHAPES, dtype=DTYPES, slope=SLOPES)
def test_mask_leaky_matches_the_formula(shape: tuple[int, ...], dtype: type, slope: float) -> None:
    rng = np.random.default_rng(0)
    dy, y = numbers(rng, *shape, dtype=dtype), numbers(rng, *shape, dtype=dtype)
    before = dy.tobytes(), y.tobytes()
    dz = elementwise.mask_leaky(dy, y, slope)
    close(dz, np.where(y > 0, dy, slope * dy.astype(np.float64)), dtype)
    assert dz.dtype == dtype
    assert (dy.tobytes(), y.tobytes()) == before
    assert not np.shares_memory(dz, dy)


def test_zero_counts_as_negative() -> None:
    dz = elementwise.mask_leaky(np.ones(4), np.array([0.0, -0.0, 1e-300, -1e-300]), 0.25)
    assert dz.tolist() == [0.25, 0.25, 1, 0.25]


def test_mask_accepts_noncontiguous_arrays() -> None:
    rng = np.random.default_rng(0)
    dy, y = numbers(rng, 4, 6)[:, ::2], numbers(rng, 6, 4).T[:, ::2]
    close(elementwise.mask_leaky(dy, y, 0.2), np.where(y > 0, dy, 0.2 * dy))


@given(shape=SHAPES, dtype=DTYPES)
def test_mix_matches_the_formula(shape: tuple[int, ...], dtype: type) -> None:
    rng = np.random.default_rng(2)
    u, h, s = numbers(rng, *shape, dtype=dtype), numbers(rng, *shape, dtype=dtype), numbers(rng, shape[0], dtype=dtype)
    by_sample = s.reshape(-1, *[1] * (len(shape) - 1)).astype(np.float64)
    expected, before = by_sample * h + 0.3 * u.astype(np.float64), (h.tobytes(), s.tobytes())
    elementwise.mix(u, 0.3, h, s)
    close(u, expected, dtype)
    assert (u.dtype.type, h.tobytes(), s.tobytes()) == (dtype, *before)


def adam_arrays(dtype: type, *shape: int) -> tuple[Array, Array, Array, Array]:
    rng = np.random.default_rng(3)
    w, dw, m, v = (numbers(rng, *shape, dtype=dtype) for _ in range(4))
    return w, dw, m, v**2


@given(shape=SHAPES, dtype=DTYPES)
def test_adam_matches_the_formula(shape: tuple[int, ...], dtype: type) -> None:
    w, dw, m, v = adam_arrays(dtype, *shape)
    mean = 0.5 * m.astype(np.float64) + 0.5 * dw
    square = 0.75 * v.astype(np.float64) + 0.25 * dw.astype(np.float64) ** 2
    moved = w - 0.1 * mean / (np.sqrt(square) + 0.01)
    before = dw.tobytes()
    elementwise.adam([(w, dw, m, v)], 0.1, 0.5, 0.75, 0.01)
    for result, expected in ((m, mean), (v, square), (w, moved)):
        close(result, expected, dtype)
        assert result.dtype == dtype
    assert dw.tobytes() == before


SEVERAL = [(5, 7), (1,), (0,), (3, 700), (2, 2, 3)]  # fewer elements than parts, as many, and more


@pytest.mark.parametrize("parts", [1, 3, 1024])
@pytest.mark.parametrize("count", [1, 3])
def test_adam_over_weights_equals_adam_over_each(monkeypatch: pytest.MonkeyPatch, count: int, parts: int) -> None:
    monkeypatch.setattr(elementwise, "PARTS", parts)
    separate, together = ([adam_arrays(np.float64, *shape) for shape in SEVERAL] for _ in range(2))
    for arrays in separate:
        elementwise.adam([arrays], 0.1, 0.5, 0.75, 0.01)
    with threads(count):
        elementwise.adam(together, 0.1, 0.5, 0.75, 0.01)
    for one, other, shape in zip(separate, together, SEVERAL, strict=True):
        assert [array.tobytes() for array in one] == [array.tobytes() for array in other]
        before = adam_arrays(np.float64, *shape)[0]
        assert np.all(one[0] != before), "every element of a weight changes"


@given(shapes=st.lists(SHAPES, max_size=3), dtype=DTYPES, rate=st.sampled_from([0.0, 0.001, 0.5, 1.0]))
def test_approach_matches_the_formula(shapes: list[tuple[int, ...]], dtype: type, rate: float) -> None:
    rng = np.random.default_rng(4)
    pairs = [(numbers(rng, *shape, dtype=dtype), numbers(rng, *shape, dtype=dtype)) for shape in shapes]
    expected = [average + rate * (w.astype(np.float64) - average) for average, w in pairs]
    before = [w.tobytes() for _, w in pairs]
    elementwise.approach(pairs, rate)
    for (average, _), exact in zip(pairs, expected, strict=True):
        close(average, exact, dtype)
        assert average.dtype == dtype
    assert [w.tobytes() for _, w in pairs] == before


@given(shapes=st.lists(SHAPES, max_size=3), dtype=DTYPES, count=st.integers(1, 3))
def test_move_adds_and_clears(shapes: list[tuple[int, ...]], dtype: type, count: int) -> None:
    rng = np.random.default_rng(5)
    pairs = [(numbers(rng, *shape, dtype=dtype), numbers(rng, *shape, dtype=dtype)) for shape in shapes]
    expected = [(total + part).tobytes() for total, part in pairs]
    with threads(count):
        elementwise.move(pairs)
    assert [total.tobytes() for total, _ in pairs] == expected
    assert not any(part.any() for _, part in pairs)
    assert all(array.dtype == dtype for pair in pairs for array in pair)


def test_weights_of_both_dtypes_in_one_call() -> None:
    weights = [adam_arrays(dtype, 4, 3) for dtype in (np.float32, np.float64)]
    elementwise.adam(weights, 0.1, 0.5, 0.75, 0.01)
    elementwise.approach([(m, w) for w, _, m, _ in weights], 0.5)
    for single, double in zip(*weights, strict=True):
        assert (single.dtype, double.dtype) == (np.float32, np.float64)
        close(single, double, np.float32)


@BOTH_DTYPES
@pytest.mark.parametrize("count", [2, 3])
def test_every_thread_count_gives_the_same_bits(count: int, dtype: type) -> None:
    def all_results() -> list[bytes]:
        rng = np.random.default_rng(1)
        z, b, y = numbers(rng, 5, 7, dtype=dtype), numbers(rng, 7, dtype=dtype), numbers(rng, 5, 7, dtype=dtype)
        masked, mixed = elementwise.mask_leaky(z, y, 0.2), z.copy()
        elementwise.mix(mixed, 0.3, y, b[:5])
        elementwise.bias_leaky(z, b, 0.2)
        weights = [adam_arrays(dtype, *shape) for shape in SEVERAL]
        elementwise.adam(weights, 0.1, 0.9, 0.999, 1e-8)
        pairs = [(m, w) for w, _, m, _ in weights]
        elementwise.approach(pairs, 0.3)
        elementwise.move([(w, v.copy()) for w, _, _, v in weights])
        changed = [array for w, _, m, v in weights for array in (w, m, v)]
        return [array.tobytes() for array in (masked, mixed, z, *changed)]

    with threads(1):
        single = all_results()
    with threads(count):
        assert all_results() == single


def test_mask_in_place() -> None:
    rng = np.random.default_rng(0)
    dy, y = numbers(rng, 3, 4), numbers(rng, 3, 4)
    expected = elementwise.mask_leaky(dy, y, 0.2)
    assert elementwise.mask_leaky(dy, y, 0.2, in_place=True) is dy
    assert dy.tobytes() == expected.tobytes()


def test_wrong_shapes_and_noncontiguous_outputs_are_refused() -> None:
    with pytest.raises(ValueError, match="expected dy in the shape of y"):
        elementwise.mask_leaky(np.ones((4, 3)), np.ones((3, 3)), 0.2)
    with pytest.raises(ValueError, match="contiguous"):
        elementwise.move([(np.ones((4, 4))[:, ::2], np.ones((4, 2)))])


def test_empty_arrays_and_lists() -> None:
    z = np.zeros((0, 3))
    elementwise.bias_leaky(z, np.ones(3), 0.2)
    assert elementwise.mask_leaky(z, z, 0.2).shape == (0, 3)
    with threads(2):
        elementwise.adam([], 0.1, 0.5, 0.75, 0.01)
        elementwise.approach([], 0.5)
        elementwise.move([])
