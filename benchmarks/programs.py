"""Run whole programs as a user does: start train.py or the server, or open a page in a browser.

The programs choose their own thread and memory settings. This module does not work on Windows, because it gets the peak
memory of a program and its children from wait4.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.request import urlopen

from benchmarks.timing import ROOT, BenchmarkError, clean_environment

if TYPE_CHECKING:
    from playwright.sync_api import Page

POLL_SECONDS = 0.002
TIMEOUT_SECONDS = 600.0
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HINT = 'pip install -e ".[test]", and a Chromium'
PAGE_TIMEOUT_MS = 120_000.0


@dataclass
class Ran:
    """The wall time of a program, the peak memory of its largest process, and the CPU time of all its processes."""

    seconds: float
    peak_mb: float
    cpu_seconds: float


@dataclass
class Server:
    """A running server: its address, its process and the file it logs to."""

    address: str
    pid: int
    log: Path


def start(arguments: list[str], errors: IO[str], environment: dict[str, str]) -> "subprocess.Popen[str]":
    """Start `python ARGUMENTS` in the project folder, with these environment variables added."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean_environment(**environment),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
    )


def failure(arguments: list[str], errors: IO[str]) -> BenchmarkError:
    """Return the error for a failed program, with the last line that it printed."""
    errors.seek(0)
    said = [line.strip() for line in errors if line.strip()]
    return BenchmarkError(f"python {' '.join(arguments)}: {said[-1] if said else 'failed without an error message'}")


def run_program(*arguments: str, **environment: str) -> Ran:
    """Run `python ARGUMENTS` until it ends. Raise BenchmarkError if its exit code is not 0."""
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        begin = time.perf_counter()
        process = start(list(arguments), errors, environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise failure(list(arguments), errors)
    unit = 1 if sys.platform == "darwin" else 1024
    return Ran(seconds, usage.ru_maxrss * unit / 1e6, usage.ru_utime + usage.ru_stime)


def compile_kernels() -> None:
    """Compile all kernels, so that no measurement includes compilation."""
    run_program("-m", "nnet.fast.warm")
    run_program("-m", "gan.write.warm")


def seconds_until(happened: Callable[[], bool], *arguments: str, **environment: str) -> float:
    """Run `python ARGUMENTS` until it ends; return the seconds from its start until `happened()` was true."""
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        begin = time.perf_counter()
        process = start(list(arguments), errors, environment)
        while not happened() and process.poll() is None and time.perf_counter() - begin < TIMEOUT_SECONDS:
            time.sleep(POLL_SECONDS)
        seconds = time.perf_counter() - begin
        if not happened() or process.wait():
            process.kill()
            process.wait()
            raise failure(list(arguments), errors)
    return seconds


@contextmanager
def server(runs: Path, *more: str, files: int | None = None) -> Iterator[Server]:
    """Run a server on a free port until the block ends. `files` limits how many files it may have open."""
    command = [sys.executable, "server.py", "--port", "0", "--runs", str(runs), *more]
    if files is not None:
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("wb") as said:
            process = subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdout=said, stderr=said)
        try:
            yield Server(address_of(process, log), process.pid, log)
        finally:
            process.terminate()
            process.wait()


def address_of(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Wait for the line "Open http://..." and return its address. The server may compile kernels first."""
    end = time.monotonic() + TIMEOUT_SECONDS
    while True:
        lines = log.read_text("utf-8").splitlines()
        if found := [line.split()[1].rstrip("/") for line in lines if line.startswith("Open ")]:
            return found[0]
        if process.poll() is not None or time.monotonic() > end:
            raise BenchmarkError(f"expected a server, received: {lines[-1] if lines else 'no output'}")
        time.sleep(0.05)


def wait_until_idle(address: str) -> None:
    """Wait until the server's training process is idle."""
    end = time.monotonic() + TIMEOUT_SECONDS
    while True:
        with urlopen(f"{address}/healthz") as answer:
            state = json.load(answer)["training"]
        if state == "idle":
            return
        if time.monotonic() > end:
            raise BenchmarkError(f"expected training to become idle, it is {state}")
        time.sleep(0.1)


@contextmanager
def browser_page(address: str, script: str) -> Iterator["Page"]:
    """Open a page in Chromium and run a script before the page's own scripts.

    Raise BenchmarkError if Chromium is missing.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise BenchmarkError(f"expected a browser, found no playwright; {HINT}") from None
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    with sync_playwright() as driver:
        path = found or driver.chromium.executable_path  # installed by `playwright install chromium`
        if not Path(path).exists():
            raise BenchmarkError(f"expected a Chromium, found none of {', '.join(CHROMIUM_NAMES)}; {HINT}")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PAGE_TIMEOUT_MS)
        page.add_init_script(script)
        page.goto(address)
        yield page
        browser.close()
