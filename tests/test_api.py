"""gan/web/routes/runs.py: what can be asked of runs, with every refusal. The worker is a fake."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import hdrs
from fake_worker import FakeWorker
from serving import POSTS, Client, MakeClient, refusal, until

import server
from gan.web.keys import RUN_MANAGER
from gan.web.services.executor import thread

# Runs


async def test_runs_are_listed_and_shown(client: Client) -> None:
    runs = (await (await client.get("/api/runs")).json())["runs"]
    assert [(run["id"], run["live"], run["digit"]) for run in runs] == [("all-digits", True, None)]
    snapshot = await (await client.get("/api/runs/all-digits")).json()
    assert (snapshot["run"], snapshot["config"]["freeze"], snapshot["metrics"]) == ("all-digits", True, [])


async def test_a_new_run_becomes_the_live_one(client: Client) -> None:
    response = await client.post("/api/runs", json={"digit": 3, "seed": 5, "freeze": False})
    assert (response.status, response.headers["Location"]) == (201, "/api/runs/digit-3-unfrozen")
    snapshot = await (await client.get(response.headers["Location"])).json()
    expected = {"digit": 3, "labels": False, "seed": 5, "freeze": False, "loss": "relativistic", "network": "quick"}
    expected |= {"batch": 8, "generator_updates": 1, "metrics_every": 2, "gamma": 0.5, "learning_rate": 0.0007}
    unusual = snapshot["config"].pop("unusual")
    assert unusual == {name: expected[name] for name in ("batch", "generator_updates", "gamma", "learning_rate")}
    assert snapshot["config"] == expected
    runs = (await (await client.get("/api/runs")).json())["runs"]
    assert [run["id"] for run in runs if run["live"]] == ["digit-3-unfrozen"]


async def test_a_new_run_is_quick_unless_asked_otherwise_and_the_list_says_so(client: Client) -> None:
    for body in ({"digit": 3}, {"digit": 4, "network": "digits"}, {"network": "quick"}):
        assert (await client.post("/api/runs", json=body)).status == 201
    runs = (await (await client.get("/api/runs")).json())["runs"]
    told = {run["id"]: run["network"] for run in runs}
    assert told == {"all-digits": "quick", "digit-3": "quick", "digit-4": "digits", "all-digits-2": "quick"}


async def test_a_new_run_has_what_is_asked_for_and_else_what_is_recommended(client: Client) -> None:
    asked = {"gamma": "0.25", "learning_rate": 0.01, "batch": 4, "generator_updates": None, "loss": None}
    made = await client.post("/api/runs", json={"digit": 3} | asked)
    config = (await (await client.get(made.headers["Location"])).json())["config"]
    assert (config["gamma"], config["learning_rate"], config["batch"]) == (0.25, 0.01, 4)
    query = {"digit": "3", "network": "digits"}
    usual = await (await client.get("/api/new-run", params=query)).json()
    assert {name: config[name] for name in ("loss", "generator_updates")} == {
        name: usual[name] for name in ("loss", "generator_updates")
    }
    assert (usual["digit"], usual["network"], usual["gamma"]) == (3, "digits", 0.5)
    again = await client.post("/api/runs", json=usual)  # what is recommended can be asked for
    assert again.status == 201


async def test_a_run_is_called_as_a_person_likes(client: Client, config: server.ServerConfig) -> None:
    socket = await client.ws_connect("/api/events")
    named = await client.post("/api/runs/all-digits/name", json={"name": "  My first 字 "})
    assert await named.json() == {"id": "all-digits", "name": "My first 字"}
    assert (await until(socket, type="label"))["label"] == "My first 字"
    (row,) = (await (await client.get("/api/runs")).json())["runs"]
    assert (row["id"], row["label"]) == ("all-digits", "My first 字")
    snapshot = await (await client.get("/api/runs/all-digits")).json()
    assert snapshot["label"] == "My first 字"
    assert (config.runs / "all-digits").is_dir(), "the folder does not move"
    await client.post("/api/runs/all-digits/name", json={"name": None})
    assert (await (await client.get("/api/runs/all-digits")).json())["label"] is None


async def test_a_deleted_run_lies_in_the_trash_and_another_is_opened(
    client: Client, config: server.ServerConfig
) -> None:
    await client.post("/api/runs", json={"digit": 3})
    gone = await client.post("/api/runs/digit-3/delete")
    assert await gone.json() == {"id": "digit-3", "trash": ".trash/digit-3", "live": "all-digits"}
    assert (config.runs / ".trash" / "digit-3" / "config.json").is_file()
    assert (await refusal(await client.post("/api/runs/digit-3/delete")))[0] == 404
    assert [row["id"] for row in (await (await client.get("/api/runs")).json())["runs"]] == ["all-digits"]


@pytest.mark.parametrize("command", ["name", "delete"])
async def test_the_recorded_run_is_neither_named_nor_deleted(client: Client, command: str) -> None:
    studio = client.server.app[RUN_MANAGER]  # type: ignore[attr-defined]
    studio.catalogue.recorded = studio.catalogue.runs / "all-digits"
    body = {"name": "x"} if command == "name" else None
    assert (await refusal(await client.post(f"/api/runs/recorded/{command}", json=body)))[0] == 409
    assert (studio.catalogue.runs / "all-digits").is_dir()


@pytest.mark.parametrize("command", ["fun", "pause", "reset"])
async def test_commands_reach_the_worker(client: Client, command: str) -> None:
    response = await client.post(f"/api/runs/all-digits/{command}")
    assert (response.status, await response.json()) == (202, {"id": "all-digits", "command": command})
    assert FakeWorker.made[0].heard == [(command, None)]


async def test_train_passes_the_number_of_iterations(client: Client) -> None:
    response = await client.post("/api/runs/all-digits/train", json={"iterations": 12})
    assert response.status == 202
    assert FakeWorker.made[0].heard == [("train", 12)]


async def test_open_makes_a_run_the_live_one(client: Client) -> None:
    await client.post("/api/runs", json={"digit": 1})
    assert (await client.post("/api/runs/all-digits/open")).status == 202
    assert (await (await client.get("/api/runs/all-digits")).json())["state"] != "closed"
    assert FakeWorker.made[-1].heard == []


@pytest.mark.parametrize("path", POSTS)
async def test_a_body_must_be_a_short_json_object(client: Client, path: str) -> None:
    as_json = {hdrs.CONTENT_TYPE: "application/json"}
    assert (await refusal(await client.post(path, data=b"{", headers=as_json)))[0] == 400
    assert (await refusal(await client.post(path, data=b"[1]", headers=as_json)))[0] == 400
    assert (await refusal(await client.post(path, data=b"[" * 4000, headers=as_json)))[0] == 400
    assert (await refusal(await client.post(path, data=b"\xff\xfe\xff", headers=as_json)))[0] == 400
    assert (await refusal(await client.post(path, data=b"{}", headers={hdrs.CONTENT_TYPE: "text/plain"})))[0] == 415
    assert (await refusal(await client.post(path, data={"iterations": "5"})))[0] == 415
    assert (await refusal(await client.post(path, data=b" " * 5000, headers=as_json)))[0] == 413
    assert FakeWorker.made[0].heard == []


async def test_a_long_body_without_a_length_is_refused(client: Client) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b" " * 1000

    response = await client.post("/api/runs", data=pieces(), headers={hdrs.CONTENT_TYPE: "application/json"})
    assert (await refusal(response))[0] == 413


@pytest.mark.parametrize(
    "name", ["nobody", "%2e%2e", "..%2fruns", "..%2f..%2fetc", "all-digits%2fimages", "%00", "%0a"]
)
async def test_no_run_outside_the_folder_can_be_named(client: Client, name: str) -> None:
    assert (await refusal(await client.get(f"/api/runs/{name}")))[0] == 404
    assert (await refusal(await client.get(f"/api/runs/{name}/images/0.png")))[0] == 404
    assert (await refusal(await client.post(f"/api/runs/{name}/fun")))[0] == 404
    assert FakeWorker.made[0].heard == []


async def test_pictures(client: Client, config: server.ServerConfig) -> None:
    await until(await client.ws_connect("/api/events"), state="idle")
    plain = await client.get("/api/runs/all-digits/images/0.png")
    assert (plain.status, plain.content_type, plain.headers[hdrs.CACHE_CONTROL]) == (200, "image/png", "no-cache")
    assert await plain.read() == (config.runs / "all-digits" / "images" / "0.png").read_bytes()
    kept = await client.get("/api/runs/all-digits/images/0.png?v=1")
    assert "immutable" in kept.headers[hdrs.CACHE_CONTROL]


@pytest.mark.parametrize("name", ["1.png", "x.png", "-1.png", "0.jpg", "..%2f0.png", "9999999999.png", "0.png%00"])
async def test_pictures_that_are_not_there(client: Client, name: str) -> None:
    assert (await refusal(await client.get(f"/api/runs/all-digits/images/{name}")))[0] == 404


async def test_runs_are_shown_while_another_is_being_closed(
    aiohttp_client: MakeClient, config: server.ServerConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await aiohttp_client(server.init_app(replace(config, executor=thread)))
    closing, gate = threading.Event(), threading.Event()
    stop = FakeWorker.stop

    def slow(self: FakeWorker, timeout: float = 20) -> None:
        closing.set()
        gate.wait(120)
        stop(self, timeout)

    monkeypatch.setattr(FakeWorker, "stop", slow)
    making = asyncio.create_task(client.post("/api/runs", json={"digit": 3}))
    try:
        assert await asyncio.to_thread(closing.wait, 120)
        for path in ("/api/runs", "/api/runs/all-digits"):
            assert (await asyncio.wait_for(client.get(path), 120)).status == 200
        assert not making.done()
    finally:
        gate.set()
    assert (await making).status == 201


async def test_unknown_addresses_and_methods_are_json_below_api(client: Client) -> None:
    assert (await refusal(await client.get("/api/nothing")))[0] == 404
    response = await client.delete("/api/runs")
    assert (await refusal(response))[0] == 405
    assert response.headers[hdrs.ALLOW] == "GET,HEAD,POST"
    assert (await refusal(await client.get("/api/runs/all-digits/fun")))[0] == 405


async def test_our_own_mistake_is_logged_and_tells_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(client.server.app[RUN_MANAGER].catalogue, "names", broken)  # type: ignore[attr-defined]
    status, sentence, _ = await refusal(await client.get("/api/runs"))
    assert (status, "secret" in sentence, "secret" in caplog.text) == (500, False, True)


async def test_a_browser_that_went_away_is_no_mistake(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_: Any) -> None:
        raise ConnectionResetError("the transport is closed")

    monkeypatch.setattr(client.server.app[RUN_MANAGER].catalogue, "names", gone)  # type: ignore[attr-defined]
    assert (await refusal(await client.get("/api/runs")))[0] == 400
    assert caplog.text == ""
