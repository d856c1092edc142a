"""Help for tests of the server: starting the real one, waiting, reading its events and refusals."""

import asyncio
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
from aiohttp import ClientWebSocketResponse
from aiohttp.test_utils import TestClient
from commands import SECONDS, wait_for
from fake_worker import FakeTrainer, tiny
from fake_writer import FakeWriter

from gan.classifier.reading import Reading
from gan.runs.evaluation import Evaluation
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.web.http.access_tokens import AccessTokens
from gan.web.http.serving import serving
from gan.web.routes.runs import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
Client = TestClient[Any, Any]
MakeClient = Callable[..., Awaitable[Client]]
POSTS = ["/api/runs", "/api/mine"] + [
    f"/api/runs/all-digits/{command}" for command in (*COMMANDS, "ask", "name", "delete")
]


def start_server(
    runs: Path,
    port: int = 0,
    arguments: Sequence[str] = (),
    recorded: Path | None = None,
    before: Callable[[], None] | None = None,
    begun: bool = True,
) -> tuple[subprocess.Popen[str], str]:
    """Start the real server, its first run a tiny network, or none unless `begun`.

    Gives the process and its address; port 0 is a free one. Without `recorded` it has no recorded run, whether one
    ships or not. `before` is called in its process first.
    """
    if begun and not (runs / "all-digits").exists():
        create(runs / "all-digits", tiny(None, iterations=None))
    command = [sys.executable, str(ROOT / "server.py"), "--port", str(port), "--runs", str(runs), "--threads", "1"]
    command += ["--recorded", str(recorded or runs / "none"), *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=runs, preexec_fn=before
    )
    assert process.stdout is not None
    limit = threading.Timer(SECONDS, process.kill)
    limit.start()
    try:
        line = process.stdout.readline()
        if line.startswith("Compiling the writer's kernels"):  # tests that were not started by make
            line = process.stdout.readline()
    finally:
        limit.cancel()
    if not line.startswith("Open http://"):
        process.kill()
        raise AssertionError(f"{shlex.join(command)} wrote: {line}{process.communicate(timeout=SECONDS)[0]}")
    return process, line.split()[1].rstrip("/")


@contextmanager
def running(runs: Path, recorded: Path | None = None, begun: bool = True) -> Iterator[str]:
    """The address of a real server that can write, which must end in order and with nothing more to say."""
    process, address = start_server(runs, recorded=recorded, begun=begun)
    try:
        wait_until_it_writes(address)
        yield address
    finally:
        output = end_server(process)
    assert (process.returncode, output) == (0, "")


@contextmanager
def hosting(
    runs: Path, recorded: Path | None = None, begun: bool = True, links: AccessTokens | None = None, port: int = 0
) -> Iterator[str]:
    """Run a server in a thread of this process and give its address.

    It starts no other process: its worker is a `FakeTrainer`, its writer a `FakeWriter`. Its first run is a tiny
    network, or none unless `begun`. Without `recorded` it has no recorded run. Port 0 is a free one.
    """
    import server

    if begun and not (runs / "all-digits").exists():
        create(runs / "all-digits", tiny(None, iterations=None))
    worker: Callable[..., Any] = FakeTrainer
    folder = recorded or runs / "none"
    config = server.ServerConfig(runs=runs, threads=1, worker=worker, writers=1, writer=FakeWriter, recorded=folder)
    app, enough = server.init_app(config, links), asyncio.Event()
    started: Future[asyncio.AbstractEventLoop] = Future()

    async def serve() -> None:
        async with serving(app, listening, 256, server.CLOSING_SECONDS, **server.READING):
            started.set_result(asyncio.get_running_loop())
            await enough.wait()

    with socket.create_server(("127.0.0.1", port)) as listening, ThreadPoolExecutor(1, "server") as thread:
        ended: Future[None] = thread.submit(asyncio.run, serve())
        either: list[Future[Any]] = [started, ended]
        wait(either, SECONDS, FIRST_COMPLETED)
        if ended.done():
            ended.result()  # raises what went wrong
        loop = started.result(0)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            loop.call_soon_threadsafe(enough.set)
            ended.result(120)


def wait_until_it_writes(address: str) -> None:
    """Wait for the server's writers, which start beside it: on a busy machine a page would see that it has to wait."""

    def writes() -> bool:
        try:
            with urlopen(f"{address}/api/write?number=1", timeout=SECONDS):
                return True
        except HTTPError as error:
            with error:
                if error.code != 503:
                    raise
            return False

    wait_for(writes, "the writers of the server")


def end_server(process: subprocess.Popen[str], sign: signal.Signals = signal.SIGTERM) -> str:
    """End a server as a service manager does, and return what it printed after its first line.

    That only few pages can be open depends on the limits of the test's surroundings and is left out.
    """
    process.send_signal(sign)
    try:
        output, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    return re.sub(r"^At most \d+ pages at one time, .*\n", "", output, flags=re.MULTILINE)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something another thread or process is about to do."""
    wait_for(condition, "another thread or process")


async def soon(condition: Callable[[], bool]) -> None:
    """Wait until this process has taken note of a request. AssertionError after two minutes."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.001)


REMARKS = Evaluation(Reading((*range(10), 3), (*[0.95] * 10, 0.5)))  # eleven drawings, the last of them no clear digit


def make_recorded(folder: Path) -> Run:
    """A recorded run of four pictures, as `gan.pretrained.record` makes it."""
    run = create(folder, tiny(None, iterations=40))
    for iteration in (0, 10, 20, 40):
        run.save_picture(iteration, np.full((11, 28, 28), 3 * iteration, np.uint8), REMARKS)
        losses = {"d_loss": 0.5, "g_loss": 1.5, "told_apart": 0.75, "d_change": 0.0}
        run.append_metrics({"iteration": iteration, **losses})
    return run


async def until(socket: ClientWebSocketResponse, **wanted: Any) -> dict[str, Any]:
    """The next event that has these values; also for a snapshot. AssertionError if it does not come in two minutes."""
    heard = []
    try:
        async with asyncio.timeout(SECONDS):  # over all: a socket that is only pinged would be heard for ever
            while True:
                event = await socket.receive_json()
                if all(event.get(key) == value for key, value in wanted.items()):
                    return dict(event)
                heard.append({key: event.get(key) for key in ("type", "run", "state", "iteration")})
    except TimeoutError:
        raise AssertionError(f"{wanted} did not come, only {heard}") from None


async def until_each(socket: ClientWebSocketResponse, *runs: str, **wanted: Any) -> None:
    """Wait until an event with these values has come of each run, whichever comes first."""
    missing = set(runs)
    while missing:
        missing.discard((await until(socket, **wanted))["run"])


async def refusal(response: Any) -> tuple[int, str, str | None]:
    """Status, sentence and field of an error, which must be JSON with nothing else in it."""
    body = await response.json()
    assert body.keys() == {"error", "field"}
    assert body["error"]
    assert "\n" not in body["error"]
    return response.status, body["error"], body["field"]
