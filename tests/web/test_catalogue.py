"""gan/web/services/catalogue.py: the runs in a folder, their names, and their entries in the list."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.web.services.catalogue import MAX_RUNS, Catalogue, OnlyRecorded, Unknown, snapshot_of
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import make_recorded


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Return a catalogue with one run of the digit 3, which has only its untrained picture."""
    create(tmp_path / "digit-3", tiny(3)).save_picture(0, np.zeros((4, 28, 28), np.uint8))
    return Catalogue(tmp_path, None, "some digits")


@pytest.mark.parametrize("name", ["", ".", "..", "../digit-3", "digit-3/images", "nobody", "a" * 65, "a\n", "%2e"])
def test_other_names_are_unknown(catalogue: Catalogue, name: str) -> None:
    for find in (catalogue.find, catalogue.find_own):
        with pytest.raises(Unknown):
            find(name)


def test_a_free_name_describes_the_run(catalogue: Catalogue) -> None:
    free = [
        catalogue.free_name(tiny(digit, freeze=freeze))
        for digit, freeze in ((None, True), (3, True), (3, False), (5, False))
    ]
    assert free == ["all-digits", "digit-3-2", "digit-3-unfrozen", "digit-5-unfrozen"]


def test_running_out_of_free_names_is_an_input_error(catalogue: Catalogue) -> None:
    for number in range(MAX_RUNS + 2):
        (catalogue.runs / f"digit-3-{number}").mkdir()  # folders without a run do not count
    with pytest.raises(InputError, match="There are 1 runs already: remove some"):
        catalogue.free_name(tiny(3))


def test_the_number_of_runs_is_limited(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan.web.services.catalogue.MAX_RUNS", 1)
    with pytest.raises(InputError, match="There are 1 runs already"):
        catalogue.free_name(tiny(5))


def test_runs_are_found_at_most_one_folder_deeper(catalogue: Catalogue) -> None:
    for place in ("seed-0/digit-3", "seed-0/deep/digit-3", ".hidden/digit-3", "a.b/digit-3", "digit-3/images/inner"):
        create(catalogue.runs / place, tiny(5))
    (catalogue.runs / "seed-0" / "notes.txt").write_text("no run")
    assert catalogue.names() == ["digit-3", "seed-0.digit-3"]
    assert Run.open(catalogue.find("seed-0.digit-3")).config.digit == 5
    assert [row["id"] for row in catalogue.summaries()] == ["digit-3", "seed-0.digit-3"]
    for name in "seed-0 seed-0.deep seed-0.deep.digit-3 digit-3.images seed-0. .digit-3 seed-0.. a.b".split():
        with pytest.raises(Unknown):
            catalogue.find(name)


@pytest.mark.skipif(os.name == "nt", reason="creating links needs a privilege there")
def test_symlinks_are_listed_but_not_followed(catalogue: Catalogue, tmp_path: Path) -> None:
    target = create(tmp_path / ".elsewhere" / "digit-7", tiny(7)).path
    (tmp_path / "seed-0").mkdir()
    (tmp_path / "seed-0" / "digit-7").symlink_to(target)
    (tmp_path / "seeds").symlink_to(target.parent)
    assert (catalogue.names(), catalogue.newest()) == (["digit-3", "seed-0.digit-7", "seeds"], "digit-3")
    assert all("which is not followed" in catalogue.summary(name)["error"] for name in ("seed-0.digit-7", "seeds"))
    for name in ("seed-0.digit-7", "seeds", "seeds.digit-7"):
        with pytest.raises(Unknown):
            catalogue.find(name)


def test_runs_one_folder_deeper_do_not_count_towards_the_limit(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(catalogue.runs / "seed-0" / "digit-3", tiny(3))
    monkeypatch.setattr("gan.web.services.catalogue.MAX_RUNS", 2)
    assert catalogue.free_name(tiny(5)) == "digit-5"


def test_the_newest_trained_run_precedes_untrained_ones(catalogue: Catalogue) -> None:
    trained = create(catalogue.runs / "digit-5", tiny(5))
    trained.save_picture(10, np.zeros((4, 28, 28), np.uint8))
    os.utime(catalogue.runs / "digit-3" / "config.json", (5e9, 5e9))
    assert catalogue.newest() == "digit-3", "without a checkpoint it cannot be resumed"
    trained.checkpoint.touch()
    assert catalogue.newest() == "digit-5"
    assert catalogue.newest(lambda run: run.config.digit == 3) == "digit-3"
    assert catalogue.newest(lambda run: False) is None


def test_a_snapshot_shows_the_folder_unless_a_worker_reports_more(catalogue: Catalogue) -> None:
    closed: Any = catalogue.snapshot("digit-3")
    status: Any = {"state": "training", "iteration": 7, "target": 9, "data": "other digits"}
    training: Any = snapshot_of("digit-3", closed, status, "an error")
    names = ("state", "iteration", "target", "data", "error")
    assert [closed[name] for name in names] == ["closed", 0, None, "some digits", None]
    assert [training[name] for name in names] == ["training", 7, 9, "other digits", "an error"]
    assert [row["live"] for row in catalogue.summaries()] == [False]
    assert [row["live"] for row in catalogue.summaries(["digit-3"])] == [True]


def test_the_recorded_run_is_found_but_cannot_be_trained(catalogue: Catalogue, tmp_path: Path) -> None:
    with_recorded = Catalogue(catalogue.runs, make_recorded(tmp_path / ".elsewhere" / "run").path, "some digits")
    assert Run.open(with_recorded.find("recorded")).config.digit is None
    assert (with_recorded.names(), with_recorded.newest()) == (["digit-3"], "digit-3")
    with pytest.raises(OnlyRecorded):
        with_recorded.find_own("recorded")
