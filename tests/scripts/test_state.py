"""static/js/logic/state.js, words.js and chart.js, called in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.browsing import preparing

Call = Callable[..., Any]


def state(call: Call, *events: dict[str, Any]) -> Any:
    """Return the state after a snapshot and the given events."""
    run = {"run": "r", "state": "idle", "iteration": 10, "target": None, "data": "some digits", "version": "1"}
    config = {"digit": None, "seed": 0, "freeze": True, "loss": "relativistic", "batch": 8}
    figures = {"pictures": [0, 10], "metrics": [{"iteration": 10, "d_loss": 0.5, "g_loss": 1.5}]}
    snapshot = {"type": "snapshot", "config": config, "error": None} | run | figures
    now = call("logic/state", "initial")
    for event in (snapshot, *events):
        now = call("logic/state", "reduce", now, {"run": "r"} | event)
    return now


def test_repeated_events_count_once_and_pictures_are_sorted(call: Call) -> None:
    metrics = {"type": "metrics", "iteration": 20, "d_loss": 0.25, "g_loss": 2.0}
    now = state(call, metrics, metrics, {"type": "picture", "iteration": 20}, {"type": "picture", "iteration": 10})
    assert [line["iteration"] for line in now["metrics"]] == [10, 20]
    assert (now["pictures"], now["iteration"], now["connection"]) == ([0, 10, 20], 20, "open")


def sheet(iteration: int, **fields: Any) -> dict[str, Any]:
    return {"type": "sheet", "iteration": iteration, "png": f"png{iteration}", "reading": None} | fields


def evaluated(iteration: int, good: int, prefers_real: int | None = 40) -> dict[str, Any]:
    return sheet(iteration, reading={"read": [True] * good + [False] * (64 - good), "prefers_real": prefers_real})


def test_progress_has_a_row_for_each_sheet(call: Call) -> None:
    saved = {"type": "snapshot", "progress": [{"iteration": 20, "of": 64, "recognized": 5, "mistaken": None}]}
    now = state(call, saved, sheet(5), evaluated(0, 0), evaluated(10, 3), evaluated(20, 6), evaluated(30, 7, None))
    assert now["progress"] == [
        {"iteration": 10, "of": 64, "recognized": 3, "mistaken": 24},
        {"iteration": 20, "of": 64, "recognized": 6, "mistaken": 24},
        {"iteration": 30, "of": 64, "recognized": 7, "mistaken": None},
    ]
    assert [row["iteration"] for row in call("logic/state", "progressUpTo", now, 20)] == [10, 20]
    assert state(call, saved, evaluated(30, 7), {"type": "snapshot", "progress": []})["progress"] == [], "another run"


@pytest.mark.parametrize("count", [2000, 2001])
def test_long_progress_is_thinned(call: Call, count: int) -> None:
    rows = [{"iteration": at, "of": 64, "recognized": 0, "mistaken": 0} for at in range(1, count)]
    grown = state(call, {"type": "snapshot", "progress": rows}, evaluated(count, 1))["progress"]
    assert (len(grown), grown[-1]["iteration"]) == (2000 if count == 2000 else 1001, count)


TRAINING = {"type": "state", "state": "training", "iteration": 10, "target": None}


@pytest.mark.parametrize(
    ("events", "newest", "iteration"),
    [
        ([], 10, 10),
        ([sheet(13)], 13, 13),
        ([sheet(13), sheet(12)], 13, 13),
        ([sheet(13), {"type": "picture", "iteration": 13}], 13, 13),
        ([sheet(13), {"type": "picture", "iteration": 15}], 15, 15),
        ([TRAINING, sheet(13), {"type": "picture", "iteration": 15}], 13, 15),
        ([TRAINING, {"type": "picture", "iteration": 15}], 15, 15),
        ([sheet(9)], 10, 10),  # the snapshot is newer than the sheet
        ([sheet(13, run="other")], 10, 10),
        ([sheet(13), {"type": "snapshot", "pictures": [0], "iteration": 0}], 0, 0),  # the run started over
        ([sheet(13), {"type": "connection", "connection": "lost"}], 13, 13),
    ],
)
def test_the_newest_picture_is_a_sheet_or_a_saved_picture(
    call: Call, events: list[dict[str, Any]], newest: int, iteration: int
) -> None:
    now = state(call, *events)
    assert (call("logic/state", "newest", now), now["iteration"]) == (newest, iteration)
    address = call("logic/state", "pictureAddress", now, newest)
    assert address == ("data:image/png;base64,png13" if newest == 13 else f"/api/runs/r/images/{newest}.png?v=1")


@pytest.mark.parametrize(
    ("network", "status"),
    [
        ("quick", "Press Fun. Watch noise turn into digits."),
        ("digits", "Press Fun. Watch noise turn slowly into finer digits."),
    ],
)
def test_the_status_depends_on_the_network(call: Call, network: str, status: str) -> None:
    config = {"digit": None, "freeze": True, "network": network}
    now = state(call, {"type": "snapshot", "config": config, "iteration": 0, "state": "idle"})
    assert status in call("logic/words", "status", now)["text"]


def test_fun_can_be_pressed_once_before_the_program_is_ready(call: Call) -> None:
    compiling = {"type": "state", "state": "compiling", "iteration": 0, "target": None}
    pressed = state(call, {"type": "asked", "command": "fun"}, compiling)
    assert call("logic/words", "controls", pressed)["canFun"] is False
    assert "then training" in call("logic/words", "status", pressed)["text"]
    assert state(call, compiling, compiling | {"state": "idle"})["asked"] is None


def test_events_of_the_previous_run_are_ignored(call: Call) -> None:
    assert state(call, {"type": "picture", "iteration": 30, "run": "other"}) == state(call)
    assert state(call, {"type": "snapshot", "run": "new", "pictures": [0], "metrics": []})["run"] == "new"


def test_at_most_a_thousand_points_are_kept(call: Call) -> None:
    rows = [{"iteration": number, "d_loss": 1, "g_loss": 1} for number in range(2000)]
    now = state(call, {"type": "snapshot", "metrics": rows}, {"type": "metrics", "iteration": 2000, "d_loss": 1})
    iterations = [line["iteration"] for line in now["metrics"]]
    assert (len(iterations), iterations[-1], iterations[1] - iterations[0]) == (1001, 2000, 2)


@pytest.mark.parametrize(
    ("event", "text", "fun"),
    [
        ({"type": "state", "state": "training", "iteration": 12, "target": None}, "Press Stop to pause", "Stop"),
        ({"type": "state", "state": "training", "iteration": 12, "target": 1500}, "up to iteration 1,500", "Stop"),
        ({"type": "state", "state": "compiling", "iteration": 0, "target": None}, "Preparing", "Fun"),
        ({"type": "state", "state": "idle", "iteration": 0, "target": None}, "Press Fun", "Fun"),
        ({"type": "state", "state": "idle", "iteration": 12, "target": None}, "Stopped at iteration 12", "Fun"),
        ({"type": "state", "state": "gone", "iteration": 12, "target": None}, "not running", "Fun"),
        ({"type": "error", "message": "The disk is full."}, "The disk is full.", "Fun"),
        ({"type": "connection", "connection": "lost"}, "connection to the server is lost", "Fun"),
        ({"type": "connection", "connection": "lost", "reason": "Too many."}, ": Too many. Trying again.", "Fun"),
        ({"type": "asked", "command": "pause"}, "Stopping after this iteration", "Fun"),
        ({"type": "metrics", "iteration": 20, "d_loss": None, "g_loss": 1.0}, "diverged", "Fun"),
    ],
)
def test_every_state_has_a_status_and_a_button(call: Call, event: dict[str, Any], text: str, fun: str) -> None:
    now = state(call, event)
    assert text in call("logic/words", "status", now)["text"]
    controls = call("logic/words", "controls", now)
    assert controls["fun"] == fun
    takes = event["type"] not in ("connection", "asked")
    assert controls["canFun"] is takes
    assert controls["canTrain"] is (takes and event.get("state") != "compiling" and fun == "Fun")


@pytest.mark.parametrize(
    ("iteration", "pictures", "state", "allowed"),
    [(0, [0], "idle", False), (3, [0], "idle", True), (0, [0], "training", True), (0, [0, 25], "gone", True),
     (0, [], "gone", False), (0, [0], "compiling", False)],
)  # fmt: skip
def test_start_over_is_enabled_if_there_is_something_to_delete(
    call: Call, iteration: int, pictures: list[int], state: str, allowed: bool
) -> None:
    """A run with a damaged checkpoint still has pictures, although its worker exited at iteration 0."""
    now: dict[str, Any] = {"connection": "open", "run": "all-digits", "asked": None}
    now |= {"state": state, "iteration": iteration, "pictures": pictures}
    assert call("logic/words", "controls", now)["canReset"] is allowed


@pytest.mark.parametrize("freeze", [True, False])
def test_the_words_follow_the_lock(call: Call, freeze: bool) -> None:
    state = call("logic/state", "initial") | {"run": "r", "config": {"freeze": freeze, "freeze_switches": []}}
    unlocked = []
    for switches in ([], [40], [40, 60]):
        event = {"type": "lock", "run": "r", "iteration": 60, "freeze_switches": switches}
        config = call("logic/state", "reduce", state, event)["config"]
        unlocked.append(call("logic/words", "isUnlocked", config))
        assert call("logic/words", "worth", config, 64).startswith("Not worth much") is unlocked[-1]
    assert unlocked == ([False, True, False] if freeze else [True, False, True])


def test_the_status_describes_the_users_run_beside_the_recorded_one(call: Call) -> None:
    now = state(call, {"type": "state", "state": "idle", "iteration": 12, "target": None})
    text = call("logic/words", "status", now, True)["text"]
    assert text == "Your own run stopped at iteration 12. Press Fun to continue."


def test_a_run_gets_a_name(call: Call) -> None:
    named = state(call, {"type": "label", "label": "Mine"})
    assert (named["label"], call("logic/state", "reduce", named, {"type": "runs"})["listed"]) == ("Mine", 1)


def test_a_run_is_prepared_until_its_state_changes_or_the_connection_is_lost(call: Call) -> None:
    half = preparing(12, "training", run="r")
    compiling = {"type": "snapshot", "state": "compiling"}
    assert state(call, compiling, half)["preparing"] == half
    assert state(call, compiling, half | {"part": "writer", "run": None})["preparing"] is None
    for end in ({"type": "state", "state": "idle"}, {"type": "connection", "connection": "lost"}):
        assert state(call, compiling, half, end)["preparing"] is None


def test_the_preference_of_the_judge_is_compared_with_guessing(call: Call) -> None:
    reading = {"prefers_real": 35, "near": [True] * 64}
    frozen = call("logic/words", "preference", reading, {"freeze": True})
    assert (frozen["value"], "32 of 64 would be guessing" in frozen["worth"]) == ("35 of 64", True)
    assert "not locked" in call("logic/words", "preference", reading, {"freeze": False})["worth"]
    for unknown in (None, {"prefers_real": None, "near": None}):
        assert call("logic/words", "preference", unknown, None)["value"] == "–"


def test_the_chart_has_lines_with_gaps(call: Call) -> None:
    rows = [{"iteration": 10 * number, "d": number, "g": None if number == 1 else 0} for number in range(1, 4)]
    chart = call("logic/chart", "layOut", rows, ["d", "g"], 400, 260)
    d, g = chart["lines"]
    assert (d["faint"].count("L"), g["faint"].count("L")) == (2, 1)
    ends = [[float(number) for number in line["path"].rpartition("L")[2].split()] for line in (d, g)]
    assert ends[0][0] == 400 - 24
    assert ends[0][1] < ends[1][1], "larger values are higher"
    assert chart["yTicks"][0] == 0
    assert chart["yTicks"][-1] >= 3
    empty = call("logic/chart", "layOut", [], ["d", "g"], 400, 260)
    wide = call("logic/chart", "layOut", rows, ["d", "g"], 400, 260, [0, 32, 64], 60)
    assert (wide["yTicks"], wide["xTicks"][-1]) == ([0, 32, 64], 60)
    assert float(wide["lines"][0]["path"].rpartition("L")[2].split()[0]) == (40 + 376) / 2, "30 of 60"
    assert [line["path"] for line in empty["lines"]] == ["", ""]


def test_smoothing_keeps_short_and_level_lines(call: Call) -> None:
    short = [[number, number % 3] for number in range(20)]
    assert call("logic/chart", "smooth", short) == short
    level = [[number, 2] for number in range(500)]
    assert [value for _, value in call("logic/chart", "smooth", level)] == pytest.approx([2] * 500)
