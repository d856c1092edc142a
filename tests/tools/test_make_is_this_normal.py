"""docs/normal.md: its rows follow from the runs, the changes fit the programs, and its
checks tell what is normal.
"""

import contextlib
import json
import re
import tomllib
from collections.abc import Callable

import numpy as np
import pytest

from gan.data.images_and_sheets import Pictures
from nnet import Array
from tests.helpers.browsing import Page, expect
from tests.helpers.commands import ROOT
from tests.helpers.digits import real_digits
from tools import make_is_this_normal
from tools.make_is_this_normal import GAN_PY, edit, summarize, train
from tools.study.make_docs_pages import STUDIES
from tools.symptoms import Symptoms, leaf_of, symptoms_of

FULL = pytest.mark.full
CHANGES = tomllib.loads((ROOT / make_is_this_normal.CHANGES).read_text("utf-8"))
RESULTS = json.loads((ROOT / STUDIES / "normal.json").read_text("utf-8"))
TEXT = (ROOT / "docs/normal.md").read_text("utf-8")
OF_A_RUN = ("program", "change", "seed", "leaf")
PROGRAMS = [
    (program, name)
    for name, change in CHANGES.items()
    for program in ("gan.py", "gan.plain")
    if program in change
]


# The tree


def test_the_rows_and_the_table_follow_from_the_runs() -> None:
    runs = RESULTS["runs"]
    for run in runs:
        seen = {name: value for name, value in run.items() if name not in OF_A_RUN}
        assert leaf_of(Symptoms(**seen)) == run["leaf"]
    expected = json.loads(json.dumps(summarize(runs)))
    assert expected == {key: RESULTS[key] for key in expected}
    assert {(run["program"], run["change"]) for run in runs} == set(PROGRAMS)
    assert len(runs) == 10 * len(PROGRAMS)
    assert RESULTS["words"] == {name: each["cause"] for name, each in CHANGES.items()}


def test_95_of_100_unseen_runs_reach_a_row_that_names_their_change() -> None:
    right, total = np.sum([*RESULTS["found"].values()], 0)
    assert right >= 0.95 * total


