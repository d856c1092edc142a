"""gan/pretrained/record.py: a run made small, and as an animation."""

import json
from pathlib import Path

import numpy as np
import pytest
from fake_worker import tiny
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from gan.classifier.reading import Reading
from gan.pictures import drawings_on, save_png, sheet
from gan.pretrained import record
from gan.pretrained.record import GREYS, LINES, PICTURES, main, pick, reduced
from gan.runs import film
from gan.runs.evaluation import Evaluation
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from nnet import weights

RNG = np.random.default_rng(5)
CONFIG = tiny(None, iterations=1000, seed=7)


def digits(n: int = 64) -> np.ndarray:
    return RNG.integers(0, 256, (n, 28, 28), dtype=np.uint8)


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    """A run of 100 pictures and 1000 lines of metrics."""
    run = create(tmp_path / "all-digits", CONFIG)
    for iteration in range(0, 1001, 10):
        save_png(sheet(digits(4)), run.picture_path(iteration))
    lines = [{"iteration": iteration, "d_loss": 0.123456789, "g_loss": 12.3456} for iteration in range(1, 1001)]
    (run.path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    weights.save(run.generator, {}, {"data": "some digits"})
    return run


# Which pictures


@given(st.sets(st.integers(1, 10_000), max_size=300), st.integers(2, 80))
def test_the_picked_are_some_of_them_with_the_first_and_the_last(others: set[int], most: int) -> None:
    iterations = sorted({0, *others})
    picked = pick(iterations, most)
    assert picked == sorted(set(picked))
    assert set(picked) <= set(iterations)
    assert len(picked) <= most
    assert (picked[0], picked[-1]) == (0, iterations[-1])
    if len(iterations) <= most:
        assert picked == iterations


def test_most_of_the_picked_are_from_the_beginning() -> None:
    iterations = [*range(0, 250, 5), *range(250, 5001, 25)]
    picked = pick(iterations, PICTURES)
    assert 45 <= len(picked) <= PICTURES
    assert sum(iteration <= 1000 for iteration in picked) > len(picked) / 2
    assert max(np.diff(picked)) <= 250


def test_so_many_greys_with_paper_and_ink_among_them() -> None:
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    shades = reduced(every)
    assert len(np.unique(shades)) == GREYS
    assert (shades.min(), shades.max()) == (0, 255)
    assert np.abs(shades.astype(int) - every).max() <= 255 / (GREYS - 1) / 2
    assert np.array_equal(reduced(shades), shades)


# The recorded run


def test_a_recorded_run_is_a_run_made_small(
    run: RunWriter, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "open_reader", lambda: None)
    folder = tmp_path / "recorded"
    assert main([str(run.path), "--to", str(folder)]) == 0
    recorded = Run.open(folder)
    assert recorded.config == CONFIG
    assert recorded.pictures() == pick(run.pictures(), PICTURES)
    for iteration in recorded.pictures():
        small, whole = (drawings_on(each.picture_path(iteration)) for each in (recorded, run))
        assert np.array_equal(small, reduced(whole))
    lines = recorded.metrics()
    assert LINES / 2 <= len(lines) <= LINES
    assert lines[-1] == {"iteration": 1000, "d_loss": 0.1235, "g_loss": 12.35}
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "config.json", "images", "metrics.jsonl"]
    assert f"{len(recorded.pictures())} pictures" in capsys.readouterr().out
    text = (folder / "README.md").read_text()
    for said in ("some digits", "seed 7", "batch 8", "iteration 1000", f"{len(lines)} of 1000", "MIT"):
        assert said in text
    assert str(tmp_path) not in text


def test_the_readings_of_a_run_are_kept_and_missing_ones_made(
    run: RunWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, read = Reading((1, 2, 3, 4), (0.5,) * 4), Reading((9,) * 4, (1.0,) * 4)
    run.save_picture(0, digits(4), Evaluation(kept, (True,) * 4, 2))
    seen: list[np.ndarray] = []

    def reader(images: np.ndarray) -> Reading:
        seen.append(images)
        return read

    monkeypatch.setattr(record, "open_reader", lambda: reader)
    recorded = record.record(run, tmp_path / "recorded")
    first, *others = recorded.pictures()
    assert recorded.remarks(first) == Evaluation(kept, (True,) * 4, 2)
    assert {recorded.remarks(iteration).reading for iteration in others} == {read}
    assert all(recorded.remarks(iteration).near == (False,) * 4 for iteration in others), "noise is near no digit"
    assert np.array_equal(seen[0], drawings_on(run.picture_path(others[0]))), "it reads before the greys are reduced"


def test_without_a_classifier_there_are_no_readings(
    run: RunWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "open_reader", lambda: None)
    recorded = record.record(run, tmp_path / "recorded")
    assert not list(recorded.images.glob("*.json"))


def complaint(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def test_wrong_wishes_are_one_line(run: RunWriter, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "found no config.json" in complaint(capsys, tmp_path / "nowhere")
    one = create(tmp_path / "digit-3", tiny(3))
    assert "of all digits" in complaint(capsys, one.path, "--to", tmp_path / "recorded")
    bare = create(tmp_path / "bare", CONFIG)
    assert "has no pictures" in complaint(capsys, bare.path, "--to", tmp_path / "recorded")
    assert "has no pictures" in complaint(capsys, bare.path, "--gif", tmp_path / "x.gif")
    assert "remove it first" in complaint(capsys, run.path, "--to", bare.path)
    run.picture_path(0).write_bytes(b"damaged")
    assert "0.png" in complaint(capsys, run.path, "--to", tmp_path / "recorded")
    assert not (tmp_path / "recorded").exists()


# The animation


def test_the_animation_shows_every_picked_picture(run: RunWriter, tmp_path: Path) -> None:
    path = tmp_path / "numbers.gif"
    assert main([str(run.path), "--gif", str(path)]) == 0
    assert path.stat().st_size <= film.MAX_BYTES
    picked = pick(run.pictures(), PICTURES)
    with Image.open(path) as gif:
        assert (len(list(ImageSequence.Iterator(gif))), gif.info["loop"]) == (len(picked), 0)
        for place in (0, len(picked) - 1):
            gif.seek(place)
            paper = np.asarray(gif.convert("L")).astype(int)
            drawn = sheet(drawings_on(run.picture_path(picked[place])), film.COLUMNS)
            assert paper.shape == (drawn.height + film.CAPTION, drawn.width)
            assert np.abs(paper[: drawn.height] - np.asarray(drawn)).max() <= 9  # sixteen greys
            assert (paper[drawn.height :] < 128).any(), "its iteration stands below"
        assert gif.info["duration"] == film.LAST_MILLISECONDS
