"""gan/web/routes/real_or_drawn.py: rounds over HTTP. The server reveals a solution only in response to a choice."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import hdrs

from gan.data import Dataset, idx, load
from gan.runs.run_writer import create
from gan.web.app import ServerConfig
from gan.web.keys import DRAWINGS, REAL_DIGITS, RUN_MANAGER
from gan.web.services.executor import Busy
from gan.web.services.real_or_drawn import render_ink
from gan.web.services.saved_drawing_details import RealDigits
from tests.helpers.digits import folder_of
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import Client, app_of, get_json, png_pixels, refusal


@pytest.fixture
def recorded(client: Client, config: ServerConfig) -> list[int]:
    """Bundle a run with five pictures, and return the iterations of its climb."""
    run = create(config.recorded, tiny(3))
    for iteration in (0, 4, 10, 15, 20):
        run.save_picture(iteration, np.random.default_rng(iteration).integers(0, 256, (64, 28, 28), np.uint8))
    app_of(client)[RUN_MANAGER].catalogue.recorded = config.recorded
    return [0, 4, 10, 20]


@pytest.mark.parametrize("query", ["", "?iteration=20"])
async def test_a_whole_round(client: Client, recorded: list[int], query: str) -> None:
    sample = load()
    few = Dataset(sample.images[::25], sample.labels[::25], "twenty of each digit")
    app_of(client)[REAL_DIGITS].unseen = few
    begun = await get_json(client, "/api/guess")
    assert begun == {"round": begun["round"], "rungs": recorded}
    seen = set[str]()
    for number in range(10):
        address = f"/api/guess/{begun['round']}/{number}"
        response = await client.get(address + query)
        assert (response.status, response.headers[hdrs.CACHE_CONTROL]) == (200, "no-store")
        pair = await response.json()
        assert pair.keys() == {"digit", "left", "right"}
        assert pair == await get_json(client, address + query), "a pair stays the same"
        truth = await get_json(client, f"{address}/person")
        real = 255 - png_pixels(pair.pop(truth["person"]))
        reals = few.images[few.labels == pair.pop("digit")]
        assert any(np.array_equal(real, render_ink(image)) for image in reals)
        seen |= {str(truth), *pair.values()}
    assert len(seen) == 12, "ten different drawings, and both sides"


@pytest.mark.parametrize(
    ("path", "status", "field", "expected"),
    [
        ("0?iteration=21", 400, "iteration", "expected one of [0, 4, 10, 20], received 21"),
        ("0?iteration=-1", 400, "iteration", "whole number"),
        ("0?run=some", 400, "run", "unknown parameter"),
        ("10", 404, "pair", "10 pairs, counted from 0"),
        ("10/person", 404, "pair", "10 pairs, counted from 0"),
        ("../0123456789abcdef/0", 404, "round", "Play a new round"),
        ("../0123/0/person", 404, "round", "Play a new round"),
        ("-1", 404, None, "nothing at"),
    ],
)
async def test_invalid_requests(
    client: Client, recorded: list[int], path: str, status: int, field: str | None, expected: str
) -> None:
    begun = await get_json(client, "/api/guess")
    response = await refusal(await client.get(f"/api/guess/{begun['round']}/{path}"))
    assert (response[0], response[2]) == (status, field)
    assert expected in response[1]


async def game_of_page(client: Client) -> Any:
    """Return the climb rendered into the page, or None."""
    response = await client.get("/guess")
    assert response.status == 200
    found = re.search("data-climb='([^']*)'", await response.text())
    return json.loads(found[1]) if found else None


async def test_the_page_has_the_first_pair_without_its_answer(client: Client, recorded: list[int]) -> None:
    climb = await game_of_page(client)
    assert climb.keys() == {"round", "rungs", "pair"}
    assert climb["pair"] == await get_json(client, f"/api/guess/{climb['round']}/0?iteration=0")


async def test_the_page_is_shown_without_a_climb_if_the_server_is_busy(
    client: Client, recorded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> None:
        raise Busy

    monkeypatch.setattr(app_of(client)[DRAWINGS], "run", refuse)
    assert await game_of_page(client) is None


async def test_without_a_recorded_run_the_bundled_networks_play(client: Client) -> None:
    climb = await game_of_page(client)
    assert climb["rungs"] == []
    assert climb["pair"] == await get_json(client, f"/api/guess/{climb['round']}/0")
    response = await refusal(await client.get(f"/api/guess/{climb['round']}/0?iteration=7"))
    assert response == (404, "There is no run named 'recorded'.", "id")


def test_real_digits_come_from_the_test_set_if_there_is_one(tmp_path: Path) -> None:
    sample = load()
    folder_of(tmp_path, idx.pack(sample.images[:100]), idx.pack(sample.labels[:100]))
    assert len(RealDigits(load(tmp_path)).unseen.images) == 100
    for kind, values in (("images-idx3", sample.images[-7:]), ("labels-idx1", sample.labels[-7:])):
        (tmp_path / f"t10k-{kind}-ubyte").write_bytes(idx.pack(values))
    assert np.array_equal(RealDigits(load(tmp_path)).unseen.images, sample.images[-7:])
    assert RealDigits(load()).unseen.name == "5,000-digit sample"


@pytest.mark.parametrize(("each", "name"), [(100, "100 held-out images of "), (99, "5,000-digit"), (9, "5,000-digit")])
def test_of_ones_own_digits_only_held_out_ones_are_shown(tmp_path: Path, each: int, name: str) -> None:
    sample = load()
    chosen = np.concatenate([np.flatnonzero(sample.labels == digit)[:each] for digit in range(10)])
    np.savez(tmp_path / "own.npz", images=sample.images[chosen], labels=sample.labels[chosen])
    own = load(tmp_path / "own.npz")
    unseen = RealDigits(own).unseen
    assert unseen.name.startswith(name)
    if each == 100:
        assert np.bincount(unseen.labels).tolist() == [10] * 10
        assert not {image.tobytes() for image in own.images} & {image.tobytes() for image in unseen.images}
