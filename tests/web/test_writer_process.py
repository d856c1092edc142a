"""gan/web/services/writer_process.py: a real process that draws, refuses, hangs, is killed or exits with its server."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import pytest

from gan.errors import InputError
from gan.web.services import writer_process as module
from gan.web.services.writer_process import Job, Mistake, Writer, WriterGone, draw
from gan.write.glyphs.own_handwriting import Mine
from gan.write.request import check
from tests.helpers.commands import first_line, started, wait_for
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
JOBS = [ONE, Job(check("3-4", seed=5, pen="ballpoint"), "svg"), Job(check("7"), "strokes", {"page": "fit"})]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.form)
def test_a_writer_returns_the_same_bytes_as_this_process(writer: Writer, job: Job) -> None:
    assert writer.draw(job) == draw(job)


def test_refusals_are_the_same_as_in_this_process(writer: Writer) -> None:
    for job in (Job(check("1", models=["none"])), Job(check(" "), "strokes")):
        with pytest.raises(InputError) as local:
            draw(job)
        with pytest.raises(InputError) as remote:
            writer.draw(job)
        assert (str(remote.value), remote.value.field) == (str(local.value), local.value.field)


def test_an_internal_error_names_its_cause(writer: Writer) -> None:
    with pytest.raises(Mistake, match="unheard-of"):
        writer.draw(Job(check("1"), "unheard-of"))
    assert writer.draw(ONE) == draw(ONE)


def test_a_handwriting_depends_on_seed_and_networks() -> None:
    same = Job(check("1", seed=3)), Job(check("22", seed=3, networks="one", size=20), "svg")
    assert same[0].handwriting == same[1].handwriting
    mine = Mine("a", (0.5,), ((3, (0.5,)),))
    others: list[dict[str, Any]] = [{"seed": 4}, {}, {"networks": "ten"}, {"models": ["mine"]}]
    keys = {Job(check("1", **options)).handwriting for options in others}
    assert len(keys | {Job(check("1"), mine=mine).handwriting}) == len(others) + 1


def test_a_killed_writer_raises_and_can_be_restarted(writer: Writer) -> None:
    previous = pid(writer)
    os.kill(previous, signal.SIGSTOP)  # so that it cannot draw before it is killed
    threading.Timer(0.1, os.kill, (previous, signal.SIGKILL)).start()
    for _ in range(2):
        with pytest.raises(WriterGone):
            writer.draw(ONE)
    writer.start()
    assert pid(writer) != previous
    assert writer.draw(ONE) == draw(ONE)


def test_a_hanging_writer_is_killed(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    os.kill(pid(writer), signal.SIGSTOP)
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.2)
    with pytest.raises(WriterGone, match="did not respond"):
        writer.draw(ONE)
    assert not is_running(pid(writer))
    writer.start()


def test_ctrl_c_is_left_to_the_server(writer: Writer) -> None:
    for sign in (signal.SIGINT, signal.SIGHUP):
        os.kill(pid(writer), sign)
    assert writer.draw(ONE) == draw(ONE)


def test_start_raises_if_the_writer_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_work", Connection.recv)  # a process that is never ready
    process, errors = Writer(), list[str]()

    def start() -> None:
        try:
            process.start()
        except WriterGone as gone:
            errors.append(str(gone))

    starting = threading.Thread(target=start)
    starting.start()
    wait_for(lambda: process._process is not None and process._process.pid is not None, "the process")
    process.stop()
    starting.join(60)
    assert len(errors) == 1
    with pytest.raises(WriterGone, match="the server is shutting down"):
        process.start()
    with pytest.raises(WriterGone, match="not started"):
        Writer().draw(ONE)


def prepare_twice(connection: Connection) -> None:
    """Run in the process instead of `_work`: report two kernels."""
    for message in (("compiling", 0), ("compiling", 1), module.READY):
        connection.send(message)


def test_start_reports_what_is_compiled_until_the_process_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_work", prepare_twice)
    process, heard = Writer(), list[int]()
    process.start(heard.append)
    process.stop()
    assert heard == [0, 1]


PARENT = """
from gan.web.services.writer_process import Job, Writer
from gan.write.request import check
if __name__ == "__main__":
    writer = Writer()
    writer.start()
    print(writer._process.pid, flush=True)
    while True:
        writer.draw(Job(check("\\n".join(["1234567890" * 6] * 20), seed=77)))
"""


def test_a_writer_ends_with_a_killed_parent_even_while_drawing(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT)
    with started([sys.executable, str(tmp_path / "parent.py")], stdout=subprocess.PIPE) as parent:
        child = int(first_line(parent))
        assert is_running(child)
        parent.kill()
        wait_for(lambda: not is_running(child), "the writer's end")


@pytest.mark.parametrize("killed", [pytest.param(False, marks=pytest.mark.full), True])
def test_the_processes_of_a_server_end_with_it(tmp_path: Path, killed: bool) -> None:
    process, address = start_server(tmp_path, arguments=["--writers", "1"])
    try:
        wait_until_it_writes(address)
        wait_for(lambda: len(children(process.pid)) >= 2, "a writer and the training process")
        processes = children(process.pid)
    finally:
        if killed:
            process.kill()
        output = end_server(process)
    assert output == ""
    wait_for(lambda: not any(map(is_running, processes)), "the end of all processes")


def children(parent: int) -> list[int]:
    """Return the multiprocessing children of a process, without the resource tracker."""
    return [child.pid for child in psutil.Process(parent).children() if "spawn_main" in " ".join(child.cmdline())]
