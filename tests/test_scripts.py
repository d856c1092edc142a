"""The pure modules of static/js, called in a real browser with values of Python."""

from collections.abc import Callable
from typing import Any

import pytest


def state(call: Callable[..., Any], *events: dict[str, Any]) -> Any:
    """The state after a snapshot and some events."""
    snapshot = {
        "type": "snapshot",
        "run": "r",
        "config": {"digit": None, "seed": 0, "freeze": True, "loss": "relativistic", "batch": 8},
        "state": "idle",
        "iteration": 10,
        "target": None,
        "data": "some digits",
        "version": "1",
        "pictures": [0, 10],
        "metrics": [{"iteration": 10, "d_loss": 0.5, "g_loss": 1.5}],
        "error": None,
    }
    now = call("logic/state", "initial")
    for event in (snapshot, *events):
        now = call("logic/state", "reduce", now, {"run": "r"} | event)
    return now


def test_state_takes_in_events_once_and_in_order(call: Callable[..., Any]) -> None:
    metrics = {"type": "metrics", "iteration": 20, "d_loss": 0.25, "g_loss": 2.0}
    now = state(call, metrics, metrics, {"type": "picture", "iteration": 20}, {"type": "picture", "iteration": 10})
    assert [line["iteration"] for line in now["metrics"]] == [10, 20]
    assert (now["pictures"], now["iteration"], now["connection"]) == ([0, 10, 20], 20, "open")


def watched(iteration: int, **more: Any) -> dict[str, Any]:
    """The event of a sheet."""
    return {"type": "sheet", "iteration": iteration, "png": f"png{iteration}", "reading": None} | more


TRAINS = {"type": "state", "state": "training", "iteration": 10, "target": None}


@pytest.mark.parametrize(
    ("events", "newest", "iteration"),
    [
        ([], 10, 10),
        ([watched(13)], 13, 13),
        ([watched(13), watched(12)], 13, 13),
        ([watched(13), {"type": "picture", "iteration": 13}], 13, 13),
        ([watched(13), {"type": "picture", "iteration": 15}], 15, 15),
        ([TRAINS, watched(13), {"type": "picture", "iteration": 15}], 13, 15),
        ([TRAINS, {"type": "picture", "iteration": 15}], 15, 15),
        ([watched(9)], 10, 10),  # what the snapshot says is newer
        ([watched(13, run="other")], 10, 10),
        ([watched(13), {"type": "snapshot", "pictures": [0], "iteration": 0}], 0, 0),  # it was reset
        ([watched(13), {"type": "connection", "connection": "lost"}], 13, 13),
    ],
)
def test_the_newest_picture_is_the_one_watched_or_kept(
    call: Callable[..., Any], events: list[dict[str, Any]], newest: int, iteration: int
) -> None:
    now = state(call, *events)
    assert (call("logic/state", "newest", now), now["iteration"]) == (newest, iteration)
    address = call("logic/state", "pictureAddress", now, newest)
    assert address == ("data:image/png;base64,png13" if newest == 13 else f"/api/runs/r/images/{newest}.png?v=1")


def test_a_sheet_may_be_watched_before_any_picture_is_kept(call: Callable[..., Any]) -> None:
    assert call("logic/state", "newest", {"pictures": [], "sheet": watched(0)}) == 0


@pytest.mark.parametrize(
    ("network", "promise", "name"),
    [
        ("quick", "Press Fun. Watch noise turn into digits in seconds.", "all digits, quick"),
        (
            "digits",
            "Press Fun. Watch noise turn into finer digits: one in minutes, all in an hour.",
            "all digits, fine",
        ),
        ("reference", "Press Fun. Watch noise turn into digits.", "all digits, reference"),
    ],
)
def test_the_page_says_which_network_it_is(call: Callable[..., Any], network: str, promise: str, name: str) -> None:
    config = {"digit": None, "freeze": True, "network": network}
    now = state(call, {"type": "snapshot", "config": config, "iteration": 0, "state": "idle"})
    assert promise in call("logic/words", "status", now)["text"]
    assert call("logic/words", "runAndNetwork", config) == name


def test_state_ignores_the_run_that_was_live_before(call: Callable[..., Any]) -> None:
    assert state(call, {"type": "picture", "iteration": 30, "run": "other"}) == state(call)
    assert state(call, {"type": "snapshot", "run": "new", "pictures": [0], "metrics": []})["run"] == "new"


