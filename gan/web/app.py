"""Build the web application: its shared objects, its routes, and its pages.

Training runs in its own process, and its events reach browsers over a WebSocket. Writer
processes draw numbers. Other heavy work, such as reading a run's history, runs in
threads, so the event loop only forwards messages. Services that do not depend on HTTP
are in gan/web/services, and request handlers are in gan/web/routes.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp.typedefs import Handler

import nnet.threads
from gan.base.errors import InputError
from gan.base.files import refuse_other_file
from gan.base.labels import DIGITS
from gan.base.package_folders import STATIC, TEMPLATES
from gan.cli.command_line import program
from gan.data import Dataset, load
from gan.pretrained import RECORDED
from gan.rules.run_config import Config, preset
from gan.runs.run import LONGEST, Run
from gan.runs.run_on_own_images import remove_unfinished
from gan.runs.worker import Worker
from gan.web import openapi
from gan.web.app_keys import (
    BROADCAST,
    CHANGES,
    DRAWINGS,
    PREPARATION,
    PRESENT,
    READS,
    REAL_DIGITS,
    RUN_MANAGER,
    RUNS,
    WRITERS,
)
from gan.web.http.access_tokens import (
    LINKS,
    MAY_ONLY_WATCH,
    AccessTokens,
    admit,
    role_of,
)
from gan.web.http.connections import REQUEST_SECONDS, UPLOAD, receive
from gan.web.http.guard import add_headers, guard
from gan.web.http.params import MAX_ITERATIONS
from gan.web.http.responses import answer_errors
from gan.web.routes import events, learn_and_guess, runs, write
from gan.web.services.broadcast import Broadcast
from gan.web.services.catalogue import DIAGNOSES
from gan.web.services.executor import (
    MAX_SECONDS,
    BoundedExecutor,
    SharedRead,
    thread_pool,
)
from gan.web.services.explain_saved_drawing import RealDigits
from gan.web.services.real_or_drawn import PAIRS
from gan.web.services.run_manager import RunManager, StartWorker
from gan.web.services.wait_for_kernels import Preparation
from gan.web.services.writer_pool import Writer, Writers, new_writer

Message = TypeVar("Message")

# The longest JSON body creates a run whose judge is locked and unlocked many times.
MAX_BODY_BYTES = 16_384
MAX_QUEUED_DRAWINGS = 32
MAX_QUEUED_CHANGES = 64
# Enough for the first requests of 250 pages that open at the same time.
MAX_QUEUED_READS = 512
READING: dict[str, Any] = {  # aiohttp options
    "max_line_size": write.MAX_LINE_BYTES,
    "keepalive_timeout": REQUEST_SECONDS,
    # aiohttp would decompress in the event loop, even for clients without a token.
    "auto_decompress": False,
}
# The regular checks, and the seconds between two of them. The runs folder must be
# polled, because a network drive does not report changes.
CHECKS = {events.check_folder: 2.0, events.pause_if_unwatched: 2.0}
MAX_DEFAULT_WRITERS = 4  # each writer process takes 200 MB of memory


def default_cores() -> int:
    """Return the number of cores for training: all but one, which the browser needs.

    Training waits for the slowest of its cores, so sharing one core with the browser
    would slow down all of them (docs/scaling.md).
    """
    return max(1, nnet.threads.available_cores() - 1)


def default_writers() -> int:
    """Return half the number of cores, so that the other half can train."""
    return max(1, min(MAX_DEFAULT_WRITERS, nnet.threads.available_cores() // 2))


@dataclass(frozen=True)
class ServerConfig:
    """Settings of the server."""

    host: str = "127.0.0.1"
    port: int = 8007
    # The origin of a proxy before the server, such as https://digits.example.
    public_url: str | None = None
    # Whether requests need a token if other machines can reach the server or a proxy.
    token: bool = True
    runs: Path = Path("runs")
    data: Path | None = None
    cores: int = field(default_factory=default_cores)
    preset: Callable[..., Config] = preset  # makes the Config of a new run
    worker: StartWorker = Worker
    writers: int = field(default_factory=default_writers)
    writer: Callable[[], Writer] = new_writer
    # Called with a name and, if it is not 1, the number of threads.
    executor: Callable[..., Executor] = thread_pool
    # The folder of the run that pages show until another run exists. It may be missing.
    recorded: Path = RECORDED


def init_app(
    config: ServerConfig, links: AccessTokens | None = None
) -> web.Application:
    """Build the application, for the command line and for the tests.

    Without `links`, requests need no token.

    Raise InputError if the data cannot be read or the runs folder cannot be written.
    """
    data = load(config.data)
    make_runs_folder(config.runs)
    remove_unfinished(config.runs)
    app = web.Application(
        middlewares=[
            answer_errors,
            guard(config.host, config.public_url),
            admit,
            receive,
        ],
        client_max_size=MAX_BODY_BYTES,
        handler_args=READING,
    )
    if links is not None:
        app[LINKS] = links
    add_services(app, config, data)
    templates = aiohttp_jinja2.setup(
        app, loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined
    )
    templates.globals["site"] = False  # True in gan/web/site
    add_routes(app)
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(live)
    app.on_shutdown.append(close_websockets)
    return app


def add_services(app: web.Application, config: ServerConfig, data: Dataset) -> None:
    app[REAL_DIGITS] = RealDigits(data)
    refuse_other_file(config.recorded)
    recorded = config.recorded if Run.exists(config.recorded) else None
    app[RUN_MANAGER] = RunManager(
        config.runs, data, config.cores, recorded, config.preset, config.worker
    )
    app[BROADCAST] = Broadcast()
    app[PRESENT] = events.present(app)

    def encode_runs() -> str:
        return json.dumps({"runs": app[RUN_MANAGER].summaries()})

    app[RUNS] = SharedRead(lambda: app[READS].run(encode_runs))
    app[CHANGES] = BoundedExecutor(config.executor("changes"), MAX_QUEUED_CHANGES)
    app[READS] = BoundedExecutor(config.executor("reading"), MAX_QUEUED_READS)
    app[DRAWINGS] = BoundedExecutor(
        config.executor("drawing"), MAX_QUEUED_DRAWINGS, MAX_SECONDS
    )
    app[PREPARATION] = Preparation()
    app[WRITERS] = Writers(
        config.writer, config.writers, config.executor("writer", config.writers)
    )


def add_routes(app: web.Application) -> None:
    get = app.router.add_get
    post = app.router.add_post
    pages = all_pages()
    for path, content in pages.items():
        get(path, page(path, *content))
    # This page's route must precede that of the static files.
    get("/static/images", page("/slideshow", *pages["/slideshow"]))
    get("/source/{path:.+}", show_source)
    get("/healthz", healthz)
    get("/api/openapi.json", openapi.show_openapi)
    get("/api/write", write.write_number)
    post("/api/mine", write.find_mine)
    get("/api/place", learn_and_guess.show_place)
    get("/api/turns", learn_and_guess.show_turns)
    get("/api/guess", learn_and_guess.show_pair)
    get("/api/runs", runs.list_runs)
    post("/api/runs", runs.create_run)
    post(UPLOAD, runs.create_run_on_drawings)
    get("/api/new-run", runs.show_recommended)
    get("/api/runs/{id}", runs.show_run)
    get("/api/runs/{id}/film.gif", runs.save_film)
    for command in runs.COMMANDS:
        post(f"/api/runs/{{id}}/{command}", runs.command_handler(command))
    post("/api/runs/{id}/ask", runs.ask_about)
    post("/api/runs/{id}/name", runs.rename_run)
    post("/api/runs/{id}/delete", runs.delete_run)
    picture = r"/api/runs/{id}/images/{iteration:\d{1,9}}"
    get(picture + ".png", runs.show_picture)
    get(picture + ".json", runs.show_remarks)
    get(picture + r"/{drawing:\d{1,4}}.json", runs.show_drawing)
    get("/api/events", events.stream_events)
    get("/api/what-if/recorded", runs.show_recorded_pair)
    app.router.add_static("/static/", STATIC)


async def live(app: web.Application) -> AsyncIterator[None]:
    """Open a run before the first request.

    After the last request, save the live run and end its process.
    """
    app[RUN_MANAGER].listen(on_loop(app[BROADCAST].publish, app[PREPARATION].publish))
    tasks = [
        asyncio.create_task(events.repeat(app, seconds, check))
        for check, seconds in CHECKS.items()
    ]
    try:
        await app[CHANGES].run(app[RUN_MANAGER].open_first)
        finish = on_loop(app[PREPARATION].finish)
        # The writers open last, so that pages can already load.
        app[WRITERS].open(lambda: finish("writer"))
        yield
    finally:
        for task in tasks:
            task.cancel()
        app[WRITERS].close()
        if unsaved := await app[CHANGES].run(app[RUN_MANAGER].close):
            print(f"{program('server.py')}: {unsaved}", file=sys.stderr)
        for executor in (app[CHANGES], app[READS], app[DRAWINGS]):
            executor.close()


def on_loop(*listeners: Callable[[Message], None]) -> Callable[[Message], None]:
    """Return a function that calls the listeners on the running event loop.

    Any thread may call that function.
    """
    loop = asyncio.get_running_loop()

    def tell(event: Message) -> None:
        for listener in listeners:
            if not loop.is_closed():
                loop.call_soon_threadsafe(listener, event)

    return tell


async def close_websockets(app: web.Application) -> None:
    """Close WebSockets, because they would delay the shutdown."""
    app[BROADCAST].drop_all()


# Pages


def all_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return each page's template and the variables that it needs, by path.

    gan/web/site renders the same pages for a static host.
    """
    train = {
        "diagnoses": DIAGNOSES,
        "settings": runs.NEW_RUN,
        "longest": LONGEST,
        "most": MAX_ITERATIONS,
    }
    course = {"files": learn_and_guess.FILES, "source_of": learn_and_guess.source_of}
    return {
        "/": ("train.html", train),
        "/what-if": ("what-if.html", {}),
        "/slideshow": ("slideshow.html", {}),
        "/guess": ("guess.html", {"pairs": PAIRS}),
        "/write": ("write.html", {**write.PAGE, "today": date.today}),
        "/mine": ("mine.html", write.MY_PAGE),
        "/learn": ("learn.html", {"edge": learn_and_guess.EDGE, "place_seed": 0}),
        "/course": ("course.html", course),
        "/lesson": text_page("A lesson about GANs", "lesson.html"),
        "/answers": text_page("Answers for teachers", "answers.html"),
        "/normal": text_page("Is this normal?", "normal.html"),
    }


