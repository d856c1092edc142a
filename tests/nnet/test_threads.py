"""nnet/threads.py: the number of available cores, how runs share them, and when BLAS is limited to one thread."""

import json
import os
import platform
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnet import threads
from tests.helpers import commands


@pytest.mark.parametrize(
    ("workers", "threads_given", "expected"),
    [
        (1, None, (1, 8)),
        (3, None, (3, 2)),
        (20, None, (10, 1)),  # at most one worker per run
        (None, 4, (2, 4)),
        (None, 16, (1, 16)),
        (5, 3, (5, 3)),  # both numbers are given
        (0, None, (1, 8)),
    ],
)
def test_divide_keeps_given_numbers(workers: int | None, threads_given: int | None, expected: tuple[int, int]) -> None:
    assert threads.divide(8, 10, workers, threads_given) == expected


@given(cores=st.integers(1, 300), runs=st.integers(1, 30))
def test_divide_uses_all_cores_once(cores: int, runs: int) -> None:
    workers, each = threads.divide(cores, runs)
    assert 1 <= workers <= runs
    assert cores - workers < workers * each <= cores


INVALID = ["", "many 100000", "100000 few", "0 0", "nan", "inf", "-1 100000"]


@pytest.mark.parametrize(
    ("cgroup", "files", "expected"),
    [
        (None, {}, 6),
        *((None, {"cpu.max": text}, 6) for text in INVALID),
        (None, {"cpu.max": "max 100000\n"}, 6),
        (None, {"cpu.max": "250000 100000\n"}, 2),
        (None, {"cpu.max": "50000 100000"}, 1),
        (None, {"cpu.max": "300000"}, 3),
        (None, {"cpu.max": "900000 100000"}, 6),
        ("0::/a.slice/b.service\n", {"a.slice/b.service/cpu.max": "200000 100000"}, 2),
        ("0::/a.slice/b.service\n", {"a.slice/cpu.max": "300000 100000", "a.slice/b.service/cpu.max": "max 1"}, 3),
        ("4:cpu,cpuacct:/docker/x\n", {"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ("4:cpu:/job\n", {"cpu/job/cpu.cfs_quota_us": "100000", "cpu/job/cpu.cfs_period_us": "50000"}, 2),
        ("4:cpu:/job\n", {"cpu/job/cpu.cfs_quota_us": "-1", "cpu/job/cpu.cfs_period_us": "50000"}, 6),
        ("4:memory:/job\nnonsense\n0::/../..\n", {"job/cpu.max": "100000 100000"}, 6),
    ],
)
def test_available_cores_respect_affinity_and_container_limits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cgroup: str | None, files: dict[str, str], expected: int
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
    monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    monkeypatch.setattr(threads, "CGROUPS", os.path.join(tmp_path, "absent"))
    assert threads.available_cores() == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert threads.available_cores() == 1


# This script starts each command with --help, and what training calls first, on two BLAS threads. It prints the number
# of threads afterwards, and the settings of child processes.
START = """
import json, os, runpy, sys
from contextlib import redirect_stdout, suppress
from threadpoolctl import threadpool_info, threadpool_limits
import nnet.threads
from nnet.fast.kernels.thread_pool import set_threads

def nothing():
    pass

def settings_after(start):
    os.environ.clear()
    os.environ.update(environment)
    threadpool_limits(2, user_api="blas")
    with suppress(SystemExit), redirect_stdout(sys.stderr):
        start()
    counts = {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
    return [*sorted(counts), os.environ["OPENBLAS_NUM_THREADS"], os.environ.get("MALLOC_ARENA_MAX")]

def with_help(program):
    sys.argv = [program, "--help"]
    return lambda: runpy.run_module(program, run_name="__main__", alter_sys=True)

environment = dict(os.environ)
found = {program: settings_after(with_help(program)) for program in sys.argv[1:]}
found["one_blas_thread"] = settings_after(nnet.threads.one_blas_thread)
found["set_threads"] = settings_after(lambda: set_threads(2))
found["nothing"] = settings_after(nothing)
print(json.dumps(found))
"""
ROOT = Path(threads.__file__).parent.parent
IS_PROGRAM = 'if __name__ == "__main__":'
PROGRAMS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
    for path in [*(ROOT / "gan").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
    # `warm` takes no options and compiles for a minute, and `count_lines` computes nothing.
    if IS_PROGRAM in path.read_text("utf-8") and path.stem not in ("warm", "count_lines")
)
INHERITED = {name: value for name, value in os.environ.items() if name not in threads.MEMORY_SETTINGS}
TWO = INHERITED | dict.fromkeys(threads.BLAS_SETTINGS, "2")


def run(script: str, *arguments: str) -> str:
    return commands.run([sys.executable, "-c", script, *arguments], cwd=ROOT, env=TWO, check=True).stdout.strip()


def test_every_command_and_training_use_one_blas_thread() -> None:
    assert {"gan.plain", "gan.write", "tools.make_recorded_runs", "gan.evaluate"} <= {*PROGRAMS}
    found = json.loads(run(START, "train", "server", *PROGRAMS))
    assert found.pop("nothing") == [2, "2", None]
    assert found == {name: [1, "1", "1"] for name in ("train", "server", *PROGRAMS, "one_blas_thread", "set_threads")}


def test_importing_a_module_changes_no_setting() -> None:
    counts = "[i['num_threads'] for i in threadpoolctl.threadpool_info() if i['user_api'] == 'blas']"
    before = f"import os, numpy, threadpoolctl; before = dict(os.environ), {counts}"
    modules = "nnet, gan.plain.one_digit, gan.write, nnet.fast.accelerate"
    assert run(f"{before}; import {modules}; print((dict(os.environ), {counts}) == before)") == "True"


ITERATE = """
import resource, sys
import nnet.threads
import numpy as np
from gan.rules.config import preset
from gan.data import load
from gan.runs.trainer import Trainer
from nnet.fast.kernels.thread_pool import set_threads

set_threads(2)
trainer = Trainer(preset(3), load())
for _ in range(6):
    trainer.iterate()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(6):
    trainer.iterate()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.full
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the memory settings are those of the GNU C library")
def test_an_iteration_allocates_no_new_pages() -> None:
    def new_pages(environment: dict[str, str]) -> int:
        command = [sys.executable, "-c", ITERATE]
        return int(commands.run(command, cwd=ROOT, env=environment, check=True).stdout)

    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    # Set the default thresholds explicitly, because otherwise the C library may raise them and also keep freed memory.
    usual = {"MALLOC_MMAP_THRESHOLD_": str(1 << 17), "MALLOC_TRIM_THRESHOLD_": str(1 << 17)}
    # Usually below 100 of 90,000 pages. On a busy machine threads sometimes need new ones: the best of three counts.
    kept = min(new_pages(inherited | threads.MEMORY_SETTINGS) for _ in range(3))
    assert kept < 1500
    assert new_pages(inherited | usual) > 8000
