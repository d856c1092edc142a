"""The benchmarks' command lines, tables and figures. These tests do not time anything."""

import json
import math
import subprocess
import sys
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web

from benchmarks import cores, first_sheet, handwriting_legibility, roofline, step, writer
from benchmarks.crowd_clients import Waits, connect, percentile, watch
from benchmarks.handwriting_legibility import wrong_loops
from benchmarks.programs import ROOT, Ran, run_program
from benchmarks.timing import Timing
from gan.errors import InputError
from gan.rules.config import preset

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


def test_step_prints_one_line_of_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(step, "time_row", lambda *_: ({"ours": Timing([[1.0, 2.0, 3.0]], 99.6)}, {}))
    assert step.main("--json --network small --threads 1".split()) == 0
    row = {"network": "small", "loss": "classic", "batch": 32, "threads": 1, "ms": 2.0, "peak_mb": 100}
    assert capsys.readouterr().out == f"{json.dumps(row)}\n"


# benchmarks/roofline.py


def test_the_work_of_a_part_is_what_its_arrays_have() -> None:
    A, C = np.zeros((64, 8, 96), np.float32), np.zeros((64, 8, 48), np.float32)
    x, y = np.zeros((2, 28, 28, 1), np.float32), np.zeros((2, 14, 14, 24), np.float32)
    functions = [function for part in roofline.PARTS.values() for function in part]
    assert all(callable(getattr(owner, name)) for owner, name, _ in functions)
    work = {name: measure for _, name, measure in functions if name != "forward"}
    assert work["multiply"](A, A, C, None)[0] == 64 * 8 * 96 * 48
    assert work["weight_gradient"](x, y, None)[0] == 2 * 14 * 14 * 16 * 24  # one channel, 4 x 4 taps
    assert work["bias_leaky"](y, None, 0.2, None) == (0, 2 * y.nbytes, y.nbytes)  # in place: in the cache once
    assert work["adam"]([(x, x, y, y)], None)[1:] == (4 * x.nbytes - x.nbytes + 4 * y.nbytes, x.nbytes + y.nbytes)


# benchmarks/cores.py


