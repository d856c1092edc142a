"""Fixtures shared by several test files: servers, a client, and a real browser."""

import asyncio
import gc
import os
import signal
from collections import ChainMap
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, settings

from nnet.threads import one_blas_thread

# so that a failed assertion in a helper shows its values
pytest.register_assert_rewrite("tests.helpers")
# as in every command, so that results equal those of child processes bit for bit
one_blas_thread()
# Where a proxy leads to the internet, it does not lead to the servers of the tests.
os.environ["no_proxy"] = (
    f"127.0.0.1,{os.environ.get('no_proxy') or os.environ.get('NO_PROXY', '')}"
)

# The fixtures import the server and its helpers when they are used, so that the other
# tests start faster.
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from gan.web.app import ServerConfig

ROOT = Path(__file__).resolve().parent.parent


class Chromium(NamedTuple):
    """A running browser, and the event loop of Playwright, which controls it."""

    browser: "Browser"
    loop: asyncio.AbstractEventLoop

    @contextmanager
    def in_use(self) -> Iterator["Browser"]:
        """Mark Playwright's loop as running in this thread, which Playwright expects.

        Playwright itself would do so until it stops, but tests without a browser run
        their own event loops.
        """
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self.loop)
        try:
            yield self.browser
        finally:
            asyncio._set_running_loop(before)


@pytest.fixture
def restore_signals() -> Iterator[None]:
    """Restore the signal handlers after a test that changes them."""
    from gan.cli.interrupts import ENDING_SIGNALS

    handlers = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a real server that trains a tiny network, shared by all tests in this
    process, and yield its address.
    """
    from tests.helpers.serving import serving_writer

    with serving_writer(tmp_path_factory.mktemp("runs")) as address:
        yield address


@pytest.fixture(scope="session")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server with a fake worker in a thread of this process, and yield its
    address.
    """
    from tests.helpers.serving import hosting

    with hosting(tmp_path_factory.mktemp("runs")) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Start Chromium for this test process, or skip its tests."""
    from benchmarks.run_programs import CHROMIUM_OPTIONS, find_chromium
    from tests.helpers.browsing import (
        PATIENCE,
        missing_browser,
        wait_until_mounted,
    )

    if reason := missing_browser():
        pytest.skip(reason)
    from playwright import sync_api

    # its default of 5 s is too short on a busy machine
    sync_api.expect.set_options(timeout=PATIENCE)
    with wait_until_mounted(), sync_api.sync_playwright() as driver:
        # without a path, Playwright starts the browser that `playwright install
        # chromium` downloaded
        browser = driver.chromium.launch(
            executable_path=find_chromium(), args=CHROMIUM_OPTIONS
        )
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield Chromium(browser, loop)
        asyncio._set_running_loop(loop)
        browser.close()


@pytest.fixture
def browser(chromium: Chromium) -> Iterator["Browser"]:
    with chromium.in_use() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(hosted: str) -> str:
    """Return the address of the server for tests that use `page`.

    Files with another server override this fixture.
    """
    return hosted


@pytest.fixture
def page(
    request: pytest.FixtureRequest, browser: "Browser", address: str
) -> Iterator["Page"]:
    """Open a page from that server in the browser.

    Marks `page` of the test and its file are options of `open_page`.
    """
    from tests.helpers.browsing import open_page

    # those of the test come first
    options = ChainMap(*(mark.kwargs for mark in request.node.iter_markers("page")))
    with open_page(browser, address, **options) as page:
        yield page


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "ServerConfig":
    """Return the config of a server with a fake worker and writer.

    The server uses no threads, so all effects of a request are complete when its
    response arrives. It checks its folder only when a test does, not every two seconds.
    """
    from gan.runs.run_writer import create
    from tests.helpers.deterministic import Inline
    from tests.helpers.fake_worker import FakeWorker, tiny
    from tests.helpers.serving import fake_config

    monkeypatch.setattr("gan.web.app.CHECKS", {})
    # tests may create a recorded run there
    runs = tmp_path / "runs"
    recorded = tmp_path / "recorded"
    # as if a user had created it
    create(runs / "all-digits", tiny(None, network="quick", few=True, iterations=None))
    return fake_config(
        runs, FakeWorker, preset=tiny, executor=Inline, recorded=recorded
    )


@pytest.fixture
async def client(
    aiohttp_client: Callable[..., Awaitable[Any]], config: "ServerConfig"
) -> AsyncIterator[Any]:
    """Yield a client for that server, which runs in this process."""
    from gan.web.app import init_app
    from tests.helpers.fake_worker import FakeWorker

    FakeWorker.made.clear()
    client = await aiohttp_client(init_app(config))
    yield client
    await client.close()
    assert not any(worker.alive for worker in FakeWorker.made), (
        "the server ends its worker"
    )


@pytest.fixture
def handmade_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the writer of the server draw digits without a network."""
    from gan.web.services import writer_pool
    from gan.write.compose import compose
    from tests.helpers.handmade import Handmade

    handwriting: Any = Handmade()
    monkeypatch.setattr(
        writer_pool,
        "compose",
        lambda request, mine: compose(request, mine, handwriting),
    )


# `make test` uses the same examples every time. `make fuzz` uses new ones, and many
# more. Examples have no deadline, because slowness on a busy machine is not a failure.
SLOW = [HealthCheck.too_slow]  # which a loaded machine is at times
settings.register_profile(
    "test",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    suppress_health_check=SLOW,
)
settings.register_profile(
    "fuzz",
    deadline=None,
    derandomize=False,
    max_examples=2000,
    suppress_health_check=SLOW,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Pause garbage collection while collecting tests, then freeze the tests, because
    they live until the end.
    """
    gc.disable()
    result = yield
    gc.freeze()
    gc.enable()
    return result


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to start if REQUIRE_BROWSER=1 and no browser can start."""
    from tests.helpers.browsing import missing_browser

    # xdist's processes have a `workerinput`; the first process checks for them.
    if os.environ.get("REQUIRE_BROWSER") == "1" and not hasattr(config, "workerinput"):
        if reason := missing_browser():
            raise pytest.UsageError(f"REQUIRE_BROWSER=1, but {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report all tests skipped for lack of a browser on one line, not on one each."""
    report = yield
    if report.skipped and "chromium" in item.fixturenames:
        assert isinstance(report.longrepr, tuple)
        report.longrepr = (__file__, None, report.longrepr[2])  # type: ignore[assignment]
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files with slow tests first, so that no process is still running one when
    the others are done.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session", autouse=True)
def _mnist_is_unpacked_once() -> Iterator[None]:
    """Keep what was unpacked for other tests of this process, because it takes long."""
    from gan.data import mnist

    original = mnist.unpack
    kept = cache(lambda folder, name, size: original(name, size))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            mnist, "unpack", lambda name, size=-1: kept(mnist.FOLDER, name, size)
        )
        yield


@pytest.fixture
def same_threads() -> Iterator[None]:
    """Restore the number of threads after a test that runs a program, because programs
    set it.
    """
    from nnet.fast.kernels import thread_pool

    before = thread_pool.get_threads()
    yield
    thread_pool.set_threads(before)


@pytest.fixture(scope="session", autouse=True)
def _signals_are_not_ignored() -> Iterator[None]:
    """Restore the default action of ignored signals.

    Background jobs ignore SIGINT, and `nohup` ignores SIGHUP.
    """
    usual: dict[int, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
    }
    usual |= {signal.SIGHUP: signal.SIG_DFL} if hasattr(signal, "SIGHUP") else {}
    ignored = [number for number in usual if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, usual[number])
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
