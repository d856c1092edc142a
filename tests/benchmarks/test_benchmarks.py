"""The benchmarks' command lines, tables and figures. These tests do not time anything."""

import argparse
import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from benchmarks import step, workers_and_threads, writer
from benchmarks.bits import FORMATS, digest_of_training, digests_of_writing, leaves
from benchmarks.handwriting_legibility import measure, real_digits, shown, unchanged
from benchmarks.programs import Ran, run_program
from benchmarks.timing import Timing
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
        ("workers_and_threads --divisions 2x", "--divisions: expected a whole number of at least 1"),
        ("crowd --minutes 0", "--minutes: expected"),
        ("study_seconds", "the following arguments are required: plans"),
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
    asked = argparse.Namespace(peers=None, quick=False)
    monkeypatch.setattr(step, "find_spec", lambda name: None)
    assert step.peers_of(asked) == []
    assert capsys.readouterr().err.count(step.HINT) == 1
    monkeypatch.setattr(step, "find_spec", lambda name: object())
    assert step.peers_of(asked) == list(step.PEERS)


def test_a_row_contains_medians_quartiles_and_memory() -> None:
    timings = {"ours": Timing([[10.0, 20.0, 30.0]], 230.4), "eager": Timing([[40.0, 40.0, 40.0]], 310.0)}
    result = step.cells(("digits", "classic", 2), timings)
    assert result[:3] == ["digits", "classic", "2"]
    assert result[3:] == ["20.0 (10.0 - 30.0)", "40.0 = 2.00x (2.00 - 2.00)", "230 / 310"]


def test_step_prints_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert step.main("--json --network small --threads 1 --iterations 4".split()) == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result) == ["network", "loss", "batch", "threads", "ms", "ms_quartiles", "peak_mb"]
    assert (result["network"], result["loss"], result["batch"], result["threads"]) == ("small", "classic", 32, 1)
    assert 0 < result["ms_quartiles"][0] <= result["ms"] <= result["ms_quartiles"][1]


# Whole programs


def test_a_cold_start_has_an_empty_cache_which_the_next_process_finds_full(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fake(*arguments: str, NUMBA_CACHE_DIR: str) -> Ran:
        kernel = Path(NUMBA_CACHE_DIR, "kernel")
        empty = not kernel.exists()
        kernel.touch()
        return Ran(5.0, 1.0, 4.0) if empty else Ran(2.0, 1.0, 1.0)

    monkeypatch.setattr(writer, "run_program", fake)
    assert writer.main(["--cold", "--rounds", "2"]) == 0
    rows = [line.strip("|").split("|") for line in capsys.readouterr().out.splitlines()[-4:]]
    assert [(float(cpu), float(seconds)) for _, cpu, seconds in rows] == [(4.0, 5.0), (1.0, 2.0)] * 2


def test_cores_are_divided_both_ways(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert workers_and_threads.divisions(2) == [(1, 1), (1, 2), (2, 1)]
    assert workers_and_threads.divisions(16) == [(1, 1), (1, 16), (10, 1.6)]
    assert workers_and_threads.divisions(1) == [(1, 1)]
    runs = iter([Ran(0, 0, 0), Ran(8, 300, 8), Ran(4, 320, 8), Ran(8, 309, 8), Ran(4, 300, 8)])
    monkeypatch.setattr(workers_and_threads, "run_program", lambda *command: next(runs))
    options = "--divisions 1x1 2x1 --rounds 2 --iterations 2".split()
    assert workers_and_threads.main(options) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert [cell.strip() for cell in last.strip("|").split("|")] == ["2 x 1", "4.0 (4.0, 4.0)", "5.0", "320", "2.00x"]


def test_a_program_is_measured_and_its_failure_reported() -> None:
    ran = run_program("-c", "x = bytearray(100_000_000); x[::4096] = x[::4096]")
    assert ran.seconds > 0
    assert ran.peak_mb > 100
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
    assert len(set(one.values())) == len(one) == 8 * len(FORMATS)
    assert not set(one.values()) & set(two.values())


# benchmarks/handwriting_legibility.py


def test_two_handwritings_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    measure(argparse.Namespace(handwritings=2, data=None))
    printed = capsys.readouterr().out
    assert "Real digits: 20 of 5,000-digit sample." in printed
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines()[-6:]]
    assert [row[:2] for row in rows[:2]] == [["2 handwritings", "first"], ["2 handwritings", "second"]]
    assert all(float(row[-2]) >= 80 and row[2:-2].count("100.00") >= 7 for row in rows)
    assert rows[0][-1] in ("0 of 20", "1 of 20")


def test_wrong_loops_are_counted() -> None:
    ring = np.zeros((112, 112), bool)
    ring[20:90, 20:90] = True
    ring[40:70, 40:70] = False
    assert shown([ring] * 4, [0, 1, 8, 9]).wrong_loops.tolist() == [False, True, True, False]
    assert unchanged(real_digits(None, 500)).wrong_loops.mean() < 0.25
