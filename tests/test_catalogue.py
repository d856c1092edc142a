"""gan/web/services/catalogue.py: which runs lie in a folder, what is no run of it, and what is known of each."""

import os
from pathlib import Path

import numpy as np
import pytest
from fake_worker import tiny
from serving import make_recorded

from gan.errors import InputError
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.web.services.catalogue import MAX_RUNS, Catalogue, OnlyRecorded, Unknown


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """One run, of the digit 3, that has its untrained picture."""
    create(tmp_path / "digit-3", tiny(3)).save_picture(0, np.zeros((4, 28, 28), np.uint8))
    return Catalogue(tmp_path, None, "some digits")


@pytest.mark.parametrize("name", ["", ".", "..", "../digit-3", "digit-3/images", "nobody", "a" * 65, "a\n", "%2e"])
def test_what_is_no_run_of_the_folder_is_unknown(catalogue: Catalogue, name: str) -> None:
    for find in (catalogue.find, catalogue.find_own):
        with pytest.raises(Unknown):
            find(name)


def test_a_picture_that_is_not_there_is_unknown(catalogue: Catalogue) -> None:
    assert catalogue.picture("digit-3", 0).is_file()
    for look in (catalogue.picture, catalogue.remarks):
        with pytest.raises(Unknown, match="no picture of iteration 9"):
            look("digit-3", 9)


def test_a_name_that_is_free_tells_what_a_run_is(catalogue: Catalogue) -> None:
    free = [catalogue.free_name(digit, freeze) for digit, freeze in ((None, True), (3, True), (3, False), (5, False))]
    assert free == ["all-digits", "digit-3-2", "digit-3-unfrozen", "digit-5-unfrozen"]


def test_no_name_is_left(catalogue: Catalogue) -> None:
    for number in range(MAX_RUNS + 2):
        (catalogue.runs / f"digit-3-{number}").mkdir()  # folders without a run, which do not count as one
    with pytest.raises(InputError, match="There are 1 runs already: remove some"):
        catalogue.free_name(3, True)


def test_so_many_runs_and_no_more(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan.web.services.catalogue.MAX_RUNS", 1)
    with pytest.raises(InputError, match="There are 1 runs already"):
        catalogue.free_name(5, True)


def test_runs_one_folder_deeper_are_found_by_both_names_and_no_deeper(catalogue: Catalogue) -> None:
    for place in ("seed-0/digit-3", "seed-0/deep/digit-3", ".hidden/digit-3", "a.b/digit-3", "digit-3/images/inner"):
        create(catalogue.runs / place, tiny(5))
    (catalogue.runs / "seed-0" / "notes.txt").write_text("no run")
    assert catalogue.names() == ["digit-3", "seed-0.digit-3"]
    assert Run.open(catalogue.find("seed-0.digit-3")).config.digit == 5
    assert [row["id"] for row in catalogue.summaries()] == ["digit-3", "seed-0.digit-3"]
    for name in (
        "seed-0",
        "seed-0.deep",
        "seed-0.deep.digit-3",
        "digit-3.images",
        "seed-0.",
        ".digit-3",
        "seed-0..",
        "a.b",
    ):
        with pytest.raises(Unknown):
            catalogue.find(name)


@pytest.mark.skipif(os.name == "nt", reason="who may make a link there is another question")
def test_a_link_one_folder_deeper_is_listed_and_not_followed(catalogue: Catalogue, tmp_path: Path) -> None:
    elsewhere = create(tmp_path / ".elsewhere" / "digit-7", tiny(7)).path
    (tmp_path / "seed-0").mkdir()
    (tmp_path / "seed-0" / "digit-7").symlink_to(elsewhere)
    (tmp_path / "seeds").symlink_to(elsewhere.parent)
    assert catalogue.names() == ["digit-3", "seed-0.digit-7", "seeds"]
    assert all("which is not followed" in catalogue.summary(name)["error"] for name in ("seed-0.digit-7", "seeds"))
    for name in ("seed-0.digit-7", "seeds", "seeds.digit-7"):
        with pytest.raises(Unknown):
            catalogue.find(name)


def test_runs_one_folder_deeper_take_no_place_of_those_that_the_page_makes(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(catalogue.runs / "seed-0" / "digit-3", tiny(3))
    monkeypatch.setattr("gan.web.services.catalogue.MAX_RUNS", 2)
    assert catalogue.free_name(5, True) == "digit-5"


def test_the_newest_trained_run_comes_before_any_that_is_not(catalogue: Catalogue) -> None:
    trained = create(catalogue.runs / "digit-5", tiny(5))
    trained.save_picture(10, np.zeros((4, 28, 28), np.uint8))
    os.utime(catalogue.runs / "digit-3" / "config.json", (5e9, 5e9))
    assert catalogue.newest() == "digit-3", "without a checkpoint it cannot go on"
    trained.checkpoint.touch()
    assert catalogue.newest() == "digit-5"
    assert catalogue.newest(lambda run: run.config.digit == 3) == "digit-3"
    assert catalogue.newest(lambda run: False) is None


def test_a_closed_run_is_shown_as_its_folder_has_it(catalogue: Catalogue) -> None:
    snapshot = catalogue.snapshot("digit-3")
    told = (snapshot["state"], snapshot["iteration"], snapshot["target"], snapshot["data"], snapshot["error"])
    assert told == ("closed", 0, None, "some digits", None)


def test_what_its_process_says_is_shown_in_place_of_it(catalogue: Catalogue) -> None:
    snapshot = catalogue.snapshot(
        "digit-3", {"state": "training", "iteration": 7, "target": 9, "data": "other digits"}, "an error"
    )
    told = (snapshot["state"], snapshot["iteration"], snapshot["target"], snapshot["data"], snapshot["error"])
    assert told == ("training", 7, 9, "other digits", "an error")


def test_those_that_are_live_are_said_to_be(catalogue: Catalogue) -> None:
    create(catalogue.runs / "digit-5", tiny(5))
    assert [(entry["id"], entry["live"]) for entry in catalogue.summaries(["digit-5"])] == [
        ("digit-3", False),
        ("digit-5", True),
    ]


def test_the_recorded_run_is_found_and_cannot_be_trained(catalogue: Catalogue, tmp_path: Path) -> None:
    there = Catalogue(catalogue.runs, make_recorded(tmp_path / ".elsewhere" / "run").path, "some digits")
    assert Run.open(there.find("recorded")).config.digit is None
    assert (there.names(), there.newest()) == (["digit-3"], "digit-3")
    with pytest.raises(OnlyRecorded):
        there.find_own("recorded")
