"""The server: the pages on localhost:8007 and the requests behind them.

`python server.py` opens the run that was trained last, or prepares a new one, and waits for a browser. Training runs in
a process of its own, whose events reach browsers over a WebSocket. Numbers are drawn in writer processes, and other
heavy work (reading a run's history) runs in threads, so the event loop only passes messages on. Services without HTTP
are in `gan/web/services`, request handlers in `gan/web/routes`.
"""

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until aiohttp takes over: Ctrl-C ends without a traceback

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp.typedefs import Handler

import nnet.threads  # before NumPy, which reads its number of threads once
from gan.classifier.reading import SURE
from gan.command import Parser, exit_code, whole
from gan.config import LOSSES, Config, preset
from gan.data import load
from gan.errors import InputError
from gan.runs.run import LONGEST, Run
from gan.runs.worker import Worker
from gan.shipped import RECORDED, RECORDED_PAIR
from gan.web.http.access_tokens import LINKS, WATCHING, AccessTokens, admit, role_of
from gan.web.http.connections import LINGER_SECONDS, on_time
from gan.web.http.errors import answer_errors
from gan.web.http.guard import add_headers, guard
from gan.web.http.params import MAX_ITERATIONS
from gan.web.http.serving import address_of, announcement, available_places, is_for_others, listen, serve_until_told
from gan.web.openapi import document
from gan.web.routes import (
    exports,
    folder_watcher,
    guess,
    latent_space,
    learn,
    my_handwriting,
    new_run,
    runs,
    what_if,
    write,
)
from gan.web.routes.runs import BROADCAST, CHANGES, DATA_NAME, DRAWINGS, PAIR, PAIR_BROADCAST, READS, STUDIO
from gan.web.services.broadcast import MAX_CLIENTS, Broadcast
from gan.web.services.describe import DIAGNOSES
from gan.web.services.drawing import RealDigits
from gan.web.services.executor import MAX_SECONDS, SerialExecutor, SharedRead, thread
from gan.web.services.gradient import LAYERS
from gan.web.services.one_iteration import SHOWN
from gan.web.services.pair import Pair
from gan.web.services.real_or_drawn import RoundStore
from gan.web.services.run_manager import RunManager, Settings
from gan.web.services.writer_pool import Process, Writers
from gan.web.services.writer_process import Writer
from gan.write import warm

HERE = Path(__file__).resolve().parent
MAX_BODY_BYTES = 4096  # the longest expected request is a line of JSON
CLOSING_SECONDS = 3.0  # how long open requests have when the server ends
READING = {"max_line_size": write.MAX_LINE_BYTES, "lingering_time": LINGER_SECONDS}  # aiohttp options
MAX_DEFAULT_WRITERS = 4  # each takes 200 MB of memory


