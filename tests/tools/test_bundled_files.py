"""tools/make_recorded_runs.py: the recorded run, the pair, and the animation."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gan.data import load
from gan.data.images_and_sheets import drawings_on
from gan.drawings.recognition import Recognition
from gan.pretrained import FROZEN, LOOSE
from gan.runs.evaluate_sheets import SheetEvaluator
from gan.runs.evaluation_record import Evaluation
from gan.runs.gif_export import encoded, frame
from gan.runs.judge_ratings import read_ratings, scale
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.runs.trainer import Trainer
from tests.helpers.digits import folder_of
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits
from tools import make_recorded_runs
from tools.make_recorded_runs import (
    GIF_COLUMNS,
    GIF_GREYS,
    GREYS,
    PAIR_GREYS,
    PICTURES,
    main,
    pick,
    reduced,
)

CONFIG = tiny(None, iterations=1000, seed=7)
REMARKS = Evaluation(Recognition((3,) * 4, (0.95,) * 4), (True,) * 4, 1)


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    """Create a run with 101 pictures of four drawings, and their evaluations."""
    run = create(tmp_path / "all-digits", CONFIG)
    for iteration in range(0, 1001, 10):
        run.save_picture(iteration, noise_digits(4, iteration).images, REMARKS)
    return run


# The choice of pictures


@given(st.sets(st.integers(1, 10_000), max_size=300), st.integers(2, 80))
def test_picked_iterations_include_the_first_and_the_last(
    others: set[int], most: int
) -> None:
    iterations = sorted({0, *others})
    picked = pick(iterations, most)
    assert picked == sorted(set(picked))
    assert set(picked) <= set(iterations)
    assert len(picked) <= most
    assert picked[0] == 0
    assert picked[-1] == iterations[-1]
    if len(iterations) <= most:
        assert picked == iterations


def test_reduced_images_have_few_greys_with_black_and_white() -> None:
    all_shades = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    shades = reduced(all_shades)
    assert len(np.unique(shades)) == GREYS
    assert shades.min() == 0
    assert shades.max() == 255
    assert np.abs(shades.astype(int) - all_shades).max() <= 255 / (GREYS - 1) / 2
    assert np.array_equal(reduced(shades), shades)


# The recorded run


def test_a_recorded_run_has_pictures_losses_and_ratings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny(None, iterations=100, metrics_every=20, labels=True)
    data = load(folder_of(tmp_path))
    monkeypatch.setattr(make_recorded_runs, "load", lambda: data)
    monkeypatch.setattr(
        make_recorded_runs, "preset", lambda digit, network, images: config
    )
    reading = Recognition((9,) * 64, (1.0,) * 64)
    monkeypatch.setattr(
        make_recorded_runs, "open_recognizer", lambda: lambda images: reading
    )
    folder = tmp_path / "recorded"
    assert main(["--out", str(folder)]) == 0
    recorded = Run.open(folder)
    assert recorded.config == config
    assert recorded.pictures() == pick(list(range(101)), PICTURES)
    assert [line["iteration"] for line in recorded.metrics()] == [20, 40, 60, 80, 100]
    trainer = Trainer(config, data)
    evaluator = SheetEvaluator(config, data, None)
    for iteration in recorded.pictures()[:8]:
        while trainer.iteration < iteration:
            trainer.iterate()
        drawings = trainer.draw()
        assert np.array_equal(
            drawings_on(recorded.picture_path(iteration)), reduced(drawings.images)
        )
        assert recorded.evaluation(iteration).recognition == reading
        expected = scale(evaluator.verdicts(trainer, drawings), evaluator.requested)
        assert read_ratings(recorded, iteration) == expected
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "images",
        "metrics.jsonl",
    ]


# The animation


def test_the_animation_shows_the_picked_pictures(
    run: RunWriter, tmp_path: Path
) -> None:
    path = tmp_path / "numbers.gif"
    assert main([str(run.path), "--gif", str(path)]) == 0
    frames = [
        frame(iteration, drawings_on(run.picture_path(iteration)), GIF_COLUMNS)
        for iteration in pick(run.pictures(), PICTURES)
    ]
    assert path.read_bytes() == encoded(frames, GIF_GREYS)


def test_only_the_run_with_a_frozen_judge_learns_to_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make_recorded_runs, "PAIR_ITERATIONS", 40)
    monkeypatch.setattr(make_recorded_runs, "PAIR_PICTURES", 9)
    assert main(["--pair", "--out", str(tmp_path)]) == 0
    frozen, loose = (Run.open(tmp_path / name) for name in (FROZEN, LOOSE))
    assert frozen.config == replace(loose.config, freeze=True)
    assert frozen.config.freeze is True
    assert loose.config.freeze is False
    assert frozen.config.digit == 3
    assert frozen.pictures() == loose.pictures() == pick(list(range(41)), 9)
    with Image.open(frozen.picture_path(40)) as picture:
        assert len(np.unique(np.asarray(picture.convert("L")))) <= PAIR_GREYS
    learned = frozen.evaluation(40)
    bent = loose.evaluation(40)
    assert np.mean(learned.near or [False]) > 0.5
    assert (learned.prefers_real or 0) > 20
    assert bent.near == (False,) * 64
    assert bent.prefers_real == 0, "the changed judge prefers noise to real threes"
