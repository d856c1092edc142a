"""nnet/threads.py: the number of available cores, how runs share them, and when BLAS is limited to one thread."""

import builtins
import io
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
    ("cores", "runs", "expected"),
    [(2, 10, (2, 1)), (72, 10, (10, 7)), (1, 10, (1, 1)), (1, 1, (1, 1)), (8, 1, (1, 8)), (4, 3, (3, 1))],
)
def test_divide(cores: int, runs: int, expected: tuple[int, int]) -> None:
    assert threads.divide(cores, runs) == expected


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


@pytest.mark.parametrize(
    ("text", "cores"),
    [("max 100000\n", None), ("max\n", None), ("150000 100000\n", 1.5), ("200000 50000", 4.0), ("300000", 3.0)],
)
def test_cgroup_limit(text: str, cores: float | None) -> None:
    assert threads.parse_cgroup_limit(text) == cores


@pytest.mark.parametrize("text", ["", "many 100000", "100000 few", "0 0", "nan", "inf", "-1 100000"])
def test_an_invalid_cgroup_limit_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        threads.parse_cgroup_limit(text)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("max 100000", 6), ("250000 100000", 2), ("50000 100000", 1), ("900000 100000", 6), ("nonsense", 6), (None, 6)],
)
def test_available_cores_respect_affinity_and_container_limits(
    monkeypatch: pytest.MonkeyPatch, limit: str | None, expected: int
) -> None:
    def fake_open(path: str, **_: str) -> io.StringIO:
        if limit is None or path != f"{threads.CGROUPS}/cpu.max":
            raise FileNotFoundError(path)
        return io.StringIO(limit)

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    monkeypatch.setattr(builtins, "open", fake_open)
    assert threads.available_cores() == expected


@pytest.mark.parametrize(
    ("cgroup", "files", "expected"),
    [
        ("0::/a.slice/b.service\n", {"a.slice/b.service/cpu.max": "200000 100000"}, 2),
        ("0::/a.slice/b.service\n", {"a.slice/cpu.max": "300000 100000", "a.slice/b.service/cpu.max": "max 1"}, 3),
        ("4:cpu,cpuacct:/docker/x\n", {"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ("4:cpu:/job\n", {"cpu/job/cpu.cfs_quota_us": "100000", "cpu/job/cpu.cfs_period_us": "50000"}, 2),
        ("4:cpu:/job\n", {"cpu/job/cpu.cfs_quota_us": "-1", "cpu/job/cpu.cfs_period_us": "50000"}, 6),
        ("4:memory:/job\nnonsense\n0::/../..\n", {"job/cpu.max": "100000 100000"}, 6),
    ],
)
def test_nested_and_version_1_cgroup_limits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cgroup: str, files: dict[str, str], expected: int
) -> None:
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


# This program runs another one, for example with --help, and then prints the settings of BLAS and of child processes.
AFTER = """
import os, runpy, sys
from contextlib import suppress
from threadpoolctl import threadpool_info

sys.argv = sys.argv[1:]
with suppress(SystemExit):
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
counts = {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"} or {1}
print(counts, os.environ["OPENBLAS_NUM_THREADS"], os.environ.get("MALLOC_ARENA_MAX"))
"""
ROOT = Path(threads.__file__).parent.parent
IS_PROGRAM = 'if __name__ == "__main__":'
PROGRAMS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
    for path in [*(ROOT / "gan").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
    if IS_PROGRAM in path.read_text("utf-8") and path.stem != "warm"  # takes no options, and compiles for a minute
)
INHERITED = {name: value for name, value in os.environ.items() if name not in threads.MEMORY_SETTINGS}
TWO = INHERITED | dict.fromkeys(threads.BLAS_SETTINGS, "2")


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    done = commands.run(command, cwd=ROOT, env=TWO)
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.parametrize("program", ["train", "server", *PROGRAMS])
def test_every_command_uses_one_blas_thread(program: str) -> None:
    assert run(AFTER, program, "--help").splitlines()[-1] == "{1} 1 1"


@pytest.mark.parametrize("modules", ["nnet", "gan.plain.one_digit, gan.write", "nnet.fast.accelerate"])
def test_importing_a_module_changes_no_setting(modules: str) -> None:
    counts = "[i['num_threads'] for i in threadpoolctl.threadpool_info() if i['user_api'] == 'blas']"
    before = f"import os, numpy, threadpoolctl; before = dict(os.environ), {counts}"
    assert run(f"{before}; import {modules}; print((dict(os.environ), {counts}) == before)") == "True"


@pytest.mark.parametrize("start", ["nnet.fast.kernels.parallel.set_threads(2)", "nnet.threads.one_blas_thread()"])
def test_training_uses_one_blas_thread(start: str, tmp_path: Path) -> None:
    (tmp_path / "trains.py").write_text(f"import nnet.fast.kernels.parallel\n{start}\n")
    assert run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{AFTER}", "trains") == "{1} 1 1"


def test_the_check_detects_another_number(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text("import nnet.fast.kernels.parallel\n")
    found = run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{AFTER}", "late")
    assert found.split()[1:] == ["2", "None"]
    assert {"gan.plain", "gan.write", "tools.make_recordings", "gan.evaluate"} <= {*PROGRAMS}


ITERATE = """
import resource, sys
import nnet.threads
import numpy as np
from gan.rules.config import preset
from gan.data import load
from gan.runs.trainer import Trainer
from nnet.fast.kernels.parallel import set_threads

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
