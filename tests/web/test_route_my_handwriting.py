"""gan/web/routes/write.py: the search for a handwriting style, and writing with the result."""

import base64
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gan.cli.label_names import DIGITS
from gan.data.pictures import drawings_on
from gan.web.routes.write import SHOWN
from gan.write import to_svg, write
from gan.write.glyphs.own_handwriting import MAX_BYTES, as_mnist, check_pads, read
from gan.write.vectorize.measure_ink import likeness
from tests.helpers import drawings
from tests.helpers.serving import Client, get_json, refusal

DRAWINGS = {"4": [[80, 30, 60, 140, 190, 140], [150, 60, 140, 230]], "1": [[150, 20, 110, 230]]}


FOUND: dict[str, dict[str, Any]] = {}  # results by drawings, cached because a search takes seconds


async def find(client: Client, pads: Any = DRAWINGS, *, again: bool = False) -> dict[str, Any]:
    """Return the search result for these drawings, from the cache if possible."""
    key = json.dumps(pads)
    if again or key not in FOUND:
        response = await client.post("/api/mine", json={"drawings": pads})
        assert response.status == 200
        FOUND[key] = await response.json()
    return FOUND[key]


def on_pad(lines: Sequence[drawings.Line]) -> list[list[int]]:
    """Return lines in pixels of a picture as strokes on the pad."""
    return [[round(9 * number) for point in line for number in point] for line in lines]


async def test_a_handwriting_is_found_and_its_search_shown(client: Client, tmp_path: Any) -> None:
    result = await find(client)
    assert result["handwriting"]["drawings"] == dict(sorted(DRAWINGS.items()))
    assert result["frames"] == len(SHOWN)
    picture = tmp_path / "sheet.png"
    Image.open(io.BytesIO(base64.b64decode(result["png"]))).save(picture)
    frames = drawings_on(picture).reshape(len(SHOWN), DIGITS, 28, 28)
    for digit, strokes in check_pads(DRAWINGS).items():
        near = [likeness(frame[digit], as_mnist(strokes)) for frame in frames]
        assert near[-1] > max(0.85, near[0])
    assert (frames[0] != frames[-1]).any(axis=(1, 2)).all()


async def test_the_writer_accepts_a_handwriting(client: Client) -> None:
    result = (await find(client))["handwriting"]
    expected = to_svg(write("41", seed=3, mine=read(json.dumps(result)))).encode()
    shortened = json.dumps({name: value for name, value in result.items() if name != "drawings"})
    for text in (json.dumps(result), shortened):  # the same style, with and without its drawings
        response = await client.get("/api/write", params={"number": "41", "seed": "3", "format": "svg", "mine": text})
        assert (response.status, await response.read()) == (200, expected)
    plain = await client.get("/api/write", params={"number": "41", "seed": "3", "format": "svg", "mine": ""})
    assert await plain.read() == to_svg(write("41", seed=3)).encode()


async def test_a_full_page_with_ten_drawings_fits_into_an_address(client: Client) -> None:
    pads = {str(digit): on_pad(lines) for digit, lines in enumerate(drawings.DIGITS)}
    found = (await find(client, pads))["handwriting"]
    shortened = json.dumps({name: one for name, one in found.items() if name != "drawings"}, separators=(",", ":"))
    assert len(shortened) < MAX_BYTES
    page = {"number": "\n".join(["€" * 64] * 20), "size": "16", "mine": shortened, "format": "json"}
    assert (await get_json(client, "/api/write", **page))["number"] == page["number"]


@pytest.mark.parametrize(
    "scribble", [[[128, 128]], [[20, 30, 230, 60, 25, 100, 240, 140, 20, 190, 235, 220]], DRAWINGS["1"]]
)
async def test_a_drawing_that_is_no_such_digit_is_refused(client: Client, scribble: list[list[int]]) -> None:
    response = await client.post("/api/mine", json={"drawings": DRAWINGS | {"3": scribble}})
    message = "This does not look like a 3 yet. Go on, or clear it and draw it again."
    assert await refusal(response) == (400, message, "drawings")


async def test_a_handwriting_with_another_network_is_refused(client: Client) -> None:
    found = json.dumps((await find(client))["handwriting"])
    for mine, networks in ((found, "ten"), (found.replace('"network": "', '"network": "0'), "one")):
        response = await client.get("/api/write", params={"number": "1", "mine": mine, "networks": networks})
        status, sentence, field = await refusal(response)
        assert (status, field) == (400, "mine")
        assert networks == "ten" or "/mine" in sentence


async def test_the_same_drawings_give_the_same_result(client: Client) -> None:
    first, second = await find(client), await find(client, again=True)
    assert first == second
    assert np.array(first["handwriting"]["together"]).std() > 0.05
