"""Functions of static/js, called in a browser: a table of arguments and returned values."""

from typing import Any

import pytest

from gan.web.routes.learn import EDGE
from gan.write.glyphs.own_handwriting import PAD
from tests.helpers.browsing import Call

Cases = list[tuple[Any, ...]]


def answer(**changes: Any) -> dict[str, Any]:
    """Return the explanation of a drawing, as a network for all digits gets it."""
    known = {"iteration": 240, "drawing": 13, "asked": 3, "digit": 3, "confidence": 0.989, "sure": 0.9, "near": True}
    return known | {"prefers_real": 35, "would_prefer_real": 2, "of": 64, "real_digit": 3} | changes


LETTERS = {"asked": 1, "real_digit": 0, "names": ["A", "B"], "digit": None, "near": True}
RATED = "The judge rates 35 of 64 real digits above it."
SHEET = {"digits": [3, 8], "confidence": [0.95, 0.5], "asked": [3, 4], "near": [True, False], "sure": 0.9}
OF_SHEET = {"asked": 4, "digit": 8, "confidence": 0.5, "near": False, "sure": 0.9}
DRAWINGS: dict[str, Cases] = {
    "logic/drawing-labels side": [(5, 92), (64, 242)],
    "logic/drawing-labels title": [
        (13, None, "Drawing 14"),
        (13, answer(), "Drawing 14 (should be a 3)"),
        (13, answer(asked=8), "Drawing 14 (should be an 8)"),
        (13, answer(asked=None), "Drawing 14"),
        (0, LETTERS, "Drawing 1 (should be B)"),
    ],
    "logic/drawing-labels nearest": [(answer(), "real 3"), (LETTERS, "real A")],
    "logic/drawing-labels reading": [
        (answer(), "The classifier sees a 3, 98 % sure."),
        (answer(confidence=0.9), "The classifier sees a 3, 90 % sure."),
        (answer(confidence=0.899), "The classifier is not sure: a 3, 89 %."),
        (answer(digit=8, near=None), "The classifier sees an 8, 98 % sure."),
        (answer(near=False), "Not recognized: unlike any real digit."),
        (answer(digit=None, confidence=None), "There is no classifier."),
        (LETTERS, "Close to a real one."),
        (LETTERS | {"near": False}, "Unlike any real one."),
    ],
    "logic/drawing-labels fromSheet": [
        (SHEET, 1, OF_SHEET),
        (SHEET | {"asked": None, "near": None}, 1, OF_SHEET | {"asked": None, "near": None}),
        (SHEET | {"digits": None}, 1, None),
        (None, 1, None),
    ],
    "logic/drawing-labels summary": [(None, ""), ({"digits": None, "confidence": None}, "")],
    "logic/drawing-labels legend": [(None, ""), ({"digits": [], "confidence": []}, "")],
    "logic/drawing-labels isReadable": [(None, False)],
    "logic/drawing-labels canWrite": [(None, False)],
    "logic/network-diagram rated": [(answer(), None, RATED), (answer(), {"freeze": True}, RATED)],
    "logic/network-diagram shape": [("g7", [16, 32], "7 × 7 × 32"), ("g14", [16, 32], "14 × 14 × 16")],
}


def own(**changes: Any) -> dict[str, Any]:
    """Return the state of a live run that has only its untrained picture."""
    return {"run": "all-digits", "connection": "open", "state": "idle", "pictures": [0], "recorded": False} | changes


def notice(text: str, other: str) -> dict[str, str]:
    return {"text": text, "other": f"Show {other}"}


def story(iteration: int, *recognized: int, state: str = "training", **config: Any) -> tuple[dict[str, Any], int]:
    """Return a run and an iteration; its last sheets had this many of 64 drawings recognized."""
    rows = [{"iteration": at, "of": 64, "recognized": good} for at, good in enumerate(recognized)]
    known = {"freeze": True, "freeze_switches": [], "loss": "relativistic", "names": []} | config
    return {"state": state, "iteration": iteration, "progress": rows, "config": known}, iteration


