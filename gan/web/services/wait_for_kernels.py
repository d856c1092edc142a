"""Follow the compilation of kernels at a first start, and let requests wait for it.

The writer and the training process compile their kernels once, which takes up to half a minute. Requests that need
them wait here. The queues of gan/web/services/writer_pool.py and gan/web/services/executor.py are for work that takes
seconds.
"""

import asyncio
from collections.abc import Callable

from gan.runs.messages import ClientMessage, Part, PreparingEvent
from gan.runs.worker_loop import KERNELS
from gan.web.services.executor import Busy
from gan.web.services.live_run import BEGINNING
from gan.write import warm

EXPECTED: dict[Part, int] = {"writer": warm.KERNELS, "training": KERNELS}
WAIT_SECONDS = 45.0  # maximum wait of a request; gan/web/http/connections.py ends its handler after ANSWER_SECONDS
MAX_WAITING = 16  # maximum number of requests that wait
INITIAL_PACE = 0.5  # initial estimate, seconds per kernel
Ending = asyncio.Future[Exception | None]  # the end of a wait


class Preparation:
    """The parts of the server that are not ready, and the requests that wait for them.

    All methods run on the event loop. `unready` has the newest event of each part that is not ready.
    """

    def __init__(self) -> None:
        self.unready: dict[Part, PreparingEvent] = {
            part: {"type": "preparing", "part": part, "done": 0, "of": of} for part, of in EXPECTED.items()
        }
        self._began: dict[Part, float] = {}  # when each part began to compile
        self._waiting: dict[Ending, tuple[Callable[[], bool], tuple[Part, ...]]] = {}

    def publish(self, event: ClientMessage) -> None:
        """Note that a part has advanced or is ready. Other events are ignored."""
        if (event["type"] == "state" or event["type"] == "snapshot") and event["state"] not in BEGINNING:
            self._finish("training")
        elif event["type"] == "preparing" and event["done"] == event["of"]:
            self._finish(event["part"])
        elif event["type"] == "preparing":
            self.unready[event["part"]] = event
            if event["done"] == 0 or event["part"] not in self._began:
                self._began[event["part"]] = asyncio.get_running_loop().time()

    def events(self) -> list[PreparingEvent]:
        """Return the newest event of each part that is compiling, for a page that has just connected."""
        return [event for part, event in self.unready.items() if part in self._began]

    async def wait(self, is_wanted: Callable[[], bool], *parts: Part) -> None:
        """Wait until these parts are ready. Raise ConnectionError if the request is no longer wanted.

        Raise Busy if they are not ready after `WAIT_SECONDS`, if `MAX_WAITING` requests already wait, or if the server
        ends.
        """
        if self.unready.keys().isdisjoint(parts):
            return
        for other, (is_still_wanted, _) in list(self._waiting.items()):
            if not is_still_wanted():
                self._end(other, ConnectionResetError())
        if len(self._waiting) >= MAX_WAITING:
            raise self._busy(parts)
        ready: Ending = asyncio.get_running_loop().create_future()
        self._waiting[ready] = is_wanted, parts
        alarm = asyncio.get_running_loop().call_later(WAIT_SECONDS, lambda: self._refuse(ready, parts))
        try:
            if error := await ready:
                raise error
        finally:
            alarm.cancel()
            self._waiting.pop(ready, None)

    def close(self) -> None:
        """Refuse the requests that wait, because they would delay the shutdown."""
        for ready in list(self._waiting):
            self._end(ready, Busy(message="The server is shutting down."))

    def _finish(self, part: Part) -> None:
        self.unready.pop(part, None)
        self._began.pop(part, None)
        for ready, (_, parts) in list(self._waiting.items()):
            if self.unready.keys().isdisjoint(parts):
                self._end(ready)

    def _refuse(self, ready: Ending, parts: tuple[Part, ...]) -> None:
        if not ready.done():  # the last part may be ready in the same turn of the loop
            self._end(ready, self._busy(parts))

    def _end(self, ready: Ending, error: Exception | None = None) -> None:
        del self._waiting[ready]
        if not ready.done():  # otherwise the request was cancelled
            ready.set_result(error)

    def _busy(self, parts: tuple[Part, ...]) -> Busy:
        """Return an error that says when the slowest of the parts is probably ready."""
        event = max((self.unready[part] for part in parts if part in self.unready), key=self._seconds_left)
        return Busy(self._seconds_left(event), f"The server is preparing, once: {event['done']} of {event['of']}.")

    def _seconds_left(self, event: PreparingEvent) -> float:
        """Return the estimated time for the remaining kernels, at the pace of those that are compiled."""
        part, done = event["part"], event["done"]
        pace = (asyncio.get_running_loop().time() - self._began[part]) / done if done else INITIAL_PACE
        return pace * (event["of"] - done)
