"""One event, many browsers. Each browser has a short queue of its own, so that one that reads slowly delays nobody.

A browser that falls a whole queue behind is dropped: it connects again and is sent a fresh snapshot, which is
cheaper than remembering for it.
"""

import asyncio
import json
from collections.abc import Callable

from gan.runs.events import Told

MOST_BROWSERS = 32  # open pages at one time; each holds a queue and a connection
QUEUE_LENGTH = 256  # events; a training run makes a few a second


class TooManyBrowsers(Exception):
    """All places are taken."""


class Subscription:
    """The queue of one browser, and the way to drop it."""

    def __init__(self, drop: Callable[[], None]) -> None:
        self.queue: asyncio.Queue[str] = asyncio.Queue(QUEUE_LENGTH)
        self.drop = drop


class Broadcast:
    """Passes events, which may come from any thread, to every subscription."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscriptions: set[Subscription] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell the loop in which the queues are read. Events before that have nobody to hear them."""
        self._loop = loop

    def publish(self, event: Told) -> None:
        """Queue an event for every browser. May be called from any thread."""
        loop, text = self._loop, json.dumps(event, allow_nan=False)
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._spread, text)

    def subscribe(self, drop: Callable[[], None]) -> Subscription:
        """A new queue; `drop` is called, once, if it overflows.

        Raises
        ------
        TooManyBrowsers
        """
        if len(self._subscriptions) >= MOST_BROWSERS:
            raise TooManyBrowsers
        subscription = Subscription(drop)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a queue; nothing happens where it is forgotten already."""
        self._subscriptions.discard(subscription)

    def drop_all(self) -> None:
        """Drop every browser: the server is closing."""
        for subscription in list(self._subscriptions):
            self.unsubscribe(subscription)
            subscription.drop()

    def _spread(self, text: str) -> None:
        for subscription in list(self._subscriptions):
            try:
                subscription.queue.put_nowait(text)
            except asyncio.QueueFull:
                self.unsubscribe(subscription)
                subscription.drop()
