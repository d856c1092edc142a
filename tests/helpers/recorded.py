"""Recorded tables: JSON files in which every row says what it shows, and has what is
given and what is expected.

{"like": NAME, ...} stands for the value of that name in the file's "values", with the
other keys changed.
{"repeat": TEXT, "times": NUMBER} stands for a long text.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Tables = dict[str, list[list[Any]]]


def load(file: Path) -> Tables:
    """Return the tables of a file by name, without abbreviations."""
    tables = json.loads(file.read_text("utf-8"))
    return in_full(tables, tables.pop("values", {}))


def in_full(value: Any, named: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [in_full(one, named) for one in value]
    if not isinstance(value, dict):
        return value
    if "repeat" in value:
        return value["repeat"] * value["times"]
    changes = {key: in_full(one, named) for key, one in value.items() if key != "like"}
    if "like" not in value:
        return changes
    base = in_full(named[value["like"]], named)
    return base | changes if isinstance(base, dict) else base


def assert_recorded(rows: Sequence[tuple[str, Any]], found: Sequence[Any]) -> None:
    """Compare each row's (name, expected) with what was found, as JSON, because
    Python's 0 equals False.
    """
    assert len(dict(rows)) == len(rows), "two rows show the same"
    wrong = [
        f"{name}: expected {expected}, found {one}"
        for (name, expected), one in zip(rows, found, strict=True)
        if json.dumps(one, sort_keys=True) != json.dumps(expected, sort_keys=True)
    ]
    assert not wrong, "\n".join(wrong)
