"""gan/web/routes/runs.py: requests about runs and their refusals, and the recorded run,
with a fake worker.
"""

from collections.abc import AsyncIterator
from unittest.mock import Mock

import pytest
from aiohttp import hdrs

from gan.runs.run import Run
from gan.web.app import ServerConfig
from gan.web.app_keys import RUN_MANAGER
from gan.web.http.connections import UPLOAD
from gan.web.routes.runs import COMMANDS
from tests.helpers.fake_worker import FakeWorker
from tests.helpers.serving import (
    REMARKS,
    Client,
    app_of,
    assert_fields,
    expect_refusal,
    get_json,
    make_recorded,
    post_paths,
    until,
)

# Runs


async def test_a_new_run_becomes_the_live_one(client: Client) -> None:
    response = await client.post(
        "/api/runs", json={"digit": 3, "seed": 5, "freeze": False}
    )
    assert response.status == 201
    assert response.headers["Location"] == "/api/runs/digit-3-unfrozen"
    snapshot = await get_json(client, response.headers["Location"])
    expected = {
        "digit": 3,
        "labels": False,
        "seed": 5,
        "freeze": False,
        "loss": "relativistic",
        "network": "quick",
    }
    unusual = {
        "batch": 8,
        "generator_updates": 1,
        "gamma": 0.5,
        "learning_rate": 0.0007,
    }
    lists = {"names": [], "channels": [4, 8], "freeze_switches": []}
    assert snapshot["config"] == expected | unusual | lists | {
        "metrics_every": 2,
        "unusual": unusual,
    }
    runs = (await get_json(client, "/api/runs"))["runs"]
    assert [run["id"] for run in runs if run["live"]] == ["digit-3-unfrozen"]


async def test_a_new_run_has_the_given_settings_and_recommended_ones_otherwise(
    client: Client,
) -> None:
    settings = {
        "gamma": "0.25",
        "learning_rate": 0.01,
        "batch": 4,
        "freeze_switches": [3, 5],
    }
    others = {"digit": 3, "network": "digits", "generator_updates": None, "loss": None}
    response = await client.post("/api/runs", json=settings | others)
    config = (await get_json(client, response.headers["Location"]))["config"]
    assert [config[name] for name in settings] == [0.25, 0.01, 4, [3, 5]]
    recommended = await get_json(client, "/api/new-run", digit="3", network="digits")
    assert_fields(recommended, digit=3, network="digits", gamma=0.5)
    for name in ("network", "loss", "generator_updates"):
        assert config[name] == recommended[name]
    assert (await client.post("/api/runs", json=recommended)).status == 201
    rows = [
        (row["id"], row["network"])
        for row in (await get_json(client, "/api/runs"))["runs"]
    ]
    assert rows == [
        ("all-digits", "quick"),
        ("digit-3", "digits"),
        ("digit-3-2", "digits"),
    ]


async def test_a_run_can_be_renamed(client: Client) -> None:
    socket = await client.ws_connect("/api/events")
    response = await client.post(
        "/api/runs/all-digits/name", json={"name": "  My first 字 "}
    )
    assert await response.json() == {"id": "all-digits", "name": "My first 字"}
    assert (await until(socket, type="label"))["label"] == "My first 字"
    (row,) = (await get_json(client, "/api/runs"))["runs"]
    assert_fields(row, id="all-digits", label="My first 字")
    assert (await get_json(client, "/api/runs/all-digits"))["label"] == "My first 字"
    await client.post("/api/runs/all-digits/name", json={"name": None})
    assert (await get_json(client, "/api/runs/all-digits"))["label"] is None


async def test_commands_reach_the_worker(client: Client) -> None:
    numbers = {"train": {"iterations": 12}, "step": {"drawing": 63}}
    for command in ("fun", "pause", "lock", "unlock", "reset", *numbers):
        response = await client.post(
            f"/api/runs/all-digits/{command}", json=numbers.get(command)
        )
        assert response.status == 202
        assert await response.json() == {"id": "all-digits", "command": command}
        assert FakeWorker.made[0].heard[-1] == (
            command,
            {"train": 12, "step": 63}.get(command),
        )


