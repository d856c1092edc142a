"""gan/web/services/upload_reader.py: one upload at a time, in a process that a time limit and the server's end kill."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Collection
from dataclasses import replace
from unittest.mock import Mock

import pytest

from gan.data.uploads import Upload, read_upload
from gan.errors import InputError
from gan.web.app import ServerConfig
from gan.web.http.connections import UPLOAD_SECONDS
from gan.web.services.executor import Busy, thread
from gan.web.services.upload_reader import READING_SECONDS, UploadReader, Uploads
from tests.helpers.commands import SECONDS
from tests.helpers.deterministic import Inline, Manual, in_virtual_time, in_virtual_time_with_sockets, settle
from tests.helpers.fake_upload_reader import FakeUploadReader
from tests.helpers.letters import LETTER
from tests.helpers.raw import connect, exchange, hang_up, request, serve
from tests.helpers.serving import soon

BODY = json.dumps({"files": {"A/1.png": LETTER}, "seed": 3}).encode()
KNOWN = ("seed",)
HEADERS = ("Content-Type: application/json", f"Content-Length: {len(BODY)}")


class EndlessReader(FakeUploadReader):
    """A reader that reads until it is killed."""

    def __init__(self) -> None:
        self.began, self.killed = threading.Event(), threading.Event()

    def read(self, body: bytes, known: Collection[str]) -> Upload:
        self.began.set()
        assert self.killed.wait(SECONDS)
        raise InputError("files: killed")

    def kill(self, timeout: float | None = None) -> None:
        self.killed.set()


def test_a_process_reads_like_this_one() -> None:
    reader = UploadReader()
    reader.start()
    images, settings = reader.read(BODY, KNOWN)
    assert (images.images.tolist(), settings) == (read_upload(BODY, KNOWN).images.images.tolist(), {"seed": 3})
    for body in (b'{"files": []}', b"[]"):
        with pytest.raises(InputError) as local:
            read_upload(body, KNOWN)
        reader = UploadReader()
        reader.start()
        with pytest.raises(InputError) as remote:
            reader.read(body, KNOWN)
        assert (str(remote.value), remote.value.field) == (str(local.value), local.value.field)


def test_a_killed_process_is_reported() -> None:
    reader = UploadReader()
    reader.start()
    assert reader.pid is not None
    os.kill(reader.pid, signal.SIGSTOP)  # so that it cannot read before it is killed
    threading.Timer(0.1, reader.kill).start()
    with pytest.raises((OSError, EOFError)):
        reader.read(BODY, KNOWN)


@in_virtual_time
async def test_reading_is_limited_in_time() -> None:
    reader, loop = EndlessReader(), asyncio.get_running_loop()
    with pytest.raises(InputError, match="can be read within 40 seconds, these take longer; choose fewer or smaller"):
        await Uploads(lambda: reader, Manual()).read(BODY, KNOWN)
    assert loop.time() == pytest.approx(READING_SECONDS)
    assert reader.killed.is_set()


@in_virtual_time
async def test_the_end_of_a_process_is_a_refusal() -> None:
    for error, words in ((EOFError("was killed"), "their process was killed; choose fewer"), (EOFError(), "ended")):
        reader = Mock(read=Mock(side_effect=error))
        with pytest.raises(InputError, match=words):
            await Uploads(Mock(return_value=reader), Inline()).read(BODY, KNOWN)
        reader.kill.assert_called()


@in_virtual_time
async def test_a_second_upload_is_told_when_to_come_back() -> None:
    uploads = Uploads(EndlessReader, Manual())
    for passed, seconds in ((0, 1), (7, 7), (100, 20), (119.5, 1)):
        with uploads.alone():
            await asyncio.sleep(passed)
            with pytest.raises(Busy) as busy, uploads.alone():
                pass
            assert busy.value.seconds == seconds
    with uploads.alone():
        await settle()


async def test_an_upload_is_refused_before_its_body_and_the_server_ends_during_another(config: ServerConfig) -> None:
    reader = EndlessReader()
    config = replace(config, upload_reader=lambda: reader, executor=thread)
    async with serve(config) as port:
        head = request("POST", "/api/images", port, *HEADERS)
        first = await connect(port, head + BODY)
        await soon(reader.began.is_set)
        response = await exchange(port, head)  # without its body
        assert (response.status, response.headers["retry-after"]) == (503, "1")
        assert (await exchange(port, request("GET", "/healthz", port))).status == 200
    assert reader.killed.is_set()
    await hang_up(first)


async def test_an_upload_whose_client_has_gone_creates_no_run(config: ServerConfig) -> None:
    gate = threading.Event()

    class SlowReader(EndlessReader):
        def read(self, body: bytes, known: Collection[str]) -> Upload:
            self.began.set()
            assert gate.wait(SECONDS)
            return read_upload(body, known)

    reader = SlowReader()
    async with serve(replace(config, upload_reader=lambda: reader, executor=thread)) as port:
        before = sorted(config.runs.iterdir())
        _, writer = await connect(port, request("POST", "/api/images", port, *HEADERS) + BODY)
        await soon(reader.began.is_set)
        writer.transport.abort()
        assert (await exchange(port, request("GET", "/healthz", port))).status == 200  # so the server has noticed it
        gate.set()
        await soon(reader.killed.is_set)
    assert sorted(config.runs.iterdir()) == before


@in_virtual_time_with_sockets
async def test_an_upload_may_take_longer_than_other_requests(config: ServerConfig) -> None:
    async with serve(config) as port:
        reader, writer = connection = await connect(port, request("POST", "/api/images", port, *HEADERS) + BODY[:9])
        await asyncio.sleep(UPLOAD_SECONDS - 1)
        writer.write(BODY[9:])
        assert (await reader.readline()).startswith(b"HTTP/1.1 201")
        await hang_up(connection)
