"""The pair of runs that the page "What if?" shows first, and its address."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from gan.drawings.recognition import Recognition
from gan.pretrained import RECORDED_PAIR
from gan.runs.run_writer import create
from gan.runs.sheet_evaluation import Evaluation
from gan.runs.what_if import FROZEN, LOOSE
from gan.web.services.pair import recorded_pair, saved_sheet
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import Client, refusal


def test_a_stored_sheet_equals_a_live_one(tmp_path: Path) -> None:
    run = create(tmp_path / FROZEN, tiny(3))
    seen = Evaluation(Recognition((3,) * 4, (0.95,) * 4), (True,) * 4, 1)
    run.save_picture(50, np.zeros((4, 28, 28), np.uint8), seen)
    event = saved_sheet(FROZEN, run, 50)
    assert (event["type"], event["run"], event["iteration"]) == ("sheet", FROZEN, 50)
    assert base64.b64decode(event["png"]) == run.picture_path(50).read_bytes()
    assert (event["reading"]["read"], event["reading"]["prefers_real"]) == ([True] * 4, 1)


def test_the_bundled_pair_shows_the_difference() -> None:
    assert sum(path.stat().st_size for path in RECORDED_PAIR.rglob("*") if path.is_file()) <= 400_000
    message = recorded_pair(RECORDED_PAIR)
    assert [(run["run"], run["recorded"], run["state"]) for run in message["runs"]] == [
        (FROZEN, True, "closed"),
        (LOOSE, True, "closed"),
    ]
    assert [run["config"]["freeze"] for run in message["runs"]] == [True, False]
    for frozen, loose in message["sheets"]:
        assert frozen["iteration"] == loose["iteration"]
        with Image.open(io.BytesIO(base64.b64decode(frozen["png"]))) as picture:
            assert picture.size == (242, 242)
    assert frozen["reading"]["read"] is not None
    assert loose["reading"]["read"] is not None
    assert sum(frozen["reading"]["read"]) > 0.8 * 64
    assert (sum(loose["reading"]["read"]), loose["reading"]["prefers_real"]) == (0, 0)


async def test_the_recorded_pair_is_served(client: Client) -> None:
    assert await (await client.get("/api/what-if/recorded")).json() == recorded_pair(RECORDED_PAIR)
    assert (await refusal(await client.get("/api/what-if/recorded?x=1")))[::2] == (400, "x")


def test_a_missing_pair_is_empty(tmp_path: Path) -> None:
    assert recorded_pair(tmp_path) == {"runs": [], "sheets": []}
