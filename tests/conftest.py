"""Fixtures of more than one file: a real server in a process of its own, and a real browser to look at it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fake_worker import tiny

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
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


def start_server(runs: Path, port: int = 0) -> tuple[subprocess.Popen[str], str]:
    """Start the real server, its first run a tiny network. Gives the process and its address; port 0 is a free one."""
    from gan.run import Run

    if not (runs / "all-digits").exists():
        Run.create(runs / "all-digits", tiny(None, iterations=None))
    command = [sys.executable, str(ROOT / "server.py"), "--port", str(port), "--runs", str(runs), "--threads", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=runs)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Open http://"), line + (process.stdout.read() if process.poll() is not None else "")
    return process, line.split()[1].rstrip("/")


def end_server(process: subprocess.Popen[str]) -> str:
    """End a server as a service manager does, and give what it printed after its first line."""
    process.terminate()
    output, _ = process.communicate(timeout=30)
    return output


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server that trains a tiny network."""
    process, address = start_server(tmp_path_factory.mktemp("runs"))
    try:
        yield address
    finally:
        output = end_server(process)
    assert (process.returncode, output) == (0, "")


# Not for the whole session: while Playwright runs, its event loop does, and tests that bring their own could not.
@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A Chromium; without one the tests that ask for it are skipped, or fail where REQUIRE_BROWSER=1 says so."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    with playwright.sync_playwright() as driver:
        own = driver.chromium.executable_path  # what `playwright install chromium` puts there
        path = found or (own if Path(own).exists() else None)
        if path is None:
            without = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
            without(f"no Chromium found (looked for {', '.join(CHROMIUM_NAMES)}): install one to run the browser tests")
        chromium = driver.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something another thread or process is about to do."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