def default_writers() -> int:
    """Return the default number of writer processes: half as many as cores, so that the rest can train."""
    return max(1, min(MAX_DEFAULT_WRITERS, nnet.threads.available_cores() // 2))


@dataclass(frozen=True)
class ServerConfig:
    """Where to listen, where the runs are, what to train on. `preset` makes the Config of a new run.

    `token`: whether requests need a token if others can reach the server (gan/web/http/access_tokens.py). `recorded` is
    the folder of the recorded run, which pages show until there is another; `recorded_pair` that of the page "What
    if?". Neither need exist.
    """

    host: str = "127.0.0.1"
    port: int = 8007
    token: bool = True
    runs: Path = Path("runs")
    data: Path | None = None
    threads: int = field(default_factory=nnet.threads.available_cores)
    preset: Callable[..., Config] = preset
    worker: Callable[[Path, Config, Path | None, int], Worker] = Worker
    writers: int = field(default_factory=default_writers)
    writer: Callable[[], Process] = Writer
    executor: Callable[[str], Executor] = thread
    recorded: Path = RECORDED
    recorded_pair: Path = RECORDED_PAIR


def init_app(config: ServerConfig, links: AccessTokens | None = None, pages: int = MAX_CLIENTS) -> web.Application:
    """Build the application; used by the command line and by the tests. Without `links` no token is needed.

    At most `pages` clients receive events at one time, and as many of the page "What if?".

    Raises
    ------
    InputError
        If the data cannot be read or the runs folder cannot be written.
    """
    data_name = load(config.data).name
    make_runs_folder(config.runs)
    app = web.Application(
        middlewares=[answer_errors, guard(config.host), admit, on_time],
        client_max_size=MAX_BODY_BYTES,
        handler_args=READING,
    )
    if links is not None:
        app[LINKS] = links
    app[DATA_NAME], app[runs.REAL_DIGITS] = data_name, RealDigits(config.data)
    recorded = config.recorded if Run.exists(config.recorded) else None
    settings = Settings(config.runs, config.data, data_name, config.threads, config.preset, config.worker, recorded)
    app[STUDIO], app[BROADCAST] = RunManager(settings), Broadcast(pages)
    app[PAIR], app[PAIR_BROADCAST], app[runs.RECORDED_PAIR] = Pair(settings), Broadcast(pages), config.recorded_pair
    app[runs.PRESENT] = runs.present(app, lambda: [app[STUDIO].present()])
    app[runs.PAIR_OPENED] = SharedRead(lambda: app[CHANGES].run(app[PAIR].open))
    app[runs.PAIR_PRESENT] = runs.present(app, app[PAIR].present)
    app[guess.ROUNDS] = RoundStore()
    app[CHANGES] = SerialExecutor(config.executor("studio"), runs.MAX_QUEUED_CHANGES)
    app[READS] = SerialExecutor(config.executor("reading"), runs.MAX_QUEUED_READS)
    app[DRAWINGS] = SerialExecutor(config.executor("drawing"), runs.MAX_QUEUED_DRAWINGS, MAX_SECONDS)
    app[write.WRITERS] = Writers(config.writer, config.writers, config.executor)
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        undefined=jinja2.StrictUndefined,
    )
    add_routes(app)
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(live)
    app.on_shutdown.append(let_browsers_go)
    return app


def add_routes(app: web.Application) -> None:
    """Add every address of the server. `/static/images` is a page and precedes the static files."""
    route = app.router
    train = {"diagnoses": DIAGNOSES, "walk": latent_space.WALK, "choices": {"losses": LOSSES}, "longest": LONGEST}
    route.add_get("/", page("train.html", **train))
    route.add_get("/what-if", what_if.either(page("compare.html"), page("what-if.html", turns=what_if.MAX_TURNS)))
    route.add_get("/static/images", page("slideshow.html", frames=exports.MAX_FRAMES))
    route.add_get("/slideshow", to_slideshow)
    route.add_get("/write", page("write.html", **write.PAGE, today=date.today, python=interpreter()))
    route.add_get("/mine", page("mine.html", **my_handwriting.PAGE))
    explained = {"players": learn.players(), "files": learn.FILES, "frames": learn.FRAMES}
    route.add_get("/guess", page("guess.html"))
    route.add_get("/learn", page("learn.html", **explained, **latent_space.PLACE, shown=SHOWN, layers=tuple(LAYERS)))
    route.add_get("/source/{path:.+}", show_source)
    route.add_get("/healthz", healthz)
    route.add_get("/api/openapi.json", document.show_openapi)
    route.add_get("/api/write", write.write_number)
    route.add_post("/api/mine", my_handwriting.find_mine)
    route.add_get("/api/morph", runs.show_morph)
    route.add_get("/api/wander", latent_space.show_strip)
    route.add_get("/api/place", latent_space.show_place)
    route.add_get("/api/one-iteration", runs.show_one_iteration)
    route.add_get("/api/gradient", runs.show_gradient)
    route.add_get("/api/guess", guess.show_opponents)
    route.add_get("/api/guess/round", guess.begin)
    route.add_get(r"/api/guess/{round:[0-9a-f]{1,32}}/{pair:\d{1,4}}", guess.tell_truth)
    route.add_get("/api/runs", runs.list_runs)
    route.add_post("/api/runs", new_run.create_run)
    route.add_get("/api/new-run", new_run.show_recommended)
    route.add_get("/api/runs/{id}", runs.show_run)
    route.add_get("/api/runs/{id}/film.gif", exports.save_film)
    route.add_get("/api/runs/{id}/metrics.csv", exports.save_metrics)
    for command in runs.COMMANDS:
        route.add_post(f"/api/runs/{{id}}/{command}", runs.commanded(command))
    route.add_post("/api/runs/{id}/ask", runs.ask_about)
    route.add_post("/api/runs/{id}/name", runs.rename_run)
    route.add_post("/api/runs/{id}/delete", runs.delete_run)
    route.add_get(r"/api/runs/{id}/images/{iteration:\d{1,9}}.png", runs.show_picture)
    route.add_get(r"/api/runs/{id}/images/{iteration:\d{1,9}}.json", runs.show_remarks)
    route.add_get(r"/api/runs/{id}/images/{iteration:\d{1,9}}/{drawing:\d{1,4}}.json", runs.show_drawing)
    route.add_get("/api/events", runs.tell_events)
    route.add_get("/api/what-if/events", what_if.tell_events)
    route.add_get("/api/what-if/recorded", what_if.show_recorded)
    route.add_post("/api/what-if", what_if.make)
    for command in what_if.COMMANDS:
        route.add_post(f"/api/what-if/{command}", what_if.commanded(command))
    route.add_static("/static/", HERE / "static")


async def live(app: web.Application) -> AsyncIterator[None]:
    """Open the first run before the first request; save it and end its process after the last."""
    for broadcast, those in ((app[BROADCAST], app[STUDIO]), (app[PAIR_BROADCAST], app[PAIR])):
        broadcast.attach(asyncio.get_running_loop())
        those.listen(broadcast.publish)
    tasks = [asyncio.create_task(look(app)) for look in (what_if.end_idle, folder_watcher.watch_folder)]
    try:
        await app[CHANGES].run(app[STUDIO].open_first)
        app[write.WRITERS].open()  # last, so that pages load meanwhile
        yield
    finally:
        for task in tasks:
            task.cancel()
        await app[write.WRITERS].close()
        for those in (app[STUDIO], app[PAIR]):
            if unsaved := await app[CHANGES].run(those.close):
                print(f"server.py: {unsaved}", file=sys.stderr)
        for key in (CHANGES, READS, DRAWINGS):
            app[key].close()


async def let_browsers_go(app: web.Application) -> None:
    """Close the WebSockets of all pages, which would delay shutdown."""
    for broadcast in (app[BROADCAST], app[PAIR_BROADCAST]):
        broadcast.drop_all()


# Pages


def page(template: str, **more: Any) -> Handler:
    """Return a handler that renders a template with the data common to all pages."""
    limits = {"most": MAX_ITERATIONS, "sure": round(100 * SURE)}

    async def show(request: web.Request) -> web.StreamResponse:
        catalogue = request.app[STUDIO].catalogue
        known = {"data_name": request.app[DATA_NAME], "recorded": catalogue.recorded_names(), "runs": catalogue.runs}
        watching = WATCHING if role_of(request) == "watch" else ""
        linked = LINKS in request.app
        context = {"path": request.path, "watching": watching, "linked": linked, **known, **limits, **more}
        return aiohttp_jinja2.render_template(template, request, context)

    return show


async def to_slideshow(request: web.Request) -> web.StreamResponse:
    """Redirect the menu's name of the slideshow to its address."""
    raise web.HTTPFound("/static/images")


def interpreter() -> str:
    """Return the Python command to type in the project folder: that of .venv if it runs this server."""
    path = Path(sys.executable)  # not resolved: in .venv it is a symlink
    return path.relative_to(HERE).as_posix() if path.is_relative_to(HERE) else "python"


async def show_source(request: web.Request) -> web.StreamResponse:
    """A source file of the project with line numbers: only those that the page /learn lists."""
    path = request.match_info["path"]
    if path not in learn.FILES:
        raise web.HTTPNotFound
    lines = (HERE / path).read_text("utf-8").splitlines()
    context = {"path": request.path, "file": path, "what": learn.FILES[path], "lines": lines}
    return aiohttp_jinja2.render_template("source.html", request, context)


async def healthz(request: web.Request) -> web.Response:
    """Whether the server answers, and the state of the live run."""
    return web.json_response({"status": "ok", "training": request.app[STUDIO].state()})


# The command line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server until it is told to end. Return the exit code."""
    return exit_code("server.py", lambda: serve(read_arguments(arguments)))


def serve(config: ServerConfig) -> None:
    """Listen, print the address, and serve until told to end. InputError if that is impossible."""
    with listen(config.host, config.port) as listening:
        reached, places = is_for_others(listening), available_places()
        links = AccessTokens.new(listening.getsockname()[1]) if reached and config.token else None
        pages = min(MAX_CLIENTS, places // 3)  # of each kind; a third remains for requests
        app, address = init_app(config, links, pages), address_of(config.host, listening)
        lines = announcement(address, links, reached, app[DATA_NAME], pages if pages < MAX_CLIENTS else None)

        async def announce(app: web.Application) -> None:
            print(*lines, sep="\n", flush=True)

        app.on_startup.append(announce)
        if not warm.is_compiled():
            print("Compiling the writer's kernels (once, up to a minute) ...", flush=True)  # pages are shown meanwhile
        with suppress(KeyboardInterrupt):
            asyncio.run(serve_until_told(app, listening, places, CLOSING_SECONDS, **READING))


def read_arguments(arguments: Sequence[str] | None) -> ServerConfig:
    """Parse the command line, or `arguments`. InputError for an invalid value."""
    parser = Parser("server.py", description="Train a GAN on handwritten digits in the browser.")
    parser.add_argument("--port", type=whole(0, 65535), default=8007, help="to listen on (8007); 0 takes a free one")
    host = "the address to listen on (127.0.0.1: this machine only); by any other two links are printed: drive, watch"
    parser.add_argument("--host", default="127.0.0.1", help=host)
    open_to_all = "no links: whoever can reach the server may train, stop and reset every run"
    parser.add_argument("--no-token", action="store_false", dest="token", help=open_to_all)
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="the folder of training runs (runs)")
    parser.add_argument("--data", type=Path, help="a folder with MNIST's files (the shipped 5,000-digit sample)")
    parser.add_argument(
        "--recorded",
        type=Path,
        default=RECORDED,
        metavar="DIR",
        help="a run to show until there is one to show (the shipped recording); none where there is no such folder",
    )
    cores = nnet.threads.available_cores()
    parser.add_argument("--threads", type=whole(1, 1024), default=cores, help="for training (all cores)")
    parser.add_argument(
        "--writers",
        type=whole(1, 64),
        default=default_writers(),
        metavar="N",
        help=f"processes that draw numbers (half as many as cores, at most {MAX_DEFAULT_WRITERS})",
    )
    return ServerConfig(**vars(parser.parse_args(arguments)))


def make_runs_folder(runs: Path) -> None:
    """Create the runs folder and check that it is writable."""
    try:
        runs.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=runs):
            pass
    except OSError as error:
        raise InputError(f"cannot write the runs folder {runs} ({error.strerror}): choose another --runs") from None


if __name__ == "__main__":
    sys.exit(main())