def test_state_keeps_a_bounded_number_of_points(call: Callable[..., Any]) -> None:
    rows = [{"iteration": number, "d_loss": 1, "g_loss": 1} for number in range(2000)]
    now = state(call, {"type": "snapshot", "metrics": rows}, {"type": "metrics", "iteration": 2000, "d_loss": 1})
    kept = [line["iteration"] for line in now["metrics"]]
    assert (len(kept), kept[-1], kept[1] - kept[0]) == (1001, 2000, 2)


@pytest.mark.parametrize(
    ("event", "text", "fun"),
    [
        ({"type": "state", "state": "training", "iteration": 12, "target": None}, "Press Stop to pause", "Stop"),
        ({"type": "state", "state": "training", "iteration": 12, "target": 1500}, "up to iteration 1,500", "Stop"),
        ({"type": "state", "state": "compiling", "iteration": 0, "target": None}, "Compiling", "Fun"),
        ({"type": "state", "state": "idle", "iteration": 0, "target": None}, "Press Fun", "Fun"),
        ({"type": "state", "state": "idle", "iteration": 12, "target": None}, "Stopped at iteration 12", "Fun"),
        ({"type": "state", "state": "gone", "iteration": 12, "target": None}, "not running", "Fun"),
        ({"type": "error", "message": "The disk is full."}, "The disk is full.", "Fun"),
        ({"type": "connection", "connection": "lost"}, "connection to the server is lost", "Fun"),
        (
            {"type": "connection", "connection": "lost", "reason": "Too many."},
            "connection: Too many. Trying again.",
            "Fun",
        ),
        ({"type": "asked", "command": "pause"}, "Stopping after this iteration", "Fun"),
        ({"type": "metrics", "iteration": 20, "d_loss": None, "g_loss": 1.0}, "diverged", "Fun"),
    ],
)
def test_words_for_every_state(call: Callable[..., Any], event: dict[str, Any], text: str, fun: str) -> None:
    now = state(call, event)
    assert text in call("logic/words", "status", now)["text"]
    controls = call("logic/words", "controls", now)
    assert controls["fun"] == fun
    settled = event.get("state") != "compiling" and event["type"] not in ("connection", "asked")
    assert controls["canFun"] is settled
    assert controls["canTrain"] is (settled and fun == "Fun")


@pytest.mark.parametrize(
    ("iteration", "pictures", "word", "can"),
    [(0, [0], "idle", False), (3, [0], "idle", True), (0, [0], "training", True), (0, [0, 25], "gone", True),
     (0, [], "gone", False), (0, [0], "compiling", False)],
)  # fmt: skip
def test_reset_where_there_is_something_to_throw_away(
    call: Callable[..., Any], iteration: int, pictures: list[int], word: str, can: bool
) -> None:
    """Also where a run could not be opened, for its checkpoint is damaged: its process has gone and stood at 0."""
    now: dict[str, Any] = {"connection": "open", "run": "all-digits", "asked": None}
    now |= {"state": word, "iteration": iteration, "pictures": pictures}
    assert call("logic/words", "controls", now)["canReset"] is can


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "1 s"), (59.6, "60 s"), (90, "2 min"), (3600, "60 min"), (9000, "2.5 h")]
)
def test_durations(call: Callable[..., Any], seconds: float, text: str) -> None:
    assert call("logic/words", "duration", seconds) == text


@pytest.mark.parametrize(
    ("row", "freeze", "text"),
    [
        (None, True, "–"),
        (None, False, "– (not locked)"),
        ({"d_change": 0}, True, "0 (locked)"),
        ({"d_change": 0.25}, False, "0.250 (not locked)"),
    ],
)
def test_change_of_the_frozen_and_the_unfrozen(call: Callable[..., Any], row: Any, freeze: bool, text: str) -> None:
    assert call("logic/words", "change", {"freeze": freeze}, row) == text


@pytest.mark.parametrize(
    ("bounds", "wanted", "ticks"),
    [((0, 1), 5, [0, 0.2, 0.4, 0.6, 0.8, 1]), ((0, 7.3), 5, [0, 2, 4, 6, 8]), ((-3, 12), 3, [-5, 0, 5, 10, 15])],
)
def test_ticks_are_round_and_enclose(call: Callable[..., Any], bounds: Any, wanted: int, ticks: list[float]) -> None:
    assert call("logic/chart", "ticks", *bounds, wanted) == ticks


