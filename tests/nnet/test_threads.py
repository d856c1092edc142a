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
# prints the numbers of BLAS threads after what training calls first.
START = """
import json, os, signal
import numpy
from threadpoolctl import threadpool_info, threadpool_limits

def settings():
    blas = [each for each in threadpool_info() if each["user_api"] == "blas"]
    counts = [each["num_threads"] for each in blas]
    return dict(os.environ), signal.getsignal(signal.SIGINT), counts

before = settings()
import nnet, gan.plain.one_digit, gan.write, nnet.fast.accelerate
print(settings() == before)
import nnet.threads
from nnet.fast.kernels.thread_pool import set_threads

def settings_after(start):
    os.environ.clear()
    os.environ.update(environment)
    threadpool_limits(2, user_api="blas")
    start()
    return [*settings()[2], os.environ["OPENBLAS_NUM_THREADS"]]

environment = dict(os.environ)
print(json.dumps({
    "one_blas_thread": settings_after(nnet.threads.one_blas_thread),
    "set_threads": settings_after(lambda: set_threads(2)),
    "nothing": settings_after(dict),
}))
"""
# This script starts a program with --help, and prints the number of BLAS threads of
# this process, and that of the processes it would start.
HELP = """
import os, runpy, sys
from contextlib import redirect_stdout, suppress
program = sys.argv[1]
settings = sys.argv[2:]
sys.argv[1:] = ["--help"]
with suppress(SystemExit), redirect_stdout(sys.stderr):
    runpy.run_module(program, run_name="__main__", alter_sys=True)
import numpy, threadpoolctl
print([pool["num_threads"] for pool in threadpoolctl.threadpool_info()
       if pool["user_api"] == "blas"], *map(os.environ.get, settings))
"""
ROOT = Path(threads.__file__).parent.parent
PROGRAMS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
    for path in [*(ROOT / "gan").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
    # `warm` takes no options and compiles for a minute, `count_tokens` and `gan.data`
    # compute nothing, and `classifier` trains: it calls `set_threads`.
    if 'if __name__ == "__main__":' in path.read_text("utf-8")
    and path.stem not in ("warm", "count_tokens", "classifier")
    and path.parent.name != "data"
)
TWO = os.environ | dict.fromkeys(threads.BLAS_SETTINGS, "2")


FEW = ["gan.commands.gan_digits", "gan.plain", "docs.course.check"]
REST = [pytest.param(name, marks=pytest.mark.full) for name in [*PROGRAMS, "server"]]


def test_training_uses_one_blas_thread_and_imports_change_nothing() -> None:
    command = [sys.executable, "-c", START]
    done = commands.run(command, cwd=ROOT, env=TWO, check=True)
    imports_change_nothing, counts = done.stdout.splitlines()
    assert imports_change_nothing == "True"
    assert json.loads(counts) == {
        "one_blas_thread": [1, "1"],
        "set_threads": [1, "1"],
        "nothing": [2, "2"],
    }


@pytest.mark.parametrize("program", [*FEW, "train", *REST])
def test_each_program_limits_blas_from_its_start(program: str) -> None:
    assert {"gan.plain", "gan.write", "gan.evaluate"} <= set(PROGRAMS)
    command = [sys.executable, "-c", HELP, program, *threads.BLAS_SETTINGS]
    done = commands.run(command, cwd=ROOT, env=TWO, check=True)
    assert done.stdout == "[1] 1 1 1 1\n"
