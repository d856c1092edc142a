"""The contest: arithmetic of medians and ratios, and processes that obey. No time is asserted."""

import io
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.contest.agreement import LARGEST, compare, deviations, part
from benchmarks.contest.contestant import Made, answer, obey
from benchmarks.contest.race import Contestant, ContestError, Timing, our_environment, peer_environment, race, ratio
from nnet.threads import BLAS_SETTINGS, MEMORY_SETTINGS

ROOT = Path(__file__).resolve().parent.parent
MakeFake = Callable[..., Contestant]


@pytest.fixture
def fake() -> MakeFake:
    """Makes contestants of tests/fake_contestant.py; close them."""
    environment = our_environment() | {"PYTHONPATH": str(Path(__file__).parent)}
    return lambda name="fake", make="make", **rest: Contestant(name, f"fake_contestant:{make}", environment, **rest)


def test_median_and_quartiles_are_of_all_runs() -> None:
    timing = Timing([[1.0, 9.0, 2.0], [3.0, 4.0, 5.0, 6.0]])
    assert timing.median == 4
    assert timing.quartiles == (2, 4, 6)
    assert timing.to_json() == {"ms": 4, "ms_quartiles": [2, 6], "peak_mb": 0}


def test_ratio_is_of_medians_and_its_spread_of_rounds() -> None:
    slower, faster = Timing([[10, 20, 30], [30, 30, 90]]), Timing([[10, 10, 10], [10, 5, 15]])
    found = ratio(slower, faster)
    assert (found.ratio, found.lowest, found.highest) == (3, 2, 3)
    assert ratio(faster, slower).ratio == pytest.approx(1 / 3)


def test_ratio_wants_as_many_rounds_of_both() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio(Timing([[1.0], [1.0]]), Timing([[1.0]]))


def test_every_line_is_answered() -> None:
    runs: list[str] = []
    made = Made({"count up": lambda: runs.append("run")}, before=lambda name: runs.append(name))
    answers = io.StringIO()
    obey(made, ["time 3 count up\n", "check x\n", "memory\n"], answers)
    times, deviations, memory = map(json.loads, answers.getvalue().splitlines())
    assert runs == ["count up", "run"] * 3
    assert len(times) == 3
    assert min(times) >= 0
    assert deviations == {}
    assert memory > 10


def test_unknown_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="expected time, check or memory, received 'sing'"):
        answer(Made({}), "sing")


def test_peak_memory_grows_with_what_is_held() -> None:
    """In a process of its own: in this one another test may have held more, and given it back."""
    code = (
        "import numpy as np\nfrom benchmarks.contest.contestant import peak_mb\n"
        "before = peak_mb()\nheld = np.ones(30_100_000)\nprint(peak_mb() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 240 <= float(done.stdout) < 300  # of 240.8: the kernel counts pages in batches of its own


def test_contestants_take_turns(fake: MakeFake) -> None:
    with fake("a") as a, fake("b") as b:
        assert a.subjects == ["nothing", "failing"]
        timings = race([a, b], rounds=2, count=3)
    assert list(timings) == ["a", "b"]
    assert all([len(times) for times in timing.rounds] == [3, 3] for timing in timings.values())
    assert all(timing.peak_mb > 0 for timing in timings.values())
    assert a.process.returncode == b.process.returncode == 0


def test_contestant_that_fails_is_quoted_in_one_line(fake: MakeFake) -> None:
    failed = r"^fake: its process ended: "
    with fake() as contestant, pytest.raises(ContestError, match=failed + "ValueError: out of numbers$"):
        contestant.time(1, "failing")
    with pytest.raises(ContestError, match=failed + "no such network$"):
        fake(make="end")


def test_comparison_stops_what_is_not_equal(fake: MakeFake, tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    with fake("ours") as ours, fake("good", answer=LARGEST / 2) as good, fake("bad", answer=LARGEST * 2) as bad:
        assert compare(ours, good, path, exact=True) == LARGEST / 2
        assert compare(ours, bad, path, exact=False) == LARGEST * 2
        with pytest.raises(ContestError, match=r"bad and ours do not compute the same: weight differs by 2\.0e-04"):
            compare(ours, bad, path, exact=True)
    with fake("ours") as ours, fake("wild", answer=math.nan) as wild, pytest.raises(ContestError, match="nan"):
        compare(ours, wild, path, exact=True)


def test_peer_gets_no_settings_of_threads_or_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("MKL_NUM_THREADS", "1")
    monkeypatch.setenv("SOMETHING_ELSE", "stays")
    found = peer_environment(MALLOC_TRIM_THRESHOLD_="7")
    assert not {"OMP_NUM_THREADS", *BLAS_SETTINGS} & set(found)
    assert found["MALLOC_TRIM_THRESHOLD_"] == "7"
    assert found["SOMETHING_ELSE"] == "stays"


def test_ours_has_the_environment_of_a_training_worker() -> None:
    found = our_environment()
    assert {name: found[name] for name in MEMORY_SETTINGS} == MEMORY_SETTINGS
    assert {found[name] for name in BLAS_SETTINGS} == {"1"}


@pytest.mark.parametrize(("first", "left"), [("", []), ("import numpy; ", ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"])])
def test_older_blas_kernels_are_not_asked_for_unless_numpy_has_them_already(first: str, left: list[str]) -> None:
    held = {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_L2_SIZE": "512"}
    code = f"{first}import os, benchmarks; print(*sorted({set(held)} & set(os.environ)))"
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | held, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == left


def test_deviation_is_the_norm_of_the_difference() -> None:
    expected = [np.array([3, 4], np.float32), np.array([0.5], np.float32)]
    found = [np.array([3, 4.5], np.float32), np.array([0.25], np.float32)]
    assert deviations(expected, found) == pytest.approx([0.1, 0.5])


def test_gradient_of_nothing_but_rounding_is_held_against_the_others() -> None:
    expected = [np.array([30, 40], np.float32), np.array([1e-8], np.float32)]
    found = [np.array([30, 40], np.float32), np.array([-1e-8], np.float32)]
    assert max(deviations(expected, found)) < 1e-5
    assert deviations(expected, [np.array([30, 40], np.float32), np.array([1], np.float32)])[1] > 1


def test_part_keeps_order_and_drops_the_rest() -> None:
    one = np.ones(1, np.float32)
    arrays = {"G.1.W": one, "G gradient.1.W": one, "G.0.b": one}
    assert list(part(arrays, "G")) == ["1.W", "0.b"]
