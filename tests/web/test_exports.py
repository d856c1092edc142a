"""gan/web/routes/exports.py: a run as a GIF, and its metrics as CSV."""

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from gan.data.pictures import drawings_on, save_png, sheet
from gan.runs.gif_export import CAPTION
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter, create
from gan.web.app import ServerConfig
from gan.web.routes import exports
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import Client

RNG = np.random.default_rng(0)


@pytest.fixture
def run(config: ServerConfig) -> RunWriter:
    """Return a run with five pictures."""
    run = create(config.runs / "some", tiny(3))
    for iteration in range(0, 50, 10):
        run.save_picture(iteration, RNG.integers(0, 256, (4, 28, 28), dtype=np.uint8))
    return run


async def frames(client: Client, query: str = "", name: str = "some.gif") -> list[Any]:
    """Return the frames of the GIF without captions, each (H, W), with paper 255."""
    response = await client.get(f"/api/runs/some/film.gif{query}")
    assert (response.status, response.content_type) == (200, "image/gif")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    with Image.open(io.BytesIO(await response.read())) as gif:
        assert gif.format == "GIF"
        return [np.asarray(frame.convert("L")).astype(int)[:-CAPTION] for frame in ImageSequence.Iterator(gif)]


def assert_shows(film: list[Any], run: RunWriter, *iterations: int, drawing: slice = slice(None)) -> None:
    """Assert that the frames show the enlarged pictures of these iterations, up to small gray-level differences."""
    assert len(film) == len(iterations)
    for frame, iteration in zip(film, iterations, strict=True):
        image = np.asarray(sheet(drawings_on(run.picture_path(iteration))[drawing])).astype(int)
        zoom = len(frame) // len(image)
        assert frame.shape == (zoom * len(image),) * 2
        assert (abs(frame[::zoom, ::zoom] - image) <= 9).all()


# The GIF


async def test_a_gif_shows_the_pictures_of_a_run(
    client: Client, run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_shows(await frames(client), run, 0, 10, 20, 30, 40)
    monkeypatch.setattr(exports, "MAX_FRAMES", 3)
    assert_shows(await frames(client), run, 0, 20, 40)


async def test_a_gif_of_one_drawing_shows_it_enlarged(client: Client, run: RunWriter) -> None:
    film = await frames(client, "?drawing=2", "some-drawing-3.gif")
    assert_shows(film, run, 0, 10, 20, 30, 40, drawing=slice(2, 3))
    assert len(film[0]) >= 200


async def test_a_gif_leaves_out_damaged_missing_and_different_pictures(
    client: Client, run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.picture_path(10).write_bytes(run.picture_path(10).read_bytes()[:200])
    save_png(sheet(np.zeros((9, 28, 28), np.uint8)), run.picture_path(20))
    save_png(sheet(np.zeros((400, 28, 28), np.uint8)), run.picture_path(30))  # too large
    pictures = type(run).pictures
    monkeypatch.setattr(Run, "pictures", lambda self: sorted([*pictures(self), 35]))  # 35 is listed, then deleted
    assert_shows(await frames(client), run, 0, 40)


# The CSV table


async def test_a_table_has_the_undamaged_lines_of_metrics(client: Client, run: RunWriter) -> None:
    lines = [
        {"iteration": 10, "d_loss": 0.1234567890123, "g_loss": 1e-12, "=cmd()": 1},
        {"iteration": 20, "d_loss": float("inf"), "g_loss": None},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    run.metrics_file.write_text(f"{{damaged\n{text}{{}}\n" + '{"iteration": 30, "d_lo')
    response = await client.get("/api/runs/some/metrics.csv")
    assert (response.status, response.content_type, response.charset) == (200, "text/csv", "utf-8")
    assert response.headers["Content-Disposition"] == 'attachment; filename="some-metrics.csv"'
    content = (await response.read()).decode()
    assert content.count("\r\n") == content.count("\n") == 3
    rows = list(csv.DictReader(io.StringIO(content)))
    assert list(rows[0]) == list(exports.NAMES)
    assert [row["iteration"] for row in rows] == ["10", "20"]
    assert float(rows[0]["d_loss"]) == 0.1234567890123, "no digit is lost"
    assert (float(rows[0]["g_loss"]), rows[0]["d_change"]) == (1e-12, "")
    assert (float(rows[1]["d_loss"]), rows[1]["g_loss"]) == (float("inf"), "")


async def test_a_table_has_a_maximum_number_of_lines_with_the_newest(
    client: Client, run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MAX_LINES", 3)
    run.metrics_file.write_text("".join(json.dumps({"iteration": 10 * line}) + "\n" for line in range(9)))
    text = await (await client.get("/api/runs/some/metrics.csv")).text()
    assert [row["iteration"] for row in csv.DictReader(text.splitlines())] == ["0", "40", "80"]
