"""Exporting finished runs to the bundled files, and the table of their figures."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.drawings.load_and_draw import load_discriminator, load_generator
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.trainer import Trainer
from nnet import weights
from tests.helpers.commands import assert_refused
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits
from tools import ship


def trained(folder: Path, iterations: int = 4, digit: int | None = 3, labels: bool = False) -> Run:
    """Create a run with a target of 4 iterations, trained for `iterations` of them.

    Its metrics report 2 iterations per second for the first half and 4 for the second.
    """
    config = tiny(digit, iterations=4, labels=labels)
    run, trainer = create(folder / config.name, config), Trainer(config, noise_digits(20))
    for _ in range(iterations):
        trainer.iterate()
    for iteration, speed in ((2, 2.0), (4, 4.0)):
        if iteration <= iterations:
            run.append_metrics({"iteration": iteration, "iterations_per_second": speed})
    run.save(trainer)
    return run


def test_a_finished_run_is_exported_in_float16_with_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs, to = tmp_path / "runs", tmp_path / "models"
    to.mkdir()
    for digit in (3, None):
        trained(runs, digit=digit)
    assert ship.main(["networks", str(runs), "--out", str(to)]) == 0
    assert sorted(path.name for path in to.iterdir()) == ["any.safetensors", "digit-3.safetensors"]
    assert "digit-3.safetensors: 0.0" in capsys.readouterr().out
    shipped, texts = weights.load(to / "digit-3.safetensors")
    exact, before = weights.load(runs / "digit-3" / "generator.safetensors")
    assert {w.dtype for w in shipped.values()} == {np.dtype(np.float16)}
    for name, w in exact.items():
        assert np.array_equal(shipped[name], w.astype(np.float16))
    assert texts["seconds"] == "2"  # 2 iterations at 2/s and 2 at 4/s take 1.5 s, rounded up to 2
    assert {name: texts[name] for name in before if name != "sha256"} == {
        name: text for name, text in before.items() if name != "sha256"
    }
    assert load_generator(to / "digit-3.safetensors")[1] == tiny(3, iterations=4)


def test_the_discriminator_of_a_run_is_exported_in_float16(tmp_path: Path) -> None:
    run = trained(tmp_path, digit=None, labels=True)
    assert ship.main(["networks", str(run.path), "--discriminator", "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.glob("*.safetensors")] == ["discriminator.safetensors"]
    D, config = load_discriminator(tmp_path / "discriminator.safetensors")
    assert config == run.config
    state, _ = weights.load(run.checkpoint)
    for name, w in D.parameters().items():
        assert np.array_equal(w, state[f"discriminator.{name}"].astype(np.float16).astype(np.float32))


@pytest.mark.parametrize(
    ("iterations", "run", "options", "message"),
    [
        (4, "digit-3", ["--discriminator"], "expected a run of all digits with labels"),
        (2, "", [], "expected a finished run of 4 iterations, found 2; use train.py --resume"),
        (4, "digit-3", [], "expected runs named digit-0 and so on, found none"),
    ],
)
def test_other_runs_are_refused(
    iterations: int, run: str, options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(tmp_path, iterations)
    command = ["networks", str(tmp_path / run), *options, "--out", str(tmp_path)]
    assert_refused(ship.main, command, "tools.ship", message, capsys)
    assert not list(tmp_path.glob("*.safetensors"))


def pair(fake: float, real: float) -> dict[str, float]:
    return {"fake": fake, "real": real}


def figures(model: Path, digit: int | str) -> dict[str, Any]:
    """Return the figures of a model in the format that gan.evaluate prints."""
    results: dict[str, Any] = {"model": str(model), "digit": digit, "frechet": {**pair(6, 4), "ratio": 1.5}}
    results |= {"precision": pair(0.9, 0.91), "recall": pair(0.8, 0.88), "confident": pair(0.97, 0.99)}
    results["second"] = {"frechet": {**pair(9, 5), "ratio": 1.8}}
    return results | ({} if digit == "any" else {"read_as_digit": pair(0.995, 0.994)})


def test_the_table_is_replaced_in_place(tmp_path: Path) -> None:
    trained(tmp_path)
    ship.main(["networks", str(tmp_path), "--out", str(tmp_path)])
    model, result, readme = (tmp_path / name for name in ("digit-3.safetensors", "figures.json", "README.md"))
    mean = {key: value for key, value in figures(model, 3).items() if isinstance(value, dict)}
    result.write_text(json.dumps({"models": [figures(model, 3), figures(model, "any")], "mean_of_digits": mean}))
    readme.write_text(f"before\n{ship.START}\nold\n{ship.END}\nafter\n")
    for _ in range(2):
        assert ship.main(["table", str(result), "--out", str(readme)]) == 0
    before, *lines, after = readme.read_text().splitlines()
    assert (before, after, lines[0], lines[-1]) == ("before", "after", ship.START, ship.END)
    assert len(lines) == 7
    assert "| `digit-3.safetensors` | 0.0" in lines[3]
    assert "| 0 | 4 | 0 | 6.00 | 4.00 | 1.50 | 1.80 | 0.900 / 0.910 | 0.800 / 0.880 | 99.5% / 99.4% |" in lines[3]
    assert "| 97.0% / 99.0% |" in lines[3]
    assert "| 0.800 / 0.880 |  | 97.0% / 99.0% |" in lines[4]
    assert lines[5].startswith("| mean of the digits |")
    assert {line.count("|") for line in lines[1:-1]} == {15}


def test_missing_figures_or_markers_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result, readme = tmp_path / "figures.json", tmp_path / "README.md"
    readme.write_text("nothing\n")
    for text, message in {
        "{}": "expected the output of gan.evaluate --json",
        '{"models": []}': "expected the lines",
    }.items():
        result.write_text(text)
        assert_refused(ship.main, ["table", str(result), "--out", str(readme)], "tools.ship", message, capsys)
    assert readme.read_text() == "nothing\n"
