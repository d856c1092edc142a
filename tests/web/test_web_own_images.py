"""Your own images on the server: settings, labels, refusals, and the process that reads uploads."""

import asyncio
import base64
import json
import shutil
import threading
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from gan.data import load
from gan.data.upload_body import Upload, read_upload
from gan.errors import InputError
from gan.runs.explain_drawing import explain
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.runs.sheet_evaluator import SheetEvaluator, draw_sheet
from gan.runs.trainer import Trainer
from gan.web.app import ServerConfig, init_app
from gan.web.http.connections import UPLOAD_SECONDS
from gan.web.services.catalogue import Unknown
from gan.web.services.executor import thread_pool
from gan.web.services.job_process import ProcessGone
from gan.web.services.saved_drawing_details import RealDigits
from gan.web.services.upload_process import MAX_BODIES, READING_SECONDS, Uploads, new_reader
from tests.helpers.commands import SECONDS
from tests.helpers.deterministic import Inline, in_virtual_time_with_sockets
from tests.helpers.digits import SAMPLE
from tests.helpers.fake_worker import FakeWorker, tiny
from tests.helpers.letters import LETTER, folder_of_letters
from tests.helpers.raw import connect, exchange, hang_up, request, serve
from tests.helpers.serving import Client, FakeProcess, get_json, refusal, soon

NAMES = ("A", "B", "C")


@pytest.fixture
def config(config: ServerConfig, tmp_path: Path) -> ServerConfig:
    """Return the config of a server on pictures of letters, without runs of letters yet."""
    return replace(config, data=folder_of_letters(tmp_path / "letters", each=4))


async def test_new_runs_have_the_labels_of_the_images(client: Client) -> None:
    runs = [(run["id"], run["live"], run["names"]) for run in (await get_json(client, "/api/runs"))["runs"]]
    assert runs == [("all-labels", True, [*NAMES]), ("all-digits", False, [])], "the run of digits is not opened"
    response = await client.post("/api/runs", json={"digit": 1})
    assert (response.status, response.headers["Location"]) == (201, "/api/runs/label-B")
    config = (await get_json(client, "/api/runs/label-B"))["config"]
    assert (config["digit"], config["names"], config["batch"]) == (1, [*NAMES], 4), "a batch is no larger than the data"
    text = await (await client.get("/")).text()
    assert '<option value="">all labels</option>' in text
    assert '<option value="1">only B</option>' in text
    assert (await refusal(await client.post("/api/runs", json={"digit": 3})))[0] == 400


async def test_a_drawing_is_shown_beside_the_nearest_image_of_its_label(client: Client, config: ServerConfig) -> None:
    letters = load(config.data)
    run = create(config.runs / "letters", tiny(None, names=NAMES, labels=True))
    run.save_picture(4, np.resize(letters.images, (64, 28, 28)))
    known = await get_json(client, "/api/runs/letters/images/4/7.json")
    assert (known["asked"], known["real_digit"], known["names"], known["digit"]) == (1, 1, [*NAMES], None)
    assert (await get_json(client, "/api/runs/letters/images/4.json"))["read"] is None


def test_an_answer_and_a_sheet_of_letters_have_no_digits(tmp_path: Path) -> None:
    letters = load(folder_of_letters(tmp_path, each=4))
    config = tiny(None, names=NAMES, labels=True)
    trainer, evaluator = Trainer(config, letters), SheetEvaluator(config, letters, None)
    sheet = draw_sheet(trainer, evaluator)
    event = explain(trainer, evaluator, sheet, 5)
    assert (event["asked"], event["names"], event["digit"]) == (2, [*NAMES], None)
    assert sheet.evaluation.fields(config)["read"] is None


# Uploads


def upload(folder: Path) -> dict[str, str]:
    """Return the pictures in a folder in base64, by their paths."""
    files = {path.relative_to(folder.parent).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: base64.b64encode(path.read_bytes()).decode("ascii") for name, path in files.items()}


