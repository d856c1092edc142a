"""benchmarks.products: both sides multiply the same, and the figures are what they say."""

from functools import partial

import numpy as np
import pytest

from benchmarks import products


@pytest.mark.parametrize("name", products.PRODUCTS)
def test_both_sides_multiply_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[np.ndarray] = []
    monkeypatch.setattr(products, "ROUNDS", 2)
    monkeypatch.setattr(products, "POINTS", 2)

    def keep(work: partial[object]) -> float:
        work()
        C = work.args[2] if len(work.args) == 3 else work.keywords["out"]
        found.append(C.copy())
        C[...] = np.nan
        return 1.0

    monkeypatch.setattr(products, "milliseconds", keep)
    rows, length, columns, _ = products.PRODUCTS[name]
    assert products.compare(*products.PRODUCTS[name]) == (2 * 2 * rows * length * columns / 1e6,) * 2
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4, atol=1e-4)
