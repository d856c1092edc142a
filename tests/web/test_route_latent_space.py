"""gan/web/routes/learn.py: images from /api/place, their caching, and refused requests."""

import io
from pathlib import Path

import numpy as np
import pytest
from aiohttp import hdrs
from PIL import Image

from gan.drawings import latent_walk, load_and_draw
from gan.drawings.load_and_draw import load_pretrained
from gan.web.routes import learn
from gan.web.routes.learn import EDGE
from tests.helpers.serving import Client, refusal


async def test_a_place_shows_ten_digits_of_its_latent(client: Client) -> None:
    response = await client.get(f"/api/place?seed=9&x={EDGE}&y=-20")
    assert (response.status, response.content_type) == (200, "image/png")
    assert "max-age" in response.headers[hdrs.CACHE_CONTROL]
    body = await response.read()
    assert len(body) < 5000
    again = await client.get(
        f"/api/place?seed=9&x={EDGE}&y=-20", headers={hdrs.IF_NONE_MATCH: response.headers[hdrs.ETAG]}
    )
    assert again.status == 304
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (10 * 30 + 2, 32)
    expected = latent_walk.ten(*load_pretrained(None), 9, 1, -20 / EDGE)
    strip = np.asarray(Image.open(io.BytesIO(body)))[2:30, 2:].reshape(28, 10, 30)[:, :, :28].swapaxes(0, 1)
    assert np.abs(255 - strip.astype(int) - expected).max() <= 1
    by_default = await (await client.get("/api/place")).read()
    assert by_default == await (await client.get("/api/place?seed=0&x=0&y=-0")).read()


async def test_images_are_cached(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await (await client.get("/api/place?seed=4&x=-3&y=9")).read()
    monkeypatch.setattr(latent_walk, "draw", None)
    assert await (await client.get("/api/place?seed=4&x=-3&y=9")).read() == before


async def test_a_missing_bundled_network_is_an_error(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(load_and_draw, "PRETRAINED", tmp_path)
    for function in (learn.shipped, learn.place):
        function.cache_clear()
    status, message, field = await refusal(await client.get("/api/place"))
    assert (status, field) == (400, "model")
    assert message.startswith("no generator of all digits is bundled")
