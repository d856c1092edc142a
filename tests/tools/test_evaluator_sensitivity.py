"""tools/evaluator_sensitivity.py: digits that were not changed are guessed, and those changed a lot are told apart."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gan.data import load
from gan.evaluate.simple_evaluators import FEATURES
from tests.helpers.commands import assert_refused
from tests.helpers.digits import folder_of
from tests.helpers.letters import folder_of_letters
from tools import evaluator_sensitivity
from tools.evaluator_sensitivity import main, noisy, resampled

IMAGES, RNG = load().images[::10], np.random.default_rng(0)  # 500


def test_changes_by_hand() -> None:
    assert np.array_equal(resampled(IMAGES, RNG, degrees=90), np.rot90(IMAGES, -1, (1, 2)))
    ink, left = IMAGES.astype(float), np.pad(IMAGES, ((0, 0), (0, 0), (1, 0)))[:, :, :-1]
    assert np.array_equal(resampled(IMAGES, RNG, right=0.25), np.rint(0.75 * ink + 0.25 * left))
    noise = noisy(IMAGES, RNG, 2) - ink
    assert noise[(ink > 20) & (ink < 235)].std() == pytest.approx(2, abs=0.05)
    assert not noise[ink == 0].any()


def test_only_changed_digits_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluator_sensitivity, "DIGITS", 2)
    monkeypatch.setattr(evaluator_sensitivity, "CHANGES", {"none": resampled, "huge": partial(noisy, deviation=100)})
    assert main(["-o", str(tmp_path / "a.json")]) == 0
    shares = json.loads((tmp_path / "a.json").read_text("utf-8"))["told_apart"]
    assert all(shares["none"][name]["fake"] == shares["none"][name]["real"] for name in FEATURES)
    assert [each["fake"] for each in shares["none"].values()] == pytest.approx([0.5] * 4, abs=0.1)
    assert shares["huge"]["differences"]["fake"] > 0.99


def test_invalid_input_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own, few, name = folder_of_letters(tmp_path / "own"), folder_of(tmp_path), "tools.evaluator_sensitivity"
    assert_refused(main, ["--data", str(own)], name, "expected digits, received", capsys)
    assert_refused(main, ["--data", str(few)], name, "expected at least 4 real pictures, received 1", capsys)
    assert_refused(main, ["-o", str(tmp_path / "a.txt")], name, "ends in .json", capsys)
