"""gan/web/routes/guess.py: rounds over HTTP. The truth is told when it is asked for, and nothing but that gives it away."""

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
from serving import Client, MakeClient, refusal

import server
from gan.data import idx, load
from gan.runs.run_writer import create
from gan.web.keys import ROUNDS, RUN_MANAGER
from gan.web.routes import guess
from gan.web.services.drawing import RealDigits
from gan.web.services.real_or_drawn import SHOWN, RoundStore, render_ink


def ink(png: str) -> bytes:
    """The image, ink 255, of a PNG in base64."""
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        assert (picture.size, picture.mode, picture.info) == ((SHOWN, SHOWN), "L", {}), "nothing but the image"
        return (255 - np.asarray(picture)).tobytes()


@cache
def real(digit: int) -> set[bytes]:
    sample = load()
    return {image.tobytes() for image in render_ink(sample.images[sample.labels == digit])}


def make_run(folder: Path, name: str = "some", **changes: Any) -> None:
    run = create(folder / name, tiny(3, **changes))
    for iteration in (0, 4, 10, 15, 20):
        run.save_picture(iteration, np.random.default_rng(iteration).integers(0, 256, (64, 28, 28), np.uint8))


@pytest.mark.parametrize("query", ["", "?run=some&iteration=20"])
async def test_a_round_from_first_to_last(client: Client, config: server.ServerConfig, query: str) -> None:
    make_run(config.runs)
    answer = await client.get(f"/api/guess/round{query}")
    assert (answer.status, answer.headers[hdrs.CACHE_CONTROL]) == (200, "no-store")
    begun = await answer.json()
    assert begun.keys() == {"round", "pairs"}
    assert len(begun["pairs"]) == 10
    people = []
    for number, pair in enumerate(begun["pairs"]):
        assert pair.keys() == {"digit", "left", "right"}
        truth = await (await client.get(f"/api/guess/{begun['round']}/{number}")).json()
        other = {"left": "right", "right": "left"}[truth["person"]]
        assert truth["pair"] == number
        assert truth["judge"] in ((None,) if query else ("left", "right")), "this run has no checkpoint"
        if number == 0:  # to ink all real digits of a kind takes half a second
            assert ink(pair[truth["person"]]) in real(pair["digit"])
            assert ink(pair[other]) not in real(pair["digit"])
        people.append(truth["person"])
    assert len({ink(pair[side]) for pair in begun["pairs"] for side in ("left", "right")}) == 20
    again = await (await client.get(f"/api/guess/{begun['round']}/3")).json()
    assert again["person"] == people[3]


@pytest.mark.parametrize(
    ("path", "status", "field", "said"),
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
async def test_bad_requests(
    client: Client, config: server.ServerConfig, path: str, status: int, field: str | None, said: str
) -> None:
    make_run(config.runs)
    run = create(config.runs / "unlabelled", tiny(None, labels=False))
    run.save_picture(20, np.zeros((64, 28, 28), np.uint8))
    told = await refusal(await client.get(f"/api/guess/{path}"))
    assert (told[0], told[2]) == (status, field)
    assert said in told[1]


async def test_there_are_ten_pairs_in_a_round(client: Client) -> None:
    begun = await (await client.get("/api/guess/round")).json()
    assert (await client.get(f"/api/guess/{begun['round']}/9")).status == 200
    told = await refusal(await client.get(f"/api/guess/{begun['round']}/10"))
    assert told == (404, "There are 10 pairs in this round, counted from 0.", "pair")


async def test_a_server_that_began_anew_knows_no_round_and_says_so(
    aiohttp_client: MakeClient, client: Client, config: server.ServerConfig
) -> None:
    begun = await (await client.get("/api/guess/round")).json()
    client.server.app[ROUNDS]._rounds.clear()  # type: ignore[attr-defined]
    status, said, field = await refusal(await client.get(f"/api/guess/{begun['round']}/0"))
    assert (status, field) == (404, "round")
    assert "Reload the page" in said


async def test_many_rounds_end_the_oldest(client: Client) -> None:
    rounds: RoundStore = client.server.app[ROUNDS]  # type: ignore[attr-defined]
    rounds._most = 2
    names = [(await (await client.get("/api/guess/round")).json())["round"] for _ in range(3)]
    assert [(await client.get(f"/api/guess/{name}/0")).status for name in names] == [404, 200, 200]
    assert len(rounds._rounds) == 2


async def test_ladders_lead_from_the_earliest_to_what_ships_and_to_ones_own_run(
    client: Client, config: server.ServerConfig
) -> None:
    make_run(config.recorded.parent, config.recorded.name)
    client.server.app[RUN_MANAGER].catalogue.recorded = config.recorded  # type: ignore[attr-defined]
    make_run(config.runs)
    await client.post("/api/runs/some/open")
    told = await (await client.get("/api/guess")).json()
    recorded, own = told["ladders"]
    assert [one["name"] for one in recorded] == [
        "Recorded run, iteration 0", "Recorded run, iteration 4", "Recorded run, iteration 10",
        "Recorded run, iteration 20", "Ten bundled networks, one per digit",
    ]  # fmt: skip
    assert [one["name"] for one in own][-1] == "Your run some, iteration 20"
    for one in (*recorded, *own):
        assert (await client.get(f"/api/guess/round?{one['asked']}")).status == 200
        assert one["picture"] is None or (await client.get(one["picture"])).content_type == "image/png"
    assert told["real"] == "5,000-digit sample"


async def test_nobody_to_play_against_is_said(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(guess, "pretrained", lambda digit: tmp_path / "none")
    status, said, _ = await refusal(await client.get("/api/guess"))
    assert (status, "train it first" in said) == (404, True)


def test_real_digits_are_those_that_nobody_learned_from_where_they_lie_there(tmp_path: Path) -> None:
    sample = load()
    folder_of(tmp_path, idx.pack(sample.images[:100]), idx.pack(sample.labels[:100]))
    assert len(RealDigits(tmp_path).unseen.images) == 100
    for kind, values in (("images-idx3", sample.images[-7:]), ("labels-idx1", sample.labels[-7:])):
        (tmp_path / f"t10k-{kind}-ubyte").write_bytes(idx.pack(values))
    assert np.array_equal(RealDigits(tmp_path).unseen.images, sample.images[-7:])
    assert RealDigits(None).unseen.name == "5,000-digit sample"