def press(iteration: int, is_open: bool) -> dict[str, Any]:
    return {"iteration": iteration, "open": is_open}


WITHOUT_RUN: tuple[Any, int] = ({"progress": [], "config": None}, 0)
CLASSIC = "Unlocked. With the classic loss, that hardly matters."
WAITING = "Unlocked. Press Fun: the artist changes the judge."
UNLOCKED = "Unlocked: the artist changes the judge instead of its drawings."
STROKES = "Strokes: the judge’s hints say where ink belongs."
LOCK: dict[str, Cases] = {
    "logic/lock presses": [
        (None, []),
        ({"freeze": True, "freeze_switches": [4, 6]}, [press(4, True), press(6, False)]),
        ({"freeze": False, "freeze_switches": [4]}, [press(4, False)]),
    ],
    "logic/lock story": [
        (*WITHOUT_RUN, "Noise. Nobody has learned yet."),
        (*story(0), "Noise. Nobody has learned yet."),
        (*story(9, 2), "Noise."),
        (*story(9, 8), STROKES),
        (*story(20, 31), STROKES),
        (*story(300, 40, 31), "Digits."),
        (*story(300, 40, 0, 0, 0, 0, 0), STROKES),
        (*story(300, names=["A"]), STROKES),
        (*story(300, 60, freeze_switches=[200]), UNLOCKED),
        (*story(300, 60, freeze=False), UNLOCKED),
        (*story(300, 60, freeze_switches=[200], loss="classic"), CLASSIC),
        (*story(300, 0, freeze_switches=[200], loss="classic"), UNLOCKED),
        (*story(300, 60, freeze_switches=[300], state="idle"), WAITING.replace("Fun", "Continue")),
        (*story(300, 60, freeze_switches=[200], state="idle"), UNLOCKED),
        (*story(0, freeze=False, state="idle"), WAITING),
        (*story(300, 0, freeze_switches=[200, 290]), "Locked again: now the artist must draw better."),
        (*story(300, 60, freeze_switches=[200, 290]), "Digits."),
    ],
}  # fmt: skip


OPEN = "the run that is open"
ALL = {"digit": None, "freeze": True}
RECORDED = {"run": "recorded", "recorded": True, "pictures": [0, 10], "iteration": 40, "config": ALL}
LINKED = {"run": "digit-3", "recorded": False, "iteration": 1200, "config": ALL, "label": "Mine"}
STILL = "Recorded: 40 iterations of all digits. {} is still training."
MINE = "Chosen: 1,200 iterations of Mine. Your own run is still training."
STATES: dict[str, Cases] = {
    "logic/state newest": [({"pictures": [], "sheet": {"iteration": 0}}, 0)],
    "logic/state chooseRun": [  # the recorded run is shown until the user's run has trained
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
        (own(), own(), "recorded", "own"),
    ],
    "logic/words runNotice": [
        (RECORDED, own(state="training"), False, notice(STILL.format("Your own run"), "your own run")),
        (RECORDED, own(state="training"), True, notice(STILL.format("The run that is open"), OPEN)),
        (LINKED, own(state="training"), False, LINKED, notice(MINE, OPEN)),
        (own(iteration=0, config=ALL, label=None), own(), False, LINKED, notice("", "the chosen run")),
    ],
}

ONE_RUN = {"digit": 3, "freeze": False, "network": "digits"}
UNUSUAL = {"digit": 3, "freeze": True, "network": "quick", "unusual": {"loss": "classic", "learning_rate": 0.002}}

