"""Draw numbers in the server's writer processes, each of which draws one at a time.

Numbers are drawn in the order of the requests. Of the free processes, the one that drew
last draws next, because processes cache handwritings: finding one takes as long as ten
drawings. Every process returns the same bytes for the same job.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, LifoQueue
from typing import Any

from gan.base.errors import InputError
from gan.web.services.executor import MAX_SECONDS, BoundedExecutor, Busy
from gan.web.services.job_process import JobProcess, ProcessGone
from gan.write.compose import compose
from gan.write.formats import encoded
from gan.write.glyphs.own_handwriting import Mine
from gan.write.options_and_limits import Request
from gan.write.warm import write_all

log = logging.getLogger(__name__)

# The maximum time for one drawing. A full page in a new handwriting takes 5 s.
LONGEST_SECONDS = 60.0
# The most numbers that wait or are drawn: four for each browser of a school class.
MAX_QUEUED = 128


@dataclass(frozen=True)
class Job:
    """A checked request to draw."""

    request: Request
    form: str = "png"  # one of `gan.write.formats.FORMATS`
    # options of the format
    options: Mapping[str, Any] = field(default_factory=dict)
    mine: Mine | None = None  # the user's own handwriting


Writer = JobProcess[Job, bytes]


def new_writer() -> Writer:
    return JobProcess("writer", draw, compile_kernels)


def draw(job: Job) -> bytes:
    """Write the page that a job describes, and return the file's content.

    Raise InputError if the job's network cannot write, or if the format cannot show the
    page.
    """
    return encoded(compose(job.request, job.mine), job.form, job.options)


def compile_kernels() -> None:
    with suppress(InputError):  # requests will report that no generator is bundled
        write_all()


class Writers(BoundedExecutor):
    """A pool of `count` writer processes.

    `executor` must have `count` threads, each of which waits for one process at a time.
    """

    _tell_ready: Callable[[], None]

    def __init__(
        self, make: Callable[[], Writer], count: int, executor: Executor
    ) -> None:
        super().__init__(executor, MAX_QUEUED, MAX_SECONDS)
        self._make = make
        self._count = count
        self._writers = set[Writer]()
        self._free = LifoQueue[Writer]()
        self._is_closing = False

    def open(self, tell_ready: Callable[[], None]) -> None:
        """Start all processes in the background.

        They start one after another, because the first may have to compile kernels.
        `tell_ready` is called from another thread whenever a process is ready.
        """
        self._tell_ready = tell_ready
        self._executor.submit(self._start_all)

    async def draw(
        self, job: Job, is_wanted: Callable[[], bool] = lambda: True
    ) -> bytes:
        """Wait for a drawing and return it.

        Return b"" if `is_wanted` returns False when a thread is free. Raise Busy if the
        drawing does not start within `most_seconds`, or if its process ends. Raise
        InputError if `draw` in the process does.
        """
        return await self.run(self._draw, job, is_wanted)

    def close(self) -> None:
        self._is_closing = True
        for writer in list(self._writers):
            writer.kill()
        super().close()

    # Called in the threads

    def _draw(self, job: Job, is_wanted: Callable[[], bool]) -> bytes:
        # While a user types, each key sends a request and cancels the previous one.
        if not is_wanted():
            return b""
        try:
            writer = self._free.get(timeout=self.most_seconds)
        except Empty:  # other processes have not started yet
            raise Busy from None
        try:
            return writer.do(LONGEST_SECONDS, job)
        except ProcessGone as gone:
            self._warn("a writer is restarted: %s", gone)
            self._writers.discard(writer)
            writer = self._start()
            raise Busy from gone
        finally:
            self._free.put(writer)

    def _start_all(self) -> None:
        for _ in range(self._count):
            self._free.put(self._start())

    def _start(self) -> Writer:
        """Start a writer and return it. If that fails, its first job starts another."""
        writer = self._make()
        self._writers.add(writer)
        if self._is_closing:  # `close` may have missed this writer
            writer.kill()
        try:
            writer.open()
        except ProcessGone as gone:
            self._warn("a writer could not be started: %s", gone)
        self._tell_ready()
        return writer

    def _warn(self, message: str, gone: ProcessGone) -> None:
        """Log the end of a process, unless `close` has ended it."""
        if not self._is_closing:
            log.warning(message, gone)
