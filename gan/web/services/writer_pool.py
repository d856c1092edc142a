"""The writers of a server: which process draws what, and who waits for how long.

Whoever asks first is served first, with one exception. A handwriting is found once, in the time of ten drawings, and
then remembered by the process that found it; so an order goes to a process that knows its handwriting, and waits for
that one a little before another has to find it anew. Nobody waits for longer than `MOST_SECONDS`: who would, is told at
once when to come again, and who does after all, then.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol

from gan.web.services.executor import MOST_SECONDS, Busy, thread
from gan.web.services.writer_process import HandwritingKey, Order, WriterGone
from gan.write.glyphs.glyph_cache import HANDWRITINGS

log = logging.getLogger(__name__)

LOYAL_SECONDS = 0.2  # that an order waits for who knows its handwriting: about what finding it anew takes
MOST_WAITING = 256  # orders, while no writer is there yet by whom to tell how long they will wait
AGAIN_SECONDS = 1.0  # between two attempts to start a process that does not start
FIRST_PACE = {True: 0.002, False: 0.015}  # seconds a character, the handwriting known or not, until some are drawn
REMEMBERED = 8  # drawings by which the time of the next is judged


class Process(Protocol):
    """What a writer is: see `gan.web.services.writer_process.Writer`."""

    def start(self) -> None:
        """Start it anew."""

    def draw(self, order: Order) -> bytes:
        """Have it draw."""

    def stop(self) -> None:
        """End it for good."""


@dataclass(eq=False)
class _Seat:
    """A writer, the thread that waits for it, and the handwritings that it should know, the latest last."""

    writer: Process
    thread: Executor
    knows: OrderedDict[HandwritingKey, None] = field(default_factory=OrderedDict)
    is_free: bool = False

    def learn(self, handwriting: HandwritingKey) -> bool:
        """Note that it draws this handwriting now; whether it knew it."""
        knew = handwriting in self.knows
        self.knows[handwriting] = None
        self.knows.move_to_end(handwriting)
        if len(self.knows) > HANDWRITINGS:
            self.knows.popitem(last=False)
        return knew


@dataclass(eq=False)
class _Waiting:
    """An order, who waits for it, and since when."""

    order: Order
    is_wanted: Callable[[], bool]
    since: float
    drawn: asyncio.Future[bytes]
    is_second: bool = False  # the first process that it was given to ended

    @property
    def length(self) -> int:
        """By which its time is judged: its characters, and the picture itself."""
        return len(self.order.number) + 2


class Writers:
    """So many processes that draw. All methods are for the event loop.

    Parameters
    ----------
    make : function that gives a writer
        Not started yet.
    count : int
        At least 1.
    executor : function of a name that gives an executor of one thread
        Each writer has one of its own.
    """

    def __init__(self, make: Callable[[], Process], count: int, executor: Callable[[str], Executor] = thread) -> None:
        self._seats = [_Seat(make(), executor("writer")) for _ in range(count)]
        self._waiting: list[_Waiting] = []  # who asked first comes first
        self._tasks: set[asyncio.Task[None]] = set()
        self._pace = dict(FIRST_PACE)

    def open(self) -> None:
        """Start all processes; returns at once. The others follow the first, which may have kernels to compile."""
        self._go(self._open())

    async def draw(self, order: Order, is_wanted: Callable[[], bool] = lambda: True) -> bytes:
        """Wait for a drawing; empty where it is not wanted any more when its turn comes.

        Raises
        ------
        Busy
            Where it would not be begun within `MOST_SECONDS`, or was not; or the process that drew it ended, twice.
        InputError, Mistake
            As `gan.web.services.writer_process.Writer.draw`.
        """
        expected = self._expected()
        if expected > MOST_SECONDS or len(self._waiting) >= MOST_WAITING:
            raise Busy(expected)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(order, is_wanted, loop.time(), loop.create_future())
        self._waiting.append(waiting)
        self._deal()
        alarms = [loop.call_later(LOYAL_SECONDS, self._deal), loop.call_later(MOST_SECONDS, self._put_off, waiting)]
        try:
            return await waiting.drawn
        finally:
            for alarm in alarms:
                alarm.cancel()

    async def close(self) -> None:
        """End all processes; who still waits is put off."""
        for task in self._tasks:
            task.cancel()
        for waiting in list(self._waiting):
            self._put_off(waiting)
        for seat in self._seats:
            seat.writer.stop()
            seat.thread.shutdown(wait=True, cancel_futures=True)

    # Who draws what

    def _deal(self) -> None:
        """Give orders to writers that are free, as far as there are any."""
        now = asyncio.get_running_loop().time()
        for waiting in list(self._waiting):
            if not any(seat.is_free for seat in self._seats):
                return
            if waiting.drawn.done() or not waiting.is_wanted():
                # Who types asks anew with every key and drops the request before.
                self._waiting.remove(waiting)
                if not waiting.drawn.done():
                    waiting.drawn.set_result(b"")
            elif seat := self._seat_for(waiting, now):
                self._waiting.remove(waiting)
                seat.is_free = False
                self._go(self._draw(seat, waiting, seat.learn(waiting.order.handwriting)))

    def _seat_for(self, waiting: _Waiting, now: float) -> _Seat | None:
        """The free writer that an order goes to now, if it goes to any."""
        free = [seat for seat in self._seats if seat.is_free]
        knowing = [seat for seat in self._seats if waiting.order.handwriting in seat.knows]
        own = next((seat for seat in knowing if seat.is_free), None)
        if own or (knowing and now - waiting.since < LOYAL_SECONDS):
            return own
        return min(free, key=lambda seat: len(seat.knows), default=None)

    def _expected(self) -> float:
        """Seconds after which a further order would be begun, by the latest drawings."""
        known = {handwriting for seat in self._seats for handwriting in seat.knows}
        ahead = [waiting for waiting in self._waiting if not waiting.drawn.done() and waiting.is_wanted()]
        return sum(self._pace[one.order.handwriting in known] * one.length for one in ahead) / len(self._seats)

    def _put_off(self, waiting: _Waiting) -> None:
        """Say no to an order, if it still waits."""
        if waiting in self._waiting:
            self._waiting.remove(waiting)
            if not waiting.drawn.done():
                waiting.drawn.set_exception(Busy(self._expected()))

    # What the processes do

    def _go(self, work: Coroutine[None, None, None]) -> None:
        """Do something meanwhile; `close` ends it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self) -> None:
        first, *others = self._seats
        await self._start(first)
        for seat in others:
            self._go(self._start(seat))

    async def _start(self, seat: _Seat) -> None:
        """Start a writer, however often that takes, and let it draw."""
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(seat.thread, seat.writer.start)
                break
            except WriterGone as gone:
                log.warning("a writer does not start: %s", gone)
                await asyncio.sleep(AGAIN_SECONDS)
        seat.is_free = True
        self._deal()

    async def _draw(self, seat: _Seat, waiting: _Waiting, knew: bool) -> None:
        """Have a writer draw, in a handwriting that it knew or not; start it anew where it ended over that."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            drawn = await loop.run_in_executor(seat.thread, seat.writer.draw, waiting.order)
        except WriterGone as gone:
            log.warning("a writer is started anew: %s", gone)
            seat.knows.clear()
            self._lost(waiting)
            await self._start(seat)
            return
        except Exception as error:
            if not knew:
                seat.knows.pop(waiting.order.handwriting, None)
            if not waiting.drawn.done():
                waiting.drawn.set_exception(error)
        else:
            pace = (loop.time() - begun) / waiting.length
            self._pace[knew] += (pace - self._pace[knew]) / REMEMBERED
            if not waiting.drawn.done():
                waiting.drawn.set_result(drawn)
        seat.is_free = True
        self._deal()

    def _lost(self, waiting: _Waiting) -> None:
        """Put an order whose writer has ended at the head of the line, once: it may be what ended it."""
        if waiting.drawn.done():
            return
        if waiting.is_second:
            waiting.drawn.set_exception(Busy(MOST_SECONDS))
            return
        waiting.is_second = True
        self._waiting.insert(0, waiting)
        asyncio.get_running_loop().call_later(MOST_SECONDS, self._put_off, waiting)
        self._deal()
