"""Exporting finished runs to the bundled files, and the table of their figures."""

from pathlib import Path

import numpy as np
import pytest

from gan.drawings.load_and_draw import PRETRAINED, load_generator, pretrained
from gan.runs.run_writer import create
from gan.runs.trainer import Trainer
from nnet import weights
from tests.helpers.commands import assert_refused
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits
from tools import bundle_networks


def trained(folder: Path, iterations: int = 4, digit: int | None = 3) -> None:
    """Create a run with a target of 4 iterations, trained for `iterations` of them.

    Its metrics report 2 iterations per second for the first half and 4 for the second.
    """
    config = tiny(digit, iterations=4)
    run, trainer = create(folder / config.name, config), Trainer(config, noise_digits(20))
    for _ in range(iterations):
        trainer.iterate()
    for iteration, speed in ((2, 2.0), (4, 4.0)):
        if iteration <= iterations:
            run.append_metrics({"iteration": iteration, "iterations_per_second": speed})
    run.save(trainer)


def test_a_finished_run_is_exported_in_float16_with_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs, to = tmp_path / "runs", tmp_path / "models"
    to.mkdir()
    for digit in (3, None):
        trained(runs, digit=digit)
    assert bundle_networks.main([str(runs), "--out", str(to)]) == 0
    assert sorted(path.name for path in to.iterdir()) == ["any.safetensors", "digit-3.safetensors"]
    assert "| `digit-3.safetensors` | 0.0" in capsys.readouterr().out
    shipped, texts = weights.load(to / "digit-3.safetensors")
    exact, before = weights.load(runs / "digit-3" / "generator.safetensors")
    assert {w.dtype for w in shipped.values()} == {np.dtype(np.float16)}
    assert all(np.array_equal(shipped[name], w.astype(np.float16)) for name, w in exact.items())
    assert texts["seconds"] == "2"  # 2 iterations at 2/s and 2 at 4/s take 1.5 s, rounded up to 2
    assert before.items() <= texts.items()
    assert load_generator(to / "digit-3.safetensors")[1] == tiny(3, iterations=4)


def test_other_runs_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained(tmp_path, iterations=2)
    for runs, message in (
        (tmp_path, "expected a finished run of 4 iterations, found 2; use train.py --resume"),
        (tmp_path / "digit-3", "expected runs named digit-0 and so on, found none"),
    ):
        command = [str(runs), "--out", str(tmp_path)]
        assert_refused(bundle_networks.main, command, "tools.bundle_networks", message, capsys)
    assert not list(tmp_path.glob("*.safetensors"))


def test_the_readme_describes_the_shipped_generators() -> None:
    text = (PRETRAINED / "README.md").read_text("utf-8")
    for path in map(pretrained, (*range(10), None)):
        assert bundle_networks.row(path) in text