WORDS: dict[str, Cases] = {
    "logic/words duration": [(0, "1 s"), (59.6, "60 s"), (90, "2 min"), (3600, "60 min"), (9000, "2.5 h")],
    "logic/words elapsed": [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (60, "1 min 0 s"),
        (119.9, "1 min 59 s"),
        (7205, "120 min 5 s"),
    ],
    "logic/words change": [
        ({"freeze": True}, None, "–"),
        ({"freeze": False}, None, "– (not locked)"),
        ({"freeze": True}, {"d_change": 0}, "0 (locked)"),
        ({"freeze": False}, {"d_change": 0.25}, "0.250 (not locked)"),
    ],
    "logic/words runAndNetwork": [
        ({"digit": None, "freeze": True, "network": "quick"}, "all digits, quick"),
        ({"digit": None, "freeze": True, "network": "digits"}, "all digits, fine"),
        (ONE_RUN, "Mine", "Mine, fine"),
    ],
    "logic/words runTitle": [
        (ONE_RUN, "the digit 3, judge not locked"),
        ({"names": ["A", "B"], "freeze": True, "digit": 1}, "B"),
        ({"names": ["A", "B"], "freeze": True, "digit": None}, "all labels"),
    ],
    "logic/words runInFull": [(UNUSUAL, "the digit 3, quick, loss classic, rate 0.002")],
}


def place(iteration: int | None, drawing: int | None) -> dict[str, int | None]:
    return {"iteration": iteration, "drawing": drawing}


def timed(network: str = "quick", **fields: Any) -> dict[str, Any]:
    """Return a run that trained 20 iterations in 2 s, then 20 in 1 s."""
    metrics = [{"iteration": 20, "iterations_per_second": 10}, {"iteration": 40, "iterations_per_second": 20}]
    run = {"pictures": [0, 10, 20, 30, 60], "metrics": metrics, "recorded": False, "config": {"network": network}}
    return run | fields


def learned(open: int, other: int) -> list[dict[str, Any]]:
    """Return a list of runs: a broken one, a recorded one, the open run, and another one."""
    own = [{"id": "open", "live": True, "iteration": open}, {"id": "other", "live": False, "iteration": other}]
    return [{"id": "bad", "error": "none"}, {"recorded": True, "iteration": 5000}, *own]


SHOWN = {"pictures": [0, 10, 20, 1000], "index": 3, "playing": True}
NEAREST = [
    (0, 0, ""),
    (20, 2, ""),
    (14, 1, "Iteration 14 has no picture. The nearest one is 10."),
    (15, 1, "Iteration 15 has no picture. The nearest one is 10."),
    (16, 2, "Iteration 16 has no picture. The nearest one is 20."),
    (4000, 3, "Iteration 4,000 has no picture. The nearest one is 1,000."),
]
FOUR = [
    {"id": name, "live": name == "b", "recorded": name == "d", "iteration": iteration}
    for name, iteration in {"a": 10, "b": 10, "c": 5, "d": 5000}.items()
]
BEST = [run | {"iteration": 11} if run["id"] == "c" else run for run in FOUR]
SLIDES: dict[str, Cases] = {
    "logic/slides placeFromQuery": [
        ("", place(None, None)),
        ("?iteration=20&drawing=63", place(20, 63)),
        ("?drawing=0&iteration=0", place(0, 0)),
        ("?iteration=-1&drawing=64", place(None, None)),
        ("?iteration=1e3&drawing=x", place(None, None)),
        ("?iteration=&drawing=", place(None, None)),
        ("?iteration=1234567890", place(None, None)),
    ],
    "logic/slides queryWithPlace": [("?drawing=9", place(None, None), "")],
    "logic/slides goTo": [(SHOWN, at, SHOWN | {"index": index, "playing": False}) for at, index, _ in NEAREST],
    "logic/slides nearestMessage": [(SHOWN | {"index": index}, at, message) for at, index, message in NEAREST],
    "logic/slides upTo": [([0, 20, 40], 39, 1), ([0, 20], 500, 1), ([30], 10, 0)],
    "logic/slides sharedTimes": [
        ([0, 5, 10, 20, 40], [0, 10, 20, 30, 40], [0, 5, 10, 20, 30, 40]),  # four are few
        ([0, 5, 10, 15, 20, 30, 40], [0, 10, 20, 30, 40, 50], [0, 10, 20, 30, 40]),
        ([0, 20, 40], [0, 20, 21], [0, 20, 21]),  # until one of them ends
        ([0, 20], [], [0, 20]),
        ([], [], []),
    ],
    "logic/slides secondsOf": [
        (timed(), [0, 1, 2, 2.5, 4]),
        (timed(recorded=True), None),
        (timed(metrics=[]), None),
        (timed(metrics=[{"iteration": 20}]), None),
    ],
    "logic/slides alignment": [
        ([timed(), timed("digits")], None, "iterations"),
        ([timed(), timed()], "seconds", "seconds"),
        ([timed(), timed("digits", recorded=True)], "seconds", "iterations"),
        ([timed(), timed()], "turns", "iterations"),
    ],
    "logic/slides chosenPair": [
        (runs, {"left": left, "right": right}, {"left": chosen[0], "right": chosen[1]})
        for runs, left, right, chosen in (
            (FOUR, "", "", "ba"),
            (FOUR, "b", "", "ba"),
            (FOUR, "", "b", "ab"),
            (FOUR, "c", "c", "cc"),
            (FOUR[:1], "", "", "aa"),
            (BEST, "", "", "cb"),  # the run that has learned most, not the open one
        )
    ],
    "logic/slides furthest": [
        (learned(10, 10), None),
        (learned(10, 11), "other"),
        (learned(0, 0), None),
        (learned(0, 1), "other"),
    ],
}


