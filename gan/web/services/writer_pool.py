"""Distribute jobs among the server's writer processes, and limit how long requests wait.

A *job* is a number to draw. Jobs are served in order of arrival, with one exception. Finding a handwriting takes
as long as ten drawings, and a process caches what it has found. So a job may briefly wait for a process that has
cached its handwriting. If a job would wait longer than `most_seconds`, the response says when to retry.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol

from gan.runs.messages import PreparingEvent
from gan.web.services.executor import MAX_SECONDS, Busy, thread
from gan.web.services.writer_process import HandwritingKey, Job, WriterGone
from gan.write.glyphs.select_drawings import HANDWRITINGS
from gan.write.warm import KERNELS

log = logging.getLogger(__name__)

AFFINITY_SECONDS = 0.2  # maximum wait for a writer that has cached the handwriting; finding one takes as long
RETRY_SECONDS = 1.0  # pause between attempts to start a process
INITIAL_PACE = {True: 0.002, False: 0.015}  # initial estimate, seconds per character; key: is the handwriting cached?
REMEMBERED = 8  # number of drawings over which the estimate averages


class Process(Protocol):
    """The interface of a writer (gan/web/services/writer_process.py)."""

    def start(self, tell: Callable[[int], None]) -> None:
        """Start or restart the process. Before it compiles a kernel, call `tell` with the number of earlier ones."""

    def draw(self, job: Job) -> bytes:
        """Draw a job and return the file."""

    def stop(self) -> None:
        """End the process for good."""


@dataclass(eq=False)
class _Seat:
    """A writer, the thread that waits for its results, and the handwriting styles that it has cached, newest last."""

    writer: Process
    thread: Executor
    knows: OrderedDict[HandwritingKey, None] = field(default_factory=OrderedDict)
    is_free: bool = False

    def learn(self, handwriting: HandwritingKey) -> bool:
        """Record that the writer now draws this handwriting. Return whether the handwriting was already cached."""
        knew = handwriting in self.knows
        self.knows[handwriting] = None
        self.knows.move_to_end(handwriting)
        if len(self.knows) > HANDWRITINGS:
            self.knows.popitem(last=False)
        return knew


@dataclass(eq=False)
class _Waiting:
    """A waiting job."""

    job: Job
    is_wanted: Callable[[], bool]
    since: float
    drawn: asyncio.Future[bytes]
    is_second: bool = False  # whether this is the second attempt, after the first writer ended

    @property
    def length(self) -> int:
        """The expected work in characters, including two for the picture itself."""
        return len(self.job.request.text) + 2


class Writers:
    """A pool of at least one writer process. All methods run on the event loop.

    `make` returns a writer that is not started yet. Each writer has its own thread from `executor`.
    """

    most_seconds = MAX_SECONDS  # maximum wait of a job

    def __init__(self, make: Callable[[], Process], count: int, executor: Callable[[str], Executor] = thread) -> None:
        self._seats = [_Seat(make(), executor("writer")) for _ in range(count)]
        self._waiting: list[_Waiting] = []  # in order of arrival
        self._tasks: set[asyncio.Task[None]] = set()
        self._pace = dict(INITIAL_PACE)
        self._listeners: list[Callable[[PreparingEvent], None]] = []

    def listen(self, listener: Callable[[PreparingEvent], None]) -> None:
        """Call `listener` before each kernel that a writer compiles, and when it is ready. Any thread may call it."""
        self._listeners.append(listener)

    def open(self) -> None:
        """Start all processes in the background. The first starts alone because it may have to compile kernels."""
        self._go(self._open())

    async def draw(self, job: Job, is_wanted: Callable[[], bool] = lambda: True) -> bytes:
        """Wait for a drawing and return it. If it is no longer wanted when its turn comes, return empty bytes.

        Raise Busy if the drawing would not start or did not start within `most_seconds`, or if its process ended twice.
        Raise InputError and Mistake as `gan.web.services.writer_process.Writer.draw` does.
        """
        expected = self._expected()
        if expected > self.most_seconds:
            raise Busy(expected)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(job, is_wanted, loop.time(), loop.create_future())
        self._waiting.append(waiting)
        self._deal()
        late = loop.call_later(self.most_seconds, self._put_off, waiting)
        alarms = [loop.call_later(AFFINITY_SECONDS, self._deal), late]
        try:
            return await waiting.drawn
        finally:
            for alarm in alarms:
                alarm.cancel()

    async def close(self) -> None:
        """Stop all writer processes. Pending requests fail with Busy."""
        for task in self._tasks:
            task.cancel()
        for waiting in list(self._waiting):
            self._put_off(waiting)
        for seat in self._seats:
            seat.writer.stop()
            seat.thread.shutdown(wait=True, cancel_futures=True)

    # Assigning jobs to writers

    def _deal(self) -> None:
        """Assign waiting jobs to free writers."""
        now = asyncio.get_running_loop().time()
        for waiting in list(self._waiting):
            if not any(seat.is_free for seat in self._seats):
                return
            if waiting.drawn.done() or not waiting.is_wanted():
                # While a user types, each key sends a new request and cancels the previous one.
                self._waiting.remove(waiting)
                if not waiting.drawn.done():
                    waiting.drawn.set_result(b"")
            elif seat := self._seat_for(waiting, now):
                self._waiting.remove(waiting)
                seat.is_free = False
                self._go(self._draw(seat, waiting, seat.learn(waiting.job.handwriting)))

    def _seat_for(self, waiting: _Waiting, now: float) -> _Seat | None:
        """Return the free writer for a job, or None if the job has to wait."""
        free = [seat for seat in self._seats if seat.is_free]
        knowing = [seat for seat in self._seats if waiting.job.handwriting in seat.knows]
        own = next((seat for seat in knowing if seat.is_free), None)
        if own or (knowing and now - waiting.since < AFFINITY_SECONDS):
            return own
        return min(free, key=lambda seat: len(seat.knows), default=None)

    def _expected(self) -> float:
        """Return the expected number of seconds until a new job would start."""
        known = {handwriting for seat in self._seats for handwriting in seat.knows}
        ahead = [waiting for waiting in self._waiting if not waiting.drawn.done() and waiting.is_wanted()]
        return sum(self._pace[one.job.handwriting in known] * one.length for one in ahead) / len(self._seats)

    def _put_off(self, waiting: _Waiting) -> None:
        """Reject a job with Busy if it is still waiting."""
        if waiting in self._waiting:
            self._waiting.remove(waiting)
            if not waiting.drawn.done():
                waiting.drawn.set_exception(Busy(self._expected()))

    # Background tasks for the processes

    def _go(self, work: Coroutine[None, None, None]) -> None:
        """Start a background task, which `close` cancels."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self) -> None:
        first, *others = self._seats
        await self._start(first)
        for seat in others:
            self._go(self._start(seat))

    async def _start(self, seat: _Seat) -> None:
        """Start a writer, retrying until it runs, and then assign jobs to it."""
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(seat.thread, seat.writer.start, self._tell)
                break
            except WriterGone as gone:
                log.warning("a writer could not be started: %s", gone)
                await asyncio.sleep(RETRY_SECONDS)
        seat.is_free = True
        self._tell(KERNELS)
        self._deal()

    def _tell(self, done: int) -> None:
        """Notify listeners how many kernels a writer has compiled. If all, it is ready."""
        for listener in self._listeners:
            listener({"type": "preparing", "part": "writer", "done": done, "of": KERNELS})

    async def _draw(self, seat: _Seat, waiting: _Waiting, knew: bool) -> None:
        """Draw a job with a writer, and restart the writer if it has ended."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            drawn = await loop.run_in_executor(seat.thread, seat.writer.draw, waiting.job)
        except WriterGone as gone:
            log.warning("a writer is restarted: %s", gone)
            seat.knows.clear()
            self._lost(waiting)
            await self._start(seat)
            return
        except Exception as error:
            if not knew:
                seat.knows.pop(waiting.job.handwriting, None)
            if not waiting.drawn.done():
                waiting.drawn.set_exception(error)
        else:
            pace = (loop.time() - started) / waiting.length
            self._pace[knew] += (pace - self._pace[knew]) / REMEMBERED
            if not waiting.drawn.done():
                waiting.drawn.set_result(drawn)
        seat.is_free = True
        self._deal()

    def _lost(self, waiting: _Waiting) -> None:
        """Put a job whose writer ended at the front of the queue, but only once, as the job may be the cause."""
        if waiting.drawn.done():
            return
        if waiting.is_second:
            waiting.drawn.set_exception(Busy(self.most_seconds))
            return
        waiting.is_second = True
        self._waiting.insert(0, waiting)
        asyncio.get_running_loop().call_later(self.most_seconds, self._put_off, waiting)
        self._deal()
