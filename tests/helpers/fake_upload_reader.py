"""A reader of uploads for server tests, without a process."""

from collections.abc import Collection

from gan.data.upload_body import Upload, read_upload
from gan.web.services.upload_process import UploadReader


class FakeUploadReader(UploadReader):
    """Reads in the process of the server."""

    def __init__(self) -> None:
        pass

    def start(self) -> None:
        pass

    def read(self, body: bytes, known: Collection[str]) -> Upload:
        return read_upload(body, known)

    def kill(self, timeout: float | None = None) -> None:
        pass
