"""Functions of static/js, called in a browser with the arguments of recorded tables, compared with their values.

Each file of the folder `tables` has a table for every function. A row is a case: what it shows, the arguments, and the
returned value. The browser evaluates all rows of a file at once. See `tests.helpers.recorded` for the abbreviations.
"""

import json
from pathlib import Path

import pytest

from tests.conftest import script_page
from tests.helpers.browsing import Browser
from tests.helpers.recorded import assert_recorded, load

FILES = sorted(Path(__file__).with_name("tables").glob("*.json"))
EVALUATE = """async (calls) => JSON.stringify(await Promise.all(calls.map(async ([path, name, args]) => {
    const module = await import(`/static/js/${path}.js`);
    try { return module[name](...args) ?? null; } catch ({ message }) { return { error: message }; }
})))"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_functions_return_the_recorded_values(browser: Browser, file: Path) -> None:
    tables = load(file)
    rows = [(f"{function}: {shows}", expected) for function, table in tables.items() for shows, _, expected in table]
    calls = [[*function.split(), arguments] for function, table in tables.items() for _, arguments, _ in table]
    assert_recorded(rows, json.loads(script_page(browser).evaluate(EVALUATE, calls)))
