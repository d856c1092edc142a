"""Send events to many browsers, each with its own short queue, so a slow client delays nobody else.

Only viewers receive previews, explanations and the turns of a step. For each run, a queue holds only the newest of each
kind. A client whose queue overflows is dropped. It then reconnects and receives a new snapshot, which is cheaper
than a longer queue.
"""

import asyncio
import json
import math
from collections import deque
from collections.abc import Callable

from gan.runs.messages import ClientMessage

MAX_CLIENTS = 300  # maximum number of simultaneous clients, about eight school classes; each has a queue and a socket
RESERVED = 0.1  # fraction of the places that only drivers may take (gan/web/http/access_tokens.py)
QUEUE_LENGTH = 256  # maximum number of events; a run in training sends a few per second
Kind = tuple[str, object]  # the event's type and its run
NEWEST = ("sheet", "answer", "turns")  # event types of which only the newest is sent, and only to viewers


class TooManyClients(Exception): ...


class Subscription:
    """The queue of one client. `drop` closes its connection; with `watches`, it receives previews and explanations."""

    def __init__(self, drop: Callable[[], None], watches: bool) -> None:
        self.drop, self.watches = drop, watches
        self.queue: deque[str] = deque()
        self._newest: dict[Kind, str] = {}  # events waiting to be sent
        self._some = asyncio.Event()

    def put(self, text: str, is_snapshot: bool = False) -> bool:
        """Append an event, or return False if the queue is full. A snapshot is sent before all later previews."""
        if len(self.queue) >= QUEUE_LENGTH:
            return False
        if is_snapshot:
            self._newest.clear()
        self.queue.append(text)
        self._some.set()
        return True

    def put_newest(self, kind: Kind, text: str) -> None:
        """Append a preview or explanation, or replace a waiting one. Drop it if the queue is full."""
        if kind in self._newest:
            self.queue[self.queue.index(self._newest[kind])] = text
            self._newest[kind] = text
        elif self.put(text):
            self._newest[kind] = text

    async def get(self) -> str:
        while not self.queue:
            self._some.clear()
            await self._some.wait()
        text = self.queue.popleft()
        self._newest = {kind: waiting for kind, waiting in self._newest.items() if waiting is not text}
        return text


class Broadcast:
    """Forwards events to every subscription. All methods run on the event loop."""

    def __init__(self, most: int = MAX_CLIENTS) -> None:
        self.most = most
        self._subscriptions: set[Subscription] = set()

    @property
    def has_viewers(self) -> bool:
        """Whether any client receives previews."""
        return any(subscription.watches for subscription in self._subscriptions)

    @property
    def has_clients(self) -> bool:
        return bool(self._subscriptions)

    def publish(self, event: ClientMessage) -> None:
        """Queue an event for every client. Drop clients whose queues are full."""
        if not self._subscriptions:
            return  # encoding a snapshot takes milliseconds
        text, kind = encode(event), (event["type"], event.get("run"))
        for subscription in list(self._subscriptions):
            if event["type"] in NEWEST:
                if subscription.watches:
                    subscription.put_newest(kind, text)
            elif not subscription.put(text, event["type"] == "snapshot"):
                self.unsubscribe(subscription)
                subscription.drop()

    def subscribe(self, drop: Callable[[], None], watches: bool = False, drives: bool = True) -> Subscription:
        """Add a client. Raise TooManyClients if no place is free for it; some places are reserved for drivers."""
        if len(self._subscriptions) >= (self.most if drives else self.most - math.ceil(RESERVED * self.most)):
            raise TooManyClients
        subscription = Subscription(drop, watches)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)

    def drop_all(self) -> None:
        for subscription in list(self._subscriptions):
            self.unsubscribe(subscription)
            subscription.drop()


def encode(event: ClientMessage) -> str:
    return json.dumps(event, allow_nan=False)
