"""gan/web/services/job_process.py: real processes that work, refuse, hang, are killed
or exit with their server.
"""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from gan.base.errors import InputError
from gan.web.services.job_process import JobProcess, ProcessGone
from gan.web.services.writer_pool import Job, Writer, draw, new_writer
from gan.write.options_and_limits import check
from tests.helpers.commands import SECONDS, is_running, wait_for
from tests.helpers.raw import request
from tests.helpers.serving import end_server, start_server, wait_until_it_writes


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    writer = new_writer()
    writer.open()
    yield writer
    writer.kill()
    assert not is_running(pid(writer))


def pid(process: JobProcess[Any, Any]) -> int:
    assert process.pid is not None
    return process.pid


ONE = Job(check("1"))
JOBS = [
    ONE,
    Job(check("3-4", seed=5, pen="ballpoint"), "svg"),
    Job(check("7"), "animated", {"seconds": 2.0}),
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.form)
def test_a_writer_returns_the_same_bytes_as_this_process(
    writer: Writer, job: Job
) -> None:
    assert writer.do(SECONDS, job) == draw(job)


def test_refusals_are_the_same_as_in_this_process(writer: Writer) -> None:
    for job in (Job(check("1", model="none")), Job(check("1"), "svg", {"written": 1})):
        with pytest.raises(InputError) as local:
            draw(job)
        with pytest.raises(InputError) as remote:
            writer.do(SECONDS, job)
        assert str(remote.value) == str(local.value)
        assert remote.value.field == local.value.field


def test_an_internal_error_names_its_cause(writer: Writer) -> None:
    with pytest.raises(RuntimeError, match="unheard-of"):
        writer.do(SECONDS, Job(check("1"), "unheard-of"))
    assert writer.do(SECONDS, ONE) == draw(ONE)


def test_ctrl_c_is_left_to_the_server(writer: Writer) -> None:
    for sign in (signal.SIGINT, signal.SIGHUP):
        os.kill(pid(writer), sign)
    assert writer.do(SECONDS, ONE) == draw(ONE)


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_process_that_hangs_or_is_killed_is_gone(is_killed: bool) -> None:
    process = JobProcess("test", len, dict)
    process.open()
    assert process.do(SECONDS, "two") == 3
    os.kill(pid(process), signal.SIGSTOP)
    if is_killed:
        threading.Timer(0.1, process.kill).start()
    with pytest.raises(
        ProcessGone, match="was killed" if is_killed else "did not respond"
    ):
        # the pipe holds less
        process.do(SECONDS if is_killed else 0.2, 9_000_000 * "x" if is_killed else "")
    assert not is_running(pid(process))


@pytest.mark.parametrize("killed", [pytest.param(False, marks=pytest.mark.full), True])
def test_the_processes_of_a_server_end_with_it_even_while_one_draws(
    tmp_path: Path, killed: bool
) -> None:
    process, address = start_server(tmp_path, arguments=["--writers", "1"])
    port = int(address.rpartition(":")[2])
    page = "%0A".join(["1234567890" * 6] * 20)
    try:
        wait_until_it_writes(address)
        wait_for(
            lambda: len(children(process.pid)) >= 2, "a writer and the training process"
        )
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
    """Return a process's children of multiprocessing, without the resource tracker."""
    return [
        child.pid
        for child in psutil.Process(parent).children()
        if "spawn_main" in " ".join(child.cmdline())
    ]


def cpu_seconds(processes: list[int]) -> float:
    return sum(psutil.Process(number).cpu_times().user for number in processes)
