"""server.py: every route, every refusal, and the command line. Most tests use a fake worker; a few a real one."""

import asyncio
import json
import re
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from aiohttp import WSCloseCode, WSMsgType, WSServerHandshakeError, hdrs
from commands import SECONDS, wait_for
from fake_worker import FakeWorker
from PIL import Image
from serving import POSTS, Client, MakeClient, end_server, refusal, start_server, until

import server
from gan.runs.run import Run
from gan.runs.worker import Worker
from gan.web.app import HERE, interpreter
from gan.web.http.guard import HEADERS
from gan.web.keys import BROADCAST, RUN_MANAGER

PAGES = ["/", "/static/images", "/guess", "/write", "/learn"]


# Pages


@pytest.mark.parametrize("path", PAGES)
async def test_pages_are_html_without_anything_inline_or_foreign(client: Client, path: str) -> None:
    response = await client.get(path)
    text = await response.text()
    assert (response.status, response.content_type) == (200, "text/html")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|https?://", text)
    assert [f'href="{page}"' in text for page in PAGES] == [True] * len(PAGES)
    assert text.count('aria-current="page"') == 1


async def test_the_slideshow_is_found_by_its_name(client: Client) -> None:
    response = await client.get("/slideshow", allow_redirects=False)
    assert (response.status, response.headers[hdrs.LOCATION]) == (302, "/static/images")


def test_a_command_to_copy_names_the_python_that_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(HERE / ".venv" / "bin" / "python"))
    assert interpreter() == ".venv/bin/python"
    monkeypatch.setattr(sys, "executable", str(HERE.parent / "other" / "python"))
    assert interpreter() == "python"


async def test_training_page_says_which_data_is_in_use(client: Client) -> None:
    assert "5,000-digit sample" in await (await client.get("/")).text()


@pytest.mark.parametrize("path", [*PAGES, "/healthz", "/api/runs", "/api/nothing", "/nothing", "/static/paper.css"])
async def test_every_answer_has_the_security_headers(client: Client, path: str) -> None:
    response = await client.get(path)
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert hdrs.CACHE_CONTROL in response.headers


async def test_static_files_have_types_a_browser_accepts(client: Client) -> None:
    types = [(await client.get(f"/static/{name}")).content_type for name in ("js/main.js", "paper.css", "favicon.svg")]
    assert types[0] in ("text/javascript", "application/javascript")
    assert types[1:] == ["text/css", "image/svg+xml"]


@pytest.mark.parametrize(
    "path",
    ["/static/%2e%2e/server.py", "/static/..%2fserver.py", "/static/js/", "/static/", "/static/%00", "/x"],
)
async def test_what_is_no_static_file_is_an_error_page(client: Client, path: str) -> None:
    response = await client.get(path)
    assert (response.status in (403, 404), response.content_type) == (True, "text/html")
    assert "nnet" not in await response.text()


@pytest.mark.parametrize("letters", [255, 256, 2000])
async def test_a_name_too_long_for_a_file_is_not_found(client: Client, letters: int) -> None:
    assert (await client.get("/static/" + letters * "a")).status == 404
    assert (await client.get(f"/static/js/{letters * 'é'}.js")).status == 404


async def test_error_page_shows_a_strange_path_as_text(client: Client) -> None:
    assert "<script>x" not in await (await client.get("/<script>x")).text()


async def test_health(client: Client) -> None:
    body = await (await client.get("/healthz")).json()
    assert body["status"] == "ok"
    assert body["training"] in ("starting", "idle")


# Host and Origin


@pytest.mark.parametrize(
    "host", ["evil.example:{port}", "localhost:", "localhost:x", "127.0.0.1.evil.example:{port}", "x:y", ""]
)
@pytest.mark.parametrize("path", ["/", "/api/runs", "/static/paper.css"])
async def test_a_foreign_host_is_refused(client: Client, host: str, path: str) -> None:
    response = await client.get(path, headers={hdrs.HOST: host.format(port=client.port)})
    assert response.status == 403


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
async def test_the_names_of_this_machine_are_welcome_by_any_port(client: Client, name: str) -> None:
    for host in (f"{name}:{client.port}", f"{name}:9000", name):
        assert (await client.get("/healthz", headers={hdrs.HOST: host})).status == 200


