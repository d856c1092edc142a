"""How many cores there are, and how runs share them."""

import builtins
import io
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few

from nnet import threads


@pytest.mark.parametrize(
    ("cores", "runs", "expected"),
    [(2, 10, (2, 1)), (72, 10, (10, 7)), (1, 10, (1, 1)), (1, 1, (1, 1)), (8, 1, (1, 8)), (4, 3, (3, 1))],
)
def test_divide(cores: int, runs: int, expected: tuple[int, int]) -> None:
    assert threads.divide(cores, runs) == expected


@pytest.mark.parametrize(
    ("workers", "asked", "expected"),
    [
        (1, None, (1, 8)),
        (3, None, (3, 2)),
        (20, None, (10, 1)),  # no more workers than runs
        (None, 4, (2, 4)),
        (None, 16, (1, 16)),
        (5, 3, (5, 3)),  # both asked for: taken as they are
        (0, None, (1, 8)),
    ],
)
def test_divide_keeps_what_was_asked_for(workers: int | None, asked: int | None, expected: tuple[int, int]) -> None:
    assert threads.divide(8, 10, workers, asked) == expected


@few
@given(cores=st.integers(1, 300), runs=st.integers(1, 30))
def test_divide_uses_the_cores_and_no_more(cores: int, runs: int) -> None:
    workers, each = threads.divide(cores, runs)
    assert 1 <= workers <= runs
    assert cores - workers < workers * each <= cores


@pytest.mark.parametrize(
    ("text", "cores"),
    [("max 100000\n", None), ("max\n", None), ("150000 100000\n", 1.5), ("200000 50000", 4.0), ("300000", 3.0)],
)
def test_cgroup_limit(text: str, cores: float | None) -> None:
    assert threads.parse_cgroup_limit(text) == cores


@pytest.mark.parametrize("text", ["", "many 100000", "100000 few"])
def test_a_cgroup_file_that_says_something_else(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        threads.parse_cgroup_limit(text)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("max 100000", 6), ("250000 100000", 2), ("50000 100000", 1), ("900000 100000", 6), ("nonsense", 6), (None, 6)],
)
def test_available_cores_are_those_of_the_mask_within_the_container(
    monkeypatch: pytest.MonkeyPatch, limit: str | None, expected: int
) -> None:
    def opened(path: str, **_: str) -> io.StringIO:
        assert path == threads.CGROUP_LIMIT
        if limit is None:
            raise FileNotFoundError(path)
        return io.StringIO(limit)

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    monkeypatch.setattr(builtins, "open", opened)
    assert threads.available_cores() == expected


def test_without_affinity_masks_all_cores_count(monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    monkeypatch.setattr(threads, "CGROUP_LIMIT", os.path.join(tmp_path, "absent"))
    assert threads.available_cores() == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert threads.available_cores() == 1


def test_it_decides_before_numpy_is_imported_and_whatever_the_environment_says() -> None:
    script = (
        "import sys, nnet.threads\n"
        "assert 'numpy' not in sys.modules and 'numba' not in sys.modules\n"
        "import numpy, threadpoolctl\n"
        "print({i['num_threads'] for i in threadpoolctl.threadpool_info() if i['user_api'] == 'blas'} or {1})"
    )
    environment = {**os.environ, **dict.fromkeys(threads.BLAS_SETTINGS, "2")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert (done.stderr, done.stdout.strip()) == ("", "{1}")
