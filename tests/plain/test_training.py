"""The plain GAN: gradients compared with finite differences, and the program, which
learns a digit without numba.
"""

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.data.images_and_sheets import drawings_on, to_unit
from gan.drawings.classifier import classify, load_classifier
from gan.plain import training
from gan.plain.one_digit import train
from gan.plain.training import Players
from nnet import Array, bce_with_logits, sigmoid
from tests.helpers.commands import ROOT, run
from tests.helpers.derivatives import assert_gradients, distance_to_kinks
from tests.helpers.digits import real_digits
from tests.helpers.players import small_players
from tests.helpers.strategies import as_bytes

RNG = np.random.default_rng(5)
REAL = RNG.uniform(-1, 1, (4, 28, 28, 1))
LATENTS = RNG.standard_normal((4, 3))


def generator_loss(players: Players) -> float:
    """Return G's classic loss, computed from its definition: mean of -log
    sigmoid(D(G(z))).
    """
    logits, _ = players.discriminator.forward(players.generator.forward(LATENTS)[0])
    return float(-np.log(sigmoid(logits)).mean())


def discriminator_loss(players: Players, fake: Array) -> float:
    """Return D's classic loss, computed from its definition as a mean over real and
    fake images together.
    """
    real_logits, fake_logits = (
        players.discriminator.forward(x)[0] for x in (REAL, fake)
    )
    return float(
        -(np.log(sigmoid(real_logits)).mean() + np.log(1 - sigmoid(fake_logits)).mean())
        / 2
    )


def test_the_gradient_of_g_through_a_frozen_d() -> None:
    players = small_players(seed=3, double=True)
    fake, saved = players.generator.forward(LATENTS)
    # No finite-difference step of 1e-6 below may cross a kink.
    assert distance_to_kinks(players.generator, saved) > 1e-4
    loss = training.update_generator(players, fake, saved, learning_rate=0)
    assert loss == pytest.approx(generator_loss(players), rel=1e-12)
    gradients = players.generator.gradients()
    assert_gradients(
        lambda: generator_loss(players), players.generator.parameters(), gradients
    )
    assert all(dw.any() for dw in gradients.values())


def test_the_gradient_of_d() -> None:
    players = small_players(seed=3, double=True)
    fake = players.generator.forward(LATENTS)[0]
    loss, logits = training.update_discriminator(players, REAL, fake, learning_rate=0)
    assert loss == pytest.approx(discriminator_loss(players, fake), rel=1e-12)
    rated = [players.discriminator.forward(x)[0] for x in (REAL, fake)]
    np.testing.assert_allclose(logits, np.concatenate(rated), rtol=1e-12)
    D = players.discriminator
    assert_gradients(
        lambda: discriminator_loss(players, fake), D.parameters(), D.gradients()
    )


# The program


# Run a program where only NumPy, Pillow and this checkout can be imported.
NUMPY_ALONE = """
import runpy
import sys
from importlib.metadata import packages_distributions
allowed = {"numpy", "PIL", "nnet", "gan"}
sys.modules.update(dict.fromkeys(packages_distributions().keys() - allowed))
sys.argv[:2] = sys.argv[1:2]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def test_plain_learns_a_digit_with_numpy_and_pillow_alone_and_reports_progress(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new" / "threes.png"
    options = "--digit", "3", "--iterations", "110", "--out", str(path)
    done = run([sys.executable, "-c", NUMPY_ALONE, "gan.plain", *options], cwd=ROOT)
    assert done.returncode == 0
    assert done.stderr == ""
    *progress, last = done.stdout.splitlines()
    assert [line.split(":")[0] for line in progress] == ["50 of 110", "100 of 110"]
    d_loss, g_loss, d_real, d_fake = map(float, re.findall(r"\d\.\d\d", progress[1]))
    assert 0.3 < d_fake < d_real < 0.95
    assert 0 < g_loss < 5
    # equal if D rated all images of a kind alike
    assert d_loss == pytest.approx(-(np.log(d_real) + np.log(1 - d_fake)) / 2, abs=0.1)
    assert str(path) in last
    digits, _ = classify(load_classifier(), drawings_on(path))
    assert len(digits) == 64
    assert (digits == 3).mean() >= 0.5


def test_the_exercises_need_numpy_and_pillow_alone(tmp_path: Path) -> None:
    options = "all", "--solutions", "--iterations", "1", "-o", str(tmp_path / "a.png")
    checker = "docs.course.check", *options
    done = run([sys.executable, "-c", NUMPY_ALONE, *checker], cwd=ROOT)
    assert done.stderr == ""
    assert "The classifier recognizes" in done.stdout


def test_training_depends_on_the_seed_the_images_and_the_loss() -> None:
    seen: list[int] = []

    def weights(
        images: Array | None = None, seed: int = 1, **options: Any
    ) -> dict[str, bytes]:
        rng = np.random.default_rng(seed)
        return as_bytes(train(7, 2, rng, images, **options).parameters())

    usual = weights()
    other = weights(seed=2)
    assert all(usual[name] != other[name] for name in usual)
    sevens = to_unit(real_digits(7))
    assert weights(sevens) == usual
    assert weights(-sevens) != usual
    flipped = weights(loss=lambda logits, y: bce_with_logits(logits, 1 - y))
    assert flipped != usual
    assert weights(each=lambda iteration, *_: seen.append(iteration)) == usual
    assert seen == [1, 2]