async def test_uploaded_pictures_become_a_run(client: Client, config: ServerConfig, tmp_path: Path) -> None:
    letters = folder_of_letters(tmp_path / "signs", each=40)
    for name in NAMES:
        (letters / name).rename(letters / f"{name}{name}")
    (letters / ".DS_Store").write_bytes(b"x")
    response = await client.post("/api/images", json={"files": upload(letters), "network": "quick", "seed": 5})
    answered = await response.json()
    assert (response.status, response.headers["Location"]) == (201, "/api/runs/all-labels")
    assert answered["notes"][0].startswith("Images: AA 40, BB 40, CC 40. Of these, 12 are held out for evaluation. The")
    folder = config.runs / "all-labels"
    run, stored = Run.open(folder), load(folder / "data.npz")
    assert (run.config.names, run.config.seed, run.config.batch) == (("AA", "BB", "CC"), 5, 32)
    np.testing.assert_array_equal(stored.images, load(letters).images)
    assert FakeWorker.made[-1].run.path == folder
    runs = (await get_json(client, "/api/runs"))["runs"]
    assert [row["id"] for row in runs if row["live"]] == ["all-labels"]
    assert FakeWorker.made[-1].data == folder / "data.npz"
    assert RealDigits(load()).near_for(run).reference(1).labels.tolist() == [1] * 36
    (folder / "data.npz").unlink()
    with pytest.raises(Unknown, match=r"images of AA, BB, CC are not loaded. Start the server with their --data."):
        RealDigits(load()).near_for(run)
    assert sorted(path.name for path in config.runs.iterdir()) == ["all-digits", "all-labels"], "no temporary folder"


async def test_digits_uploaded_first_are_learned(aiohttp_client: Any, config: ServerConfig, tmp_path: Path) -> None:
    shutil.rmtree(config.runs)
    client = await aiohttp_client(init_app(replace(config, data=None)))
    unsaved = FakeWorker.made[-1]
    np.savez_compressed(tmp_path / "d.npz", images=SAMPLE.images[::50], labels=SAMPLE.labels[::50])
    content = base64.b64encode((tmp_path / "d.npz").read_bytes()).decode("ascii")
    response = await client.post("/api/images", json={"files": {"d.npz": content}})
    assert (await response.json())["id"] == "all-digits"
    run = Run.open(config.runs / "all-digits")
    assert (FakeWorker.made[-1].config, FakeWorker.made[-1].data) == (run.config, run.path / "data.npz")
    assert (unsaved.alive, FakeWorker.made[-1].alive, run.config.names) == (False, True, ())
    await client.close()


PNG = "iVBORw0KGgo="
FLAT = "iVBORw0KGgoAAAANSUhEUgF9eEAAAAABCAAAAABolB3iAAAAAElEQVQ1rwYe"  # begins a PNG of 25,000,000 x 1 pixels


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({}, "files: expected 1 to 10,000 pictures in base64 by their names, received other JSON"),
    ({"files": {".DS_Store": PNG}}, "by their names, received 0"),
    ({"files": {"A/1.png": 5}}, "received other JSON"),
    ({"files": {"A/1.png": "ä"}}, "received other text"),
    ({"files": {"A/1.png": PNG}}, "A/1.png: expected a picture"),
    ({"files": {"a.npz": PNG, "b.npz": PNG}}, "expected pictures, or one .npz or .npy file, received 2 files"),
    ({"files": {"a.npz": PNG}}, "it cannot be read"),
    ({"files": {"A/1.png": LETTER}, "network": "huge"}, "network: expected quick or digits, received huge"),
    ({"files": {"A/1.png": LETTER}, "iterations": 5}, "unknown parameter 'iterations'"),
    ({"files": {f"A/{n}.png": FLAT for n in range(5)}}, "at most 100,000,000 pixels together, found 125,000,000"),
    ({"files": {"a/" * 501: LETTER}}, "by their names of at most 1,000 characters, received a longer one"),
    ({"files": [[]] * 100_001}, "received JSON of more than 100,000 items"),
    ({"files": {"own/A/1.png": LETTER, "own/1.png": LETTER}}, "in one folder, found own/1.png and own/A/1.png"),
    ({"files": {"own/A/b/1.png": LETTER, "own/B/1.png": LETTER}}, "found own/B/1.png and own/A/b/1.png"),
    ({"files": {"own/.A/1.png": LETTER}}, "by their names, received 0"),
    ({"files": {"A\0/1.png": LETTER}}, "expected a label of 1 to 40 visible characters"),
]


