"""Functions of static/js/logic, called in a browser with the arguments of recorded
tables, compared with their values.

A row of state.json has the events of a run, and what follows: fields of the state, and
the texts and buttons derived from it. A row of sheets.json has an evaluation, which
Python prepares for the page, and what the page says about it. Each file of the folder
`tables` has a table for every function. A row is a case: what it shows, the arguments,
and the returned value. The browser evaluates all rows of a file at once. See
`tests.helpers.recorded` for the abbreviations."""

import json
from pathlib import Path
from typing import Any

import pytest

from gan.drawings.recognition import Recognition
from gan.runs.evaluation_record import Evaluation
from tests.conftest import script_page
from tests.helpers.browsing import Browser
from tests.helpers.fake_worker import tiny
from tests.helpers.recorded import assert_recorded, load

HERE = Path(__file__).parent
IMPORTS = """const state = await import("/static/js/logic/state.js"), words = await import("/static/js/logic/words.js");
    const labels = await import("/static/js/logic/drawing-labels.js");"""
SHOW_RUNS = """return JSON.stringify(given.map((events) => {
      const now = events.reduce(state.reduce, state.initial()), newest = state.newest(now);
      return {
        ...now, ...words.status(now), ...words.controls(now), newest, picture: state.pictureAddress(now, newest),
        unlocked: words.isUnlocked(now.config), worth: words.worth(now.config, 64),
      };
    }));"""
SHOW_SHEETS = """const kind = ({ other }) => (other ? "wrong" : "unsure");
    return JSON.stringify(given.map((reading) => {
      const marks = labels.marks(reading), texts = marks.map((mark) => `${kind(mark)} ${mark.text}`).join(", ");
      const names = ["summary", "spoken", "legend", "isReadable", "canWrite"];
      const said = Object.fromEntries(names.map((name) => [name, labels[name](reading)]));
      return { ...said, marks: texts, key: labels.key(marks) };
    }));"""
ADD_A_ROW = """const rows = (count) => Array.from({ length: count }, (_, at) => ({ iteration: at + 1 }));
    return JSON.stringify(given.map((count) => {
      const before = { ...state.initial(), metrics: rows(count), progress: rows(count) };
      const event = { run: null, iteration: count + 1, reading: { read: [true], prefers_real: 0 } };
      const { metrics } = state.reduce(before, { ...event, type: "metrics" });
      const { progress } = state.reduce(before, { ...event, type: "sheet" });
      return [metrics, progress].map((kept) => kept.map(({ iteration }) => iteration));
    }));"""


def run(browser: Browser, body: str, given: list[Any]) -> Any:
    """Run JavaScript with the modules above, and return its result."""
    return json.loads(
        script_page(browser).evaluate(f"async (given) => {{ {IMPORTS} {body} }}", given)
    )


def assert_shown(rows: list[list[Any]], shown: list[dict[str, Any]]) -> None:
    """Compare the values that a row names with those that are shown."""
    named = [
        {name: one[name] for name in expected}
        for (_, _, expected), one in zip(rows, shown, strict=True)
    ]
    assert_recorded([(about, expected) for about, _, expected in rows], named)


def test_a_page_shows_what_follows_from_the_events(browser: Browser) -> None:
    rows = [
        [f"{part}: {about}", *row]
        for part, table in load(HERE / "state.json").items()
        for about, *row in table
    ]
    assert_shown(rows, run(browser, SHOW_RUNS, [events for _, events, _ in rows]))


def reading(given: dict[str, Any]) -> dict[str, Any]:
    """Return what the server sends about a sheet: its evaluation, and fields that a row
    replaces.
    """
    near = given.get("near")
    recognition = Recognition(tuple(given["digits"]), tuple(given["confidence"]))
    evaluation = Evaluation(
        recognition, near and tuple(near), given.get("prefers_real")
    )
    config = tiny(given.get("digit"), labels=given.get("labels", False))
    return {**evaluation.fields(config), **given.get("fields", {})}


def test_a_sheet_is_described(browser: Browser) -> None:
    [rows] = load(HERE / "sheets.json").values()
    assert_shown(
        rows, run(browser, SHOW_SHEETS, [reading(given) for _, given, _ in rows])
    )


def test_every_second_row_beyond_two_thousand_is_dropped(browser: Browser) -> None:
    full, thinned = run(browser, ADD_A_ROW, [1999, 2000])
    assert full == [list(range(1, 2001))] * 2, "metrics and progress"
    assert thinned == [list(range(1, 2002, 2))] * 2


# Functions with the arguments of tables/*.json

FILES = sorted((HERE / "tables").glob("*.json"))
EVALUATE = """async (calls) => JSON.stringify(await Promise.all(calls.map(async ([path, name, args]) => {
    const module = await import(`/static/js/${path}.js`);
    try { return module[name](...args) ?? null; } catch ({ message }) { return { error: message }; }
})))"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_functions_return_the_recorded_values(browser: Browser, file: Path) -> None:
    tables = load(file)
    rows = [
        (f"{function}: {shows}", expected)
        for function, table in tables.items()
        for shows, _, expected in table
    ]
    calls = [
        [*function.split(), arguments]
        for function, table in tables.items()
        for _, arguments, _ in table
    ]
    assert_recorded(rows, json.loads(script_page(browser).evaluate(EVALUATE, calls)))
