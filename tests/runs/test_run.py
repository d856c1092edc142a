"""gan/runs/run.py: the metrics of a run, and its label."""

import json
import tracemalloc
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.base.errors import InputError
from gan.runs.run import FILE as LABEL_FILE
from gan.runs.run import LONGEST, Run, check_label, evenly_spaced, write_label
from gan.runs.run_writer import RunWriter, create
from tests.helpers.workers import CONFIG


@pytest.fixture
def run(tmp_path: Path) -> RunWriter:
    return create(tmp_path / "digit-3", CONFIG)


# Metrics


MOST = 1000


@pytest.mark.parametrize("length", [0, 1, MOST, MOST + 1, 5 * MOST + 3])
def test_metrics_are_thinned_but_include_the_newest(
    length: int, run: RunWriter
) -> None:
    lines = [{"iteration": number} for number in range(length)]
    run.metrics_file.write_text(
        "".join(json.dumps(line | {"unknown": 7}) + "\n" for line in lines)
    )
    assert run.metrics(MOST) == evenly_spaced(lines, MOST)
    assert run.metrics() == lines


def test_a_long_file_of_metrics_is_never_all_in_memory(run: RunWriter) -> None:
    line = json.dumps({"iteration": 5, "unknown": 900 * "x"}) + "\n"
    run.metrics_file.write_text(4000 * line)
    tracemalloc.start()
    run.metrics(10)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < run.metrics_file.stat().st_size / 10


@given(st.sets(st.integers(0, 10_000), max_size=300), st.integers(2, 80))
def test_items_are_chosen_evenly_with_the_first_and_the_last(
    available: set[int], most: int
) -> None:
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
    stripped = text.strip().strip(" \u200c\u200d")
    seen = all(
        unicodedata.category(one)[0] not in "CZ"
        or unicodedata.category(one) == "Cn"  # newer than this Python
        or one in " \u200c\u200d"
        for one in stripped
    )
    if 1 <= len(stripped) <= LONGEST and seen:
        assert check_label(text) == stripped
    else:
        with pytest.raises(InputError, match=r"\Aname: expected [^\n]+\Z"):
            check_label(text)
