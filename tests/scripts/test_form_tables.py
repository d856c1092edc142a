"""Functions of static/js about keys, forms and fields, called in a browser: arguments and the returned value."""

from typing import Any

from gan.web.routes.learn import EDGE
from gan.write.glyphs.own_handwriting import PAD
from tests.scripts.test_tables import Call, Cases, each_case

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

WRITER = {"id": "all-digits", "labels": True, "recorded": False, "iteration": 12}
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
    "logic/write-request isWriter": [
        (WRITER, True),
        (WRITER | {"labels": False}, False),
        (WRITER | {"recorded": True}, False),
        (WRITER | {"iteration": 0}, False),
        ({"id": "all-digits", "recorded": False, "error": "no config"}, False),
    ],
    "logic/write-request progress": [({"iteration": 1200}, "It is at iteration 1,200."), (None, "")],
    "logic/write-request spoken": [
        ("12.50 €", "12.50 € in handwriting"),
        (" 12\n +  3 ", "12 + 3 in handwriting"),
    ],
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
OTHERS = [{"name": name, "asked": name, "picture": f"{name}.png"} for name in "abc"]
OPPONENTS = [*OTHERS, {"name": "ships", "asked": "", "picture": None}]
UNSURE, NO_JUDGE = "That could be guessing.", "There is no judge for these drawings."
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
    "pages/guess failedAt": [  # the first opponent with fewer than eight of ten right answers
        (OPPONENTS, {}, {}),
        (OPPONENTS, {"a": [10, 10], "b": [8, 10]}, {}),
        (OPPONENTS, {"a": [10, 10], "b": [7, 10], "c": [5, 10]}, OTHERS[1]),
        (OPPONENTS, {"c": [5, 10], "": [0, 10]}, OTHERS[2]),
        (OPPONENTS, {"": [0, 10]}, {}),  # the bundled opponent has no sheet to show
        (OPPONENTS, {"a": [15, 20]}, OTHERS[0]),
    ],
    "pages/guess verdict": [
        (8, None, 10, {"score": "8 of 10 right. You can tell.", "judge": NO_JUDGE}),
        (7, 10, 10, {"score": f"7 of 10 right. {UNSURE}", "judge": "The judge: 10 of 10 right."}),
        (0, 0, 10, {"score": f"0 of 10 right. {UNSURE}", "judge": "The judge: 0 of 10 right."}),
    ],
    "pages/guess addRound": [
        ({}, "a", 7, 10, {"a": [7, 10]}),
        ({"a": [7, 10], "": [1, 10]}, "a", 2, 10, {"a": [9, 20], "": [1, 10]}),
    ],
    "pages/guess share": [({}, "a", None), ({"a": [9, 20]}, "a", 0.45)],
}


@each_case(CONTROLS | WRITE | FORMS)
def test_a_function_returns(call: Call, name: str, case: tuple[Any, ...]) -> None:
    *arguments, expected = case
    assert call(*name.split(), *arguments) == expected
