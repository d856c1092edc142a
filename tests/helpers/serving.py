"""Helpers for server tests: start a server, read its events, check its errors."""

import asyncio
import base64
import gc
import io
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
from aiohttp import ClientWebSocketResponse, hdrs, web
from aiohttp.test_utils import TestClient
from PIL import Image

from gan.commands.serve import CLOSING_SECONDS
from gan.drawings.recognition import Recognition
from gan.rules.run_config import Config
from gan.runs.evaluation_record import Evaluation
from gan.runs.run import Run
from gan.runs.run_writer import create
from gan.web.app import READING, ServerConfig, init_app
from gan.web.app_keys import DRAWINGS, WRITERS
from gan.web.http.access_tokens import AccessTokens
from gan.web.http.listening import serving
from gan.web.services import writer_pool
from gan.web.services.job_process import JobProcess
from nnet import weights
from tests.helpers.commands import SECONDS, wait_for
from tests.helpers.fake_worker import FakeTrainer, tiny

ROOT = Path(__file__).resolve().parents[2]
Client = TestClient[Any, Any]
MakeClient = Callable[..., Awaitable[Client]]


class FakeProcess(JobProcess[Any, Any]):
    """Carries out jobs in the process of the server. By default, it draws."""

    def __init__(
        self, work: Callable[..., Any] = lambda job: writer_pool.draw(job)
    ) -> None:
        self.work = work

    def open(self) -> None:
        pass

    def do(self, seconds: float, job: Any) -> Any:
        return self.work(job)

    def kill(self, timeout: float | None = None) -> None:
        pass


def create_untrained(runs: Path) -> None:
    """Create the untrained run all-digits if it is missing."""
    if not Run.exists(runs / "all-digits"):
        create(runs / "all-digits", tiny(None, iterations=None))


def start_server(
    runs: Path, arguments: Sequence[str] = ()
) -> tuple[subprocess.Popen[str], str]:
    """Start `server.py`, which has a run with a tiny network and no recorded run.

    Return the process and its address.
    """
    create_untrained(runs)
    command = [
        sys.executable,
        str(ROOT / "server.py"),
        "--port=0",
        "--cores=1",
        f"--runs={runs}",
        f"--recorded={runs / 'none'}",
        *arguments,
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=runs
    )
    assert process.stdout is not None
    limit = threading.Timer(SECONDS, process.kill)
    limit.start()
    is_ready = False
    try:
        line = process.stdout.readline()
        if line.startswith("Compiling the writer's kernels"):
            # printed if the tests were not started by make
            line = process.stdout.readline()
        is_ready = line.startswith("Open http")
    finally:
        limit.cancel()
        if not is_ready:  # also after Ctrl-C
            process.kill()
    assert is_ready, (
        f"{shlex.join(command)} wrote: {line}{process.communicate(timeout=SECONDS)[0]}"
    )
    return process, line.split()[1].rstrip("/")


def fake_config(runs: Path, worker: Any, **options: Any) -> ServerConfig:
    """Return the config of a server that starts no other processes."""
    return ServerConfig(
        runs=runs, cores=1, writers=1, worker=worker, writer=FakeProcess, **options
    )


@contextmanager
def hosting(
    runs: Path,
    recorded: Path | None = None,
    links: AccessTokens | None = None,
    port: int = 0,
) -> Iterator[str]:
    """Run a server in a thread of this process and yield its address.

    The server starts no other processes, because its worker is a `FakeTrainer` and its
    writer a `FakeProcess`. It has a run with a tiny network. Without `recorded`, it has
    no recorded run. Port 0 means any free port.
    """
    create_untrained(runs)
    config = fake_config(runs, FakeTrainer, recorded=recorded or runs / "none")
    app = init_app(config, links)
    enough = asyncio.Event()
    # a busy machine refuses no drawing
    app[DRAWINGS].most_seconds = app[WRITERS].most_seconds = SECONDS
    app.on_response_prepare.append(cache_scripts)
    started: Future[asyncio.AbstractEventLoop] = Future()

    async def serve() -> None:
        async with serving(app, listening, 256, CLOSING_SECONDS, **READING):
            loop = asyncio.get_running_loop()
            started.set_result(loop)
            await enough.wait()
            loop.remove_reader(listening)
            # asyncio would leave a socket open that it has accepted but not passed on
            await asyncio.sleep(0)

    with (
        socket.create_server(("127.0.0.1", port)) as listening,
        ThreadPoolExecutor(1, "server") as thread,
    ):
        ended: Future[None] = thread.submit(asyncio.run, serve())
        either: list[Future[Any]] = [started, ended]
        wait(either, SECONDS, FIRST_COMPLETED)
        if ended.done():
            ended.result()  # raises the error if the server failed to start
        loop = started.result(0)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            loop.call_soon_threadsafe(enough.set)
            ended.result(SECONDS)
            # a socket that is still open is an error here, and not in whatever test
            # comes next
            gc.collect()