# Keys, forms and fields

OPTIONS = {"altKey": False, "ctrlKey": False, "metaKey": False, "shiftKey": False}
MOVES: dict[str, list[tuple[int, int | None]]] = {
    "ArrowLeft": [(13, 12), (8, 7), (0, 0)],
    "ArrowRight": [(13, 14), (63, 63)],
    "ArrowUp": [(13, 5), (5, 5)],
    "ArrowDown": [(13, 21), (60, 60)],
    "Home": [(13, 0)],
    "End": [(13, 63)],
    "Enter": [(13, None)],
    "toString": [(13, None)],
}
PLACE, BOX = {"seed": 3, "x": 0, "y": 98}, {"left": 10, "top": 20, "width": 200}
CONTROLS: dict[str, Cases] = {
    "lib/keys isChord": [(OPTIONS, False), *((OPTIONS | {key: True}, True) for key in OPTIONS)],
    "lib/keys nextIndex": [(at, key, 64, 8, to) for key, moves in MOVES.items() for at, to in moves],
    "logic/chart ticks": [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 7.3, 5, [0, 2, 4, 6, 8]),
        (-3, 12, 3, [-5, 0, 5, 10, 15]),
    ],
    "logic/pad-strokes unitsOf": [
        (74, 84, BOX | {"width": 128}, PAD, [128, 128]),
        (-5, 900, BOX | {"width": 128}, PAD, [0, PAD - 1]),
    ],
    "logic/latents placeAt": [
        (3, 160, 70, BOX, EDGE, {"seed": 3, "x": 50, "y": 50}),
        (3, 900, 120, BOX, EDGE, {"seed": 3, "x": EDGE, "y": 0}),
    ],
    "logic/latents stepped": [
        (PLACE, "ArrowDown", EDGE, PLACE | {"y": 93}),
        (PLACE, "ArrowUp", EDGE, PLACE | {"y": EDGE}),
        (PLACE, "ArrowLeft", EDGE, PLACE | {"x": -5}),
        *((PLACE, key, EDGE, None) for key in ("Enter", "a", "PageUp", "constructor")),
    ],
    "logic/latents fromQuery": [
        (query, PLACE, EDGE, PLACE)
        for query in ("", "seed=-1&x=101&y=--2", "seed=4294967296&x=1.5&y=1e1", "x=&y= 3&seed=0x1")
    ],
    "pages/learn frameLabel": [
        (0, 49, "the first latent"),
        (1, 49, "2 % of the way"),
        (24, 49, "50 % of the way"),
        (48, 49, "the second latent"),
    ],
}

