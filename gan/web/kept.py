"""Sheets that lie on disk, told in the words of those that are watched: so a page shows both with the same code."""

import base64
from pathlib import Path
from typing import TypedDict

from gan.runs.events import SheetEvent, Snapshot
from gan.runs.plain import read_plain
from gan.runs.remarks import told
from gan.runs.run import Run
from gan.runs.what_if import FROZEN, LOOSE
from gan.web.describe import finite, history

MOST_PICTURE_BYTES = 1 << 22  # a hundred times what a sheet has


class RecordedPair(TypedDict):
    """What the page "What if?" plays until there is a pair of one's own."""

    runs: list[Snapshot]  # the frozen one, the other; none where none ships
    sheets: list[list[SheetEvent]]  # for each of some iterations, ascending, one of each


def kept_sheet(name: str, run: Run, iteration: int) -> SheetEvent:
    """The picture of an iteration. OSError where there is none."""
    path = run.picture_path(iteration)
    png = read_plain(path, MOST_PICTURE_BYTES)
    return {
        "type": "sheet",
        "run": name,
        "iteration": iteration,
        "png": base64.b64encode(png).decode("ascii"),
        "reading": told(run.remarks(iteration), run.config),
        "drawn_at": path.stat().st_mtime,
        "half_after": None,
        "most_after": None,
    }


def recorded_pair(folder: Path) -> RecordedPair:
    """The pair that `gan.pretrained.record_pair` made there."""
    if not all(Run.exists(folder / name) for name in (FROZEN, LOOSE)):
        return {"runs": [], "sheets": []}
    runs = {name: Run.open(folder / name) for name in (FROZEN, LOOSE)}
    iterations = runs[FROZEN].pictures()
    return {
        "runs": [_snapshot(name, run) for name, run in runs.items()],
        "sheets": [[kept_sheet(name, run, at) for name, run in runs.items()] for at in iterations],
    }


def _snapshot(name: str, run: Run) -> Snapshot:
    """A run that no process has."""
    snapshot: Snapshot = {
        **history(run),
        "type": "snapshot",
        "run": name,
        "recorded": True,
        "error": None,
        "state": "closed",
        "target": None,
        "data": None,
    }
    return finite(snapshot)
