"""Fixtures that several files use: servers, a client, and a real browser."""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, Phase, settings

# Fixtures import the server and its helpers themselves, so that the other tests start faster.
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

    from server import ServerConfig

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Containers have no sandbox. The other options keep the browser from using the network and a graphics card.
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class Chromium(NamedTuple):
    """A running browser and the event loop of the Playwright that drives it."""

    browser: "Browser"
    loop: asyncio.AbstractEventLoop


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a real server that trains a tiny network, for all tests of this process, and return its address."""
    from serving import running

    with running(tmp_path_factory.mktemp("runs")) as address:
        yield address


@pytest.fixture(scope="session")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server with a fake worker in a thread of this process, and return its address."""
    from serving import hosting

    with hosting(tmp_path_factory.mktemp("runs")) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The Chromium of this test process. Without one, skip the test, or fail it if REQUIRE_BROWSER=1."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")
    installed = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    from browsing import PATIENCE, wait_until_mounted

    playwright.expect.set_options(timeout=PATIENCE)  # its default of 5 s is too short on a busy machine
    with wait_until_mounted(), playwright.sync_playwright() as driver:
        own = driver.chromium.executable_path  # what `playwright install chromium` puts there
        path = installed or (own if Path(own).exists() else None)
        if path is None:
            give_up = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
            give_up(f"no Chromium found (looked for {', '.join(CHROMIUM_NAMES)}): install one to run the browser tests")
        browser = driver.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield Chromium(browser, loop)
        asyncio._set_running_loop(loop)
        browser.close()


@pytest.fixture(scope="module")
def browser(chromium: Chromium) -> Iterator["Browser"]:
    """Return the Chromium, for the tests of one module.

    Playwright's event loop counts as running in this thread until Playwright stops. Tests of other modules have their
    own event loops, so here it counts as running only for the tests of one module.
    """
    asyncio._set_running_loop(chromium.loop)
    yield chromium.browser
    asyncio._set_running_loop(None)


@pytest.fixture(scope="module")
def address(hosted: str) -> str:
    """Return the server of the tests that use `page`; files with another server define their own."""
    return hosted


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    """Return a page of that server in the browser."""
    from browsing import open_page

    with open_page(browser, address) as page:
        yield page


@pytest.fixture(scope="module")
def call(browser: "Browser") -> Iterator[Callable[..., Any]]:
    """Return call(module, function, *arguments), which calls a function of static/js. No server is needed."""
    from browsing import PATIENCE

    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.route("http://localhost/**", answer_with_script)
    page.goto("http://localhost/")

    def call(module: str, function: str, *arguments: Any) -> Any:
        script = (
            "async ([module, name, args]) => JSON.stringify((await import(`/static/js/${module}.js`))[name](...args))"
            ".replace(/^undefined$/, 'null')"
        )
        return json.loads(page.evaluate(script, [module, function, list(arguments)]))

    yield call
    page.close()


def answer_with_script(route: "Route") -> None:
    """Answer a request with the script of that path, or with an empty page."""
    path = urlsplit(route.request.url).path
    if path == "/":
        route.fulfill(content_type="text/html", body="<!doctype html><title>Scripts</title>")
    else:
        route.fulfill(content_type="text/javascript", path=ROOT / path.removeprefix("/"))


@pytest.fixture
def config(tmp_path: Path) -> "ServerConfig":
    """Return a server with fake worker and writer and without threads: a response comes after all effects."""
    from deterministic import Inline
    from fake_worker import FakeWorker, tiny
    from fake_writer import FakeWriter

    import server
    from gan.runs.run_writer import create

    fake: Callable[..., Any] = FakeWorker
    runs, recorded = tmp_path / "runs", tmp_path / "recorded"  # a test may record a run there
    create(runs / "all-digits", tiny(None, network="quick", few=True, iterations=None))  # as if a user had created it
    return server.ServerConfig(
        runs=runs, threads=1, preset=tiny, worker=fake, writers=1, writer=FakeWriter, executor=Inline, recorded=recorded
    )


@pytest.fixture
async def client(aiohttp_client: Callable[..., Awaitable[Any]], config: "ServerConfig") -> AsyncIterator[Any]:
    """Return a client of that server in this process."""
    from fake_worker import FakeWorker

    import server

    FakeWorker.made.clear()
    client = await aiohttp_client(server.init_app(config))
    yield client
    await client.close()
    assert not any(worker.alive for worker in FakeWorker.made), "the server ends its worker"


# `make test` uses the same examples every time; `make fuzz` uses new ones, and many more. No example has a deadline,
# because a busy machine is not a failure.
settings.register_profile("test", deadline=None, derandomize=True, database=None, max_examples=40)
# For benchmarks/mutants.py, which does not show examples, so they are not shrunk.
settings.register_profile("mutants", settings.get_profile("test"), phases=[Phase.explicit, Phase.generate])
settings.register_profile(
    "fuzz", deadline=None, derandomize=False, max_examples=2000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the files with slow tests to the front, so that no process runs one at the end while the others are idle."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def _signals_are_not_ignored() -> Iterator[None]:
    """Restore the default action of ignored signals. Background jobs ignore SIGINT, `nohup` SIGHUP."""
    usual: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    usual |= {signal.SIGHUP: signal.SIG_DFL} if hasattr(signal, "SIGHUP") else {}
    ignored = [number for number in usual if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, usual[number])
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
