"""Read uploaded images, one upload after another, in a process that a time limit and the end of the server kill.

Pictures from anywhere can take minutes to decode, and parsing JSON of 32 MB would block the event loop for seconds.
"""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import Executor

from gan.data.upload_body import FILES, Upload, read_upload
from gan.errors import InputError
from gan.web.services.executor import Busy
from gan.web.services.job_process import JobProcess, ProcessGone

READING_SECONDS = 40.0  # maximum time to decode an upload: the largest allowed pictures take 3 s on an idle core
MAX_BODIES = 4  # uploads whose bodies are received or wait at once, because many would fill the memory
RETRY_SECONDS = 5.0  # after which a refused client should try again

UploadReader = JobProcess[Upload, bytes, Collection[str]]


def new_reader() -> UploadReader:
    return JobProcess("upload", read_upload)


class Uploads:
    """Reads uploads, one after another. All methods run on the event loop.

    `make` makes the process for one upload, and the executor's only thread waits for it.
    """

    def __init__(self, make: Callable[[], UploadReader], executor: Executor) -> None:
        self._make, self._executor, self._bodies = make, executor, asyncio.Semaphore(MAX_BODIES)

    def body(self) -> asyncio.Semaphore:
        """Return a context in which to receive and handle one body. Raise Busy if `MAX_BODIES` are being handled."""
        if self._bodies.locked():
            raise Busy(RETRY_SECONDS)
        return self._bodies

    async def read(self, body: bytes, known: Collection[str]) -> Upload:
        """Read a body like `read_upload`, after earlier ones. Raise InputError if it is unusable or takes too long.

        If this is cancelled, the process is killed.
        """
        reader, loop = self._make(), asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, _read, reader, body, known)
        except ProcessGone as gone:
            expected = f"{FILES}: expected pictures that can be read within {READING_SECONDS:.0f} seconds"
            raise InputError(f"{expected}, but {gone}; choose fewer or smaller ones", FILES) from gone
        finally:
            reader.kill(0)

    def close(self) -> None:
        self._executor.shutdown(cancel_futures=True)


def _read(reader: UploadReader, body: bytes, known: Collection[str]) -> Upload:
    reader.open()
    return reader.do(READING_SECONDS, body, known)