async def cache_scripts(request: web.Request, response: web.StreamResponse) -> None:
    """Let the browser keep scripts and styles, so that only the first of its pages
    requests them.
    """
    if request.path.endswith((".js", ".css")):
        response.headers[hdrs.CACHE_CONTROL] = "max-age=3600"


def wait_until_it_writes(address: str) -> None:
    """Wait until the server can draw numbers.

    Its writer processes start after the server itself.
    """

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


def end_server(
    process: subprocess.Popen[str], sign: signal.Signals = signal.SIGTERM
) -> str:
    """Stop a server as a service manager does, and return the output after its first
    line.
    """
    process.send_signal(sign)
    try:
        output, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    return output


@contextmanager
def serving_writer(runs: Path, arguments: Sequence[str] = ()) -> Iterator[str]:
    """Run a server that can draw numbers, and yield its address.

    Fail at the end if it has reported anything.
    """
    process, address = start_server(runs, arguments)
    try:
        wait_until_it_writes(address)
        yield address
    finally:
        output = end_server(process)
    assert process.returncode == 0
    assert output == ""


async def soon(condition: Callable[[], bool]) -> None:
    """Wait until another task in this event loop makes the condition true.

    Raise AssertionError after SECONDS.
    """
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        await asyncio.sleep(0.001)


# 64 drawings of the digits in turn, all recognized except the last; the judge mistakes
# 29 for real
REMARKS = Evaluation(
    Recognition(tuple(drawing % 10 for drawing in range(64)), (*[0.95] * 63, 0.5)),
    (True,) * 64,
    35,
)
RECORDED_ITERATIONS = (0, 10, 20, 40)


def make_recorded(folder: Path, **changes: Any) -> Run:
    """Create a recorded run with four pictures, in which every pixel of drawing n has
    the ink 3 n + iteration.
    """
    run = create(folder, replace(tiny(None, iterations=40), **changes))
    for iteration in RECORDED_ITERATIONS:
        inks = (3 * np.arange(64) + iteration).astype(np.uint8)
        run.save_picture(
            iteration,
            np.tile(inks[:, None, None], (1, 28, 28)),
            REMARKS if iteration else Evaluation(),
        )
        losses = {"d_loss": 0.5, "g_loss": 1.5, "told_apart": 0.75, "d_change": 0.0}
        run.append_metrics({"iteration": iteration, **losses})
    return run


async def until(socket: ClientWebSocketResponse, **fields: Any) -> dict[str, Any]:
    """Return the next event with these values. Raise AssertionError after SECONDS."""
    others = []
    try:
        # limits the total time, because pings could keep a socket alive forever
        async with asyncio.timeout(SECONDS):
            while True:
                event = await socket.receive_json()
                if all(event.get(key) == value for key, value in fields.items()):
                    return dict(event)
                others.append(
                    {
                        key: event.get(key)
                        for key in ("type", "run", "state", "iteration")
                    }
                )
    except TimeoutError:
        raise AssertionError(
            f"expected an event with {fields}, received {others}"
        ) from None


async def get_json(client: Client, address: str, **query: str) -> Any:
    """Return the JSON of a GET response."""
    return await (await client.get(address, params=query or None)).json()


def app_of(client: Client) -> Any:
    """Return the server application of a test client."""
    return client.app


def api_routes(client: Client) -> list[tuple[str, str]]:
    """Return the method and the path of every route of the API, with the names of what
    the test server has.
    """
    named = {"id": "all-digits", "iteration": "0", "drawing": "0"}
    routes = [
        (route.method, route.resource.canonical)
        for route in app_of(client).router.routes()
        if route.resource
    ]
    return [
        (method, path.format(**named))
        for method, path in routes
        if path.startswith("/api/") and method != "HEAD"
    ]


def post_paths(client: Client) -> list[str]:
    return [path for method, path in api_routes(client) if method == "POST"]


async def expect_refusal(
    response: Any, status: int, field: str | None = None, words: str = ""
) -> str:
    """Assert that an error response has this status and field, and return its message.

    The message is one line that contains the words.
    """
    body = await response.json()
    assert response.status == status, body
    assert body == {"error": body["error"], "field": field}
    assert body["error"]
    assert "\n" not in body["error"]
    assert words in body["error"]
    return str(body["error"])


def assert_fields(found: Mapping[str, Any], **expected: Any) -> None:
    """Assert that a message or a JSON object has fields with these values."""
    assert {name: found[name] for name in expected} == expected


def png_pixels(png: str) -> Any:
    """Return the pixels of a PNG in base64. Assert that it contains no metadata."""
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        assert picture.info == {}
        return np.asarray(picture)


def create_drawing_run(path: Path, config: Config, seed: int = 0) -> Run:
    """Create a run that has an untrained generator, so that it can draw."""
    run = create(path, config)
    parameters = config.build_generator(np.random.default_rng(seed)).parameters()
    weights.save(run.generator, parameters, {"config": config.to_json()})
    return run