async def test_through_a_tunnel_with_another_port_all_goes(client: Client) -> None:
    """As `ssh -L 9000:localhost:8007` has it; the Origin must still equal the Host."""
    here = {hdrs.HOST: "localhost:9000", "Sec-Fetch-Site": "same-origin"}
    headers = here | {hdrs.ORIGIN: "http://localhost:9000"}
    assert (await client.post("/api/runs/all-digits/pause", headers=headers)).status == 202
    async with client.ws_connect("/api/events", headers=headers) as events:
        assert (await events.receive_json())["type"] == "snapshot"
    for origin in (f"http://localhost:{client.port}", "http://localhost", "http://127.0.0.1:9000"):
        response = await client.post("/api/runs/all-digits/pause", headers=here | {hdrs.ORIGIN: origin})
        assert (response.status, (await response.json())["field"]) == (403, "Origin")


FOREIGN = [
    {hdrs.ORIGIN: "https://evil.example"},
    {hdrs.ORIGIN: "null"},
    {hdrs.ORIGIN: "http://127.0.0.1:1"},
    {hdrs.ORIGIN: "http://localhost"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_another_sites_page_changes_nothing_and_hears_nothing(client: Client, headers: dict[str, str]) -> None:
    for path in POSTS:
        status, _, field = await refusal(await client.post(path, headers=headers))
        assert (status, field) == (403, next(iter(headers)))
    with pytest.raises(WSServerHandshakeError) as caught:
        await client.ws_connect("/api/events", headers=headers)
    assert caught.value.status == 403
    assert (FakeWorker.made[0].heard, len(FakeWorker.made)) == ([], 1)


async def test_another_sites_page_gives_no_work(client: Client) -> None:
    for path in ("/api/write?number=1", "/api/runs", "/api/runs/all-digits"):
        status, _, field = await refusal(await client.get(path, headers={"Sec-Fetch-Site": "cross-site"}))
        assert (status, field) == (403, "Sec-Fetch-Site")
    assert (await client.get("/", headers={"Sec-Fetch-Site": "cross-site"})).status == 200  # a link may lead here


async def test_our_own_page_may(client: Client) -> None:
    headers = {hdrs.ORIGIN: f"http://127.0.0.1:{client.port}", "Sec-Fetch-Site": "same-origin"}
    assert (await client.post("/api/runs/all-digits/fun", headers=headers)).status == 202
    async with client.ws_connect("/api/events", headers=headers) as events:
        assert (await events.receive_json())["type"] == "snapshot"


# Events


async def test_a_browser_hears_the_snapshot_and_then_what_happens(client: Client) -> None:
    async with client.ws_connect("/api/events") as one, client.ws_connect("/api/events") as two:
        for events in (one, two):
            first = await events.receive_json()
            assert (first["type"], first["run"]) == ("snapshot", "all-digits")
        await client.post("/api/runs/all-digits/train", json={"iterations": 4})
        for events in (one, two):
            assert (await until(events, type="metrics"))["iteration"] == 4
            assert (await until(events, type="picture"))["iteration"] == 4
            await until(events, state="idle", iteration=4)
    async with client.ws_connect("/api/events") as again:
        snapshot = await again.receive_json()
        assert (snapshot["iteration"], snapshot["pictures"], len(snapshot["metrics"])) == (4, [0, 4], 1)


@pytest.mark.parametrize("message", ["fun", "{", "{}", "\x00", "x" * 1000])
async def test_a_browser_that_talks_is_cut_off(client: Client, message: str) -> None:
    async with client.ws_connect("/api/events") as events:
        await events.send_str(message)
        while (await events.receive(timeout=SECONDS)).type is WSMsgType.TEXT:
            pass
        assert events.close_code == WSCloseCode.POLICY_VIOLATION
    assert (await client.get("/healthz")).status == 200


async def test_a_long_message_is_cut_off(client: Client) -> None:
    async with client.ws_connect("/api/events") as events:
        await events.send_bytes(b"x" * 100_000)
        while (await events.receive(timeout=SECONDS)).type is WSMsgType.TEXT:
            pass
        assert events.close_code == WSCloseCode.MESSAGE_TOO_BIG


async def test_only_so_many_browsers(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.server.app[BROADCAST], "most", 1)  # type: ignore[attr-defined]
    async with client.ws_connect("/api/events") as one:
        assert (await one.receive_json())["type"] == "snapshot"
        async with client.ws_connect("/api/events") as two:
            await two.receive(timeout=SECONDS)
            assert two.close_code == WSCloseCode.TRY_AGAIN_LATER
    while client.server.app[BROADCAST]._subscriptions:  # type: ignore[attr-defined]  # until its place is free again
        await asyncio.sleep(0.01)
    async with client.ws_connect("/api/events") as three:
        assert (await three.receive_json())["type"] == "snapshot"


async def test_a_mistake_of_ours_does_not_leave_a_browser_waiting(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(client.server.app[RUN_MANAGER], "present", broken)  # type: ignore[attr-defined]
    async with client.ws_connect("/api/events") as events:
        message = await events.receive(timeout=SECONDS)
    assert (message.type, message.data) == (WSMsgType.CLOSE, WSCloseCode.INTERNAL_ERROR)
    assert ("secret" in str(message.extra), "secret" in caplog.text) == (False, True)


async def test_a_plain_request_for_the_events_is_told_what_to_do(client: Client) -> None:
    status, sentence, _ = await refusal(await client.get("/api/events"))
    assert (status, "WebSocket" in sentence) == (400, True)


# With a real worker


async def test_a_real_worker_trains_and_a_reload_finds_it(
    aiohttp_client: MakeClient, config: server.ServerConfig
) -> None:
    client = await aiohttp_client(server.init_app(replace(config, worker=Worker)))
    async with client.ws_connect("/api/events") as events:
        await until(events, state="idle", iteration=0)
        await client.post("/api/runs/all-digits/train", json={"iterations": 4})
        metrics = await until(events, type="metrics", iteration=4)
        assert (metrics["d_change"], 0 < metrics["told_apart"] < 1) == (0, True)
        await until(events, type="state", state="idle", iteration=4)
    async with client.ws_connect("/api/events") as events:
        snapshot = await until(events, type="snapshot")
    assert (snapshot["state"], snapshot["iteration"], snapshot["data"]) == ("idle", 4, "5,000-digit sample")
    assert [line["iteration"] for line in snapshot["metrics"]] == [2, 4]
    picture = await client.get(f"/api/runs/all-digits/images/{snapshot['pictures'][-1]}.png")
    assert picture.content_type == "image/png"
    await client.close()
    assert (config.runs / "all-digits" / "checkpoint.safetensors").is_file()


def get_json(address: str) -> Any:
    with urlopen(address, timeout=SECONDS) as answer:
        return json.load(answer)


# The command line


@pytest.fixture
def taken() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command line says on bad input: one line, exit code 2."""
    assert server.main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def test_a_port_in_use(capsys: pytest.CaptureFixture[str], taken: int) -> None:
    assert f"port {taken} is in use" in complaint(capsys, "--port", str(taken))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--port", "70000"], "port"),
        (["--port", "0", "--host", "999.1.1.1"], "999.1.1.1"),
        (["--port", "0", "--host", "no such host"], "no such host"),
        (["--port", "0", "--threads", "0"], "threads"),
    ],
)
def test_bad_arguments(capsys: pytest.CaptureFixture[str], arguments: list[str], named: str) -> None:
    assert named in complaint(capsys, *arguments)


def test_a_runs_folder_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "runs folder" in complaint(capsys, "--port", "0", "--runs", str(tmp_path / "file"))


def test_data_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    runs = ["--runs", str(tmp_path / "runs")]
    assert str(tmp_path) in complaint(capsys, "--port", "0", *runs, "--data", str(tmp_path / "none"))


async def test_a_broken_first_run_keeps_nobody_from_a_new_one(
    aiohttp_client: MakeClient, config: server.ServerConfig
) -> None:
    (config.runs / "all-digits" / "config.json").write_text("no JSON")
    client = await aiohttp_client(server.init_app(config))
    new, broken = (await (await client.get("/api/runs")).json())["runs"]
    assert (new["id"], new["live"], new["pictures"]) == ("all-digits-2", True, 0)
    assert "config.json" in broken["error"]


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.full)])
def test_the_server_ends_cleanly_and_saves_a_run_that_trains(tmp_path: Path, sign: signal.Signals) -> None:
    process, address = start_server(tmp_path)
    try:
        with urlopen(Request(f"{address}/api/runs/all-digits/fun", method="POST"), timeout=SECONDS):
            wait_for(lambda: get_json(f"{address}/api/runs/all-digits")["iteration"] >= 5, "five iterations")
    finally:
        output = end_server(process, sign)
    assert (process.returncode, output) == (0, "")
    run = Run.open(tmp_path / "all-digits")
    assert run.checkpoint.is_file()
    assert run.metrics()[-1]["iteration"] >= 4
    with Image.open(run.picture_path(0)) as picture:
        assert picture.mode == "L"
    json.loads((tmp_path / "all-digits" / "config.json").read_text())
