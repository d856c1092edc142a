"""gan/web/services/writer_process.py: a real process that draws, refuses, hangs, is killed or exits with its server."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from gan.errors import InputError
from gan.web.services import writer_process as module
from gan.web.services.writer_process import Job, Writer, WriterGone, draw
from gan.write.options_and_limits import check
from tests.helpers.commands import SECONDS, wait_for
from tests.helpers.raw import request
from tests.helpers.serving import end_server, start_server, wait_until_it_writes


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    process = Writer()
    process.start()
    yield process
    process.stop()
    assert not is_running(pid(process))


def pid(writer: Writer) -> int:
    assert writer._process is not None
    assert writer._process.pid is not None
    return writer._process.pid


def is_running(number: int) -> bool:
    """Return whether a process is running. A zombie does not count."""
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(number).status() != psutil.STATUS_ZOMBIE)
    return False


ONE = Job(check("1"))
JOBS = [ONE, Job(check("3-4", seed=5, pen="ballpoint"), "svg"), Job(check("7"), "strokes", {"digit_mm": 12})]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.form)
def test_a_writer_returns_the_same_bytes_as_this_process(writer: Writer, job: Job) -> None:
    assert writer.draw(job) == draw(job)


def test_refusals_are_the_same_as_in_this_process(writer: Writer) -> None:
    for job in (Job(check("1", model="none")), Job(check(" "), "strokes")):
        with pytest.raises(InputError) as local:
            draw(job)
        with pytest.raises(InputError) as remote:
            writer.draw(job)
        assert (str(remote.value), remote.value.field) == (str(local.value), local.value.field)


def test_an_internal_error_names_its_cause(writer: Writer) -> None:
    with pytest.raises(RuntimeError, match="unheard-of"):
        writer.draw(Job(check("1"), "unheard-of"))
    assert writer.draw(ONE) == draw(ONE)


def test_ctrl_c_is_left_to_the_server(writer: Writer) -> None:
    for sign in (signal.SIGINT, signal.SIGHUP):
        os.kill(pid(writer), sign)
    assert writer.draw(ONE) == draw(ONE)


def test_a_writer_that_hangs_or_is_killed_can_be_restarted(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    previous = pid(writer)
    os.kill(previous, signal.SIGSTOP)
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.2)
    with pytest.raises(WriterGone, match="did not respond"):
        writer.draw(ONE)
    monkeypatch.undo()
    assert not is_running(previous)
    writer.start()
    assert pid(writer) != previous
    assert writer.draw(ONE) == draw(ONE)
    os.kill(pid(writer), signal.SIGSTOP)  # so that it cannot draw before it is killed
    threading.Timer(0.1, os.kill, (pid(writer), signal.SIGKILL)).start()
    for _ in range(2):
        with pytest.raises(WriterGone, match="ended"):
            writer.draw(ONE)
    writer.start()  # for the tests that come next, in any order


def test_start_raises_if_the_writer_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_work", Connection.recv)  # a process that is never ready
    process = Writer()
    with ThreadPoolExecutor(1) as thread:
        starting = thread.submit(process.start)
        wait_for(lambda: process._process is not None and process._process.pid is not None, "the process")
        process.stop()
        with pytest.raises(WriterGone):
            starting.result(SECONDS)
    with pytest.raises(WriterGone, match="the server is shutting down"):
        process.start()


def test_start_reports_a_failure_and_what_is_compiled_until_the_process_is_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    messages, starts = [0, 1, module.READY, b"unread"], [OSError(12, "Cannot allocate memory"), None]
    child, heard = Mock(receive=Mock(side_effect=messages), start=Mock(side_effect=starts)), list[int]()
    monkeypatch.setattr(module, "ChildProcess", Mock(return_value=child))
    writer = Writer()
    with pytest.raises(WriterGone, match="cannot be started"):
        writer.start()
    with pytest.raises(WriterGone, match="not started"):
        writer.draw(ONE)
    writer.start(heard.append)
    assert (heard, child.receive.call_count) == ([0, 1], 3)


@pytest.mark.parametrize("killed", [pytest.param(False, marks=pytest.mark.full), True])
def test_the_processes_of_a_server_end_with_it_even_while_one_draws(tmp_path: Path, killed: bool) -> None:
    process, address = start_server(tmp_path, arguments=["--writers", "1"])
    port, page = int(address.rpartition(":")[2]), "%0A".join(["1234567890" * 6] * 20)
    try:
        wait_until_it_writes(address)
        wait_for(lambda: len(children(process.pid)) >= 2, "a writer and the training process")
        processes = children(process.pid)
        before = cpu_seconds(processes)
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(request("GET", f"/api/write?number={page}&seed=77", port))
            wait_for(lambda: cpu_seconds(processes) > before, "drawing")
            if killed:
                process.kill()
    finally:
        output = end_server(process)
    assert output == ""
    wait_for(lambda: not any(map(is_running, processes)), "the end of all processes")


def children(parent: int) -> list[int]:
    """Return the multiprocessing children of a process, without the resource tracker."""
    return [child.pid for child in psutil.Process(parent).children() if "spawn_main" in " ".join(child.cmdline())]


def cpu_seconds(processes: list[int]) -> float:
    return sum(psutil.Process(number).cpu_times().user for number in processes)