async def test_a_body_must_be_a_short_json_object(client: Client) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        # a body whose length is not known in advance
        for _ in range(20):
            yield b" " * 1000

    as_json = {hdrs.CONTENT_TYPE: "application/json"}
    response = await client.post("/api/runs", data=pieces(), headers=as_json)
    await expect_refusal(response, 413)
    for path in set(post_paths(client)) - {UPLOAD}:
        for data in (b"{", b"[1]", b"[" * 16_000, b"\xff\xfe\xff"):
            response = await client.post(path, data=data, headers=as_json)
            await expect_refusal(response, 400)
        as_text = {hdrs.CONTENT_TYPE: "text/plain"}
        response = await client.post(path, data=b"{}", headers=as_text)
        await expect_refusal(response, 415)
        response = await client.post(path, data={"iterations": "5"})
        await expect_refusal(response, 415)
        response = await client.post(path, data=b" " * 20_000, headers=as_json)
        await expect_refusal(response, 413)
    assert [worker.heard for worker in FakeWorker.made] == [[]]


async def test_a_wrong_method_is_a_json_error_that_names_the_allowed_ones(
    client: Client,
) -> None:
    response = await client.delete("/api/runs")
    await expect_refusal(response, 405)
    assert response.headers[hdrs.ALLOW] == "GET,HEAD,POST"
    await expect_refusal(await client.get("/api/runs/all-digits/fun"), 405)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("secret"), 500),
        (ConnectionResetError("secret"), 400),
        (RuntimeError("can't start new thread"), 503),
    ],
)
async def test_an_internal_error_is_logged_and_a_lost_client_is_not(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
) -> None:
    monkeypatch.setattr(
        app_of(client)[RUN_MANAGER].catalogue, "names", Mock(side_effect=error)
    )
    message = await expect_refusal(await client.get("/api/runs"), status)
    assert "secret" not in message
    assert ("secret" in caplog.text) == (status == 500)


# The recorded run


@pytest.fixture
def recorded(config: ServerConfig) -> Run:
    """Create the recorded run of the server.

    A test must request this fixture before `client`.
    """
    return make_recorded(config.recorded)


async def test_the_recorded_run_is_listed_last_and_shown(
    recorded: Run, client: Client
) -> None:
    own, row = (await get_json(client, "/api/runs"))["runs"]
    assert_fields(own, id="all-digits", recorded=False, live=True)
    assert_fields(row, id="recorded", recorded=True, live=False, iteration=40)
    snapshot = await get_json(client, "/api/runs/recorded")
    assert_fields(
        snapshot,
        run="recorded",
        recorded=True,
        state="closed",
        iteration=40,
        data=None,
        error=None,
    )
    assert (
        snapshot["pictures"]
        == [line["iteration"] for line in snapshot["metrics"]]
        == [0, 10, 20, 40]
    )
    png, evaluation = [
        await client.get(f"/api/runs/recorded/images/20.{kind}")
        for kind in ("png", "json")
    ]
    assert png.content_type == "image/png"
    assert await png.read() == recorded.picture_path(20).read_bytes()
    remarks = REMARKS.fields(recorded.config)
    assert await evaluation.json() == remarks | {"iteration": 20}
    assert remarks["read"] == [True] * 63 + [False]
    for response in (png, evaluation):
        assert response.headers[hdrs.CACHE_CONTROL] == "no-cache"
        cached = await client.get(response.url.with_query(v=1).path_qs)
        assert "immutable" in cached.headers[hdrs.CACHE_CONTROL]


async def test_commands_to_the_recorded_run_are_refused(
    recorded: Run, client: Client
) -> None:
    before = {
        path: path.read_bytes() for path in recorded.path.rglob("*") if path.is_file()
    }
    for command in (*COMMANDS, "name", "delete"):
        body = {"train": {"iterations": 5}, "name": {"name": "x"}}.get(command)
        response = await client.post(f"/api/runs/recorded/{command}", json=body)
        await expect_refusal(response, 409, "id", "Train a run of your own")
    assert [worker.heard for worker in FakeWorker.made] == [[]]
    assert {
        path: path.read_bytes() for path in recorded.path.rglob("*") if path.is_file()
    } == before
