"""The plain GAN whose G's Adam also holds D, compared with the same training without the mistake."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from strategies import as_bytes

from gan.classifier import classify, load_classifier
from gan.data import load
from gan.data.nearest import Near
from gan.pictures import to_ink
from gan.plain import LATENT, train
from gan.plain_command import TURNS, build_parser, main
from gan.plain_mistake import train_in_turns
from nnet.layer import Layer
from nnet.sequential import Sequential


def recognized(generator: Sequential) -> float:
    """Return the share of 256 drawings that are read as a 3 with a confidence of .9, and are near a real 3."""
    fake, _ = generator.forward(np.random.default_rng(1).standard_normal((256, LATENT), np.float32))
    digits, confidence = classify(load_classifier(), ink := to_ink(fake))
    near = Near(load())(ink, np.full(len(ink), 3))
    return float(((digits == 3) & (confidence >= 0.9) & near).mean())


@pytest.mark.full
@pytest.mark.parametrize("seed", range(5))
def test_with_the_mistake_g_draws_noise_while_its_frozen_twin_draws(seed: int) -> None:
    frozen, mistake = (
        recognized(train_in_turns(3, 100, np.random.default_rng(seed), TURNS, each)) for each in (False, True)
    )
    assert frozen > 0.7
    assert mistake < 0.05


def test_without_the_mistake_one_turn_each_is_the_plain_gan() -> None:
    plain = as_bytes(train(7, 2, np.random.default_rng(1)).parameters())
    one, mistake, two = (
        as_bytes(train_in_turns(7, 2, np.random.default_rng(1), turns, wrong).parameters())
        for turns, wrong in ((1, False), (1, True), (2, False))
    )
    assert one == plain
    assert mistake != plain
    assert two != plain


def test_forgetting_only_to_freeze_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def nothing(self: Layer) -> Iterator[None]:
        yield

    usual = as_bytes(train(7, 3, np.random.default_rng(1)).parameters())
    monkeypatch.setattr(Layer, "frozen", nothing)
    assert as_bytes(train(7, 3, np.random.default_rng(1)).parameters()) == usual


def test_both_sheets_are_drawn_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "both.png"
    assert main(["--mistake", "1", "--iterations", "2", "-o", str(path)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{path}: after 2 iterations, 1 turn(s) of G for each of D"
    assert second.startswith("Left: D is frozen while G learns. Right: ")
    with Image.open(path) as picture:
        ink = 255 - np.asarray(picture)[20:]
    assert ink.shape == (242, 2 * 242 + 12)
    left, right = ink[:, :242], ink[:, -242:]
    assert not np.array_equal(left, right)
    assert left.any()
    assert right.any()


def test_both_sheets_have_a_file_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--iterations", "1"]) == 0
    assert main(["--mistake", "1", "--iterations", "1"]) == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["mistake.png", "plain.png"]


def test_options_of_the_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build_parser().parse_args([]).mistake is None
    assert build_parser().parse_args(["--mistake"]).mistake == TURNS
    path = tmp_path / "a.png"
    assert main(["--mistake", "--losses", str(path), "-o", str(path)]) == 2
    assert capsys.readouterr().err.startswith("gan.plain: --losses: expected without --mistake, which trains two GANs")
    assert not path.exists()
