"""The benchmarks' command lines, tables and figures. These tests do not time anything."""

import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from benchmarks import handwriting_legibility, roofline, step, threads, writer
from benchmarks.bits import FORMATS, digest_of_training, digests_of_writing, leaves
from benchmarks.handwriting_legibility import wrong_loops
from benchmarks.programs import Ran, run_program
from benchmarks.timing import TimedProcess, Timing
from gan.errors import InputError
from gan.rules.config import preset
from tests.helpers.commands import assert_refused
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("step --threads 0", "--threads: expected a whole number of at least 1, received 0"),
        ("step --network vast", "--network: invalid choice: 'vast'"),
        ("threads --threads 2x", "--threads: expected a whole number of at least 1"),
        ("threads --rounds 1", "--rounds: expected a whole number of at least 2"),
        ("crowd --minutes 0", "--minutes: expected"),
    ],
)
def test_invalid_options_are_refused(command: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    name, *options = command.split()
    assert_refused(import_module(f"benchmarks.{name}").main, options, f"benchmarks.{name}", message, capsys)


# benchmarks/step.py


def test_configs_are_the_presets() -> None:
    assert step.config_of("reference", "classic") == preset(None, "classic", "reference")
    assert step.config_of("digits", "relativistic") == preset(0)
    assert step.config_of("quick", "relativistic") == preset(0, network="quick", generator_updates=1)


def test_without_pytorch_ours_is_timed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(step, "find_spec", lambda name: None)
    assert step.main("--network small --threads 1 --iterations 4".split()) == 0
    out, err = capsys.readouterr()
    assert err.count(step.HINT) == 1
    heads, _, row = (line.strip("|").split("|") for line in out.splitlines() if line.startswith("|"))
    assert [head.strip() for head in heads] == ["network", "loss", "threads", "ours, ms", "peak MB"]
    assert [cell.strip() for cell in row[:3]] == ["small", "relativistic", "1"]
    assert float(row[3].split()[0]) > 0


def test_a_row_contains_medians_quartiles_and_memory() -> None:
    timings = {"ours": Timing([[10.0, 20.0, 30.0]], 230.4), "eager": Timing([[40.0, 40.0, 40.0]], 310.0)}
    result = step.cells(("digits", "classic", 2), timings)
    assert result[:3] == ["digits", "classic", "2"]
    assert result[3:] == ["20.0 (10.0 - 30.0)", "40.0 = 2.00x (2.00 - 2.00)", "230 / 310"]


def test_step_prints_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert step.main("--json --network small --threads 1 --iterations 4".split()) == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result) == ["network", "loss", "batch", "threads", "ms", "peak_mb"]
    assert (result["network"], result["loss"], result["batch"], result["threads"]) == ("small", "classic", 32, 1)


# benchmarks/roofline.py


def test_the_work_of_a_part_is_what_its_arrays_have() -> None:
    A, C = np.zeros((64, 8, 96), np.float32), np.zeros((64, 8, 48), np.float32)
    x, y = np.zeros((2, 28, 28, 1), np.float32), np.zeros((2, 14, 14, 24), np.float32)
    work = {name: measure for part in roofline.PARTS.values() for _, name, measure in part if name != "forward"}
    assert work["multiply"](A, A, C, None)[0] == 64 * 8 * 96 * 48
    assert work["weight_gradient"](x, y, None)[0] == 2 * 14 * 14 * 16 * 24  # one channel, 4 x 4 taps
    assert work["bias_leaky"](y, None, 0.2, None) == (0, 2 * y.nbytes, y.nbytes)  # in place: in the cache once
    assert work["adam"]([(x, x, y, y)], None)[1:] == (4 * x.nbytes - x.nbytes + 4 * y.nbytes, x.nbytes + y.nbytes)


# benchmarks/threads.py


def test_wall_time_cpu_and_faults_are_those_of_the_counted_iterations() -> None:
    class Fake:
        def __init__(self) -> None:
            self.usages = iter([{"cpu_ms": 100.0, "faults": 5.0}, {"cpu_ms": 160.0, "faults": 11.0}])

        def ask(self, line: str) -> dict[str, float]:
            return next(self.usages)

        def time(self, count: int) -> list[float]:
            return [12.0, 10.0, 50.0][:count]

    assert threads.run(cast(TimedProcess, Fake()), 3) == {"ms": 12.0, "cpu_ms": 20.0, "faults": 2.0}


# Whole programs


def test_a_cold_start_has_an_empty_cache_which_the_next_process_finds_full(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fake(*arguments: str, NUMBA_CACHE_DIR: str) -> Ran:
        kernel = Path(NUMBA_CACHE_DIR, "kernel")
        empty = not kernel.exists()
        kernel.touch()
        return Ran(5.0, 4.0) if empty else Ran(2.0, 1.0)

    monkeypatch.setattr(writer, "run_program", fake)
    assert writer.main(["--cold", "--rounds", "2"]) == 0
    rows = [line.strip("|").split("|") for line in capsys.readouterr().out.splitlines()[-4:]]
    assert [(float(cpu), float(seconds)) for _, cpu, seconds in rows] == [(4.0, 5.0), (1.0, 2.0)] * 2


def test_a_program_is_measured_and_its_failure_reported() -> None:
    ran = run_program("-c", "import time\nwhile time.process_time() < 0.2: pass")
    assert ran.seconds > 0
    assert ran.cpu_seconds >= 0.1
    for program, last in (("raise SystemExit('no money')", "no money"), ("raise SystemExit(1)", "without an error")):
        with pytest.raises(InputError, match=last):
            run_program("-c", program)


# benchmarks/bits.py


NOISE = noise_digits(20)


def test_the_digest_of_training_repeats_and_detects_every_difference() -> None:
    config = tiny(3)
    result = digest_of_training(config, NOISE, 2)
    assert digest_of_training(config, NOISE, 2) == result
    others = [replace(config, seed=1), replace(config, learning_rate=1e-3), replace(config, freeze=False)]
    digests = {digest_of_training(other, NOISE, 2) for other in others}
    assert len(digests | {result, digest_of_training(config, NOISE, 3)}) == 5
    assert list(leaves({"old": 1, "inner": {"key": "text"}})) == list(leaves({"new": 1, "other": {"k": "text"}}))


def test_the_digests_of_writing_repeat_and_depend_on_the_requests() -> None:
    one, two = digests_of_writing(1), digests_of_writing(2)
    assert digests_of_writing(1) == one
    assert len(set(one.values())) == len(one) == 7 * len(FORMATS)
    assert not set(one.values()) & set(two.values())


# benchmarks/handwriting_legibility.py


def test_two_handwritings_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert handwriting_legibility.main(["--handwritings", "2"]) == 0
    *_, first, second, _, loops = capsys.readouterr().out.splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in (first, second)]
    assert [row[0] for row in rows] == ["first", "second"]
    assert all(float(row[-1]) >= 80 and row[1:-1].count("100.00") >= 7 for row in rows)
    assert loops in [f"{count} of 20 digits have a wrong number of loops." for count in (0, 1)]


def test_wrong_loops_are_counted() -> None:
    ring = np.zeros((112, 112), bool)
    ring[20:90, 20:90] = True
    ring[40:70, 40:70] = False
    assert [wrong_loops([ring], [label]) for label in (0, 1, 8, 9)] == [0, 1, 1, 0]
