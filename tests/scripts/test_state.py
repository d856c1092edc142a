"""static/js/logic/state.js, words.js, chart.js and drawing-labels.js, called in a real browser."""

from typing import Any

import pytest

from gan.drawings.recognition import Recognition
from gan.rules.config import Config
from gan.runs.sheet_evaluation import Evaluation
from tests.helpers.browsing import Call, preparing
from tests.helpers.fake_worker import tiny
from tests.scripts.test_tables import RATED, answer


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


def test_fun_can_be_pressed_once_before_the_program_is_ready(call: Call) -> None:
    compiling = {"type": "state", "state": "compiling", "iteration": 0, "target": None}
    pressed = state(call, {"type": "asked", "command": "fun"}, compiling)
    assert call("logic/words", "controls", pressed)["canFun"] is False
    assert "then training" in call("logic/words", "status", pressed)["text"]
    assert state(call, compiling, compiling | {"state": "idle"})["asked"] is None


def test_events_of_the_previous_run_are_ignored(call: Call) -> None:
    assert state(call, {"type": "picture", "iteration": 30, "run": "other"}) == state(call)
    assert state(call, {"type": "snapshot", "run": "new", "pictures": [0], "metrics": []})["run"] == "new"


def untrained(network: str) -> dict[str, Any]:
    config = {"digit": None, "freeze": True, "network": network}
    return {"type": "snapshot", "config": config, "iteration": 0, "state": "idle"}


def test_at_most_a_thousand_points_are_kept(call: Call) -> None:
    rows = [{"iteration": number, "d_loss": 1, "g_loss": 1} for number in range(2000)]
    now = state(call, {"type": "snapshot", "metrics": rows}, {"type": "metrics", "iteration": 2000, "d_loss": 1})
    iterations = [line["iteration"] for line in now["metrics"]]
    assert (len(iterations), iterations[-1], iterations[1] - iterations[0]) == (1001, 2000, 2)


