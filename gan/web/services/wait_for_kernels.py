"""Follow the compilation of kernels at a first start, and let requests wait for it.

The writer and the training process compile their kernels once, which takes up to half a minute.
"""

import asyncio

from gan.runs.messages import ClientMessage, Part
from gan.runs.mirror import BEGINNING
from gan.runs.session import KERNELS
from gan.web.services.executor import Busy
from gan.write import warm

EXPECTED: dict[Part, int] = {"writer": warm.KERNELS, "training": KERNELS}
WAIT_SECONDS = 10.0  # maximum wait of a request
RETRY_SECONDS = 2.0  # after which a refused client should try again


class Preparation:
    """The parts of the server that are not ready. All methods run on the event loop.

    `unready` has the number of compiled and of expected kernels of each.
    """

    def __init__(self) -> None:
        self.unready: dict[Part, tuple[int, int]] = {part: (0, of) for part, of in EXPECTED.items()}
        self._ready = {part: asyncio.Event() for part in EXPECTED}

    def publish(self, event: ClientMessage) -> None:
        """Note that a part has advanced or is ready. Other events are ignored."""
        if (event["type"] == "state" or event["type"] == "snapshot") and event["state"] not in BEGINNING:
            self._finish("training")
        elif event["type"] == "preparing" and event["done"] == event["of"]:
            self._finish(event["part"])
        elif event["type"] == "preparing":
            self.unready[event["part"]] = event["done"], event["of"]
            self._ready[event["part"]].clear()

    async def wait(self, *parts: Part) -> None:
        """Wait until these parts are ready. Raise Busy if they are not after `WAIT_SECONDS`."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                for part in parts:
                    await self._ready[part].wait()
        except TimeoutError:
            raise Busy(RETRY_SECONDS, "The server is preparing, which it does once.") from None

    def _finish(self, part: Part) -> None:
        self.unready.pop(part, None)
        self._ready[part].set()
