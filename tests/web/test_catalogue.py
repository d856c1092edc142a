"""gan/web/services/catalogue.py: the runs in a folder, their names, their descriptions
as JSON, the recorded pair.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gan.base.errors import InputError
from gan.drawings.recognition import Recognition
from gan.pretrained import FROZEN, LOOSE, RECORDED_PAIR
from gan.rules.run_config import preset
from gan.runs.evaluation_record import DIAGNOSES_OF_RUNS, Evaluation
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.web.services import catalogue as module
from gan.web.services.catalogue import Catalogue, Unknown
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import assert_fields, png_pixels

BLANK = np.zeros((4, 28, 28), np.uint8)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Return a catalogue with one run of the digit 3, which has only its untrained
    picture.
    """
    create(tmp_path / "digit-3", tiny(3)).save_picture(0, BLANK)
    return Catalogue(tmp_path, None, "some digits")


def test_other_names_are_unknown(catalogue: Catalogue) -> None:
    for name in (
        "",
        ".",
        "..",
        "../digit-3",
        "digit-3/images",
        "nobody",
        "a" * 65,
        "a\n",
        "\0",
    ):
        with pytest.raises(Unknown):
            catalogue.find_own(name)


def test_a_free_name_describes_the_run(catalogue: Catalogue) -> None:
    kinds = (None, True), (3, True), (3, False), (5, False)
    free = [catalogue.free_name(tiny(digit, freeze=freeze)) for digit, freeze in kinds]
    assert free == ["all-digits", "digit-3-2", "digit-3-unfrozen", "digit-5-unfrozen"]


def test_the_number_of_runs_is_limited(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(catalogue.runs / "seed-0" / "digit-3", tiny(3))  # does not count
    monkeypatch.setattr("gan.web.services.catalogue.MAX_RUNS", 2)
    (catalogue.runs / "digit-5").mkdir()  # does not count, but takes a name
    assert catalogue.free_name(tiny(5)) == "digit-5-2"
    monkeypatch.setattr("gan.web.services.catalogue.MAX_RUNS", 1)
    with pytest.raises(InputError, match="There are 1 runs already"):
        catalogue.free_name(tiny(5))


def test_runs_are_found_at_most_one_folder_deeper(catalogue: Catalogue) -> None:
    for place in (
        "seed-0/digit-3",
        "seed-0/deep/digit-3",
        ".hidden/digit-3",
        "a.b/digit-3",
        "digit-3/images/inner",
    ):
        create(catalogue.runs / place, tiny(5))
    (catalogue.runs / "seed-0" / "notes.txt").write_text("no run")
    assert catalogue.names() == ["digit-3", "seed-0.digit-3"]
    assert Run.open(catalogue.find("seed-0.digit-3")).config.digit == 5
    assert [row["id"] for row in catalogue.summaries()] == ["digit-3", "seed-0.digit-3"]
    deep = "seed-0 seed-0.deep seed-0.deep.digit-3 digit-3.images"
    strange = "seed-0. .digit-3 seed-0.. a.b"
    for name in [*deep.split(), *strange.split()]:
        with pytest.raises(Unknown):
            catalogue.find(name)


def test_the_newest_trained_run_precedes_untrained_ones(catalogue: Catalogue) -> None:
    trained = create(catalogue.runs / "digit-5", tiny(5))
    trained.save_picture(10, BLANK)
    os.utime(catalogue.runs / "digit-3" / "config.json", (5e9, 5e9))
    assert catalogue.newest() == "digit-3", "without a checkpoint it cannot be resumed"
    trained.checkpoint.touch()
    assert catalogue.newest() == "digit-5"
    assert catalogue.newest(lambda run: run.config.digit == 3) == "digit-3"
    assert catalogue.newest(lambda run: False) is None


# Descriptions


def test_each_diagnosis_has_a_sentence() -> None:
    assert module.DIAGNOSES.keys() == set(DIAGNOSES_OF_RUNS)
    assert all(sentence.endswith(".") for sentence in module.DIAGNOSES.values())


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "run", tiny(3))


def test_the_iteration_is_that_of_the_newest_picture_or_metrics(run: RunWriter) -> None:
    def summary() -> tuple[int, int]:
        found = Catalogue(run.path.parent, None, "some digits").summary(run.path.name)
        return found["iteration"], found["pictures"]

    new = module.history(run)
    assert_fields(new, iteration=0, pictures=[], metrics=[], progress=[])
    assert summary() == (0, 0)
    assert module.version(run) == "0"
    run.save_picture(10, BLANK)
    run.append_metrics({"iteration": 8})
    assert module.history(run)["iteration"] == 10
    assert summary() == (10, 1)
    run.append_metrics({"iteration": 12})
    new = module.history(run)
    assert_fields(new, iteration=12, metrics=[{"iteration": 8}, {"iteration": 12}])
    assert new["config"]["digit"] == 3


def test_progress_has_the_figures_of_saved_sheets(run: RunWriter) -> None:
    """Read as 3, one of two drawings is near a real 3.

    The untrained sheet and one without a classifier have no row.
    """
    seen = Evaluation(Recognition((3, 3), (1.0, 1.0)), (True, False), 1)
    for iteration, evaluation in (
        (0, seen),
        (5, Evaluation()),
        (10, seen),
        (15, replace(seen, prefers_real=None)),
    ):
        run.save_picture(iteration, BLANK[:2], evaluation)
    assert module.history(run)["progress"] == [
        {"iteration": 10, "of": 2, "recognized": 1, "mistaken": 1},
        {"iteration": 15, "of": 2, "recognized": 1, "mistaken": None},
    ]


def test_finite_replaces_only_infinite_numbers() -> None:
    value = {
        "a": [1, 2.5, float("nan")],
        "b": -float("inf"),
        "c": None,
        "d": "nan",
        "e": True,
    }
    assert module.finite(value) == value | {"a": [1, 2.5, None], "b": None}


def test_unusual_settings_differ_from_the_recommended_ones() -> None:
    for digit, few in ((None, False), (3, True), (3, False)):
        for network in ("quick", "digits"):
            for loss in ("relativistic", "classic"):
                config = preset(digit, loss, network, few, seed=5)
                assert module.unusual(config) == (
                    {"loss": "classic"} if loss == "classic" else {}
                )
                assert (
                    module.unusual(replace(config, learning_rate=0.123))[
                        "learning_rate"
                    ]
                    == 0.123
                )


# The pair of runs that the page "What if?" plays


def test_the_bundled_pair_shows_the_difference() -> None:
    assert (
        sum(path.stat().st_size for path in RECORDED_PAIR.rglob("*") if path.is_file())
        <= 400_000
    )
    frozen, loose = module.recorded_pair(RECORDED_PAIR)["runs"]
    for run, name, freeze in ((frozen, FROZEN, True), (loose, LOOSE, False)):
        assert_fields(run, run=name, recorded=True, state="closed")
        assert run["config"]["freeze"] == freeze
        assert list(run["pngs"]) == run["pictures"] == frozen["pictures"]
        assert all(png_pixels(png).shape == (242, 242) for png in run["pngs"].values())
    assert frozen["progress"][-1]["recognized"] > 0.8 * 64
    assert_fields(loose["progress"][-1], recognized=0, mistaken=64)
