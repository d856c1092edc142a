"""GET /api/wander and /api/place: what is drawn, kept, and refused."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import hdrs
from fake_worker import tiny
from PIL import Image
from serving import Client, refusal

import server
from gan import latent_walk
from gan.config import Config
from gan.pictures import drawings_on
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.saved_networks import load_pretrained
from gan.web.keys import DRAWINGS
from gan.web.routes import latent_space
from gan.web.routes.latent_space import EDGE
from gan.web.services.executor import Busy
from nnet import weights


def trained(path: Path, config: Config, weights_seed: int = 1) -> Run:
    """A run whose generator is untrained, but draws."""
    run = create(path, config)
    parameters = config.build_generator(np.random.default_rng(weights_seed)).parameters()
    weights.save(run.generator, parameters, {"config": config.to_json()})
    return run


def drawn(body: bytes, folder: Path) -> Any:
    (folder / "drawn.png").write_bytes(body)
    return drawings_on(folder / "drawn.png")


async def test_the_network_that_ships_draws_a_strip_that_a_browser_keeps(client: Client, tmp_path: Path) -> None:
    answer = await client.get("/api/wander?strip=5")
    assert (answer.status, answer.content_type) == (200, "image/png")
    assert "max-age" in answer.headers[hdrs.CACHE_CONTROL]
    body = await answer.read()
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (latent_walk.GROUP * 30 + 2, latent_walk.FRAMES * 30 + 2)
    expected = latent_walk.strip(*load_pretrained(None), 5)
    assert np.abs(drawn(body, tmp_path).astype(int) - expected).max() <= 1
    again = await client.get("/api/wander?strip=5", headers={hdrs.IF_NONE_MATCH: answer.headers[hdrs.ETAG]})
    assert again.status == 304


async def test_a_run_draws_with_its_own_network_as_it_is_by_now(
    client: Client, config: server.ServerConfig, tmp_path: Path
) -> None:
    run = trained(config.runs / "three", tiny(3))
    first = await client.get("/api/wander?strip=0&run=three")
    assert (first.status, first.headers[hdrs.CACHE_CONTROL]) == (200, "private, no-cache")
    before = await first.read()
    generator = run.config.build_generator(np.random.default_rng(1))
    assert np.abs(drawn(before, tmp_path).astype(int) - latent_walk.strip(generator, run.config, 0)).max() <= 1
    other = trained(tmp_path / "other", tiny(3), weights_seed=2)
    os.replace(other.generator, run.generator)  # as a run that trains does
    os.utime(run.generator, ns=(1, 1))
    assert await (await client.get("/api/wander?strip=0&run=three")).read() != before


async def test_what_was_drawn_is_not_drawn_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("/api/wander?strip=6", "/api/place?seed=4&x=-3&y=9")
    before = [await (await client.get(address)).read() for address in asked]
    monkeypatch.setattr(latent_walk, "draw", None)
    assert [await (await client.get(address)).read() for address in asked] == before


async def test_a_place_is_ten_digits_in_the_manner_of_its_latent(client: Client, tmp_path: Path) -> None:
    answer = await client.get(f"/api/place?seed=9&x={EDGE}&y=-20")
    assert (answer.status, answer.content_type) == (200, "image/png")
    assert "max-age" in answer.headers[hdrs.CACHE_CONTROL]
    body = await answer.read()
    assert len(body) < 5000
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (10 * 30 + 2, 32)
    expected = latent_walk.ten(*load_pretrained(None), 9, 1, -20 / EDGE)
    strip = np.asarray(Image.open(io.BytesIO(body)))[2:30, 2:].reshape(28, 10, 30)[:, :, :28].swapaxes(0, 1)
    assert np.abs(255 - strip.astype(int) - expected).max() <= 1
    by_default = await (await client.get("/api/place")).read()
    assert by_default == await (await client.get("/api/place?seed=0&x=0&y=-0")).read()


@pytest.mark.parametrize(
    ("address", "status", "field"),
    [
        ("wander?strip=1&run=nobody", 404, "id"),
        ("wander?strip=1&run=..%2Fx", 404, "id"),
        ("wander?strip=1&run=all-digits", 404, "run"),  # it has learned nothing yet
        ("wander?strip=1&run=broken", 400, "model"),
    ],
)
async def test_what_cannot_be_drawn_is_refused_in_a_line(
    client: Client, config: server.ServerConfig, address: str, status: int, field: str
) -> None:
    create(config.runs / "broken", tiny(3)).generator.write_bytes(b"no network")
    assert (await refusal(await client.get(f"/api/{address}")))[::2] == (status, field)


async def test_a_run_without_a_network_says_so(client: Client, config: server.ServerConfig) -> None:
    create(config.runs / "bare", tiny(None))
    told = (await refusal(await client.get("/api/wander?strip=0&run=bare")))[1]
    assert told == "Run bare has no network yet: train it, or choose another."


async def test_where_nothing_ships_it_says_so(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(latent_space, "pretrained", lambda digit: tmp_path / "none.safetensors")
    for address in ("/api/wander?strip=0", "/api/place"):
        status, told, field = await refusal(await client.get(address))
        assert (status, field) == (404, "run")
        assert told.startswith("No network of all digits ships here")


async def test_who_comes_when_too_much_waits_is_told_when_to_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: Any) -> bytes:
        raise Busy(2.5)

    monkeypatch.setattr(client.server.app[DRAWINGS], "run", busy)  # type: ignore[attr-defined]
    for address in ("/api/wander?strip=0", "/api/place"):
        answer = await client.get(address)
        assert (answer.status, answer.headers[hdrs.RETRY_AFTER]) == (503, "3")