def text_page(title: str, text: str) -> tuple[str, dict[str, Any]]:
    return "text.html", {"title": title, "text": text}


def page(path: str, template: str, constants: dict[str, Any]) -> Handler:
    """Return a handler that renders the template of a page.

    The menu of the page marks `path`.
    """

    async def show(request: web.Request) -> web.StreamResponse:
        data = request.app[REAL_DIGITS].data
        context = {
            "path": path,
            "watching": MAY_ONLY_WATCH if role_of(request) == "watch" else "",
            "data_name": data.name,
            "recorded": request.app[RUN_MANAGER].catalogue.recorded_names(),
            "kinds": data.names or range(DIGITS),
            "all_kinds": "all labels" if data.names else "all digits",
        }
        return aiohttp_jinja2.render_template(template, request, context | constants)

    return show


async def show_source(request: web.Request) -> web.StreamResponse:
    """Show a source file that the page /course lists, with line numbers."""
    source = learn_and_guess.source_of(request.match_info["path"])
    if source is None:
        raise web.HTTPNotFound
    return aiohttp_jinja2.render_template(
        "source.html", request, {"path": request.path, **source}
    )


async def healthz(request: web.Request) -> web.Response:
    """Report that the server is up, and the state of its live run."""
    return web.json_response(
        {
            "status": "ok",
            "ready": request.app[PREPARATION].is_ready,
            "training": request.app[RUN_MANAGER].state(),
        }
    )


def make_runs_folder(runs: Path) -> None:
    refuse_other_file(runs)
    if Run.exists(runs):
        raise InputError(
            f"{runs}: expected a folder of runs, found a run; use --runs {runs.parent}"
        )
    try:
        runs.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=runs):
            pass
    except OSError as error:
        raise InputError(
            f"cannot write to the runs folder {runs} ({error.strerror}); "
            "choose another --runs"
        ) from None
