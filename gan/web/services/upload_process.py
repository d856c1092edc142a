"""Read uploaded images, one upload at a time, in a process that a time limit and the end of the server kill.

Pictures from anywhere can take minutes to decode, and parsing JSON of 32 MB would block the event loop for seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

from gan.cli.child_process import ChildProcess
from gan.cli.interrupts import end_with_parent, ignore_terminal_signals
from gan.data.upload_body import FILES, Upload, read_upload
from gan.errors import InputError
from gan.web.services.executor import BoundedExecutor, Busy

READING_SECONDS = 40.0  # maximum time to decode an upload: the largest allowed pictures take 3 s on an idle core
MAX_SECONDS = 120.0  # maximum time of a request, from its headers to its response (gan/web/http/connections.py)


class Uploads:
    """Reads uploads, at most one at a time. All methods run on the event loop.

    `make` makes the process for one upload, and the executor's thread waits for it.
    """

    def __init__(self, make: Callable[[], UploadReader], executor: Executor) -> None:
        self._make, self._executor = make, BoundedExecutor(executor, 2)  # the thread of a killed process ends soon
        self._began: float | None = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Handle one upload within the block, from its headers on. Raise Busy if another is being handled.

        An upload that has taken some seconds is expected to take as many more.
        """
        now = asyncio.get_running_loop().time()
        if self._began is not None:
            passed = now - self._began
            raise Busy(min(passed, MAX_SECONDS - passed))
        self._began = now
        try:
            yield
        finally:
            self._began = None

    async def read(self, body: bytes, known: Collection[str]) -> Upload:
        """Read a body like `read_upload`. Raise InputError if it is unusable or takes too long.

        If this is cancelled, the process is killed.
        """
        reader = self._make()
        try:
            async with asyncio.timeout(READING_SECONDS):
                reader.start()
                return await self._executor.run(reader.read, body, known)
        except (OSError, EOFError) as error:  # a TimeoutError is an OSError
            reason = (
                "these take longer" if isinstance(error, TimeoutError) else f"their process {str(error) or 'ended'}"
            )
            expected = f"{FILES}: expected pictures that can be read within {READING_SECONDS:.0f} seconds"
            raise InputError(f"{expected}, {reason}; choose fewer or smaller ones", FILES) from error
        finally:
            reader.kill(0)

    def close(self) -> None:
        self._executor.close()


class UploadReader(ChildProcess[Upload | InputError]):
    def __init__(self) -> None:
        super().__init__(_work, "upload")

    def read(self, body: bytes, known: Collection[str]) -> Upload:
        """Read a body like `read_upload`. Raise OSError or EOFError if the process was killed."""
        self.connection.send((body, known))
        reply = self.receive(None)
        if isinstance(reply, InputError):
            raise reply
        assert reply is not None  # because nothing limits the wait but `kill`
        return reply


def _work(connection: Connection) -> None:
    ignore_terminal_signals()
    end_with_parent()
    with suppress(OSError, EOFError):  # the parent has gone
        try:
            connection.send(read_upload(*connection.recv()))
        except InputError as error:
            connection.send(error)
