"""nnet/threads.py: the number of available cores, how runs share them, and when BLAS is
limited to one thread.
"""

import json
import os
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnet import threads
from tests.helpers import commands

DIVISIONS = [
    (1, None, [8]),
    (3, None, [2] * 3),  # the runs wait in a queue
    (20, None, [1] * 10),  # at most one worker per run
    (None, 4, [4] * 2),
    (None, 16, [16]),
    (5, 3, [3] * 5),  # both numbers are given
]


@pytest.mark.parametrize(("workers", "each", "expected"), DIVISIONS)
def test_divide_keeps_given_numbers(
    workers: int | None, each: int | None, expected: list[int]
) -> None:
    assert threads.divide(8, 10, workers, each) == expected
    assert threads.divide(8, 10, workers, each, most=1) == [1] * min(10, workers or 8)


@given(cores=st.integers(1, 300), runs=st.integers(1, 30))
def test_divide_uses_all_cores_once(cores: int, runs: int) -> None:
    each = threads.divide(cores, runs)
    assert len(each) == min(cores, runs)
    assert sum(each) == cores
    assert each == sorted(each, reverse=True)
    assert each[0] - each[-1] <= 1
    assert threads.divide(cores, runs, most=4) == [min(4, number) for number in each]


def test_the_batch_limits_the_cores_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    share = threads.LEAST_SHARE
    batches = (1, 2 * share - 1, 2 * share, 8 * share)
    for system, expected in {"linux": [1, 1, 2, 8], "darwin": [1] * 4}.items():
        monkeypatch.setattr(sys, "platform", system)
        assert [threads.useful_cores(batch) for batch in batches] == expected


INVALID = ["", "many 100000", "100000 few", "0 0", "nan", "inf", "-1 100000"]
VALID = {
    "max 100000\n": 6,
    "250000 100000\n": 2,
    "50000 100000": 1,
    "300000": 3,
    "900000 100000": 6,
}


LIMITS = [
    (None, {}, 6),
    *(
        (None, {"cpu.max": text}, cores)
        for text, cores in (VALID | dict.fromkeys(INVALID, 6)).items()
    ),
    ("0::/a.slice/b.service\n", {"a.slice/b.service/cpu.max": "200000 100000"}, 2),
    (
        "0::/a.slice/b.service\n",
        {"a.slice/cpu.max": "300000 100000", "a.slice/b.service/cpu.max": "max 1"},
        3,
    ),
    ("4:memory:/job\nnonsense\n0::/../..\n", {"job/cpu.max": "100000 100000"}, 6),
]


@pytest.mark.parametrize(("cgroup", "files", "expected"), LIMITS)
def test_available_cores_respect_affinity_and_container_limits(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    cgroup: str | None,
    files: dict[str, str],
    expected: int,
) -> None:
    if cgroup is not None:
        (tmp_path / "own").write_text(cgroup)
    for name, text in files.items():
        (tmp_path / "top" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "top" / name).write_text(text)
    monkeypatch.setattr(threads, "OWN_CGROUP", str(tmp_path / "own"))
    monkeypatch.setattr(threads, "CGROUPS", str(tmp_path / "top"))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    assert threads.available_cores() == expected


def test_all_cores_are_available_without_affinity_masks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", Mock(side_effect=[5, None]))
    monkeypatch.setattr(threads, "CGROUPS", str(tmp_path / "absent"))
    assert [threads.available_cores(), threads.available_cores()] == [5, 1]


# This script imports modules, and prints whether they have changed a setting. Then it
# starts each command with --help, and what training calls first, on two BLAS threads.
# It prints the number of threads afterwards, and that of child processes.
START = """
import json, os, runpy, signal, sys
import numpy
from contextlib import redirect_stdout, suppress
from threadpoolctl import threadpool_info, threadpool_limits

def settings():
    blas = [each for each in threadpool_info() if each["user_api"] == "blas"]
    counts = [each["num_threads"] for each in blas]
    return dict(os.environ), signal.getsignal(signal.SIGINT), counts

programs = sys.argv[1:]
sys.argv = ["train.py"]
before = settings()
import nnet, gan.plain.one_digit, gan.write, nnet.fast.accelerate
print(settings() == before)
import nnet.threads
from nnet.fast.kernels.thread_pool import set_threads

def settings_after(start):
    os.environ.clear()
    os.environ.update(environment)
    threadpool_limits(2, user_api="blas")
    with suppress(SystemExit), redirect_stdout(sys.stderr):
        start()
    counts = set()
    for library in threadpool_info():
        if library["user_api"] == "blas":
            counts.add(library["num_threads"])
    return [*sorted(counts), os.environ["OPENBLAS_NUM_THREADS"]]

def with_help(program):
    sys.argv = [program, "--help"]
    return lambda: runpy.run_module(program, run_name="__main__", alter_sys=True)

environment = dict(os.environ)
found = {program: settings_after(with_help(program)) for program in programs}
found["one_blas_thread"] = settings_after(nnet.threads.one_blas_thread)
found["set_threads"] = settings_after(lambda: set_threads(2))
found["nothing"] = settings_after(dict)
print(json.dumps(found))
"""
ROOT = Path(threads.__file__).parent.parent
PROGRAMS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
    for path in [*(ROOT / "gan").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
    # `warm` takes no options and compiles for a minute, and `count_tokens` computes
    # nothing.
    if 'if __name__ == "__main__":' in path.read_text("utf-8")
    and path.stem not in ("warm", "count_tokens")
)
TWO = os.environ | dict.fromkeys(threads.BLAS_SETTINGS, "2")


def test_commands_and_training_use_one_blas_thread_and_imports_change_nothing() -> None:
    assert {"gan.plain", "gan.write", "gan.evaluate"} <= set(PROGRAMS)
    programs = ["train", "server", *PROGRAMS]
    command = [sys.executable, "-c", START, *programs]
    done = commands.run(command, cwd=ROOT, env=TWO, check=True)
    imports_change_nothing, counts = done.stdout.splitlines()
    assert imports_change_nothing == "True"
    found = json.loads(counts)
    assert found.pop("nothing") == [2, "2"]
    limited = [*programs, "one_blas_thread", "set_threads"]
    assert found == {name: [1, "1"] for name in limited}