@pytest.mark.parametrize(
    ("event", "text", "fun"),
    [
        (untrained("quick"), "Press Fun.", "Fun"),
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


@pytest.mark.parametrize(
    ("recognized", "names", "fun"), [(57, [], "Fun"), (58, [], "Start from noise"), (64, ["A"], "Fun"), (0, [], "Fun")]
)
def test_a_run_that_has_learned_offers_a_new_one(call: Call, recognized: int, names: list[str], fun: str) -> None:
    now = state(call, evaluated(20, recognized)) | {"config": {"freeze": True, "names": names}}
    controls, again = call("logic/words", "controls", now), fun != "Fun"
    assert (controls["fun"], controls["canContinue"]) == (fun, again)
    assert controls["funCommand"] == ("restart" if again else "fun")
    assert ("Press Fun" in call("logic/words", "status", now)["text"]) is not again
    training = call("logic/words", "controls", now | {"state": "training"})
    assert (training["fun"], training["canContinue"]) == ("Stop", False)


def test_the_status_says_once_how_long_learning_took(call: Call) -> None:
    learned = sheet(20, most_after=4.52, half_after=1.0)
    now = state(call, {"type": "state", "state": "training", "iteration": 12, "target": None}, learned)
    assert call("logic/words", "status", now)["text"] == "Learned to draw in 4.5 s."
    pressed = call("logic/state", "reduce", now, {"type": "lock", "run": "r", "iteration": 20, "freeze_switches": [20]})
    assert call("logic/words", "status", pressed)["text"] == "Training. Press Stop to pause."


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


# Marks and sentences about a sheet and a drawing


def test_every_drawing_has_a_mark_in_its_corner(call: Call) -> None:
    reading = Evaluation(Recognition((7, 1, 3, 4, 5), (0.9, 0.899, 1.0, 0.95, 0.2))).fields(tiny(None))
    marks = call("logic/drawing-labels", "marks", reading)
    assert [mark["text"] for mark in marks] == ["7", "?", "3", "4", "?"]
    places = [(mark["x"], mark["y"]) for mark in marks]
    # This sheet has three drawings per row.
    assert all(22 < x - 30 * (index % 3) <= 30 for index, (x, _) in enumerate(places))
    assert all(22 < y - 30 * (index // 3) <= 30 for index, (_, y) in enumerate(places))


FOUR = Recognition((8, 1, 3, 3), (1.0, 0.95, 0.5, 0.99))
EIGHTS = Recognition((8, 5, 8, 8), (1.0, 1.0, 0.5, 0.9))
SIX = Evaluation(
    Recognition((3, 3, 5, 3, 3, 3), (1.0, 1.0, 1.0, 0.5, 1.0, 1.0)), (True, False, False, True, True, True), 2
)


@pytest.mark.parametrize(
    ("seen", "config", "marks", "spoken", "meant", "key"),
    [
        (
            Evaluation(FOUR), tiny(None, labels=True), "wrong 8, right 1, unsure ?, right 3",
            "Recognized: 2 of 4. Row by row: 8 for 0 1; unsure 3.",
            "is at least 90 % sure of the digit asked for, 0 to 9 in turn.", "?: unsure. Crossed out: wrong.",
        ),
        (
            Evaluation(FOUR), tiny(None), "right 8, right 1, unsure ?, right 3",
            "Recognized: 3 of 4. Row by row: 8 1; unsure 3.", "is at least 90 % sure of a digit.", "?: unsure.",
        ),
        (  # on a sheet of one digit, recognized drawings have no mark
            Evaluation(EIGHTS), tiny(8), "wrong 5, unsure ?",
            "Recognized: 2 of 4. Row by row: 8 5 for 8; unsure 8.",
            "is at least 90 % sure that it is an 8.", "?: unsure. Crossed out: wrong.",
        ),
        (  # drawings far from real digits are not recognized
            SIX, tiny(3), "unsure ×, unsure ×, unsure ?",
            "Recognized: 3 of 6. Row by row: 3 far from real far from real; unsure 3 3.",
            "sure that it is a 3, and the drawing is close to a real digit.", "?: unsure. ×: no digit.",
        ),
        (
            Evaluation(Recognition((3, 3), (1.0, 1.0))), tiny(3), "", "Recognized: 2 of 2. Row by row: 3 3.",
            "3.", "",
        ),
    ],
)  # fmt: skip
def test_a_sheet_is_described(
    call: Call, seen: Evaluation, config: Config, marks: str, spoken: str, meant: str, key: str
) -> None:
    reading = seen.fields(config)
    found = call("logic/drawing-labels", "marks", reading)
    kinds = ["right" if mark["good"] else "wrong" if mark["other"] else "unsure" for mark in found]
    assert ", ".join(f"{kind} {mark['text']}" for kind, mark in zip(kinds, found, strict=True)) == marks
    assert call("logic/drawing-labels", "summary", reading) == spoken.partition(".")[0]
    assert call("logic/drawing-labels", "spoken", reading) == spoken
    legend = call("logic/drawing-labels", "legend", reading)
    assert legend.startswith("Recognized: a third network, the classifier, is at least 90 % ")
    assert legend.endswith(meant)
    assert call("logic/drawing-labels", "key", found) == key


def test_the_server_sets_the_confidence_that_counts_as_sure(call: Call) -> None:
    reading = Evaluation(Recognition((7, 1), (0.5, 0.25))).fields(tiny(None)) | {"sure": 0.4, "read": [True, False]}
    assert [mark["text"] for mark in call("logic/drawing-labels", "marks", reading)] == ["7", "?"]
    assert "at least 40 % sure" in call("logic/drawing-labels", "legend", reading)


@pytest.mark.parametrize(("good", "readable"), [(0, False), (2, False), (3, True), (9, True)])
def test_labels_appear_once_a_third_is_recognized(call: Call, good: int, readable: bool) -> None:
    reading = Evaluation(Recognition((3,) * 9, (1.0,) * good + (0.1,) * (9 - good))).fields(tiny(3))
    assert call("logic/drawing-labels", "isReadable", reading) is readable
    few = f"Recognized: {good} of 9"
    assert (
        [call("logic/drawing-labels", name, reading) for name in ("summary", "spoken")] == [few, few]
    ) is not readable


@pytest.mark.parametrize(("good", "can"), [(8, False), (9, True), (10, True)])
def test_a_network_for_all_digits_can_write_once_nine_in_ten_are_recognized(call: Call, good: int, can: bool) -> None:
    seen = Recognition(tuple(range(10)), (1.0,) * good + (0.1,) * (10 - good))
    assert call("logic/drawing-labels", "canWrite", Evaluation(seen).fields(tiny(None, labels=True))) is can
    assert call("logic/drawing-labels", "canWrite", Evaluation(seen).fields(tiny(None))) is False
    assert (
        call("logic/drawing-labels", "canWrite", Evaluation(Recognition((3,) * 10, (1.0,) * 10)).fields(tiny(3)))
        is False
    )


# One drawing


@pytest.mark.parametrize(
    ("changes", "watches", "mode"),
    [
        ({}, True, "judge"),
        ({"state": "training"}, True, "judge"),
        ({"state": "compiling"}, True, None),
        ({"state": "gone"}, True, "kept"),
        ({"state": "closed"}, True, "kept"),
        ({"connection": "lost"}, True, None),
        ({"recorded": True}, True, "kept"),
        ({"run": None}, True, None),
        ({}, False, "kept"),
        ({"state": "training"}, False, "kept"),
        ({"connection": "lost"}, False, None),
    ],
)
def test_a_live_run_has_a_judge_and_a_saved_picture_only_its_evaluation(
    call: Call, changes: dict[str, Any], watches: bool, mode: str | None
) -> None:
    shown = call("logic/state", "initial") | {"run": "r", "connection": "open", "state": "idle"} | changes
    assert call("logic/drawing-labels", "inspectMode", shown, 20, watches, 242) == mode
    fewer = call("logic/drawing-labels", "inspectMode", shown, 20, watches, 122)
    assert fewer == ("judge" if mode == "judge" else None), "a smaller sheet has other places"


def test_verdict_and_step_are_sentences(call: Call) -> None:
    assert call("logic/network-diagram", "rated", answer(), {"freeze": False}).startswith(f"{RATED} Not worth much")
    address = call("logic/state", "keptAddress", {"run": "digit-3", "version": "a1"}, "20/13.json")
    assert address == "/api/runs/digit-3/images/20/13.json?v=a1"
    step = call("logic/drawing-labels", "afterStep", answer())
    assert "After it, the judge prefers the real digit 2 of 64 times." in step


def test_the_newest_explanation_is_kept_until_a_snapshot(call: Call) -> None:
    now = call("logic/state", "initial") | {"run": "r", "iteration": 200}
    for event, kept, at in (
        (answer() | {"type": "answer", "run": "r"}, 240, 240),
        (answer() | {"type": "answer", "run": "other", "iteration": 300}, 240, 240),
        (answer() | {"type": "answer", "run": "r", "iteration": 250}, 250, 250),
    ):
        now = call("logic/state", "reduce", now, event)
        assert (now["answer"]["iteration"], now["iteration"]) == (kept, at)
    assert call("logic/state", "reduce", now, {"type": "snapshot", "run": "r"})["answer"] is None


def test_a_note_stays_until_the_next_one(call: Call) -> None:
    notes = [{"type": "note", "message": message} for message in ("slow", "not saved")]
    assert state(call, *notes, {"type": "snapshot"}, {"type": "state", "state": "idle"})["note"] == "not saved"
