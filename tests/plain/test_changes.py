"""The code in docs/changes.md runs, in order, and its derivatives are right."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.plain.models import build_generator
from gan.plain.one_digit import CHANNELS, LATENT
from nnet import Array
from nnet.gradcheck import Check, directional

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "changes.md").read_text("utf-8")
FEW = ("600", "2")  # iterations on the page and here


def test_each_change_trains_and_its_derivatives_are_right(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The page replaces it; it is restored after the test.
    monkeypatch.setattr("gan.plain.one_digit.build_generator", build_generator)
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"trained": []}
    for block in re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE):
        assert block.count(FEW[0]) == 1
        exec(block.replace(*FEW) + "\ntrained.append(G)\n", names)
    least_squares, normalized, deeper = (
        {key: w.shape for key, w in G.parameters().items()} for G in names["trained"]
    )
    usual = build_generator(LATENT, CHANNELS, np.random.default_rng(0)).parameters()
    assert least_squares == {name: w.shape for name, w in usual.items()}
    assert len(normalized) == len(usual) + 4
    assert len(deeper) > len(usual)
    check_least_squares(names["least_squares"])
    checks: list[Check] = names["checks"]
    assert [check.name for check in checks] == ["x", "gain", "b"]
    assert max(check.error for check in checks) < 1e-8
    y, _ = names["BatchNorm"](3).forward(
        np.random.default_rng(0).normal(5, 3, (8, 4, 4, 3))
    )
    np.testing.assert_allclose(
        [y.mean((0, 1, 2)), y.std((0, 1, 2))], [[0] * 3, [1] * 3], atol=1e-5
    )


def check_least_squares(loss: Callable[..., tuple[float, Array]]) -> None:
    """Assert that a loss and its derivative are those of least squares."""
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((5, 1))
    targets = np.array([[1.0], [0], [1], [0], [1]])
    assert loss(logits, targets)[0] == pytest.approx(
        ((logits - targets) ** 2).mean() / 2
    )
    check = directional(
        "logits",
        lambda: loss(logits, targets)[0],
        logits,
        loss(logits, targets)[1],
        rng,
    )
    assert check.error < 1e-9
    assert loss(logits.astype(np.float32), 1.0)[1].dtype == np.float32
