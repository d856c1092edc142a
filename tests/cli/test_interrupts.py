"""Signals end a working program without a traceback."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from gan.cli.command_line import exit_code
from gan.cli.interrupts import ENDING_SIGNALS, Interrupts
from tests.helpers.commands import GAN_DIGITS, PLAN, ROOT, SECONDS, first_line, started

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows sends no signals to other processes"
)

PIPES = {
    "stdin": subprocess.DEVNULL,
    "stdout": subprocess.PIPE,
    "stderr": subprocess.PIPE,
}
# A sitecustomize module, which Python imports first. When a given module is imported,
# it reports this and waits until a file exists. If a word is given, it does so only in
# processes whose command contains the word.
SITECUSTOMIZE = """
import os, sys, time

class Slow:
    def find_spec(self, name, *_):
        command = " ".join(sys.orig_argv)
        if name == os.environ["STOP_AT"] and os.environ["STOP_IN"] in command:
            print("importing", flush=True)
            while not os.path.exists(os.environ["GO_ON"]):
                time.sleep(0.01)

sys.meta_path.insert(0, Slow())
"""


@contextmanager
def importing(
    folder: Path, stop_at: str, command: str, *arguments: str, stop_in: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """Start a program in a process group, as terminals do, and stop it at an import."""
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE, "utf-8")
    settings = {"STOP_AT": stop_at, "STOP_IN": stop_in, "GO_ON": str(folder / "go")}
    env = (
        os.environ
        | settings
        | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    )
    (folder / "gan-digits").write_text(GAN_DIGITS, "utf-8")
    scripts = {
        "gan-digits": [str(folder / "gan-digits")],
        "train.py": [str(ROOT / "train.py")],
    }
    command_line = [sys.executable, *scripts.get(command, ["-m", command]), *arguments]
    with started(command_line, cwd=ROOT, env=env, process_group=0, **PIPES) as process:
        while (line := first_line(process)) != "importing\n":
            assert "Traceback" not in line
            assert process.poll() is None
        yield process


# Modules that are imported while the command works.
WORKING = {
    "gan.write": ("gan.write.kernels.curves", ["1", "-o", "1.png"]),
    "gan-digits": ("gan.write.kernels.curves", ["write", "1", "-o", "1.png"]),
    "train.py": ("gan.cluster.join", ["--cluster", "local", "-o", "out"]),
}


# each command with one of the signals that end it
@pytest.mark.parametrize(
    ("command", "number"), [*zip(WORKING, reversed(ENDING_SIGNALS), strict=False)]
)
def test_a_signal_lets_a_working_command_clean_up(
    command: str, number: int, tmp_path: Path
) -> None:
    stop_at, arguments = WORKING[command]
    with importing(tmp_path, stop_at, command, *arguments) as process:
        process.send_signal(number)
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert err == f"{command.replace('gan-digits', 'gan.write')}: stopped\n"


def test_a_command_ignores_a_signal_that_was_ignored_when_it_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For example, `nohup` ignores SIGHUP. Other signals end the command as Ctrl-C
    does.
    """
    monkeypatch.setattr(
        "gan.cli.interrupts.ENDING_SIGNALS", [signal.SIGHUP, signal.SIGTERM]
    )
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        for number, expected in ((signal.SIGHUP, 0), (signal.SIGTERM, 130)):
            assert exit_code("tool", partial(os.kill, os.getpid(), number)) == expected
        interrupts = Interrupts()
        with interrupts.deferred():
            signal.raise_signal(signal.SIGHUP)
        assert not interrupts.received
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("restore_signals")
def test_after_a_deferred_signal_no_other_ends_the_program() -> None:
    """While a program saves and ends, a second Ctrl-C must not interrupt it."""
    interrupts = Interrupts()

    def task() -> None:
        with interrupts.deferred():
            signal.raise_signal(signal.SIGTERM)

    assert exit_code("tool", task) == 0
    assert interrupts.received
    assert signal.getsignal(signal.SIGTERM) not in (
        signal.SIG_DFL,
        signal.default_int_handler,
    )


@pytest.mark.parametrize(
    ("number", "to_all"), [(signal.SIGINT, True), (signal.SIGTERM, False)]
)
def test_a_signal_ends_the_processes_of_a_study_quietly(
    tmp_path: Path, number: signal.Signals, to_all: bool
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN, "utf-8")
    child = {"stop_in": "spawn_main"}
    with importing(
        tmp_path,
        "tools.study.measure",
        "tools.study",
        str(plan),
        "--workers",
        "1",
        **child,
    ) as process:
        # A terminal signals all of a program's processes.
        (os.killpg if to_all else os.kill)(process.pid, number)
        # Returns once no process holds the pipe open.
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert err == "tools.study: stopped\n"
