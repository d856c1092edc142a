"""gan/web/routes/learn_and_guess.py: source files, latents, turns of a new network."""

import base64
import html
import re
from pathlib import Path

import numpy as np
import pytest
from aiohttp import hdrs

from gan.data.images_and_sheets import drawings_on
from gan.drawings import load_and_draw
from gan.drawings.load_and_draw import load_pretrained
from gan.runs.learning_turns import new_gan, play
from gan.web.routes import learn_and_guess
from gan.web.routes.learn_and_guess import COURSE, EDGE, FILES
from tests.helpers.serving import Client, get_json, png_pixels

ROOT = Path(__file__).resolve().parents[2]


# Source files


async def test_the_files_are_shown_with_line_numbers_and_a_link_back(
    client: Client,
) -> None:
    page = await (await client.get("/course")).text()
    assert 'id="files"' in page
    for path in FILES | COURSE:
        assert f'href="/source/{path}"' in page
        text = await (await client.get(f"/source/{path}")).text()
        lines = re.findall(r'<span id="L(\d+)">(.*?\n)</span>', text, re.DOTALL)
        assert [int(number) for number, _ in lines] == [*range(1, len(lines) + 1)]
        assert not any("<" in line for _, line in lines), "markup is escaped"
        assert html.unescape("".join(line for _, line in lines)) == (
            ROOT / path
        ).read_text("utf-8")
        assert 'href="/course#files"' in text


async def test_each_note_follows_the_only_line_that_contains_its_key(
    client: Client,
) -> None:
    page = html.unescape(await (await client.get("/source/docs/course/gan.py")).text())
    notes = re.findall(
        r"^(\S.*)\n  (.*)",
        (ROOT / "docs/course/gan_notes.txt").read_text("utf-8"),
        re.MULTILINE,
    )
    shown = re.findall(r'">(.*)\n</span><small role="note">(.*?)</small>', page)
    assert [note for _, note in shown] == [note for _, note in notes] != []
    assert all(key in line for (line, _), (key, _) in zip(shown, notes, strict=True))


async def test_no_other_file_is_shown_and_a_wheel_has_no_exercises(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    others = (
        "server.py",
        "gan/runs/run.py",
        "../server.py",
        "nnet/../server.py",
        "nnet%2f..%2fserver.py",
    )
    for path in (*others, "docs/course/check.py", "nnet/", "%00", "."):
        answer = await client.get(f"/source/{path}")
        assert answer.status == 404, path
        assert answer.content_type == "text/html"
    monkeypatch.setattr(learn_and_guess, "SOURCES", tmp_path)
    assert (await client.get("/source/docs/course/gan.py")).status == 404
    page = await (await client.get("/course")).text()
    assert "source archive" in page
    assert "/source/docs" not in page


# A point of the latent disk


async def test_a_place_shows_ten_digits_of_its_latent(
    client: Client, tmp_path: Path
) -> None:
    response = await client.get(f"/api/place?seed=9&x={EDGE}&y=-20")
    assert response.status == 200
    assert response.content_type == "image/png"
    assert "max-age" in response.headers[hdrs.CACHE_CONTROL]
    body = await response.read()
    assert len(body) < 5000
    unchanged = {hdrs.IF_NONE_MATCH: response.headers[hdrs.ETAG]}
    assert (
        await client.get(f"/api/place?seed=9&x={EDGE}&y=-20", headers=unchanged)
    ).status == 304
    expected = load_and_draw.draw_ten(*load_pretrained(None), 9, 1, -20 / EDGE)
    (tmp_path / "strip.png").write_bytes(body)
    strip = drawings_on(tmp_path / "strip.png").astype(int)
    assert np.abs(strip - expected).max() <= 1
    by_default = await (await client.get("/api/place")).read()
    assert by_default == await (await client.get("/api/place?seed=0&x=0&y=-0")).read()


# Turns (gan/runs/learning_turns.py)


def test_the_next_iteration_continues_and_an_earlier_one_starts_again() -> None:
    new_gan.cache_clear()
    one = play(3, 7, 1, 0)
    two = play(3, 7, 2, 0)
    assert one["frames"][2]["scale"] == two["frames"][0]["scale"]
    assert play(3, 7, 2, 0) == two
    assert play(3, 7, 1, 0) == one
    assert play(3, 8, 1, 0) != one
    new_gan.cache_clear()
    assert play(3, 7, 2, 0) == two


def test_the_sheet_of_all_drawings_begins_untrained_and_follows_every_iteration(
    tmp_path: Path,
) -> None:
    played = [play(3, 7, iteration, 5)["frames"] for iteration in (1, 2)]
    with_sheet = [
        [frame["turn"] for frame in frames if "sheet" in frame["png"]]
        for frames in played
    ]
    assert with_sheet == [["start", "artist"], ["artist"]]
    for frame in played[0][::2]:
        (tmp_path / "sheet.png").write_bytes(base64.b64decode(frame["png"]["sheet"]))
        drawn = 255 - png_pixels(frame["png"]["drawing"])
        assert np.array_equal(drawings_on(tmp_path / "sheet.png")[5], drawn)


async def test_the_turns_are_served(client: Client) -> None:
    served = await get_json(client, "/api/turns?digit=3&seed=7&iteration=2&drawing=4")
    assert served == play(3, 7, 2, 4)
