"""One event, many browsers. Each browser has a short line of its own, so that one that reads slowly delays nobody.

Of a run's sheets that are watched, and of the answers about them, only the newest waits in a line, in the place of the
one before: at the end of the line a browser that reads slowly would never come to it. Who does not watch gets none. A
browser that falls a whole line of other events behind is dropped: it connects again and is sent a fresh snapshot, which
is cheaper than remembering for it.
"""

import asyncio
import json
import math
from collections import deque
from collections.abc import Callable

from gan.runs.messages import Told

MOST_BROWSERS = 300  # open pages at one time: eight classes; each holds a line and a connection
KEPT = 0.1  # of the places, for who drives (gan/web/http/access_tokens.py): watchers cannot shut them out
LINE_LENGTH = 256  # events; a training run makes a few a second
Kind = tuple[str, object]  # the type of an event, and which run it is of
NEWEST = ("sheet", "answer")  # types of which only the newest is worth sending, and only to who watches


class TooManyBrowsers(Exception):
    """All places are taken."""


class Subscription:
    """What waits to be sent to one browser, and the way to drop it.

    Parameters
    ----------
    drop : function without arguments
    watches : bool
        Whether it is told the sheets and answers, too.
    """

    def __init__(self, drop: Callable[[], None], watches: bool) -> None:
        self.drop, self.watches = drop, watches
        self.line: deque[str] = deque()
        self._newest: dict[Kind, str] = {}  # those in the line
        self._some = asyncio.Event()

    def put(self, text: str, anew: bool = False) -> bool:
        """Have an event wait; False where the line is full. After one that begins `anew` all comes behind it."""
        if len(self.line) >= LINE_LENGTH:
            return False
        if anew:
            self._newest.clear()
        self.line.append(text)
        self._some.set()
        return True

    def put_newest(self, kind: Kind, text: str) -> None:
        """Have a sheet or an answer wait in place of the one that still does. Where the line is full it is left out."""
        if kind in self._newest:
            self.line[self.line.index(self._newest[kind])] = text
            self._newest[kind] = text
        elif self.put(text):
            self._newest[kind] = text

    async def get(self) -> str:
        """Wait for the next, oldest first."""
        while not self.line:
            self._some.clear()
            await self._some.wait()
        text = self.line.popleft()
        self._newest = {kind: waiting for kind, waiting in self._newest.items() if waiting is not text}
        return text


class Broadcast:
    """Passes events, which may come from any thread, to every subscription, of which there are at most so many."""

    def __init__(self, most: int = MOST_BROWSERS) -> None:
        self.most = most
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscriptions: set[Subscription] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell the loop in which the lines are read. Events before that have nobody to hear them."""
        self._loop = loop

    @property
    def watched(self) -> bool:
        """Whether any browser wants the sheets."""
        return any(subscription.watches for subscription in self._subscriptions)

    @property
    def is_heard(self) -> bool:
        """Whether any browser is told what happens."""
        return bool(self._subscriptions)

    def publish(self, event: Told) -> None:
        """Have an event wait for every browser. May be called from any thread."""
        loop, text = self._loop, encode(event)
        if loop is not None and not loop.is_closed():
            if event["type"] in NEWEST:
                loop.call_soon_threadsafe(self._spread_newest, (event["type"], event.get("run")), text)
            else:
                loop.call_soon_threadsafe(self._spread, text, event["type"] == "snapshot")

    def subscribe(self, drop: Callable[[], None], watches: bool = False, drives: bool = True) -> Subscription:
        """A new line; `drop` is called, once, if it overflows. Who `drives` finds a place where others find none.

        Raises
        ------
        TooManyBrowsers
        """
        if len(self._subscriptions) >= (self.most if drives else self.most - math.ceil(KEPT * self.most)):
            raise TooManyBrowsers
        subscription = Subscription(drop, watches)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a line; nothing happens where it is forgotten already."""
        self._subscriptions.discard(subscription)

    def drop_all(self) -> None:
        """Drop every browser: the server is closing."""
        for subscription in list(self._subscriptions):
            self.unsubscribe(subscription)
            subscription.drop()

    def _spread(self, text: str, anew: bool) -> None:
        for subscription in list(self._subscriptions):
            if not subscription.put(text, anew):
                self.unsubscribe(subscription)
                subscription.drop()

    def _spread_newest(self, kind: Kind, text: str) -> None:
        for subscription in self._subscriptions:
            if subscription.watches:
                subscription.put_newest(kind, text)


def encode(event: Told) -> str:
    """An event as it is sent."""
    return json.dumps(event, allow_nan=False)
