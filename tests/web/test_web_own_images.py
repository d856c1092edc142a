"""Your own images on the server: settings, labels, and uploads of drawings."""

import io
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock, call

import numpy as np
import pytest

from gan.data import load
from gan.data.uploaded_drawings import MAX_BYTES, read_upload
from gan.runs.evaluate_sheets import SheetEvaluator, draw_sheet
from gan.runs.explain_drawing import explain
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.trainer import Trainer
from gan.web.app import ServerConfig, init_app
from gan.web.app_keys import READS
from gan.web.services.catalogue import Unknown
from gan.web.services.explain_saved_drawing import RealDigits
from tests.helpers.digits import SAMPLE
from tests.helpers.fake_worker import FakeWorker, tiny
from tests.helpers.letters import drawings_file, folder_of_letters
from tests.helpers.serving import (
    Client,
    app_of,
    assert_fields,
    expect_refusal,
    get_json,
)

NAMES = ("A", "B", "C")


@pytest.fixture
def config(config: ServerConfig, tmp_path: Path) -> ServerConfig:
    """Return the config of a server on pictures of letters, without runs of letters
    yet.
    """
    return replace(config, data=folder_of_letters(tmp_path / "letters", each=4))


async def test_new_runs_have_the_labels_of_the_images(client: Client) -> None:
    runs = [
        (run["id"], run["live"], run["names"])
        for run in (await get_json(client, "/api/runs"))["runs"]
    ]
    assert runs == [("all-labels", True, [*NAMES]), ("all-digits", False, [])], (
        "the run of digits is not opened"
    )
    response = await client.post("/api/runs", json={"digit": 1})
    assert response.status == 201
    assert response.headers["Location"] == "/api/runs/label-B"
    config = (await get_json(client, "/api/runs/label-B"))["config"]
    assert_fields(config, digit=1, names=[*NAMES])
    assert config["batch"] == 4, "a batch is no larger than the data"
    text = await (await client.get("/")).text()
    assert '<option value="">all labels</option>' in text
    assert '<option value="1">only B</option>' in text
    await expect_refusal(
        await client.post("/api/runs", json={"digit": 3}), 400, "digit"
    )


async def test_a_drawing_is_shown_beside_the_nearest_image_of_its_label(
    client: Client, config: ServerConfig
) -> None:
    letters = load(config.data)
    run = create(config.runs / "letters", tiny(None, names=NAMES, labels=True))
    run.save_picture(4, np.resize(letters.images, (64, 28, 28)))
    known = await get_json(client, "/api/runs/letters/images/4/7.json")
    assert_fields(known, asked=1, real_digit=1, names=[*NAMES], digit=None)
    assert (await get_json(client, "/api/runs/letters/images/4.json"))["read"] is None


def test_an_answer_about_a_letter_has_its_label(tmp_path: Path) -> None:
    letters = load(folder_of_letters(tmp_path, each=4))
    config = tiny(None, names=NAMES, labels=True)
    trainer = Trainer(config, letters)
    evaluator = SheetEvaluator(config, letters, None)
    event = explain(trainer, evaluator, draw_sheet(trainer, evaluator), 5)
    assert_fields(event, asked=2, names=[*NAMES])


# Uploads


async def test_uploaded_drawings_become_a_run(
    client: Client, config: ServerConfig
) -> None:
    images = np.full((120, 28, 28), 255, np.uint8)
    body = drawings_file(images=images, labels=np.array(["AA", "BB", "CC"] * 40))
    response = await client.post("/api/images?network=quick&seed=5", data=body)
    assert response.status == 201
    assert response.headers["Location"] == "/api/runs/all-labels"
    assert await response.json() == {"id": "all-labels"}
    folder = config.runs / "all-labels"
    run = Run.open(folder)
    assert run.config.names == ("AA", "BB", "CC")
    assert run.config.seed == 5
    assert run.config.batch == 32
    assert FakeWorker.made[-1].run.path == folder
    runs = (await get_json(client, "/api/runs"))["runs"]
    assert [row["id"] for row in runs if row["live"]] == ["all-labels"]
    assert FakeWorker.made[-1].data == folder / "data.npz"
    assert RealDigits(load()).near_for(run).reference(1).labels.tolist() == [1] * 40
    (folder / "data.npz").unlink()
    with pytest.raises(
        Unknown,
        match=r"images of AA, BB, CC are not loaded. "
        "Start the server with their --data.",
    ):
        RealDigits(load()).near_for(run)


async def test_digits_uploaded_first_are_learned(
    aiohttp_client: Any, config: ServerConfig
) -> None:
    shutil.rmtree(config.runs)
    client = await aiohttp_client(init_app(replace(config, data=None)))
    unsaved = FakeWorker.made[-1]
    body = drawings_file(
        images=SAMPLE.images[::50], labels=SAMPLE.labels[::50].astype(str)
    )
    response = await client.post("/api/images", data=body)
    assert (await response.json())["id"] == "all-digits"
    run = Run.open(config.runs / "all-digits")
    assert FakeWorker.made[-1].config == run.config
    assert FakeWorker.made[-1].data == run.path / "data.npz"
    assert unsaved.alive is False
    assert FakeWorker.made[-1].alive is True
    assert run.config.names == ()
    await client.close()


async def test_an_unusable_upload_changes_nothing(
    client: Client, config: ServerConfig
) -> None:
    large = io.BytesIO(bytes(MAX_BYTES + 1))
    network = "network: expected quick or digits, received huge"
    file = drawings_file()
    cases: list[tuple[str, Any, int, str | None, str]] = [
        ("", b"no file", 400, "data", "received another file"),
        ("", large, 413, None, "Maximum request body size 3000000 exceeded."),
        ("?network=huge", file, 400, "network", network),
        ("?seed=x", file, 400, "seed", "seed: expected"),
        ("?iterations=5", file, 400, "iterations", "unknown parameter 'iterations'"),
    ]
    for query, body, status, field, message in cases:
        response = await client.post(f"/api/images{query}", data=body)
        await expect_refusal(response, status, field, message)
    assert [path.name for path in config.runs.iterdir()] == ["all-digits"]


async def test_uploads_are_read_off_the_event_loop(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = app_of(client)[READS]
    run = Mock(side_effect=reads.run)
    monkeypatch.setattr(reads, "run", run)
    body = drawings_file()
    assert (await client.post("/api/images", data=body)).status == 201
    assert call(read_upload, body) in run.mock_calls
