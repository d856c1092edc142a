"""Run whole programs as a user does: train.py, the server, or a browser.

The programs choose their own thread and memory settings.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from gan.base.errors import InputError

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
# Prefixes of environment variables that set threads and memory. PyTorch must inherit
# neither ours nor the user's.
SETTINGS = ("OPENBLAS_", "MKL_", "BLIS_", "VECLIB_", "OMP_", "GOMP_", "KMP_", "MALLOC_")
TIMEOUT_SECONDS = 600.0
# chromium-headless-shell has no window, which saves about a fifth of the CPU time of
# chromium.
CHROMIUM_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
# Playwright itself disables the sandbox, which does not work in containers
CHROMIUM_OPTIONS = ("--disable-gpu",)
HINT = 'pip install -e ".[test]", and a Chromium'
PAGE_TIMEOUT_MS = 120_000.0
# Matches the line with the address that server.py or http.server prints.
ADDRESS = re.compile(r"^(?:Open|Serving HTTP) .*?(http://[^\s/]+)", re.MULTILINE)


def clean_environment(**additions: str) -> dict[str, str]:
    """Return the environment with additions, and without thread and memory settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(SETTINGS)
    }
    return kept | additions


class Program:
    """A running `python ARGUMENTS`, started in the project folder.

    Its output goes to a temporary file by default.
    """

    def __init__(
        self, *arguments: str, environment: dict[str, str], **options: Any
    ) -> None:
        self.name = f"python {' '.join(arguments)}"
        self.log = tempfile.NamedTemporaryFile()  # deleted with this object
        pipes: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": self.log,
            "stderr": self.log,
        }
        command = [sys.executable, *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, **pipes | options
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.communicate()  # closes its input and waits for its end
        self.log.close()

    def output(self) -> str:
        return Path(self.log.name).read_text("utf-8", "replace").strip()

    def failure(self) -> InputError:
        """Return the error for a failed program, with the last line that it printed."""
        message = self.output() or "failed without an error message"
        return InputError(f"{self.name}: {message.splitlines()[-1]}")


class Ran(NamedTuple):
    """The wall time of a program, and the CPU time of all its processes."""

    seconds: float
    cpu_seconds: float


def run_program(*arguments: str, **environment: str) -> Ran:
    """Run `python ARGUMENTS` until it ends.

    Raise InputError if its exit code is not 0.
    """
    begin = time.perf_counter()
    before = sum(os.times()[2:4])  # CPU seconds of child processes
    with Program(
        *arguments,
        environment=clean_environment(**environment),
        stdout=subprocess.DEVNULL,
    ) as program:
        if program.process.wait():
            raise program.failure()
    return Ran(time.perf_counter() - begin, sum(os.times()[2:4]) - before)


def compile_kernels() -> None:
    """Compile all kernels, so that no measurement includes compilation."""
    run_program("-m", "nnet.fast.warm")
    run_program("-m", "gan.write.warm")


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, Program]]:
    """Run a program that serves pages; yield its address and the program."""
    with Program(*arguments, environment=clean_environment()) as program:
        try:
            yield address_of(program), program
        finally:
            program.process.terminate()


def address_of(program: Program) -> str:
    """Wait for the line with the address, and return it.

    The server may compile kernels first.
    """
    end = time.monotonic() + TIMEOUT_SECONDS
    while True:
        if found := ADDRESS.search(program.output()):
            return found[1]
        if program.process.poll() is not None or time.monotonic() > end:
            raise program.failure()
        time.sleep(0.05)


@contextmanager
def server(*more: str) -> Iterator[tuple[str, Program]]:
    """Run a server on an empty folder."""
    with tempfile.TemporaryDirectory() as runs:
        with serving("server.py", "--port", "0", "--runs", runs, *more) as served:
            yield served


@contextmanager
def static_site() -> Iterator[tuple[str, Program]]:
    """Write the static site, and serve its files on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        run_program("-m", "gan.web.site", "-o", folder)
        with serving(
            "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "-d", folder
        ) as served:
            yield served


def find_chromium() -> str | None:
    """Return the path of an installed Chromium, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@contextmanager
def browser_page(address: str, script: str) -> Iterator["Page"]:
    """Open a page in Chromium and run a script before the page's own scripts.

    Raise InputError if Chromium is missing.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise InputError(f"expected a browser, found no playwright; {HINT}") from None
    found = find_chromium()
    with sync_playwright() as driver:
        # installed by `playwright install chromium`
        path = found or driver.chromium.executable_path
        if not Path(path).exists():
            raise InputError(
                f"expected a Chromium, found none of {', '.join(CHROMIUM_NAMES)}; "
                f"{HINT}"
            )
        browser = driver.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PAGE_TIMEOUT_MS)
        page.add_init_script(script)
        page.goto(address)
        yield page
        browser.close()
