"""gan/runs/run.py: reading a run, its label, and folders that are refused."""

import json
import unicodedata
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.errors import InputError
from gan.runs.run import FILE as LABEL_FILE
from gan.runs.run import LONGEST, Run, check_label, evenly_spaced, write_label
from gan.runs.run_writer import RunWriter, create, resume
from nnet import durable_write, weights
from tests.helpers.workers import CONFIG


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "digit-3", CONFIG)


def test_opening_another_folder_is_an_input_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match=r"expected the folder of a run, found no config\.json"):
            Run.open(path)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"\xff\xfe\x00binary", b'{"digits": 3}'])
def test_a_damaged_config_is_an_input_error_and_is_kept(run: RunWriter, content: bytes) -> None:
    file = run.path / "config.json"
    file.write_bytes(content)
    for start in (lambda: Run.open(run.path), lambda: resume(run.path, CONFIG)):
        with pytest.raises(InputError, match=r"config\.json: is not the configuration of a run"):
            start()
    assert file.read_bytes() == content


# Metrics


MOST = 1000


@pytest.mark.parametrize("length", [0, 1, MOST, MOST + 1, 5 * MOST + 3])
def test_metrics_are_thinned_but_include_the_newest(length: int, run: RunWriter) -> None:
    lines = [{"iteration": number} for number in range(length)]
    run.metrics_file.write_text("".join(json.dumps(line | {"unknown": 7}) + "\n" for line in lines))
    assert run.metrics(MOST) == evenly_spaced(lines, MOST)
    assert run.metrics() == lines


@pytest.mark.parametrize(("texts", "iteration"), [({"iteration": "12"}, 12), ({"iteration": "x"}, 0), ({}, 0)])
def test_the_saved_iteration_of_a_foreign_generator_is_0(run: RunWriter, texts: dict[str, str], iteration: int) -> None:
    assert run.saved_iteration() == 0
    weights.save(run.generator, {}, texts)
    assert run.saved_iteration() == iteration


@given(st.sets(st.integers(0, 10_000), max_size=300), st.integers(2, 80))
def test_items_are_chosen_evenly_with_the_first_and_the_last(available: set[int], most: int) -> None:
    iterations = sorted(available)
    chosen = evenly_spaced(iterations, most)
    assert len(chosen) == min(most, len(iterations))
    assert chosen == sorted(set(chosen))
    assert chosen[:1] + chosen[-1:] == iterations[:1] + iterations[-1:]
    gaps = np.diff([iterations.index(iteration) for iteration in chosen])
    assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1


# The label


def test_a_label_is_stored_and_deleted(run: RunWriter) -> None:
    assert run.label() is None
    assert write_label(run.path, " Grandmother’s threes ") == "Grandmother’s threes"
    assert Run.open(run.path).label() == "Grandmother’s threes"
    assert (run.path / LABEL_FILE).read_text("utf-8") == "Grandmother’s threes\n"
    assert write_label(run.path, None) is None
    assert write_label(run.path, None) is None, "there was no label to delete"
    assert sorted(path.name for path in run.path.iterdir()) == ["config.json", "images"]


@given(st.text(max_size=LONGEST + 2))
def test_a_label_is_a_short_visible_line(text: str) -> None:
    stripped = text.strip()
    seen = all(unicodedata.category(one)[0] not in "CZ" or one == " " for one in stripped)
    if 1 <= len(stripped) <= LONGEST and seen:
        assert check_label(text) == stripped
    else:
        with pytest.raises(InputError, match=r"\Aname: expected [^\n]+\Z"):
            check_label(text)


@pytest.mark.parametrize("control", "\t\u202e\u2028\0\ud800")
def test_a_label_has_no_control_characters(control: str) -> None:
    with pytest.raises(InputError, match=f"received U\\+{ord(control):04X}"):
        check_label(f"a{control}b")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"a\nb\n", b"x" * 100_000])
def test_an_invalid_label_file_is_ignored(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LABEL_FILE).write_bytes(content)
    assert Run(tmp_path, CONFIG).label() is None


def test_a_failed_write_keeps_the_old_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_label(tmp_path, "old")
    monkeypatch.setattr(durable_write, "sync", Mock(side_effect=OSError(28, "No space left on device")))
    with pytest.raises(InputError, match="expected a folder to write in, received No space left"):
        write_label(tmp_path, "new")
    assert Run(tmp_path, CONFIG).label() == "old"


def test_a_symlink_instead_of_the_label_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("secret")
    (tmp_path / LABEL_FILE).symlink_to(tmp_path / "elsewhere")
    assert Run(tmp_path, CONFIG).label() is None
    write_label(tmp_path, "mine")
    assert (tmp_path / "elsewhere").read_text() == "secret"
