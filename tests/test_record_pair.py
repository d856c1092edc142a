"""gan/pretrained/record_pair.py and gan/web/services/pair.py: two runs made small, and told as those that are watched."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from commands import assert_refused
from fake_worker import tiny
from PIL import Image
from serving import Client, refusal

from gan.classifier.reading import Reading
from gan.pretrained import record_pair
from gan.pretrained.record_pair import GREYS, MAX_BYTES, PICTURES, main
from gan.runs.evaluation import Evaluation
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.what_if import FROZEN, LOOSE
from gan.shipped import RECORDED_PAIR
from gan.web.services.pair import recorded_pair, saved_sheet

REMARKS = Evaluation(Reading((3,) * 4, (0.95,) * 4), (True,) * 4, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Both runs, with more pictures than are kept."""
    rng = np.random.default_rng(3)
    for name, freeze in ((FROZEN, True), (LOOSE, False)):
        run = create(tmp_path / "what-if" / name, tiny(3, freeze=freeze))
        for iteration in range(0, 101, 5):
            run.save_picture(iteration, rng.integers(0, 256, (4, 28, 28), dtype=np.uint8), REMARKS)
    return tmp_path / "what-if"


def test_both_are_made_small_and_keep_what_was_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    to = folder.parent / "pair"
    assert main([str(folder), "--to", str(to)]) == 0
    assert "kB" in capsys.readouterr().out
    for name in (FROZEN, LOOSE):
        run, before = Run.open(to / name), Run.open(folder / name)
        assert run.config == before.config
        assert 0 < len(run.pictures()) <= PICTURES
        assert set(run.pictures()) <= set(before.pictures())
        assert (run.pictures()[0], run.pictures()[-1]) == (0, 100)
        with Image.open(run.picture_path(100)) as picture:
            assert len(np.unique(np.asarray(picture.convert("L")))) <= GREYS
        assert run.remarks(100) == REMARKS
    assert "--iterations 100" in (to / "README.md").read_text("utf-8")


def test_what_is_no_pair_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(folder: Path, to: Path, words: str) -> None:
        assert_refused(main, [str(folder), "--to", str(to)], "gan.pretrained.record_pair", words, capsys)

    to = folder.parent / "pair"
    refused(folder.parent, to, "found no config.json")
    assert main([str(folder), "--to", str(to)]) == 0
    capsys.readouterr()
    refused(folder, to, "holds a recorded pair already")
    monkeypatch.setattr(record_pair, "MAX_BYTES", 1000)
    refused(folder, folder.parent / "large", "may take 1,000")
    Run.open(folder / LOOSE).picture_path(50).unlink()
    refused(folder, folder.parent / "other", "of the same iterations")


def test_a_kept_sheet_is_told_as_a_watched_one(folder: Path) -> None:
    run = Run.open(folder / FROZEN)
    sheet = saved_sheet(FROZEN, run, 50)
    assert (sheet["type"], sheet["run"], sheet["iteration"]) == ("sheet", FROZEN, 50)
    assert base64.b64decode(sheet["png"]) == run.picture_path(50).read_bytes()
    assert (sheet["reading"]["read"], sheet["reading"]["prefers_real"]) == ([True] * 4, 1)


def test_the_pair_that_ships_bears_the_moral_out() -> None:
    assert sum(path.stat().st_size for path in RECORDED_PAIR.rglob("*") if path.is_file()) <= MAX_BYTES
    told = recorded_pair(RECORDED_PAIR)
    assert [(run["run"], run["recorded"], run["state"]) for run in told["runs"]] == [
        (FROZEN, True, "closed"),
        (LOOSE, True, "closed"),
    ]
    assert [run["config"]["freeze"] for run in told["runs"]] == [True, False]
    for frozen, loose in told["sheets"]:
        assert frozen["iteration"] == loose["iteration"]
        with Image.open(io.BytesIO(base64.b64decode(frozen["png"]))) as picture:
            assert picture.size == (242, 242)
    assert frozen["reading"]["read"] is not None
    assert loose["reading"]["read"] is not None
    assert sum(frozen["reading"]["read"]) > 0.8 * 64
    assert (sum(loose["reading"]["read"]), loose["reading"]["prefers_real"]) == (0, 0)


async def test_it_is_asked_for(client: Client) -> None:
    assert await (await client.get("/api/what-if/recorded")).json() == recorded_pair(RECORDED_PAIR)
    assert (await refusal(await client.get("/api/what-if/recorded?x=1")))[::2] == (400, "x")


def test_where_none_ships_there_is_none(tmp_path: Path) -> None:
    assert recorded_pair(tmp_path) == {"runs": [], "sheets": []}