SIGNS, CAN = "+ -", "0123456789.€ \n"
MANY = "are too many: at most 40 lines of 64 can be written. See “Many numbers”."
ONLY = "cannot be written: only digits, spaces and + - can."
WRITE: dict[str, Cases] = {
    "logic/write-request fileName": [
        ("12.50 €", ".png", "12.50.png"),
        ("1 2-3", ".png", "1_2-3.png"),
        ("€ $", ".png", "number.png"),
        ("", ".png", "number.png"),
        ("../-1", ".png", "1.png"),
        ("1\n+ 2", ".png", "1_2.png"),
    ],
    "logic/write-request isLocal": [
        *((host, True) for host in ("localhost", "a.localhost", "127.0.0.1", "0.0.0.0", "[::1]", "[::]")),
        *((host, False) for host in ("192.168.1.5", "localhost.org", "mylocalhost", "1270.org", "[2001:db8::1]")),
    ],
    "logic/write-request progress": [({"iteration": 1200}, "It is at iteration 1,200."), (None, "")],
    "logic/write-request spoken": [("12.50 €", "12.50 € in handwriting"), (" 12\n +  3 ", "12 + 3 in handwriting")],
    "logic/write-request inputError": [
        ("12.50 €", SIGNS, CAN, ""),
        ("", SIGNS, CAN, ""),
        ("12a5", SIGNS, CAN, f"“a” (character 3) {ONLY}"),
        ("1\n" * 39 + "1", SIGNS, CAN, ""),
        ("1\n" * 40 + "1", SIGNS, CAN, f"41 lines {MANY}"),
        ("1" * 64 * 40, SIGNS, CAN, ""),
        ("1" * 20000, SIGNS, CAN, f"20,000 characters {MANY}"),
        ("12\n\n4🖋5", SIGNS, CAN, f"“🖋” (line 3, character 2) {ONLY}"),
    ],
    "logic/write-request firstColumn": [
        ("Betrag;Datum\r\n12,50;1\r\n;2\r\n\r\n3,75;3\r\n", "a.csv", "12,50\n3,75"),
        ('"1,200","x"\n7,y\n', "a.CSV", "1,200\n7"),
        ("4\t5\n6\t7", "a.csv", "4\n6"),
        ("12\n13,5\n14,75\n", "a.csv", "12\n13,5\n14,75"),  # decimals
        ("n,x\n13,5\n", "a.csv", "13"),
        ("1,2\n3 4\n", "a.txt", "1,2\n3 4"),
        ("", "a.csv", ""),
    ],
    "logic/write-request shiftChoices": [
        ("3:2,7:1", "12345678", "123456789", "3:2,7:1"),  # a digit was added at the end
        ("3:2,7:1", "12345678", "912345678", "4:2,8:1"),  # a digit was added at the beginning
        ("3:2,7:1", "12345678", "1235678", "6:1"),  # the chosen 4 was deleted
        ("3:2,7:1", "12345678", "1234.5678", "3:2,8:1"),
        ("1:2,2:3,3:1", "1771", "171", "1:2,2:1"),  # one of two equal digits was deleted
        ("1:2,2:1", "171", "1771", "1:2,3:1"),
        ("3:2", "12345678", "", ""),
        ("3:x", "12345678", "9", "3:x"),  # the server will refuse this invalid choice
        ("", "1", "12", ""),
    ],
    "logic/write-request withChoice": [
        ("7:1", 3, 2, "3:2,7:1"),
        ("3:2,7:1", 3, 6, "3:6,7:1"),
        ("3:2,7:1", 3, 0, "7:1"),
    ],
}

