"""gan/web/services/writer_process.py: a real process that draws, refuses, is killed, hangs, and goes when its server goes."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import wait_for
from serving import end_server, start_server, wait_until_it_writes

from gan.errors import InputError
from gan.web.services import writer_process as module
from gan.web.services.writer_process import Mistake, Order, Writer, WriterGone, draw
from gan.write.glyphs.style_code import Mine


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    made = Writer()
    made.start()
    yield made
    made.stop()
    assert not is_there(pid(made))


def pid(writer: Writer) -> int:
    assert writer._process is not None
    assert writer._process.pid is not None
    return writer._process.pid


def is_there(number: int) -> bool:
    """Whether a process runs: one that nobody has waited for yet does not."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return False
        return True
    return state not in "ZX"


ORDERS = [Order("12"), Order("3-4", "svg", {"seed": 5, "pen": "ballpoint"}), Order("7", "strokes", {}, {"page": "fit"})]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.form)
def test_it_gives_the_bytes_that_any_process_gives(writer: Writer, order: Order) -> None:
    assert writer.draw(order) == draw(order)


def test_what_cannot_be_written_is_refused_in_the_same_words(writer: Writer) -> None:
    for order in (Order("1a"), Order("1", look={"ink": "red"}), Order("1", models=(Path("none"),))):
        with pytest.raises(InputError) as here:
            draw(order)
        with pytest.raises(InputError) as there:
            writer.draw(order)
        assert (str(there.value), there.value.field) == (str(here.value), here.value.field)


def test_a_mistake_of_ours_says_where(writer: Writer) -> None:
    with pytest.raises(Mistake, match="unheard_of"):
        writer.draw(Order("1", look={"unheard_of": 1}))
    assert writer.draw(Order("1")) == draw(Order("1"))


def test_a_handwriting_is_its_seed_and_its_networks() -> None:
    mine = (Path("mine"),)
    assert (
        Order("1", "png", {"seed": 3}).handwriting
        == Order("22", "svg", {"seed": 3, "networks": "one", "size": 20}).handwriting
    )
    handwritings = [
        Order("1", look={"seed": 4}),
        Order("1"),
        Order("1", look={"networks": "ten"}),
        Order("1", models=mine),
        Order("1", look={"mine": Mine("a", (0.5,), ((3, (0.5,)),))}),
    ]
    assert len({order.handwriting for order in handwritings}) == len(handwritings)


def test_one_that_is_killed_says_so_and_can_be_started_anew(writer: Writer) -> None:
    before = pid(writer)
    threading.Timer(0.2, os.kill, (before, signal.SIGKILL)).start()
    full_page = Order("\n".join(["1234567890" * 6] * 20), look={"seed": 78})
    with pytest.raises(WriterGone):
        writer.draw(full_page)
    with pytest.raises(WriterGone):
        writer.draw(Order("1"))
    writer.start()
    assert pid(writer) != before
    assert writer.draw(Order("1")) == draw(Order("1"))


def test_one_that_hangs_is_ended(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    os.kill(pid(writer), signal.SIGSTOP)
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.2)
    with pytest.raises(WriterGone, match="said nothing"):
        writer.draw(Order("1"))
    assert not is_there(pid(writer))
    writer.start()


def test_ctrl_c_is_for_the_server(writer: Writer) -> None:
    for sign in (signal.SIGINT, signal.SIGHUP):
        os.kill(pid(writer), sign)
    assert writer.draw(Order("1")) == draw(Order("1"))


def test_who_waits_for_one_that_is_stopped_is_told() -> None:
    made, told = Writer(), list[str]()

    def start() -> None:
        try:
            made.start()
        except WriterGone as gone:
            told.append(str(gone))

    starting = threading.Thread(target=start)
    starting.start()
    wait_for(lambda: made._process is not None and made._process.pid is not None, "the process")
    made.stop()
    starting.join(60)
    assert len(told) == 1
    with pytest.raises(WriterGone, match="the server ends"):
        made.start()
    with pytest.raises(WriterGone, match="not started"):
        Writer().draw(Order("1"))


PARENT = """
from gan.web.services.writer_process import Order, Writer
if __name__ == "__main__":
    writer = Writer()
    writer.start()
    print(writer._process.pid, flush=True)
    while True:
        writer.draw(Order("\\n".join(["1234567890" * 6] * 20), look={"seed": 77}))
"""


def test_it_goes_with_a_server_that_is_killed_even_amid_a_drawing(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(tmp_path / "parent.py")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_there(child)
    parent.kill()
    parent.communicate()
    wait_for(lambda: not is_there(child), "the writer's end")


@pytest.mark.parametrize("killed", [pytest.param(False, marks=pytest.mark.full), True])
def test_the_writers_of_a_server_go_with_it(tmp_path: Path, killed: bool) -> None:
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
    wait_for(lambda: not any(map(is_there, processes)), "the end of all processes")


def children(parent: int) -> list[int]:
    """Processes that multiprocessing has started for another, but for the one that looks after its semaphores."""
    found = subprocess.run(["ps", "-Aww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in found.splitlines()]
    return [int(number) for number, of, said in rows if int(of) == parent and "spawn_main" in said]
