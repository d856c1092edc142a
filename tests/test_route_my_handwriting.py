"""POST /api/mine, and the writer that is given the answer."""

import base64
import io
import json
from typing import Any

import numpy as np
from PIL import Image
from serving import Client, refusal

from gan.config import DIGITS
from gan.pictures import drawings_on
from gan.web.routes.write import SHOWN
from gan.write import to_svg, write
from gan.write.glyphs.style_code import MAX_BYTES, as_mnist, check_pads, read
from gan.write.vectorize.ink import likeness

DRAWINGS = {"4": [[80, 30, 60, 140, 190, 140], [150, 60, 140, 230]], "1": [[150, 20, 110, 230]]}


async def found(client: Client, drawings: Any = DRAWINGS) -> dict[str, Any]:
    response = await client.post("/api/mine", json={"drawings": drawings})
    assert response.status == 200
    return dict(await response.json())


async def test_a_handwriting_is_found_and_shown_on_its_way(client: Client, tmp_path: Any) -> None:
    told = await found(client)
    assert told["handwriting"]["drawings"] == dict(sorted(DRAWINGS.items()))
    assert told["frames"] == len(SHOWN)
    picture = tmp_path / "sheet.png"
    Image.open(io.BytesIO(base64.b64decode(told["png"]))).save(picture)
    frames = drawings_on(picture).reshape(len(SHOWN), DIGITS, 28, 28)
    for digit, strokes in check_pads(DRAWINGS).items():
        near = [likeness(frame[digit], as_mnist(strokes)) for frame in frames]
        assert near[-1] > max(0.85, near[0])
    assert (frames[0] != frames[-1]).any(axis=(1, 2)).all()


async def test_the_writer_takes_it(client: Client) -> None:
    told = (await found(client))["handwriting"]
    expected = to_svg(write("41", seed=3, mine=read(json.dumps(told)))).encode()
    kept = json.dumps({name: value for name, value in told.items() if name != "drawings"})
    for text in (json.dumps(told), kept):  # the same handwriting with its drawings and without
        answer = await client.get("/api/write", params={"number": "41", "seed": "3", "format": "svg", "mine": text})
        assert (answer.status, await answer.read()) == (200, expected)
    plain = await client.get("/api/write", params={"number": "41", "seed": "3", "format": "svg", "mine": ""})
    assert await plain.read() == to_svg(write("41", seed=3)).encode()


async def test_a_full_page_by_ten_drawings_fits_into_an_address(client: Client) -> None:
    told = (await found(client, {str(d): DRAWINGS["4"] for d in range(DIGITS)}))["handwriting"]
    del told["drawings"]
    kept = json.dumps(told, separators=(",", ":"))
    assert len(kept) < MAX_BYTES
    answer = await client.get("/api/write", params={"number": "\n".join(["€" * 64] * 20), "size": "16", "mine": kept})
    assert answer.status == 200


async def test_it_goes_with_no_other_network(client: Client) -> None:
    told = json.dumps((await found(client))["handwriting"])
    answer = await client.get("/api/write", params={"number": "1", "mine": told, "networks": "ten"})
    assert (await refusal(answer))[::2] == (400, "mine")
    other = await client.get(
        "/api/write", params={"number": "1", "mine": told.replace('"network": "', '"network": "0')}
    )
    status, sentence, field = await refusal(other)
    assert (status, field) == (400, "mine")
    assert "/mine" in sentence


async def test_the_same_drawings_give_the_same_answer(client: Client) -> None:
    one, two = [await found(client) for _ in range(2)]
    assert one == two
    assert np.array(one["handwriting"]["together"]).std() > 0.05
