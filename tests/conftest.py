"""Fixtures of more than one file: the server in this process or in one of its own, and a real browser to look at it."""

import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings

# The server and its helpers are imported by the fixtures that need them: the other tests start without them.
if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from server import ServerConfig

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# No sandbox: containers have none. The rest keeps the browser from the network and from a graphics card.
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server that trains a tiny network."""
    from serving import running

    with running(tmp_path_factory.mktemp("runs")) as address:
        yield address


# Not for the whole session: while Playwright runs, its event loop does, and tests that bring their own could not.
@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A Chromium; without one the tests that ask for it are skipped, or fail where REQUIRE_BROWSER=1 says so."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    from browsing import PATIENCE, opened_whole

    playwright.expect.set_options(timeout=PATIENCE)  # its own 5 seconds are too few on a busy machine
    with opened_whole(), playwright.sync_playwright() as driver:
        own = driver.chromium.executable_path  # what `playwright install chromium` puts there
        path = found or (own if Path(own).exists() else None)
        if path is None:
            without = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
            without(f"no Chromium found (looked for {', '.join(CHROMIUM_NAMES)}): install one to run the browser tests")
        chromium = driver.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def call(browser: "Browser", served: str) -> Iterator[Callable[..., Any]]:
    """call(module, function, *arguments) runs a function of a script of the pages."""
    from browsing import PATIENCE

    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{served}/healthz")

    def call(module: str, function: str, *arguments: Any) -> Any:
        script = (
            "async ([module, name, args]) => JSON.stringify((await import(`/static/js/${module}.js`))[name](...args))"
            ".replace(/^undefined$/, 'null')"
        )
        return json.loads(page.evaluate(script, [module, function, list(arguments)]))

    yield call
    page.close()


@pytest.fixture
def config(tmp_path: Path) -> "ServerConfig":
    """A server with a fake worker and a fake writer."""
    from fake_worker import FakeWorker, tiny
    from fake_writer import FakeWriter

    import server
    from gan.runs.run_writer import create

    fake: Callable[..., Any] = FakeWorker
    runs, recorded = tmp_path / "runs", tmp_path / "recorded"  # a test that wants a recorded run puts one there
    create(runs / "all-digits", tiny(None, network="quick", few=True, iterations=None))  # as a person has made it
    return server.ServerConfig(
        runs=runs, threads=1, preset=tiny, worker=fake, writers=1, writer=FakeWriter, recorded=recorded
    )


@pytest.fixture
async def client(aiohttp_client: Callable[..., Awaitable[Any]], config: "ServerConfig") -> AsyncIterator[Any]:
    """A client of that server in this process."""
    from fake_worker import FakeWorker

    import server

    FakeWorker.made.clear()
    client = await aiohttp_client(server.init_app(config))
    yield client
    await client.close()
    assert not any(worker.alive for worker in FakeWorker.made), "the server ends its worker"


# A busy machine is no failure: no test asserts a time, so no generated example has a deadline.
settings.register_profile("no deadline", deadline=None)
# For benchmarks/mutants.py: the same examples every time, and none made smaller, since nobody reads them.
settings.register_profile(
    "mutants", deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)
# For .ci/run: whether a change may come in hangs on no drawn example. Elsewhere they are new each time.
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.register_profile("fuzz", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "no deadline"))
