"""gan/web/routes/real_or_drawn.py: rounds over HTTP. The server reveals a solution only in response to a choice."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import hdrs

from gan.data import idx, load
from gan.runs.run_writer import create
from gan.web.app import ServerConfig
from gan.web.keys import DRAWINGS, RUN_MANAGER
from gan.web.routes import real_or_drawn
from gan.web.services.executor import Busy
from gan.web.services.real_or_drawn import render_ink
from gan.web.services.saved_drawing_details import RealDigits
from tests.helpers.digits import folder_of
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import Client, app_of, get_json, png_pixels, refusal


def make_run(folder: Path, name: str = "some", **changes: Any) -> None:
    run = create(folder / name, tiny(3, **changes))
    for iteration in (0, 4, 10, 15, 20):
        run.save_picture(iteration, np.random.default_rng(iteration).integers(0, 256, (64, 28, 28), np.uint8))


@pytest.mark.parametrize("query", ["", "&run=some&iteration=20"])
async def test_a_whole_round(client: Client, config: ServerConfig, query: str) -> None:
    make_run(config.runs)
    sample = load().images
    response = await client.get(f"/api/guess/round?pixels=1{query}")
    assert (response.status, response.headers[hdrs.CACHE_CONTROL]) == (200, "no-store")
    game = await response.json()
    assert (game.keys(), len(game["pairs"])) == ({"round", "pairs"}, 10)
    for number, pair in enumerate(game["pairs"]):
        assert pair.keys() == {"digit", "left", "right", "pixels"}
        truth = await get_json(client, f"/api/guess/{game['round']}/{number}")
        assert truth == await get_json(client, f"/api/guess/{game['round']}/{number}"), "the answer stays the same"
        assert truth["pair"] == number
        assert truth["judge"] in ((None,) if query else ("left", "right")), "this run has no checkpoint"
        for side in ("left", "right"):
            image = 255 - png_pixels(pair["pixels"][side])
            assert bool((sample == image).all((1, 2)).any()) == (truth["person"] == side)
            assert np.array_equal(255 - png_pixels(pair[side]), render_ink(image[None])[0])
    assert len({png for pair in game["pairs"] for png in (pair["left"], pair["right"])}) == 20
    last = await refusal(await client.get(f"/api/guess/{game['round']}/10"))
    assert last == (404, "This round has 10 pairs, counted from 0.", "pair")
    plain = await get_json(client, f"/api/guess/round?{query}")
    assert {frozenset(pair) for pair in plain["pairs"]} == {frozenset({"digit", "left", "right"})}


@pytest.mark.parametrize(
    ("path", "status", "field", "expected"),
    [
        ("round?run=some", 400, "iteration", "iteration is missing"),
        ("round?iteration=20", 400, "run", "run is missing"),
        ("round?pixels=2", 400, "pixels", "from 0 to 1, received 2"),
        ("round?run=some&iteration=21", 400, "iteration", "received 21"),
        ("round?run=some&iteration=-1", 400, "iteration", "whole number"),
        ("round?run=none&iteration=0", 404, "id", "no run named"),
        ("round?run=unlabelled&iteration=20", 400, "run", "draws requested digits"),
        ("0123456789abcdef/0", 404, "round", "Play a new round"),
        ("0123/-1", 404, None, "nothing at"),
    ],
)
async def test_invalid_requests(
    client: Client, config: ServerConfig, path: str, status: int, field: str | None, expected: str
) -> None:
    make_run(config.runs)
    run = create(config.runs / "unlabelled", tiny(None, labels=False))
    run.save_picture(20, np.zeros((64, 28, 28), np.uint8))
    response = await refusal(await client.get(f"/api/guess/{path}"))
    assert (response[0], response[2]) == (status, field)
    assert expected in response[1]


async def test_ladders_of_the_recorded_and_the_users_run(client: Client, config: ServerConfig) -> None:
    make_run(config.recorded.parent, config.recorded.name)
    app_of(client)[RUN_MANAGER].catalogue.recorded = config.recorded
    make_run(config.runs)
    await client.post("/api/runs/some/open")
    response = await get_json(client, "/api/guess")
    recorded, own = response["ladders"]
    assert [step["name"] for step in recorded] == [
        "Recorded run, iteration 0", "Recorded run, iteration 4", "Recorded run, iteration 10",
        "Recorded run, iteration 20", "Ten bundled networks, one per digit",
    ]  # fmt: skip
    assert [step["name"] for step in own][-1] == "Your run some, iteration 20"
    for step in (*recorded, *own):
        assert (await client.get(f"/api/guess/round?{step['asked']}")).status == 200
        assert step["picture"] is None or (await client.get(step["picture"])).content_type == "image/png"
    assert response["real"] == "5,000-digit sample"


async def test_the_opponent_is_the_run_that_has_learned_most(client: Client, config: ServerConfig) -> None:
    async def own() -> str:
        return str((await get_json(client, "/api/guess"))["ladders"][-1][-1]["name"])

    for name in ("first", "second"):
        make_run(config.runs, name)
    create(config.runs / "unlabelled", tiny(None, labels=False)).save_picture(30, np.zeros((64, 28, 28), np.uint8))
    (config.runs / "broken").mkdir()
    (config.runs / "broken" / "config.json").write_text("{}")
    for name in ("first", "second"):
        await client.post(f"/api/runs/{name}/open")
        assert await own() == f"Your run {name}, iteration 20", "of equal runs the open one"
    images = config.runs / "first" / "images"
    shutil.copy(images / "20.png", images / "25.png")
    assert await own() == "Your run first, iteration 25"


async def test_a_missing_opponent_is_an_error(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(real_or_drawn, "pretrained", lambda digit: tmp_path / "none")
    status, message, _ = await refusal(await client.get("/api/guess"))
    assert (status, "Train one first" in message) == (404, True)


async def game_of_page(client: Client) -> Any:
    """Return the game rendered into the page, or None."""
    response = await client.get("/guess")
    assert response.status == 200
    found = re.search("data-game='([^']*)'", await response.text())
    return json.loads(found[1]) if found else None


async def test_the_page_has_a_round_without_its_answers(client: Client) -> None:
    game = await game_of_page(client)
    assert game.keys() == {"ladders", "real", "round", "pairs"}
    assert game["ladders"] == (await get_json(client, "/api/guess"))["ladders"]
    assert [pair.keys() for pair in game["pairs"]] == [{"digit", "left", "right", "pixels"}] * 10
    assert (await get_json(client, f"/api/guess/{game['round']}/9"))["person"] in ("left", "right")


async def test_the_page_is_shown_without_a_round_if_none_can_be_made(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def refuse(*_: Any) -> None:
        raise Busy

    with monkeypatch.context() as patch:
        patch.setattr(app_of(client)[DRAWINGS], "run", refuse)
        assert await game_of_page(client) is None
    monkeypatch.setattr(real_or_drawn, "pretrained", lambda digit: tmp_path / "none")
    assert await game_of_page(client) is None


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