@pytest.mark.parametrize(
    ("change", "rating", "leaf"),
    [
        (lambda x: x, (0.6, 0.4), "threes"),
        (lambda x: 255 - x, (0.6, 0.4), "black"),
        (lambda x: x // 2 + 100, (0.6, 0.4), "grey"),
        (lambda x: x // 2 + 100, (0.95, 0.1), "grey-sure"),
        (lambda x: x[:, ::-1, ::-1], (0.6, 0.4), "pieces"),
        (lambda x: x[:, ::-1, ::-1], (0.99, 0.01), "pieces-never-fooled"),
        (lambda x: np.full_like(x, 120), (0.5, 0.5), "flat"),
        (lambda x: np.full_like(x, 120), (1.0, 0.5), "flat-sure"),
        (lambda x: noise(), (1.0, 0.0), "noise-never-fooled"),
        (lambda x: noise(), (1.0, 1.0), "noise-believes-all"),
        (lambda x: noise(), (0.0, 1.0), "noise-prefers-drawings"),
        (lambda x: noise(), (0.7, 0.3), "noise"),
    ],
)
def test_every_leaf_is_reached_by_its_sheet_and_ratings(
    change: Callable[[Pictures], Pictures], rating: tuple[float, float], leaf: str
) -> None:
    lines = np.array([(0.7, 0.7, *rating)] * 6)
    assert leaf_of(symptoms_of(change(real_digits(3)[:64]), lines)) == leaf


def noise() -> Pictures:
    return np.random.default_rng(0).integers(0, 256, (64, 28, 28), np.uint8)


# The runs


@pytest.mark.parametrize(("program", "name"), PROGRAMS)
def test_every_change_fits_its_program(program: str, name: str) -> None:
    texts = edit(program, CHANGES[name])
    for path, text in texts.items():
        compile(text, path, "exec")
    assert bool(CHANGES[name][program]) == (texts != edit(program, {program: []}))


def test_an_edit_that_fits_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 'no such line' in"):
        edit("gan.py", {"gan.py": [["no such line", ""]]})


@pytest.mark.parametrize("program", ["gan.py", "gan.plain"])
def test_a_changed_run_gives_a_sheet_and_numbers_and_leaves_no_trace(
    program: str,
) -> None:
    before, lines = train(program, CHANGES["nothing"], 0, 50)
    other, others = train(program, CHANGES["unfrozen"], 0, 50)
    after, again = train(program, CHANGES["nothing"], 0, 50)
    assert before.shape == (64, 28, 28)
    assert lines.shape == others.shape == (1, 4)
    assert np.array_equal(before, after)
    assert np.array_equal(lines, again)
    assert not np.array_equal(before, other)


# The checks

# For each place of the page, the lines of gan.py before which to paste.
PLACES = {
    "Before the loop": ["    for step in range(1,"],
    "In D's turn, before its step": [
        "        D.backward(",
        "        # The artist's turn",
    ],
    "In G's turn, before its step": [
        "            ddrawings = ",
        "        for average, W in",
    ],
}
SECTION = re.compile("^# ([BI].*)\n((?:.*\n)*?)(?=\n# [BI]|\\Z)", re.MULTILINE)


def with_checks(text: str) -> str:
    """Return a text of gan.py with the checks of the page."""
    block = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)[0]
    sections = dict(SECTION.findall(block))
    assert sections.keys() == PLACES.keys()
    for title, marks in PLACES.items():
        parts = sections[title].split("# and after it\n")
        indent = " " * (len(marks[0]) - len(marks[0].lstrip()))
        for mark, part in zip(marks, parts, strict=True):
            lines = text.splitlines(keepends=True)
            # the last one: `D.backward(` stands in D's extra turns, too
            place = max(i for i, line in enumerate(lines) if line.startswith(mark))
            pasted = [indent + line for line in part.splitlines(keepends=True)]
            text = "".join([*lines[:place], *pasted, *lines[place:]])
    return text


def checked(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[int, list[str]]:
    """Return what each check prints in 20 iterations of a changed gan.py."""
    texts = {GAN_PY: with_checks(edit("gan.py", CHANGES[name])[GAN_PY])}
    monkeypatch.setattr(make_is_this_normal, "edit", lambda *_: texts)
    monkeypatch.setattr(contextlib, "redirect_stdout", contextlib.nullcontext)
    train("gan.py", {}, 0, 20)
    found: dict[int, list[str]] = {}
    for number, printed in re.findall(r"(?m)^(\d+) (.*)$", capsys.readouterr().out):
        found.setdefault(int(number), []).append(printed)
    return found


def numbers(printed: list[str]) -> Array:
    """Return the mean numbers of the printed lines, without their shapes."""
    rows = [
        re.sub(r"\(.*\)", "", line).strip("[]").replace(",", "") for line in printed
    ]
    return np.array([row.split() for row in rows], float).mean(0)


NORMAL: dict[int, Callable[[list[str]], bool]] = {
    1: lambda printed: numbers(printed).tolist() == [-1, -1, 1],
    2: lambda printed: len(set(printed)) == len(printed) and ", 32) " in printed[0],
    3: lambda printed: abs(numbers(printed)).max() <= 1,
    4: lambda printed: numbers(printed)[0] > 0.08,
    5: lambda printed: 0.01 <= numbers(printed).min() <= numbers(printed).max() <= 0.3,
    6: lambda printed: -1 <= numbers(printed)[0] <= numbers(printed)[1] <= 0,
    7: lambda printed: numbers(printed)[0] > 0,
    8: lambda printed: 0.2 <= numbers(printed)[0] <= 1.2,
    9: lambda printed: numbers(printed)[0] == 0,
    10: lambda printed: numbers(printed)[0] > 0,
}
FAULTS = {
    "nothing": set[int](),
    "unfrozen": {9},
    "uphill": {7},
    "target-0": {6, 7, 8},
    "target-half": {6},
    "swapped": {8, 10},
    "d-uphill": {8, 10},
    "d-still": {10},
    "g-still": {7, 8},
    "gradient-cut": {7, 8},
    "g-adds-up": {8},
    "rate-times-10": {8},
    "rate-by-10": {8},
    "one-latent": {2, 4},
    "repeated-latents": {2},
    "no-tanh": {3},
    "pixels-0-to-1": {1},
    "pixels-0-to-255": {1},
    "inverted": {1},
    "weights-0": {4, 5, 7, 8, 10},
    "weights-times-10": {5},
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in ("nothing", "unfrozen") else FULL)
        for name in FAULTS
    ],
)
def test_the_checks_of_the_page_tell_faults(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = checked(name, monkeypatch, capsys)
    assert printed.keys() == NORMAL.keys()
    wrong = {number for number in NORMAL if not NORMAL[number](printed[number])}
    assert wrong == FAULTS[name]


# The page


def test_the_page_shows_a_sheet_in_every_row(page: Page) -> None:
    page.goto("/normal")
    pictures = page.locator("main table img[alt]")
    expect(pictures).to_have_count(12)
    loaded = "all => all.every(one => one.complete && one.naturalWidth > 100)"
    page.wait_for_load_state("load")
    assert pictures.evaluate_all(loaded)