async def test_an_unusable_upload_changes_nothing(client: Client, config: ServerConfig) -> None:
    for body, message in UNUSABLE:
        status, words, _ = await refusal(await client.post("/api/images", json=body))
        assert (status, message in words, "/tmp" in words) == (400, True, False), words
    assert [path.name for path in config.runs.iterdir()] == ["all-digits"]


async def test_an_upload_is_limited(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan.web.http.connections.UPLOAD_BYTES", 6000)
    body = {"files": {"A/1.png": "A" * 8000}}
    message = "Maximum request body size 6000 exceeded."
    assert await refusal(await client.post("/api/images", json=body)) == (413, message, None)
    assert (await refusal(await client.post("/api/images", data=b"files")))[0] == 415


# Reading an upload (gan/web/services/upload_process.py)


BODY = json.dumps({"files": {"A/1.png": LETTER}, "seed": 3}).encode()
KNOWN = ("seed",)
HEADERS = ("Content-Type: application/json", f"Content-Length: {len(BODY)}")


class SlowReader(FakeProcess):
    """A reader that waits until a test lets it read, or until it is killed."""

    def __init__(self) -> None:
        super().__init__(self.read)
        self.began, self.may_read, self.killed = (threading.Event() for _ in range(3))

    def read(self, body: bytes, known: Collection[str]) -> Upload:
        self.began.set()
        assert self.may_read.wait(SECONDS)
        return read_upload(body, known)

    def kill(self, timeout: float | None = None) -> None:
        self.killed.set()
        self.may_read.set()


async def test_a_process_reads_like_this_one() -> None:
    uploads = Uploads(new_reader, thread_pool("upload"))
    images, settings = await uploads.read(BODY, KNOWN)
    assert (images.images.tolist(), settings) == (read_upload(BODY, KNOWN)[0].images.tolist(), {"seed": 3})
    with pytest.raises(InputError, match="received other JSON") as refused:
        await uploads.read(b'{"files": []}', KNOWN)
    assert refused.value.field == "files"
    uploads.close()


async def test_reading_is_limited_in_time() -> None:
    reader = Mock(do=Mock(side_effect=ProcessGone("its process did not respond in time")))
    with pytest.raises(InputError, match="within 40 seconds, but its process did not respond in time; choose fewer"):
        await Uploads(Mock(return_value=reader), Inline()).read(BODY, KNOWN)
    reader.do.assert_called_with(READING_SECONDS, BODY, KNOWN)
    reader.kill.assert_called()


@in_virtual_time_with_sockets
async def test_bodies_may_take_a_minute_and_do_not_delay_an_upload_but_few_are_received(config: ServerConfig) -> None:
    async with serve(config) as port:
        head = request("POST", "/api/images", port, *HEADERS)
        slow = [await connect(port, head + BODY[:9]) for _ in range(MAX_BODIES - 1)]
        for _ in range(2):
            assert (await exchange(port, head + BODY)).status == 201
        slow.append(await connect(port, head + BODY[:9]))
        refused = await exchange(port, head)  # without its body
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        await asyncio.sleep(UPLOAD_SECONDS - 1)
        reader, writer = slow[0]
        writer.write(BODY[9:])
        assert (await reader.readline()).startswith(b"HTTP/1.1 201")
        await hang_up(*slow)


async def test_uploads_are_read_one_after_another_and_only_for_clients_that_wait(config: ServerConfig) -> None:
    readers = [SlowReader() for _ in range(3)]
    made, before = iter(readers), len(list(config.runs.iterdir()))
    async with serve(replace(config, upload_reader=lambda: next(made), executor=thread_pool)) as port:
        upload = request("POST", "/api/images", port, *HEADERS) + BODY
        connections = [await connect(port, upload) for _ in readers]
        await soon(readers[0].began.is_set)
        connections[0][1].transport.abort()
        assert (await exchange(port, request("GET", "/healthz", port))).status == 200  # so the server has noticed it
        assert not readers[0].killed.is_set()
        assert not readers[1].began.is_set()
        readers[0].may_read.set()
        await soon(readers[1].began.is_set)
        assert readers[0].killed.is_set()
        readers[1].may_read.set()
        assert (await connections[1][0].readline()).startswith(b"HTTP/1.1 201")
        assert len(list(config.runs.iterdir())) == before + 1, "no run for the client that has gone"
        await soon(readers[2].began.is_set)
    assert readers[2].killed.is_set(), "the server does not wait for it"
    await hang_up(*connections)