def test_chart_lays_out_lines_and_leaves_gaps_out(call: Callable[..., Any]) -> None:
    rows = [{"iteration": 10 * number, "d": number, "g": None if number == 1 else 0} for number in range(1, 4)]
    chart = call("logic/chart", "layOut", rows, ["d", "g"], 400, 260)
    d, g = chart["lines"]
    assert (d["faint"].count("L"), g["faint"].count("L")) == (2, 1)
    ends = [[float(number) for number in line["path"].rpartition("L")[2].split()] for line in (d, g)]
    assert ends[0][0] == 400 - 24
    assert ends[0][1] < ends[1][1], "larger is higher"
    assert chart["yTicks"][0] == 0
    assert chart["yTicks"][-1] >= 3
    empty = call("logic/chart", "layOut", [], ["d", "g"], 400, 260)
    assert [line["path"] for line in empty["lines"]] == ["", ""]


def test_smoothing_keeps_short_and_level_lines(call: Callable[..., Any]) -> None:
    short = [[number, number % 3] for number in range(20)]
    assert call("logic/chart", "smooth", short) == short
    level = [[number, 2] for number in range(500)]
    assert [value for _, value in call("logic/chart", "smooth", level)] == pytest.approx([2] * 500)


@pytest.mark.parametrize(
    ("index", "playing", "calm", "label"),
    [
        (0, True, False, "Pause"),
        (3, False, False, "Go on"),
        (6, False, False, "Play another"),
        (0, False, True, "Play another"),
    ],
)
def test_what_the_button_of_one_iteration_offers(
    call: Callable[..., Any], index: int, playing: bool, calm: bool, label: str
) -> None:
    show = {"pictures": [1, 2, 3, 4, 5, 6, 7], "index": index, "playing": playing}
    assert call("components/one-iteration", "playLabel", show, calm) == label
    assert call("components/one-iteration", "playLabel", None, calm) == "Play one iteration"


@pytest.mark.parametrize(
    ("frame", "text"), [(0, "the one latent"), (1, "2 % of the way"), (24, "50 % of the way"), (48, "the other latent")]
)
def test_a_place_between_two_latents_in_words(call: Callable[..., Any], frame: int, text: str) -> None:
    assert call("pages/learn", "frameLabel", frame, 49) == text


def own(**changes: Any) -> dict[str, Any]:
    """The state of a live run that has its untrained picture."""
    return {"run": "all-digits", "connection": "open", "state": "idle", "pictures": [0]} | changes


RECORDED = {"run": "recorded", "recorded": True, "pictures": [0, 10]}


@pytest.mark.parametrize(
    ("live", "recorded", "wish", "expected"),
    [
        (own(), None, None, "own"),
        (own(), None, "recorded", "own"),
        (own(), RECORDED, None, "recorded"),
        (own(pictures=[]), RECORDED, None, "recorded"),
        (own(pictures=[0, 5]), RECORDED, None, "own"),
        (own(pictures=[25]), RECORDED, None, "own"),
        (own(state="training"), RECORDED, None, "own"),
        (own(), RECORDED, "own", "own"),
        (own(pictures=[0, 5]), RECORDED, "recorded", "recorded"),
        (own(run=None, connection="connecting", pictures=[]), RECORDED, None, "own"),
        (own(run=None, connection="lost", pictures=[]), RECORDED, None, "recorded"),
    ],
)
def test_which_run_is_shown(
    call: Callable[..., Any], live: dict[str, Any], recorded: dict[str, Any] | None, wish: str | None, expected: str
) -> None:
    assert call("logic/state", "chooseRun", live, recorded, wish) == expected


@pytest.mark.parametrize(("watching", "whose"), [(False, "your own run"), (True, "the run that is open")])
def test_who_only_watches_has_no_run_of_their_own(call: Callable[..., Any], watching: bool, whose: str) -> None:
    recorded = {"recorded": True, "iteration": 40, "config": {"digit": None, "freeze": True}}
    said = call("logic/words", "runNotice", recorded, own(state="training"), watching)
    assert said["other"] == f"Show {whose}"
    meanwhile = f"{whose[0].upper()}{whose[1:]} goes on meanwhile."
    assert said["text"] == f"Recorded: 40 iterations of all digits, made earlier. {meanwhile}"


@pytest.mark.parametrize("key", ["altKey", "ctrlKey", "metaKey", "shiftKey"])
def test_a_key_with_another_is_a_chord(call: Callable[..., Any], key: str) -> None:
    alone = {"altKey": False, "ctrlKey": False, "metaKey": False, "shiftKey": False}
    assert call("lib/keys", "isChord", alone) is False
    assert call("lib/keys", "isChord", alone | {key: True}) is True


def test_while_the_recorded_run_is_shown_the_sentence_is_of_ones_own(call: Callable[..., Any]) -> None:
    now = state(call, {"type": "state", "state": "idle", "iteration": 12, "target": None})
    assert (
        call("logic/words", "status", now, True)["text"]
        == "Your own run stopped at iteration 12. Press Fun to continue."
    )
