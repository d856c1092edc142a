"""gan/web/routes/exports.py and its requests: a run as a film, its metrics as a table."""

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from fake_worker import tiny
from PIL import Image, ImageSequence
from serving import Client, refusal

import server
from gan.pictures import drawings_on, save_png, sheet
from gan.runs.film import CAPTION
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.web.keys import DRAWINGS
from gan.web.routes import exports
from gan.web.services.executor import Busy

RNG = np.random.default_rng(0)


@pytest.fixture
def run(config: server.ServerConfig) -> RunWriter:
    """A run of five pictures."""
    run = create(config.runs / "some", tiny(3))
    for iteration in range(0, 50, 10):
        run.save_picture(iteration, RNG.integers(0, 256, (4, 28, 28), dtype=np.uint8))
    return run


def frames(content: bytes) -> list[Any]:
    """The frames of a GIF without their captions, each (H, W), paper 255."""
    with Image.open(io.BytesIO(content)) as gif:
        assert gif.format == "GIF"
        return [np.asarray(frame.convert("L")).astype(int)[:-CAPTION] for frame in ImageSequence.Iterator(gif)]


def is_like(frame: Any, image: Any) -> bool:
    """Whether a frame is a picture, but for its greys."""
    zoom = len(frame) // len(image)
    return frame.shape == (zoom * len(image),) * 2 and bool((abs(frame[::zoom, ::zoom] - image) <= 9).all())


# The film


async def test_the_film_of_a_run_is_its_pictures(client: Client, run: RunWriter) -> None:
    answer = await client.get("/api/runs/some/film.gif")
    assert (answer.status, answer.content_type) == (200, "image/gif")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="some.gif"'
    shown = frames(await answer.read())
    kept = [np.asarray(sheet(drawings_on(run.picture_path(iteration)))).astype(int) for iteration in run.pictures()]
    assert [is_like(*pair) for pair in zip(shown, kept, strict=True)] == [True] * 5


async def test_the_film_of_a_drawing_is_that_drawing_large(client: Client, run: RunWriter) -> None:
    answer = await client.get("/api/runs/some/film.gif?drawing=2")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="some-drawing-3.gif"'
    shown = frames(await answer.read())
    drawn = [drawings_on(run.picture_path(iteration))[[2]] for iteration in run.pictures()]
    assert [is_like(frame, np.asarray(sheet(image))) for frame, image in zip(shown, drawn, strict=True)] == [True] * 5
    assert len(shown[0]) >= 200


async def test_a_long_run_has_a_film_of_so_many_frames(
    client: Client, run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MAX_FRAMES", 3)
    shown = frames(await (await client.get("/api/runs/some/film.gif")).read())
    kept = [np.asarray(sheet(drawings_on(run.picture_path(iteration)))).astype(int) for iteration in (0, 20, 40)]
    assert [is_like(*pair) for pair in zip(shown, kept, strict=True)] == [True] * 3


async def test_a_picture_that_is_damaged_gone_or_another_kind_is_left_out(
    client: Client, run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.picture_path(10).write_bytes(run.picture_path(10).read_bytes()[:200])
    save_png(sheet(np.zeros((9, 28, 28), np.uint8)), run.picture_path(20))
    save_png(sheet(np.zeros((400, 28, 28), np.uint8)), run.picture_path(30))  # too large
    there = type(run).pictures
    monkeypatch.setattr(Run, "pictures", lambda self: sorted([*there(self), 35]))  # dropped after it was seen
    shown = frames(await (await client.get("/api/runs/some/film.gif")).read())
    kept = [np.asarray(sheet(drawings_on(run.picture_path(iteration)))).astype(int) for iteration in (0, 40)]
    assert [is_like(*pair) for pair in zip(shown, kept, strict=True)] == [True] * 2


@pytest.mark.parametrize(
    ("path", "status", "field", "said"),
    [
        ("nobody/film.gif", 404, "id", "no run named"),
        ("bare/film.gif", 404, "id", "Run bare has no whole picture"),
        ("bare/film.gif?drawing=0", 404, "id", "Run bare has no whole picture"),
        ("damaged/film.gif", 404, "id", "Run damaged has no whole picture"),
        ("some/film.gif?drawing=4", 404, "drawing", "There are 4 drawings"),
        ("some/film.gif?drawing=-1", 400, "drawing", "from 0 to 9999"),
        ("some/film.gif?drawing=x", 400, "drawing", "from 0 to 9999"),
        ("some/film.gif?drawing=1&drawing=2", 400, "drawing", "more than once"),
        ("some/film.gif?w=1", 400, "w", "unknown parameter"),
        ("nobody/metrics.csv", 404, "id", "no run named"),
        ("some/metrics.csv?v=1", 400, "v", "unknown parameter"),
    ],
)
async def test_what_cannot_be_saved_is_said(
    client: Client, config: server.ServerConfig, run: RunWriter, path: str, status: int, field: str, said: str
) -> None:
    create(config.runs / "bare", tiny(3))
    damaged = create(config.runs / "damaged", tiny(3))
    damaged.save_picture(0, np.zeros((4, 28, 28), np.uint8))
    damaged.picture_path(0).write_bytes(b"no picture")
    refused = await refusal(await client.get(f"/api/runs/{path}"))
    assert refused[::2] == (status, field)
    assert said in refused[1]


async def test_who_comes_while_too_much_is_drawn_is_asked_to_wait(
    client: Client, run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*arguments: object) -> None:
        raise Busy(2)

    app = client.server.app  # type: ignore[attr-defined]
    monkeypatch.setattr(app[DRAWINGS], "run", busy)
    answer = await client.get("/api/runs/some/film.gif")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")


# The table


async def test_the_metrics_are_a_table_of_the_lines_that_are_whole(client: Client, run: RunWriter) -> None:
    lines = [
        {"iteration": 10, "d_loss": 0.1234567890123, "g_loss": 1e-12, "=cmd()": 1},
        {"iteration": 20, "d_loss": float("inf"), "g_loss": None},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    run.metrics_file.write_text(f"{{damaged\n{text}{{}}\n" + '{"iteration": 30, "d_lo')
    answer = await client.get("/api/runs/some/metrics.csv")
    assert (answer.status, answer.content_type, answer.charset) == (200, "text/csv", "utf-8")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="some-metrics.csv"'
    content = (await answer.read()).decode()
    assert content.count("\r\n") == content.count("\n") == 3
    rows = list(csv.DictReader(io.StringIO(content)))
    assert list(rows[0]) == list(exports.NAMES)
    assert [row["iteration"] for row in rows] == ["10", "20"]
    assert float(rows[0]["d_loss"]) == 0.1234567890123, "every digit"
    assert (float(rows[0]["g_loss"]), rows[0]["d_change"]) == (1e-12, "")
    assert (float(rows[1]["d_loss"]), rows[1]["g_loss"]) == (float("inf"), "")


async def test_a_run_without_metrics_has_a_table_of_names(client: Client, run: RunWriter) -> None:
    assert await (await client.get("/api/runs/some/metrics.csv")).text() == ",".join(exports.NAMES) + "\r\n"


async def test_a_very_long_run_has_a_table_of_so_many_lines_the_newest_among_them(
    client: Client, run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MAX_LINES", 3)
    run.metrics_file.write_text("".join(json.dumps({"iteration": 10 * line}) + "\n" for line in range(9)))
    text = await (await client.get("/api/runs/some/metrics.csv")).text()
    assert [row["iteration"] for row in csv.DictReader(text.splitlines())] == ["20", "50", "80"]
