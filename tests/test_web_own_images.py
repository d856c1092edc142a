"""The server with your own images: the settings of new runs, the labels in its answers, and what it refuses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_worker import tiny
from letters import folder_of_letters
from serving import Client, refusal

from gan.data import load
from gan.runs.evaluation import told
from gan.runs.judge_drawing import answer, to_event
from gan.runs.run_writer import RunWriter, create
from gan.runs.sheet_evaluator import SheetEvaluator, draw_sheet
from gan.runs.trainer import Trainer
from gan.web.app import ServerConfig
from gan.web.services.catalogue import Unknown
from gan.web.services.describe_saved_drawing import RealDigits
from gan.web.services.real_or_drawn import can_play

NAMES = ("A", "B", "C")


@pytest.fixture
def config(config: ServerConfig, tmp_path: Path) -> ServerConfig:
    """Return the config of a server on pictures of letters, without runs of letters yet."""
    return replace(config, data=folder_of_letters(tmp_path / "letters", each=4))


@pytest.fixture
def letters_run(config: ServerConfig) -> RunWriter:
    """Return a run of letters with an untrained and a trained picture."""
    run = create(config.runs / "letters", tiny(None, names=NAMES, labels=True))
    pictures = np.resize(load(config.data).images, (64, 28, 28))
    for iteration in (0, 4):
        run.save_picture(iteration, pictures)
    return run


async def test_new_runs_have_the_labels_of_the_images(client: Client) -> None:
    runs = (await (await client.get("/api/runs")).json())["runs"]
    assert [(run["id"], run["live"], run.get("names")) for run in runs] == [
        ("all-labels", True, [*NAMES]),
        ("all-digits", False, []),
    ], "the run of digits is not opened"
    response = await client.post("/api/runs", json={"digit": 1})
    assert (response.status, response.headers["Location"]) == (201, "/api/runs/label-B")
    config = (await (await client.get("/api/runs/label-B")).json())["config"]
    assert (config["digit"], config["names"], config["batch"]) == (1, [*NAMES], 4), "a batch is no larger than the data"
    text = await (await client.get("/")).text()
    assert '<option value="">all labels</option>' in text
    assert '<option value="1">only B</option>' in text
    assert (await refusal(await client.post("/api/runs", json={"digit": 3})))[0] == 400


async def test_a_drawing_is_shown_beside_the_nearest_image_of_its_label(client: Client, letters_run: RunWriter) -> None:
    known = await (await client.get("/api/runs/letters/images/4/7.json")).json()
    assert (known["asked"], known["names"], known["digit"]) == (1, [*NAMES], None)
    assert known["real_digit"] == 1
    assert (await (await client.get("/api/runs/letters/images/4.json")).json())["read"] is None


async def test_pages_about_digits_leave_a_run_of_letters_out(client: Client, letters_run: RunWriter) -> None:
    status, message, field = await refusal(await client.get("/api/guess/round?run=letters&iteration=4"))
    assert (status, field) == (400, "run")
    assert "expected one that draws requested digits" in message
    assert not can_play(letters_run)
    letters = load(letters_run.path.parents[1] / "letters")
    assert RealDigits(letters).unseen.name == "5,000-digit sample"
    trainer = Trainer(letters_run.config, letters)
    trainer.iterate()
    letters_run.save(trainer)
    status, message, _ = await refusal(await client.get("/api/write?number=12&run=letters"))
    assert status == 400
    assert "expected generators of the digits 0 to 9, received one of A, B, C" in message


def test_images_that_are_not_loaded_are_named() -> None:
    with pytest.raises(Unknown, match=r"images of X, Y are not loaded. Start the server with their --data."):
        RealDigits(load()).near_for(("X", "Y"))


def test_an_answer_and_a_sheet_of_letters_have_no_digits(tmp_path: Path) -> None:
    letters = load(folder_of_letters(tmp_path, each=4))
    config = tiny(None, names=NAMES, labels=True)
    trainer, evaluator = Trainer(config, letters), SheetEvaluator(config, letters, None)
    sheet = draw_sheet(trainer, evaluator)
    event = to_event(answer(trainer, evaluator, sheet.drawings, 5), sheet, 5, evaluator.asked, config.names)
    assert (event["asked"], event["names"], event["digit"]) == (2, [*NAMES], None)
    assert told(sheet.remarks, config)["read"] is None
