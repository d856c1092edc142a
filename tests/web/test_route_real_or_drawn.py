"""gan/web/routes/real_or_drawn.py: pairs of a round over HTTP, with their answers."""

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


@pytest.mark.parametrize("rung", [None, 3])
async def test_a_whole_round(client: Client, recorded: list[int], rung: int | None) -> None:
    sample = load()
    few = Dataset(sample.images[::25], sample.labels[::25], "twenty of each digit")
    app_of(client)[REAL_DIGITS].unseen = few
    seen, sides = set[bytes](), set[str]()
    for number in range(10):
        address = f"/api/guess?seed=3&pair={number}" + ("" if rung is None else f"&rung={rung}")
        response = await client.get(address)
        assert (response.status, response.headers[hdrs.CACHE_CONTROL]) == (200, "no-store")
        pair = await response.json()
        assert pair == await get_json(client, address), "a pair stays the same"
        assert pair["rungs"] == ([] if rung is None else recorded)
        reals = [render_ink(image).tobytes() for image in few.images[few.labels == pair["digit"]]]
        shown = {side: (255 - png_pixels(pair[side])).tobytes() for side in ("left", "right")}
        assert [side for side, image in shown.items() if image in reals] == [pair["person"]]
        seen.update(shown.values())
        sides.add(pair["person"])
    assert (len(seen), len(sides)) == (20, 2), "no picture occurs twice"


@pytest.mark.parametrize(
    ("query", "field", "expected"),
    [
        ("rung=4", "rung", "expected a whole number from 0 to 3, or none for the bundled networks, received 4"),
        ("pair=10", "pair", "expected a whole number from 0 to 9, received 10"),
    ],
)
async def test_invalid_requests(client: Client, recorded: list[int], query: str, field: str, expected: str) -> None:
    status, sentence, about = await refusal(await client.get(f"/api/guess?{query}"))
    assert (status, sentence, about) == (400, f"{field}: {expected}", field)


async def game_of_page(client: Client) -> Any:
    """Return the climb rendered into the page, or None."""
    response = await client.get("/guess")
    assert response.status == 200
    found = re.search("data-climb='([^']*)'", await response.text())
    return json.loads(found[1]) if found else None


async def test_the_page_has_the_first_pair(client: Client, recorded: list[int]) -> None:
    climb, other = await game_of_page(client), await game_of_page(client)
    assert climb["seed"] != other["seed"]
    assert climb["pair"]["rungs"] == recorded
    assert climb["pair"] == await get_json(client, f"/api/guess?seed={climb['seed']}&rung=0")


async def test_the_page_is_shown_without_a_climb_if_the_server_is_busy(
    client: Client, recorded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> None:
        raise Busy

    monkeypatch.setattr(app_of(client)[DRAWINGS], "run", refuse)
    assert await game_of_page(client) is None


async def test_without_a_recorded_run_the_bundled_networks_play(client: Client) -> None:
    climb = await game_of_page(client)
    assert climb["pair"]["rungs"] == []
    for rung in ("", "&rung=9"):
        assert climb["pair"] == await get_json(client, f"/api/guess?seed={climb['seed']}{rung}")


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
