"""The recorded run on the server: it is listed and shown, and requests to change it are refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import hdrs

from gan.errors import InputError
from gan.pretrained import RECORDED
from gan.runs.evaluation import Evaluation, told
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.web.app import ServerConfig, init_app
from gan.web.routes.runs import COMMANDS
from tests.helpers.fake_worker import FakeWorker, tiny
from tests.helpers.serving import REMARKS, Client, MakeClient, get_json, make_recorded, refusal, until


@pytest.fixture
def recorded(config: ServerConfig) -> Run:
    """Create the recorded run of the server. A test must request this fixture before `client`."""
    return make_recorded(config.recorded)


async def test_the_recorded_run_is_listed_last_and_shown(recorded: Run, client: Client) -> None:
    own, row = (await get_json(client, "/api/runs"))["runs"]
    assert (own["id"], own["recorded"], own["live"]) == ("all-digits", False, True)
    assert (row["id"], row["recorded"], row["live"], row["iteration"]) == ("recorded", True, False, 40)
    snapshot = await get_json(client, "/api/runs/recorded")
    assert (snapshot["run"], snapshot["recorded"], snapshot["state"]) == ("recorded", True, "closed")
    assert (snapshot["iteration"], snapshot["data"], snapshot["error"]) == (40, None, None)
    assert snapshot["pictures"] == [line["iteration"] for line in snapshot["metrics"]] == [0, 10, 20, 40]
    picture = await client.get("/api/runs/recorded/images/20.png")
    assert await picture.read() == recorded.picture_path(20).read_bytes()
    assert (await refusal(await client.get("/api/runs/recorded/images/5.png")))[0] == 404


async def test_commands_to_the_recorded_run_are_refused(recorded: Run, client: Client) -> None:
    before = {path: path.read_bytes() for path in recorded.path.rglob("*") if path.is_file()}
    for command in (*COMMANDS, "name", "delete"):
        body = {"train": {"iterations": 5}, "name": {"name": "x"}}.get(command)
        status, sentence, field = await refusal(await client.post(f"/api/runs/recorded/{command}", json=body))
        assert (status, field, "Train a run of your own" in sentence) == (409, "id", True)
    assert [worker.heard for worker in FakeWorker.made] == [[]]
    assert {path: path.read_bytes() for path in recorded.path.rglob("*") if path.is_file()} == before


async def test_the_recorded_run_hides_a_run_of_the_same_name(
    recorded: Run, client: Client, config: ServerConfig
) -> None:
    create(config.runs / "recorded", tiny(3))
    runs = (await get_json(client, "/api/runs"))["runs"]
    assert [run["id"] for run in runs] == ["all-digits", "recorded"]
    assert (await get_json(client, "/api/runs/recorded"))["config"]["digit"] is None


async def test_without_a_recorded_run_its_name_is_free(client: Client, config: ServerConfig) -> None:
    assert (await refusal(await client.get("/api/runs/recorded")))[0] == 404
    assert (await refusal(await client.post("/api/runs/recorded/fun")))[0] == 404
    create(config.runs / "recorded", tiny(3))
    snapshot = await get_json(client, "/api/runs/recorded")
    assert (snapshot["recorded"], snapshot["config"]["digit"]) == (False, 3)
    assert (await client.post("/api/runs/recorded/fun")).status == 202


@pytest.mark.parametrize("path", ["/", "/static/images"])
async def test_pages_know_whether_there_is_a_recorded_run(
    aiohttp_client: MakeClient, config: ServerConfig, path: str
) -> None:
    without = await aiohttp_client(init_app(config))
    assert 'data-recorded=""' in await (await without.get(path)).text()
    await without.close()
    make_recorded(config.recorded)
    client = await aiohttp_client(init_app(replace(config, runs=config.runs.parent / "others")))
    assert 'data-recorded="recorded"' in await (await client.get(path)).text()


async def test_a_damaged_recorded_run_is_listed_with_its_error(recorded: Run, client: Client) -> None:
    (recorded.path / "config.json").write_text("no JSON")
    runs = (await get_json(client, "/api/runs"))["runs"]
    assert "config.json" in runs[1]["error"]
    assert (await client.get("/api/runs/recorded")).status == 400
    with pytest.raises(InputError):
        Run.open(recorded.path)


# Evaluations of pictures


async def test_an_evaluation_is_served_with_its_picture(recorded: Run, client: Client) -> None:
    response = await client.get("/api/runs/recorded/images/20.json")
    assert (response.status, response.headers[hdrs.CACHE_CONTROL]) == (200, "no-cache")
    evaluation = await response.json()
    reading = REMARKS.reading
    assert reading is not None
    assert evaluation == told(REMARKS, recorded.config) | {"iteration": 20}
    assert (evaluation["digits"], evaluation["read"]) == (list(reading.digits), [True] * 10 + [False])
    cached = await client.get("/api/runs/recorded/images/20.json?v=1")
    assert "immutable" in cached.headers[hdrs.CACHE_CONTROL]


async def test_a_picture_without_evaluation_has_an_empty_one(client: Client) -> None:
    await until(await client.ws_connect("/api/events"), state="idle")
    response = await client.get("/api/runs/all-digits/images/0.json")
    assert (response.status, await response.json()) == (200, told(Evaluation(), tiny(None)) | {"iteration": 0})


# The bundled run


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded run is bundled yet")
def test_the_bundled_run_is_complete_and_small() -> None:
    run = Run.open(RECORDED)
    pictures, metrics = run.pictures(), run.metrics()
    assert run.config.digit is None
    assert (pictures[0], pictures[-1]) == (0, run.config.iterations)
    assert 40 <= len(pictures) <= 60
    assert all(run.remarks(iteration).reading for iteration in pictures)
    assert metrics[-1]["iteration"] == run.config.iterations
    assert (RECORDED / "README.md").is_file()
    assert sum(path.stat().st_size for path in RECORDED.rglob("*") if path.is_file()) <= 2_000_000
    assert not list(Path(RECORDED).rglob("*.safetensors"))
