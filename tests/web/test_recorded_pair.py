"""The pair of runs that the page "What if?" plays, and its address."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from gan.errors import InputError
from gan.pretrained import FROZEN, LOOSE, RECORDED_PAIR
from gan.runs.run_writer import create
from gan.web.routes import runs
from gan.web.services.catalogue import Unknown, recorded_pair
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import Client, refusal


def test_the_bundled_pair_shows_the_difference() -> None:
    assert sum(path.stat().st_size for path in RECORDED_PAIR.rglob("*") if path.is_file()) <= 400_000
    frozen, loose = recorded_pair(RECORDED_PAIR)["runs"]
    assert [(run["run"], run["recorded"], run["state"]) for run in (frozen, loose)] == [
        (FROZEN, True, "closed"),
        (LOOSE, True, "closed"),
    ]
    assert [run["config"]["freeze"] for run in (frozen, loose)] == [True, False]
    for run in (frozen, loose):
        assert list(run["pngs"]) == run["pictures"] == frozen["pictures"]
        for png in run["pngs"].values():
            with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
                assert picture.size == (242, 242)
    assert frozen["progress"][-1]["recognized"] > 0.8 * 64
    assert (loose["progress"][-1]["recognized"], loose["progress"][-1]["mistaken"]) == (0, 64)


async def test_the_recorded_pair_is_served(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = await (await client.get("/api/what-if/recorded")).json()
    assert [run["run"] for run in served["runs"]] == [FROZEN, LOOSE]
    monkeypatch.setattr(runs, "RECORDED_PAIR", tmp_path)
    status, sentence, _ = await refusal(await client.get("/api/what-if/recorded"))
    assert (status, sentence) == (404, "This server has no recorded pair: open the lock on the Train page instead.")


def test_an_incomplete_or_broken_pair_is_refused(tmp_path: Path) -> None:
    create(tmp_path / FROZEN, tiny(3))
    with pytest.raises(Unknown, match="no recorded pair"):
        recorded_pair(tmp_path)
    run = create(tmp_path / LOOSE, tiny(3, freeze=False))
    with run.picture_path(0).open("wb") as file:
        file.truncate(1 << 23)
    with pytest.raises(InputError, match="cannot be read"):
        recorded_pair(tmp_path)
