"""gan/web/routes/latent_space.py: images from /api/wander and /api/place, their caching, and refused requests."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import hdrs
from fake_worker import tiny
from PIL import Image
from serving import Client, create_drawing_run, refusal

from gan import latent_walk
from gan.pictures import drawings_on
from gan.runs.run_writer import create
from gan.sample import load_pretrained
from gan.web.app import ServerConfig
from gan.web.routes import latent_space
from gan.web.routes.latent_space import EDGE


def drawings(body: bytes, folder: Path) -> Any:
    (folder / "drawn.png").write_bytes(body)
    return drawings_on(folder / "drawn.png")


async def test_the_bundled_network_draws_a_cacheable_strip(client: Client, tmp_path: Path) -> None:
    response = await client.get("/api/wander?strip=5")
    assert (response.status, response.content_type) == (200, "image/png")
    assert "max-age" in response.headers[hdrs.CACHE_CONTROL]
    body = await response.read()
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (latent_walk.GROUP * 30 + 2, latent_walk.FRAMES * 30 + 2)
    expected = latent_walk.strip(*load_pretrained(None), 5)
    assert np.abs(drawings(body, tmp_path).astype(int) - expected).max() <= 1
    again = await client.get("/api/wander?strip=5", headers={hdrs.IF_NONE_MATCH: response.headers[hdrs.ETAG]})
    assert again.status == 304


async def test_a_run_draws_with_its_newest_network(client: Client, config: ServerConfig, tmp_path: Path) -> None:
    run = create_drawing_run(config.runs / "three", tiny(3), 1)
    first = await client.get("/api/wander?strip=0&run=three")
    assert (first.status, first.headers[hdrs.CACHE_CONTROL]) == (200, "private, no-cache")
    before = await first.read()
    generator = run.config.build_generator(np.random.default_rng(1))
    assert np.abs(drawings(before, tmp_path).astype(int) - latent_walk.strip(generator, run.config, 0)).max() <= 1
    other = create_drawing_run(tmp_path / "other", tiny(3), 2)
    os.replace(other.generator, run.generator)  # training replaces the file in the same way
    os.utime(run.generator, ns=(1, 1))
    assert await (await client.get("/api/wander?strip=0&run=three")).read() != before


async def test_images_are_cached(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = ("/api/wander?strip=6", "/api/place?seed=4&x=-3&y=9")
    before = [await (await client.get(address)).read() for address in addresses]
    monkeypatch.setattr(latent_walk, "draw", None)
    assert [await (await client.get(address)).read() for address in addresses] == before


async def test_a_place_shows_ten_digits_of_its_latent(client: Client, tmp_path: Path) -> None:
    response = await client.get(f"/api/place?seed=9&x={EDGE}&y=-20")
    assert (response.status, response.content_type) == (200, "image/png")
    assert "max-age" in response.headers[hdrs.CACHE_CONTROL]
    body = await response.read()
    assert len(body) < 5000
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (10 * 30 + 2, 32)
    expected = latent_walk.ten(*load_pretrained(None), 9, 1, -20 / EDGE)
    strip = np.asarray(Image.open(io.BytesIO(body)))[2:30, 2:].reshape(28, 10, 30)[:, :, :28].swapaxes(0, 1)
    assert np.abs(255 - strip.astype(int) - expected).max() <= 1
    by_default = await (await client.get("/api/place")).read()
    assert by_default == await (await client.get("/api/place?seed=0&x=0&y=-0")).read()


@pytest.mark.parametrize(
    ("run", "status", "field", "message"),
    [
        ("nobody", 404, "id", "no run named"),
        ("..%2Fx", 404, "id", "no run named"),
        ("all-digits", 404, "run", "Run all-digits has no network yet: train it, or choose another."),
        ("broken", 400, "model", "safetensors"),
    ],
)
async def test_a_run_that_cannot_draw_is_refused(
    client: Client, config: ServerConfig, run: str, status: int, field: str, message: str
) -> None:
    create(config.runs / "broken", tiny(3)).generator.write_bytes(b"no network")
    reply = await refusal(await client.get(f"/api/wander?strip=1&run={run}"))
    assert (reply[0], reply[2], message in reply[1]) == (status, field, True)


async def test_a_missing_bundled_network_is_an_error(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(latent_space, "pretrained", lambda digit: tmp_path / "none.safetensors")
    for address in ("/api/wander?strip=0", "/api/place"):
        status, message, field = await refusal(await client.get(address))
        assert (status, field) == (404, "run")
        assert message.startswith("No network of all digits is bundled")
