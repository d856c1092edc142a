"""The command lines, tables and programs of the benchmarks, without timing anything."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from commands import assert_refused

from benchmarks import crowd, first_sheet, hostile, legible, report, seconds, step, ten_digits, writer
from benchmarks.programs import Ran, run_program, seconds_until
from benchmarks.timing import BenchmarkError, Timing
from gan.config import preset

COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "step": step.main, "ten_digits": ten_digits.main, "writer": writer.main, "crowd": crowd.main,
    "hostile": hostile.main, "first_sheet": first_sheet.main, "legible": legible.main, "seconds": seconds.main,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("step", "--threads 0", "--threads: expected a whole number of at least 1, received 0"),
        ("step", "--network vast", "--network: invalid choice: 'vast'"),
        ("step", "--json --iterations -4", "--iterations: expected a whole number of at least 1, received -4"),
        ("ten_digits", "--iterations 0", "--iterations: expected a whole number of at least 1, received 0"),
        ("writer", "--rounds 0", "--rounds: expected"),
        ("crowd", "--people 0", "--people: expected"),
        ("crowd", "--minutes 0", "--minutes: expected"),
        ("crowd", "--files 9", "--files: expected"),
        ("hostile", "--requests 0", "--requests: expected"),
        ("hostile", "--seed -1", "--seed: expected"),
        ("first_sheet", "--seeds -1", "--seeds: expected"),
        ("first_sheet", "--digit 10", "--digit: invalid choice"),
        ("legible", "--handwritings 0", "--handwritings: expected"),
        ("seconds", "", "the following arguments are required: plans"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_runs(
    name: str, options: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(COMMANDS[name], options.split(), f"benchmarks.{name}", words, capsys)


def arguments(*words: str) -> argparse.Namespace:
    return step.build_parser().parse_args(words)


def test_rows_are_the_requested_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnet.threads.available_cores", lambda: 2)
    assert len(step.rows_of(arguments())) == 4 * 2 * 2
    one = arguments("--network", "digits", "--loss", "classic", "--threads", "3")
    assert step.rows_of(one) == [("digits", "classic", 3)]
    assert len(step.rows_of(arguments("--quick"))) == 5
    monkeypatch.setattr("nnet.threads.available_cores", lambda: 1)
    assert len(step.rows_of(arguments("--quick"))) == 4


def test_configs_are_the_presets() -> None:
    assert step.config_of("reference", "classic") == preset(None, "classic", "reference")
    assert step.config_of("digits", "relativistic") == preset(0)
    assert step.config_of("quick", "relativistic") == preset(0, network="quick", generator_updates=1)


def test_without_pytorch_only_ours_is_timed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(step, "find_spec", lambda name: None)
    assert step.peers_of(arguments()) == step.peers_of(arguments("--quick")) == []
    assert capsys.readouterr().err.count(step.HINT) == 2
    monkeypatch.setattr(step, "find_spec", lambda name: object())
    assert step.peers_of(arguments()) == list(step.PEERS)
    assert step.peers_of(arguments("--peers")) == []


def test_cells_of_a_row() -> None:
    timings = {"ours": Timing([[10.0, 20.0, 30.0]], 230.4), "eager": Timing([[40.0, 40.0, 40.0]], 310.0)}
    found = step.cells(("digits", "classic", 2), timings)
    assert found[:3] == ["digits", "classic", "2"]
    assert found[3:] == ["20.0 (10.0 - 30.0)", "40.0 = 2.00x (2.00 - 2.00)", "230 / 310"]


def test_step_prints_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert step.main(["--json", "--network", "small", "--threads", "1", "--iterations", "4"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["network", "loss", "convolution", "batch", "threads", "ms", "ms_quartiles", "peak_mb"]
    assert (found["network"], found["loss"], found["batch"], found["threads"]) == ("small", "classic", 32, 1)
    assert found["ms"] > 0


def test_a_table_is_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    report.Table({"layer": 7, "ms": 1}).row(["dense", 2.5])
    assert capsys.readouterr().out == "| layer   | ms |\n| ------- | -- |\n| dense   | 2.5 |\n"


def test_an_error_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise BenchmarkError("they differ")

    assert report.run("step", fail) == 1
    assert capsys.readouterr().err == "benchmarks.step: they differ\n"


def test_a_machine_without_the_files_of_linux_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object, **options: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", missing)
    assert report.cpu_name()


def test_cores_are_divided_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    assert ten_digits.divisions(2) == [(1, 1), (1, 2), (2, 1)]
    assert ten_digits.divisions(72) == [(1, 1), (1, 72), (10, 7)]
    assert ten_digits.divisions(1) == [(1, 1)]
    ten_digits.print_table({(1, 1): [Ran(8, 300), Ran(8, 309)], (2, 1): [Ran(4, 320), Ran(4, 300)]}, iterations=2)
    assert [cell.strip() for cell in capsys.readouterr().out.splitlines()[-1].strip("|").split("|")] == [
        "2 x 1", "4.0 (4.0, 4.0)", "5.0", "320", "2.00x"
    ]  # fmt: skip


def test_kinds_of_trainings_are_sorted_by_size() -> None:
    plans = [Path(__file__).resolve().parent.parent / "docs/studies/quick.toml"]
    channels = [config.channels for config in seconds.kinds_of(plans).values()]
    assert channels == sorted(channels) != []


def test_programs_are_waited_for(tmp_path: Path) -> None:
    ran = run_program("-c", "x = bytearray(100_000_000); x[::4096] = x[::4096]")
    assert ran.seconds > 0
    assert ran.peak_mb > 100
    file = tmp_path / "done"
    assert seconds_until(file.exists, "-c", f"open({str(file)!r}, 'w').close()") > 0


def test_a_failed_program_reports_its_last_line() -> None:
    with pytest.raises(BenchmarkError, match=r"no money$"):
        run_program("-c", "raise SystemExit('no money')")
    with pytest.raises(BenchmarkError, match=r"failed without an error message$"):
        seconds_until(lambda: False, "-c", "pass")
