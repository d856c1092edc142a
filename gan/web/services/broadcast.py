"""Send events to many browsers, so that a slow browser delays no other.

Each client has a queue. Only viewers receive previews, explanations, and the turns of a
step, in which one of the two networks learns. Of these three types, a queue holds only
the newest event of each run. A client whose queue overflows is dropped. It then
reconnects and receives a new snapshot, which is cheaper than a longer queue.
"""

import asyncio
import json
from collections.abc import Callable

from gan.runs.messages import ClientMessage
from gan.web.services.catalogue import finite

# The maximum number of simultaneous clients, about eight school classes. Each has a
# queue and a socket.
MAX_CLIENTS = 300
QUEUE_LENGTH = 256  # maximum number of events; a run in training sends a few per second
# The event types of which only the newest is sent, and only to viewers.
NEWEST = ("sheet", "answer", "turns")


class TooManyClients(Exception): ...


class Subscription:
    """The queue of one client.

    `drop` closes the client's connection. With `watches`, the client is a viewer and
    receives the NEWEST types of events, too.
    """

    def __init__(self, drop: Callable[[], None], watches: bool) -> None:
        self.drop = drop
        self.watches = watches
        # Encoded events in order. The key of a NEWEST event is (type, run); all other
        # keys are unique objects.
        self.queue: dict[object, str] = {}
        self._some = asyncio.Event()

    def put(self, key: object, text: str) -> bool:
        """Append an event, or replace the one with the same key.

        Return False if the queue is full.
        """
        if key not in self.queue and len(self.queue) >= QUEUE_LENGTH:
            return False
        self.queue[key] = text
        self._some.set()
        return True

    def forget_previews(self) -> None:
        self.queue = {
            key: text for key, text in self.queue.items() if not isinstance(key, tuple)
        }

    async def get(self) -> str:
        while not self.queue:
            self._some.clear()
            await self._some.wait()
        return self.queue.pop(next(iter(self.queue)))


class Broadcast:
    """Forwards events to every subscription. All methods run on the event loop."""

    def __init__(self, most: int = MAX_CLIENTS) -> None:
        self.most = most
        self._subscriptions: set[Subscription] = set()

    @property
    def has_viewers(self) -> bool:
        return any(subscription.watches for subscription in self._subscriptions)

    @property
    def has_clients(self) -> bool:
        return bool(self._subscriptions)

    def publish(self, event: ClientMessage) -> None:
        """Queue an event for every client. Drop clients whose queues are full."""
        if not self._subscriptions:
            return  # avoid encoding, which takes milliseconds for a snapshot
        is_preview = event["type"] in NEWEST
        text = encode(event)
        key = (event["type"], event.get("run")) if is_preview else object()
        for subscription in list(self._subscriptions):
            if is_preview and not subscription.watches:
                continue
            if event["type"] == "snapshot":  # previews before it are outdated
                subscription.forget_previews()
            if not subscription.put(key, text) and not is_preview:
                self.unsubscribe(subscription)
                subscription.drop()

    def subscribe(
        self, drop: Callable[[], None], watches: bool = False
    ) -> Subscription:
        """Add a client. Raise TooManyClients if there are too many."""
        if len(self._subscriptions) >= self.most:
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
    try:
        return json.dumps(event, allow_nan=False)
    except ValueError:
        return json.dumps(finite(event))
