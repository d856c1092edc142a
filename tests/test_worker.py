"""A run in a process of its own: the commands it obeys, the events it sends, its signals, its death, its pipe."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from commands import wait_for
from players import everything
from workers import CONFIG, SECONDS, Heard, Local, made, of_type, saved_iteration, state, to_the_end, until

from gan import data
from gan.runs.run import Run
from gan.runs.run_writer import RunWriter
from gan.runs.trainer import Trainer
from gan.runs.worker import Worker
from nnet.fast.kernels.parallel import set_threads

SAMPLE = "5,000-digit sample"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    """Start workers on one run; those still there at the end are ended."""
    started: list[Worker] = []

    def starter() -> Worker:
        started.append(Worker(made(tmp_path / "run", CONFIG), CONFIG, None, 1))
        started[-1].start()
        return started[-1]

    yield starter
    for each in started:
        each.stop(0.5)


# One real process for all of these


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Worker, Run, list[Heard]]]:
    """A real worker, its run, and its events until it was idle."""
    path = tmp_path_factory.mktemp("runs") / "digit-3"
    process = Worker(made(path, CONFIG), CONFIG, None, 1)
    process.start()
    yield process, Run(path, CONFIG), until(process, state("idle"))
    process.stop(1)


@pytest.fixture
def anew(beginning: tuple[Worker, Run, list[Heard]]) -> tuple[Worker, Run]:
    """The same worker, its run started anew."""
    process, run, _ = beginning
    process.send("pause")
    process.send("reset")
    until(process, of_type("picture") if run.pictures() == [] else lambda e: e == {"type": "picture", "iteration": 0})
    until(process, state("idle"))
    return process, run


def test_it_starts_draws_the_untrained_picture_and_waits(beginning: tuple[Worker, Run, list[Heard]]) -> None:
    process, run, events = beginning
    assert process.alive
    states = [event["state"] for event in events if event["type"] == "state"]
    assert states in (["starting", "idle"], ["starting", "compiling", "idle"])
    assert {"type": "picture", "iteration": 0} in events
    assert run.pictures() == [0]
    assert events[-1] == {"type": "state", "state": "idle", "iteration": 0, "target": None, "data": SAMPLE}
    assert Run.open(run.path).config == CONFIG
    assert process.receive(0.01) is None  # nothing more to say


def test_train_stops_at_exactly_so_many_more_and_reports_what_is_on_disk(anew: tuple[Worker, Run]) -> None:
    process, run = anew
    process.send("train", 7)
    events = until(process, state("idle"))
    assert events[0] == {"type": "state", "state": "training", "iteration": 0, "target": 7, "data": SAMPLE}
    assert (events[-1]["iteration"], events[-1]["target"]) == (7, 7)
    lines = [{k: v for k, v in event.items() if k != "type"} for event in events if event["type"] == "metrics"]
    assert [line["iteration"] for line in lines] == [2, 4, 6]
    assert run.metrics() == lines
    assert [event["iteration"] for event in events if event["type"] == "picture"] == [1, 2, 3, 4, 5, 6, 7]
    assert run.pictures() == list(range(8))
    process.send("train", 3)
    assert until(process, state("idle"))[-1]["iteration"] == 10
    wait_for(lambda: saved_iteration(run.path) == 10, "the checkpoint of the stop")


def test_a_line_of_metrics_says_all_that_is_shown(anew: tuple[Worker, Run]) -> None:
    process, _ = anew
    process.send("train", 2)
    line = until(process, of_type("metrics"))[-1]
    assert line["d_loss"] > 0
    assert line["g_loss"] > 0
    assert line["penalty"] > 0
    assert line["iterations_per_second"] > 0
    assert 0 < line["told_apart"] < 1
    assert (line["d_change"], line["learning_rate"]) == (0, CONFIG.learning_rate)


def test_train_without_a_number_goes_to_the_end_of_the_config_and_no_further(anew: tuple[Worker, Run]) -> None:
    process, run = anew
    process.send("train")
    assert until(process, state("idle"))[-1]["iteration"] == 40
    assert run.pictures()[-1] == 40
    process.send("train")
    assert until(process, state("idle"))[-1]["iteration"] == 40


def test_fun_goes_on_until_paused_and_pause_is_obeyed_within_one_iteration(anew: tuple[Worker, Run]) -> None:
    process, run = anew
    process.send("fun")
    events = until(process, state("training", at_least=45))  # further than the config's 40
    assert events[0]["target"] is None
    process.send("pause")
    stopped = until(process, state("idle"))[-1]["iteration"]
    wait_for(lambda: saved_iteration(run.path) == stopped, "the checkpoint of the pause")
    wait_for(lambda: run.pictures()[-1] == stopped, "the picture of the pause")  # what the page shows beside "stopped"
    for command in ("reset", "fun", "pause"):  # all three lie in the pipe before the new network is made
        process.send(command)
    assert until(process, lambda event: event.get("state") == "idle" and event["target"] is None)[-1]["iteration"] == 0
    assert until(process, state("idle"))[-1]["iteration"] == 1


def test_reset_is_a_new_start_even_in_the_middle_of_training(anew: tuple[Worker, Run]) -> None:
    process, run = anew
    first = run.picture_path(0).read_bytes()
    process.send("fun")
    until(process, state("training", at_least=3))
    process.send("reset")
    until(process, lambda event: event == {"type": "picture", "iteration": 0})
    assert until(process, state("idle"))[-1]["iteration"] == 0
    assert (run.pictures(), run.metrics(), saved_iteration(run.path)) == ([0], [], 0)
    assert run.picture_path(0).read_bytes() == first


def test_ctrl_c_is_the_parent_s_affair(anew: tuple[Worker, Run]) -> None:
    process, _ = anew
    assert process.process.pid
    os.kill(process.process.pid, signal.SIGINT)
    process.send("train", 2)
    assert until(process, state("idle"))[-1]["iteration"] == 2


def test_sigterm_in_training_saves_and_ends(beginning: tuple[Worker, Run, list[Heard]]) -> None:
    """The last one with this process."""
    process, run, _ = beginning
    process.send("fun")
    until(process, state("training", at_least=3))
    process.process.terminate()
    events = to_the_end(process)
    process.process.join(SECONDS)
    assert (process.process.exitcode, process.alive) == (0, False)
    assert events[-1]["state"] == "gone"
    assert saved_iteration(run.path) == events[-1]["iteration"]
    process.send("train", 3)  # to one who has gone: nothing happens
    process.stop()


# Real processes that die, or are left alone


def test_killed_at_any_moment_it_goes_on_from_a_whole_checkpoint_bit_for_bit(
    start: Callable[[], Worker], tmp_path: Path
) -> None:
    first = start()
    first.send("train", 6)
    until(first, state("idle", at_least=6))
    wait_for(lambda: saved_iteration(tmp_path / "run") == 6, "the save")
    first.send("fun")
    until(first, state("training", at_least=12))
    first.process.kill()
    to_the_end(first)
    run = Run(tmp_path / "run", CONFIG)
    assert run.pictures()[-1] > 6
    second = Local(run.path, CONFIG)
    second.start()
    assert until(second, state("idle"))[-1]["iteration"] == 6
    assert max(line["iteration"] for line in run.metrics()) == 6
    assert run.pictures() == [0, 1, 2, 3, 4, 5, 6]
    second.send("finish")
    assert to_the_end(second)[-1] == {"type": "state", "state": "gone", "iteration": 40, "target": 40, "data": SAMPLE}
    set_threads(1)  # the same bits as in the process
    straight, resumed = (Trainer(CONFIG, data.load()) for _ in range(2))
    for _ in range(40):
        straight.iterate()
    RunWriter(run.path, CONFIG).restore(resumed)
    (arrays, texts), (expected, expected_texts) = everything(resumed), everything(straight)
    assert [name for name in expected if arrays[name] != expected[name]] == []
    assert texts == expected_texts


def test_without_a_parent_it_saves_and_goes(start: Callable[[], Worker], tmp_path: Path) -> None:
    process = start()
    process.send("fun")
    until(process, state("training", at_least=3))
    if hasattr(signal, "SIGHUP"):  # a closed terminal is the parent's affair
        assert process.process.pid
        os.kill(process.process.pid, signal.SIGHUP)
    reached = until(process, state("training", at_least=6))[-1]["iteration"]
    process.connection.close()
    process.process.join(SECONDS)
    assert process.process.exitcode == 0
    assert saved_iteration(tmp_path / "run") >= reached


@pytest.mark.full
def test_sigterm_while_idle_ends_it(start: Callable[[], Worker]) -> None:
    process = start()
    until(process, state("idle"))
    threading.Event().wait(0.2)  # it is waiting for a command now
    process.process.terminate()
    process.process.join(SECONDS)
    assert process.process.exitcode == 0
