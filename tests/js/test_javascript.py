"""Run the tests of the JavaScript, and compare the numbers they expect with Python."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gan.data.own_images import read
from gan.write.glyphs import own_handwriting
from tests.helpers.browsing import FULL
from tests.js.python_numbers import FILE, HERE, MINE, Mulberry, compute

NAMES = ["star", "<b>é 🐈</b>"]
LABELS = [0, 1, 0]


@pytest.mark.parametrize("arguments", [[], pytest.param(["full"], marks=FULL)])
def test_the_javascript_passes_its_tests(arguments: Sequence[str]) -> None:
    pytest.importorskip("deno", reason="Deno has no wheel for this system")
    options = ["--no-check", "--no-remote", "--allow-read", "--quiet"]
    command = [sys.executable, "-m", "deno", "test", *options, str(HERE)]
    done = subprocess.run(
        [*command, "--", *arguments],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def assert_close(found: Any, expected: Any) -> None:
    """Compare JSON values, and numbers with a tolerance, because processors differ."""
    if isinstance(expected, dict):
        assert isinstance(found, dict)
        assert list(found) == list(expected)
        assert_close(list(found.values()), list(expected.values()))
    elif isinstance(expected, list):
        assert isinstance(found, list)
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-7, abs=1e-7)
    else:
        assert found == expected


def test_the_expected_numbers_are_those_of_python() -> None:
    assert_close(json.loads(FILE.read_text("utf-8")), compute())


def test_python_reads_the_file_of_drawings() -> None:
    images = Mulberry(9).bytes(3, 28, 28)
    path = HERE / "drawings.npz"
    with np.load(path) as file:
        np.testing.assert_array_equal(file["images"], images)
        assert file["labels"].tolist() == [NAMES[label] for label in LABELS]
        assert file["ink"]
    data = read(path)
    assert [data.names[label] for label in data.labels] == [NAMES[n] for n in LABELS]
    np.testing.assert_array_equal(data.images, images)


def test_python_reads_a_handwriting_from_an_address() -> None:
    kept = {name: part for name, part in MINE.to_json().items() if name != "drawings"}
    assert own_handwriting.read(json.dumps(kept)) == replace(MINE, drawings=())
