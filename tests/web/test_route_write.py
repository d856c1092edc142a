"""gan/web/routes/write.py: every format and option, networks from runs, and the search
for a handwriting.
"""

import asyncio
import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import hdrs

from gan.base.labels import DIGITS
from gan.data.images_and_sheets import drawings_on
from gan.web.app import ServerConfig
from gan.web.app_keys import WRITERS
from gan.web.routes.write import PARAMETERS, SHOWN
from gan.web.services.writer_pool import Job
from gan.write import to_svg, write
from gan.write.formats import FORMATS, encoded
from gan.write.glyphs.own_handwriting import as_mnist, check_pads, read
from gan.write.vectorize.measure_ink import likeness
from tests.helpers.drawings import PADS
from tests.helpers.fake_worker import tiny
from tests.helpers.handmade import LOOK, written
from tests.helpers.serving import (
    Client,
    app_of,
    create_drawing_run,
    expect_refusal,
    get_json,
    soon,
)


async def test_every_parameter_reaches_the_writer(
    client: Client, handmade_writer: None
) -> None:
    own: dict[str, dict[str, Any]] = {"animated": {"written": 2, "seconds": 1.5}}
    assert PARAMETERS.keys() == {
        "number",
        "format",
        "run",
        "mine",
        *LOOK,
        *own["animated"],
    }
    page = written("12.5\n7 €", **LOOK)
    for form, kind in FORMATS.items():
        options = own.get(form, {})
        query = {"number": "12.5\n7 €", "format": form} | {
            name: str(one) for name, one in (LOOK | options).items()
        }
        response = await client.get("/api/write", params=query)
        assert response.status == 200
        assert response.content_type == kind.content_type
        assert await response.read() == encoded(page, form, options)


async def test_the_same_request_gives_the_same_bytes_and_is_cached(
    client: Client,
) -> None:
    first, again = [
        await client.get("/api/write?number=3-1+4&seed=7") for _ in range(2)
    ]
    body = await first.read()
    assert body.startswith(b"\x89PNG")
    assert await again.read() == body
    unchanged = {hdrs.IF_NONE_MATCH: first.headers[hdrs.ETAG]}
    assert (
        await client.get("/api/write?number=3-1+4&seed=7", headers=unchanged)
    ).status == 304
    assert "max-age" in first.headers[hdrs.CACHE_CONTROL]


# Writing with networks from runs


async def test_a_run_writes_with_its_newest_network(
    client: Client, config: ServerConfig
) -> None:
    model = tiny(None, labels=True)
    run = create_drawing_run(config.runs / "mine", model)
    address = "/api/write?number=3&format=json&run=mine"
    first = await client.get(address)
    result = await first.json()
    assert first.headers[hdrs.CACHE_CONTROL] == "private, no-cache"
    assert len(result["glyphs"][0]["latent"]) == model.latent
    assert await get_json(client, address) == result
    again = await client.get(
        address, headers={hdrs.IF_NONE_MATCH: first.headers[hdrs.ETAG]}
    )
    assert again.status == 304
    replacement = create_drawing_run(config.runs / "other", model, seed=9)
    os.replace(replacement.generator, run.generator)
    os.utime(run.generator, ns=(1, 1))
    changed = await get_json(client, address)
    assert changed["glyphs"][0]["strokes"] != result["glyphs"][0]["strokes"]


# Waiting


async def test_a_number_is_not_wanted_once_its_client_has_gone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = list[bool]()

    async def draw(job: Job, is_wanted: Callable[[], bool]) -> bytes:
        wanted.append(is_wanted())
        try:
            await soon(lambda: not is_wanted())
        finally:
            wanted.append(is_wanted())
        return b""

    monkeypatch.setattr(app_of(client)[WRITERS], "draw", draw)
    gone = asyncio.create_task(client.get("/api/write?number=1"))
    await soon(lambda: wanted == [True])
    gone.cancel()
    await soon(lambda: wanted == [True, False])


async def test_an_animated_svg_may_use_only_its_own_style(
    client: Client, handmade_writer: None
) -> None:
    policies = {}
    for form in ("animated", "svg"):
        response = await client.get(f"/api/write?number=1&format={form}")
        policies[form] = response.headers["Content-Security-Policy"]
    assert (
        policies["animated"]
        == "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    assert "unsafe" not in policies["svg"]


# A handwriting found from drawings


async def test_a_handwriting_is_found_and_writes(
    client: Client, tmp_path: Path
) -> None:
    result = await (await client.post("/api/mine", json={"drawings": PADS})).json()
    handwriting = result["handwriting"]
    assert handwriting["drawings"] == dict(sorted(PADS.items()))
    assert result["frames"] == len(SHOWN)
    picture = tmp_path / "sheet.png"
    picture.write_bytes(base64.b64decode(result["png"]))
    frames = drawings_on(picture).reshape(len(SHOWN), DIGITS, 28, 28)
    for digit, strokes in check_pads(PADS).items():
        near = [likeness(frame[digit], as_mnist(strokes)) for frame in frames]
        assert near[-1] > max(0.85, near[0])
    assert (frames[0] != frames[-1]).any(axis=(1, 2)).all()
    whole = json.dumps(handwriting)
    mine = read(whole)
    del handwriting["drawings"]
    for text, known in ((whole, mine), (json.dumps(handwriting), mine), ("", None)):
        query = {"number": "41", "seed": "3", "format": "svg", "mine": text}
        response = await client.get("/api/write", params=query)
        assert await response.text() == to_svg(write("41", seed=3, mine=known))


async def test_a_drawing_that_is_no_such_digit_is_refused(client: Client) -> None:
    message = "This does not look like a 3 yet. Go on, or clear it and draw it again."
    for scribble in (
        [[128, 128]],
        [[20, 30, 230, 60, 25, 100, 240, 140, 20, 190, 235, 220]],
        PADS["1"],
    ):
        response = await client.post(
            "/api/mine", json={"drawings": PADS | {"3": scribble}}
        )
        await expect_refusal(response, 400, "drawings", message)
