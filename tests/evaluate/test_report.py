"""The HTML report: a folder without scripts, its tables and its pictures."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gan.data import Dataset
from gan.data.images_and_sheets import Pictures
from gan.evaluate import report
from gan.evaluate.generators import LoadedGenerator
from gan.evaluate.real_against_real import Real
from gan.evaluate.report import write_report
from gan.rules.run_config import Config
from nnet.sequential import Sequential
from tests.helpers.digits import SAMPLE
from tests.helpers.fake_worker import tiny

DIGITS = Dataset(SAMPLE.images[::10], SAMPLE.labels[::10], "some <digits>")
REAL = Real(DIGITS, DIGITS)


class Copier(LoadedGenerator):
    """A model that copies its training images."""

    def __init__(self, path: Path, config: Config) -> None:
        super().__init__(path, Sequential(), config)

    def __call__(self, n: int, rng: np.random.Generator) -> Pictures:
        return REAL.train.images[rng.integers(len(REAL.train.images), size=n)]


def figures(digit: int | str, model: str) -> dict[str, Any]:
    pair = {"fake": 0.875, "real": 0.5}
    nearest = {"median": 4.5, "percentile_5": 3.25, "count": 20}
    results: dict[str, Any] = dict.fromkeys(("precision", "recall", "confident"), pair)
    results |= {
        "frechet": {"fake": 6.625, "real": 5.0, "ratio": 1.325},
        "model": model,
        "iteration": 7,
        "digit": digit,
        "n": 20,
        "groups": 2,
        "trained_on": "nothing",
        "temperature": 1.25,
        "second": {
            "frechet": {"fake": 2.5, "real": 2.0, "ratio": 1.25},
            "recall": pair,
        },
        "nearest_training": {
            "fake": nearest,
            "real": nearest,
            "among": "some <digits>",
        },
    }
    return results | {"balance" if digit == "any" else "read_as_digit": pair}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Write a report on two models."""
    base = tmp_path_factory.mktemp("base")
    models = [
        Copier(base / "<all>", tiny(None)),
        Copier(base / "alone.safetensors", tiny(3)),
    ]
    measured = [figures("any", str(models[0].path)), figures(3, "alone")]
    result: dict[str, Any] = {"models": measured, "note": "a note & more"}
    result["mean_of_digits"] = figures(3, "") | {
        "frechet": {"fake": 9.5, "real": 5.0, "ratio": 1.9}
    }
    folder = base / "report"
    folder.mkdir()
    write_report(folder, result, models, REAL, np.random.default_rng(0))
    text = (folder / "index.html").read_text("utf-8")
    return SimpleNamespace(folder=folder, text=text)


def test_all_referenced_files_exist_and_pictures_are_described(
    written: SimpleNamespace,
) -> None:
    references = re.findall(r'(?:src|href)="(.*?)"', written.text)
    assert len(references) == 2 * 3 + 1 + 2
    assert sorted(path.name for path in written.folder.iterdir()) == sorted(
        [*references, "index.html", "figures.json"]
    )
    assert len(re.findall('<img src="[^"]+" alt="[^"]+">', written.text)) == 2 * 3 + 1


def test_the_report_has_no_script_and_escapes_text(written: SimpleNamespace) -> None:
    assert not re.search(
        r"<(script|style|iframe|a)\b|<[^>]* (on\w+|style)=", written.text
    )
    for text in (
        "some &lt;digits&gt;",
        "&lt;all&gt;",
        "a note &amp; more",
        "Drawn at temperature 1.25.",
    ):
        assert text in written.text


def test_the_table_of_figures(written: SimpleNamespace) -> None:
    rows = re.findall(r"<tr.*?</tr>", written.text, re.DOTALL)
    texts = [re.sub(r"\s+", " ", re.sub(r"<.*?>", " ", row)).split() for row in rows]
    assert (
        " ".join(texts[1])
        == "All digits 6.62 5.00 1.32" + 3 * " 87.5 % 50.0 %" + " 0.875 0.500"
    )
    assert texts[2][:3] == ["Digit", "3", "6.62"]
    assert texts[3][:6] == ["Mean", "of", "digits", "9.50", "5.00", "1.90"]
    assert " ".join(texts[4]).startswith("By the second evaluator")
    assert " ".join(texts[5]) == "All digits 2.50 2.00 1.25 87.5 % 50.0 %"
    assert [row[:2] for row in texts[6:]] == [["Digit", "3"], ["Mean", "of"]]
    cells = [row.count("<t") - 1 for row in rows]
    assert cells == [8] * 4 + [1] + [8] * 3


def test_nearest_images_are_shown_below_drawings(written: SimpleNamespace) -> None:
    with Image.open(written.folder / "nearest-1.png") as image:
        pixels = np.asarray(image)
    assert pixels.shape == (2 * 30 + 2, report.PAIRS * 30 + 2)
    assert np.array_equal(pixels[2:30], pixels[32:60])
    assert (pixels < 128).any()
    message = re.sub(r"\s+", " ", written.text)
    assert "nearest to an image among the some &lt;digits&gt;; below, that" in message
    assert "that image. Distances: 0 to 0" in message