def test_the_times_of_more_cores_contain_the_waiting_of_the_measured_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    shares, measured = {1: 20.0, 2: 11.0, 4: 6.0, 8: 4.0}, {1: 19.0, 2: 13.0}
    times = iter([*shares.values(), *measured.values()] * cores.ROUNDS)
    monkeypatch.setattr(cores, "useful_cores", lambda batch: batch // 8)
    monkeypatch.setattr(cores, "trainer_of", lambda *_: None)
    monkeypatch.setattr(cores, "milliseconds", lambda _: next(times))
    assert cores.time_network(preset(0), 2) == (shares, {**measured, 4: 8.0, 8: 6.0})


def test_the_time_of_all_runs_is_that_of_their_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "useful_cores", lambda batch: batch // 8)
    times = {1: 20.0, 2: 12.0, 4: 8.0, 8: 6.0}
    found = {n: cores.seconds(n, 10, 64, times) for n in (1, 4, 16, 72)}
    assert found == {1: (1, 1, 1600.0), 4: (4, 1, 480.0), 16: (10, 1, 160.0), 72: (10, 4, 64.0)}
    assert cores.seconds(72, 1, 64, times) == (1, 8, 48.0)


def test_a_share_is_timed_without_helpers() -> None:
    with ExitStack() as stack:
        trainer = cores.trainer_of(preset(3, network="quick"), cores.Alone(4), stack)
        before = trainer.iteration
        assert cores.milliseconds(trainer) > 0
        assert trainer.iteration > before


# Whole programs


def test_a_cold_start_has_an_empty_cache(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
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


# benchmarks/crowd.py


async def test_failures_are_recorded(aiohttp_server: Any) -> None:
    async def events(request: web.Request) -> web.WebSocketResponse:
        """Close after one sheet."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(json.dumps({"type": "sheet", "drawn_at": 0.0}))
        await socket.close(code=1013)
        return socket

    app = web.Application()
    app.router.add_get("/api/events", events)
    running = await aiohttp_server(app)
    waits, sheets = Waits([]), Waits([])
    async with connect(str(running.make_url("")).rstrip("/")) as session:
        await waits.get(session, "/api/write", number="1")
        await watch(session, sheets)
    async with connect("http://127.0.0.1:1") as session:
        await waits.get(session, "/api/write")
    assert waits.seconds == []
    assert waits.errors[0].startswith("/api/write: ClientResponseError 404")
    assert waits.errors[1].startswith("/api/write: ClientConnectorError")
    assert len(sheets.seconds) == 1
    assert sheets.errors == ["a watcher was closed with 1013"]


def test_percentiles() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([7.0], 0.95)) == (50, 99, 7)
    assert math.isinf(percentile([], 0.5))
    assert str(Waits([], [0.001, 0.002, 0.1])) == "2 ms; 99 %: 100; longest: 100"


@pytest.mark.full
def test_a_small_crowd() -> None:
    """The server may open only a few files, so that requests with missing bodies could use them up."""
    options = "--watchers 8 --people 2 --bodies 80 --minutes 0.1 --files 220"
    command = [sys.executable, "-m", "benchmarks.crowd", *options.split()]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line.strip("| ").split("|") for line in completed.stdout.splitlines() if line.startswith("| ")]
    rows = {what.strip(): figure.strip() for what, figure in lines}
    assert rows["errors"] == "none"
    assert float(rows["training alone"].split()[0]) > 0
    assert int(next(what for what in rows if "sheets" in what).split()[0]) > 8
    assert int(rows["numbers/s without training"].split()[0]) > 0


# benchmarks/first_sheet.py


def test_seconds_count_from_the_press_and_for_new_sheets_only() -> None:
    # (at, share, drawn, iteration); the first sheet was drawn before the press
    sheets = (1100, 1, 800, 0), (1200, 0, 1150, 1), (1500, 0.5, 1420, 9), (1700, 0.3, 1690, 20), (3000, 0.9, 2930, 90)
    names = ("at", "share", "drawn", "iteration")
    row = first_sheet.figures({"pressed": 1000.0, "shown": [dict(zip(names, sheet, strict=True)) for sheet in sheets]})
    assert (row["first"], row["half"], row["nine_in_ten"]) == (0.2, 0.5, 2.0)
    assert row["delays_ms"] == [50, 80, 10, 70]
    assert first_sheet.cells(7, row) == ["7", "0.20", "0.50", "2.00", "20.0", "50", "80", "4"]


def test_missing_events_count_as_latest() -> None:
    nothing = first_sheet.figures({"pressed": 1000.0, "shown": []})
    assert first_sheet.cells("x", nothing) == ["x", "-", "-", "-", "inf", "inf", "inf", "0"]
    same = {"first": 1.0, "nine_in_ten": math.inf, "iteration_ms": 8.0}
    rows = [same | {"half": half, "delays_ms": [half]} for half in (2.0, math.inf, 4.0)]
    assert first_sheet.medians(rows) == same | {"half": 4.0, "delays_ms": [2.0, math.inf, 4.0]}


def test_a_missing_browser_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    monkeypatch.setattr(first_sheet, "compile_kernels", lambda: None)
    monkeypatch.setattr(first_sheet, "server", lambda: nullcontext(("http://nowhere", None)))
    assert first_sheet.main(["--seeds", "0"]) == 2
    assert "expected a browser, found no playwright; pip install" in capsys.readouterr().err


@pytest.mark.full
def test_a_user_presses_fun(browser: Any) -> None:
    """The fixture `browser` is used only to skip the test without Chromium. The command starts its own browser."""
    command = [sys.executable, "-m", "benchmarks.first_sheet", "--seeds", "3", "--seconds", "1"]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    name, first, *_, sheets = (cell.strip() for cell in completed.stdout.splitlines()[-1].strip("|").split("|"))
    assert name == "median"
    assert float(first) > 0
    assert int(sheets) > 0