USUAL = {"digit": 3, "seed": 0, "network": "quick", "loss": "relativistic", "freeze": True,
         "generator_updates": 3, "gamma": 0.3, "learning_rate": 0.005, "batch": 32}  # fmt: skip
FIELDS = {"digit": "3", "network": "quick", "loss": "relativistic", "seed": "0", "freeze": "false",
          "generator_updates": "", "gamma": "0.25", "learning_rate": "", "batch": ""}  # fmt: skip
EMPTY = {"digit": None, "network": "quick", "seed": "0", "loss": "relativistic", "freeze": True,
         "generator_updates": None, "gamma": None, "learning_rate": None, "batch": None}  # fmt: skip
FORM = EMPTY | {"digit": "3", "gamma": "0.25", "freeze": False}
LINK = "new=&digit=3&network=quick&seed=0&loss=relativistic&freeze=false&gamma=0.25"
FOOLED, TOP = "This pair fooled you last.", "iteration 2,000"
CORRECT, WRONG = {"found": True}, {"found": False}
FORMS: dict[str, Cases] = {
    "components/new-run fields": [  # recommended settings leave the fields empty
        (USUAL | {"gamma": 0.25, "freeze": False}, USUAL, FIELDS),
        (USUAL | {"digit": None, "gamma": 0.25, "freeze": False}, USUAL, FIELDS | {"digit": ""}),
    ],
    "components/new-run settingsLink": [(FORM, f"/?{LINK}")],
    "components/new-run fromLink": [
        (LINK, EMPTY, FORM | {"freeze": "false"}),
        ("new=&evil=1", EMPTY, EMPTY),
        ("digit=3", EMPTY, None),
    ],
    "components/new-run recommendationQuery": [
        (EMPTY, "network=quick&loss=relativistic"),
        (EMPTY | {"digit": "0"}, "digit=0&network=quick&loss=relativistic"),
    ],
    "pages/guess result": [
        ({"rungs": [7, 2000], "answers": [WRONG] * 10}, {"score": "You climbed to iteration 7", "said": FOOLED}),
        ({"rungs": [7, 2000], "answers": [CORRECT, *[WRONG] * 9]}, {"score": f"You climbed to {TOP}", "said": FOOLED}),
        (
            {"rungs": [7, 2000], "answers": [CORRECT, WRONG, CORRECT]},
            {"score": f"You climbed past {TOP}", "said": f"That is the top, after 3 pairs. {FOOLED}"},
        ),
        ({"rungs": [], "answers": [CORRECT] * 10}, {"score": "You found 10 of 10", "said": "No pair fooled you."}),
    ],
}


TABLES = DRAWINGS | LOCK | STATES | WORDS | SLIDES | CONTROLS | WRITE | FORMS
CASES = [(name, case) for name, cases in TABLES.items() for case in cases]


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}-{number}" for number, (name, _) in enumerate(CASES)])
def test_a_function_returns(call: Call, name: str, case: tuple[Any, ...]) -> None:
    *arguments, expected = case
    assert call(*name.split(), *arguments) == expected


@pytest.mark.parametrize(
    ("name", "argument", "message"),
    [
        (
            "logic/nowhere count",
            None,
            "Failed to fetch dynamically imported module: http://localhost/static/js/logic/now",
        ),
        ("logic/words nowhere", None, "is not a function"),
        ("logic/words count", None, "Cannot read properties of null"),
        *(
            ("logic/pad-strokes drawingsIn", text, "has no drawings")
            for text in ("", "x", "{}", "null", "[1]", '{"handwriting": 1}', None)
        ),
    ],
)
def test_a_failed_call_has_the_error_of_the_browser(call: Call, name: str, argument: str | None, message: str) -> None:
    with pytest.raises(Exception, match=message):
        call(*name.split(), argument)
