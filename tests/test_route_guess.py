"""gan/web/routes/guess.py: rounds over HTTP. Only the request for the answer reveals it."""

import base64
import io
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import hdrs
from digits import folder_of
from fake_worker import tiny
from PIL import Image
from serving import Client, app_of, get_json, refusal

import server
from gan.data import idx, load
from gan.runs.run_writer import create
from gan.web.routes import guess
from gan.web.services.drawing import RealDigits
from gan.web.services.real_or_drawn import SHOWN, RoundStore, inked


def pixels(png: str) -> bytes:
    """Return the pixels of a base64 PNG, ink 255."""
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        assert (picture.size, picture.mode, picture.info) == ((SHOWN, SHOWN), "L", {}), "no metadata"
        return (255 - np.asarray(picture)).tobytes()


@cache
def real(digit: int) -> set[bytes]:
    sample = load()
    return {image.tobytes() for image in inked(sample.images[sample.labels == digit])}


def make_run(folder: Path, name: str = "some", **changes: Any) -> None:
    run = create(folder / name, tiny(3, **changes))
    for iteration in (0, 4, 10, 15, 20):
        run.save_picture(iteration, np.random.default_rng(iteration).integers(0, 256, (64, 28, 28), np.uint8))


@pytest.mark.parametrize("query", ["", "?run=some&iteration=20"])
async def test_a_whole_round(client: Client, config: server.ServerConfig, query: str) -> None:
    make_run(config.runs)
    answer = await client.get(f"/api/guess/round{query}")
    assert (answer.status, answer.headers[hdrs.CACHE_CONTROL]) == (200, "no-store")
    round_ = await answer.json()
    assert round_.keys() == {"round", "pairs"}
    assert len(round_["pairs"]) == 10
    people = []
    for number, pair in enumerate(round_["pairs"]):
        assert pair.keys() == {"digit", "left", "right"}
        truth = await get_json(client, f"/api/guess/{round_['round']}/{number}")
        other = {"left": "right", "right": "left"}[truth["person"]]
        assert truth["pair"] == number
        assert truth["judge"] in ((None,) if query else ("left", "right")), "this run has no checkpoint"
        if number == 0:  # slow: it converts all real digits
            assert pixels(pair[truth["person"]]) in real(pair["digit"])
            assert pixels(pair[other]) not in real(pair["digit"])
        people.append(truth["person"])
    assert len({pixels(pair[side]) for pair in round_["pairs"] for side in ("left", "right")}) == 20
    repeated = await get_json(client, f"/api/guess/{round_['round']}/3")
    assert repeated["person"] == people[3]


@pytest.mark.parametrize(
    ("path", "status", "field", "expected"),
    [
        ("round?run=some", 400, "iteration", "iteration is missing"),
        ("round?iteration=20", 400, "run", "run is missing"),
        ("round?run=some&iteration=21", 400, "iteration", "received 21"),
        ("round?run=some&iteration=-1", 400, "iteration", "whole number"),
        ("round?run=some&iteration=1e9", 400, "iteration", "whole number"),
        ("round?run=none&iteration=0", 404, "id", "no run named"),
        ("round?run=..%2Fsome&iteration=0", 404, "id", "no run named"),
        ("round?run=some&run=some&iteration=0", 400, "run", "more than once"),
        ("round?run=unlabelled&iteration=20", 400, "run", "told which digits"),
        ("round?seed=1", 400, "seed", "unknown parameter"),
        ("0123456789abcdef/0", 404, "round", "This round is over"),
        ("0123456789abcdef/0?x=1", 400, "x", "unknown parameter"),
        ("ROUND/0", 404, None, "nothing at"),
        ("0123/-1", 404, None, "nothing at"),
    ],
)
async def test_invalid_requests(
    client: Client, config: server.ServerConfig, path: str, status: int, field: str | None, expected: str
) -> None:
    make_run(config.runs)
    run = create(config.runs / "unlabelled", tiny(None, labels=False))
    run.save_picture(20, np.zeros((64, 28, 28), np.uint8))
    response = await refusal(await client.get(f"/api/guess/{path}"))
    assert (response[0], response[2]) == (status, field)
    assert expected in response[1]


async def test_a_round_has_ten_pairs(client: Client) -> None:
    round_ = await get_json(client, "/api/guess/round")
    assert (await client.get(f"/api/guess/{round_['round']}/9")).status == 200
    response = await refusal(await client.get(f"/api/guess/{round_['round']}/10"))
    assert response == (404, "There are 10 pairs in this round, counted from 0.", "pair")


async def test_a_round_of_an_earlier_server_is_over(client: Client) -> None:
    round_ = await get_json(client, "/api/guess/round")
    app_of(client)[guess.ROUNDS]._rounds.clear()
    status, message, field = await refusal(await client.get(f"/api/guess/{round_['round']}/0"))
    assert (status, field) == (404, "round")
    assert "Reload the page" in message


async def test_the_oldest_round_is_dropped(client: Client) -> None:
    rounds: RoundStore = app_of(client)[guess.ROUNDS]
    rounds._most = 2
    names = [(await get_json(client, "/api/guess/round"))["round"] for _ in range(3)]
    assert [(await client.get(f"/api/guess/{name}/0")).status for name in names] == [404, 200, 200]
    assert len(rounds._rounds) == 2


async def test_ladders_of_the_recorded_and_the_own_run(client: Client, config: server.ServerConfig) -> None:
    make_run(config.recorded.parent, config.recorded.name)
    app_of(client)[server.STUDIO].catalogue.recorded = config.recorded
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


async def test_no_opponent_is_an_error(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(guess, "pretrained", lambda digit: tmp_path / "none")
    status, message, _ = await refusal(await client.get("/api/guess"))
    assert (status, "train it first" in message) == (404, True)


def test_real_digits_come_from_the_test_set_if_there_is_one(tmp_path: Path) -> None:
    sample = load()
    folder_of(tmp_path, idx.pack(sample.images[:100]), idx.pack(sample.labels[:100]))
    assert len(RealDigits(tmp_path).unseen.images) == 100
    for kind, values in (("images-idx3", sample.images[-7:]), ("labels-idx1", sample.labels[-7:])):
        (tmp_path / f"t10k-{kind}-ubyte").write_bytes(idx.pack(values))
    assert np.array_equal(RealDigits(tmp_path).unseen.images, sample.images[-7:])
    assert RealDigits(None).unseen.name == "5,000-digit sample"
