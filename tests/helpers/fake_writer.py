"""A writer for server tests that draws in this process."""

from collections.abc import Callable

from gan.web.services import writer_process
from gan.web.services.writer_process import Job


class FakeWriter:
    """Implements the methods of `gan.web.services.writer_process.Writer`."""

    def start(self, tell: Callable[[int], None]) -> None:
        pass

    def draw(self, job: Job) -> bytes:
        return writer_process.draw(job)

    def stop(self) -> None:
        pass
