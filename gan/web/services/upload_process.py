"""Read uploaded images, one upload after another, in a process that a time limit and the end of the server kill.

Pictures from anywhere can take minutes to decode, and parsing JSON of 32 MB would block the event loop for seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import Executor
from contextlib import suppress
from multiprocessing.connection import Connection

from gan.cli.child_process import ChildProcess
from gan.cli.interrupts import end_with_parent, ignore_terminal_signals
from gan.data.upload_body import FILES, Upload, read_upload
from gan.errors import InputError
from gan.web.services.executor import Busy

READING_SECONDS = 40.0  # maximum time to decode an upload: the largest allowed pictures take 3 s on an idle core
MAX_BODIES = 4  # uploads whose bodies are received or wait at once, because many would fill the memory
RETRY_SECONDS = 5.0  # after which a refused client should try again


class Uploads:
    """Reads uploads, one after another. All methods run on the event loop.

    `make` makes the process for one upload, and the executor's thread waits for it.
    """

    def __init__(self, make: Callable[[], UploadReader], executor: Executor) -> None:
        self._make, self._executor = make, executor
        self._bodies, self._reading = asyncio.Semaphore(MAX_BODIES), asyncio.Lock()

    def body(self) -> asyncio.Semaphore:
        """Return a context in which to receive and handle one body. Raise Busy if `MAX_BODIES` are being handled."""
        if self._bodies.locked():
            raise Busy(RETRY_SECONDS)
        return self._bodies

    async def read(self, body: bytes, known: Collection[str]) -> Upload:
        """Read a body like `read_upload`, after earlier ones. Raise InputError if it is unusable or takes too long.

        If this is cancelled, the process is killed.
        """
        async with self._reading:
            reader = self._make()
            try:
                async with asyncio.timeout(READING_SECONDS):
                    reader.start()
                    loop = asyncio.get_running_loop()
                    return await loop.run_in_executor(self._executor, reader.read, body, known)
            except (OSError, EOFError) as error:  # a TimeoutError is an OSError
                is_late = isinstance(error, TimeoutError)
                reason = "these take longer" if is_late else f"their process {str(error) or 'ended'}"
                expected = f"{FILES}: expected pictures that can be read within {READING_SECONDS:.0f} seconds"
                raise InputError(f"{expected}, {reason}; choose fewer or smaller ones", FILES) from error
            finally:
                reader.kill(0)

    def close(self) -> None:
        self._executor.shutdown(cancel_futures=True)


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
