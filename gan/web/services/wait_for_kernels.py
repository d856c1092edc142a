"""Let requests wait while kernels are compiled at the first start.

The writer and the training process compile their kernels once, which takes up to half a
minute.
"""

import asyncio
from typing import Literal, get_args

from gan.runs.messages import BEGINNING, ClientMessage
from gan.web.services.executor import Busy

Part = Literal["training", "writer"]

WAIT_SECONDS = 10.0  # maximum wait of a request
RETRY_SECONDS = 2.0  # after which a refused client should try again


class Preparation:
    """Which parts of the server are ready. All methods run on the event loop."""

    def __init__(self) -> None:
        self._ready: dict[Part, asyncio.Event] = {
            part: asyncio.Event() for part in get_args(Part)
        }

    @property
    def is_ready(self) -> bool:
        return all(event.is_set() for event in self._ready.values())

    def publish(self, event: ClientMessage) -> None:
        """Mark training as ready if an event shows that the worker has started."""
        if event["type"] == "state" or event["type"] == "snapshot":
            if event["state"] not in BEGINNING:
                self.finish("training")

    def finish(self, part: Part) -> None:
        self._ready[part].set()

    async def wait(self, *parts: Part) -> None:
        """Wait until these parts are ready.

        Raise Busy if they are not after `WAIT_SECONDS`.
        """
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                for part in parts:
                    await self._ready[part].wait()
        except TimeoutError:
            raise Busy(
                RETRY_SECONDS, "The server is preparing, which it does once."
            ) from None
