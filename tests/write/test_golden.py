"""Complete pages in a handmade handwriting, compared with the stored JSON of
golden.json.

Processors may round differently, so numbers are compared with a tolerance. After an
intended change, write the file again with `python -m tests.write.test_golden` and look
at its difference.
"""

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from gan.write import to_json, write
from gan.write.options_and_limits import DIGITS, SIGNS
from gan.write.strokes_and_pages import rules
from tests.helpers.handmade import Handmade

FILE = Path(__file__).with_name("golden.json")
PIXELS = 0.02  # tolerance; positions have two decimals
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

MOST: dict[str, Any] = {"slant": 30.0, "thickness": 2.0, "human": 1.0}
# The arguments of each page, and the slant and weight of its handwriting.
PAGES: dict[str, tuple[dict[str, Any], float, float]] = {
    "digits": ({"text": DIGITS}, 0.0, 1.0),
    "signs": (
        {"text": SIGNS, "seed": 3, "human": 1.0, "paper": "lined", "pen": "ballpoint"},
        0.1,
        1.3,
    ),
    "sum": (
        {
            "text": "12.5 €\n+3 \n\n9%",
            "align": "right",
            "paper": "squared",
            "slant": 12.0,
            "thickness": 1.6,
            "seed": 7,
        },
        0.0,
        1.0,
    ),
    "spaces": (
        {
            "text": "1 + 2=3\n(4)×5  \n  -7 $\n−−",
            "align": "right",
            "paper": "lined",
            "slant": -8.0,
            "thickness": 0.7,
            "human": 0.0,
            "pen": "ballpoint",
        },
        0.2,
        0.8,
    ),
    "small": (
        {
            "text": "7-11 - 7:4/",
            "seed": 5,
            "human": 0.9,
            "size": 24,
            "slant": -25.0,
            "thickness": 0.5,
            "ink": "#ABC",
        },
        -0.3,
        0.8,
    ),
    "high": (MOST | {"text": "($/(\n,8", "seed": 3}, 0.4, 1.5),
    "low": (MOST | {"text": ",8\n($/(", "seed": 3}, 0.4, 1.5),
    "wide": (MOST | {"text": "($0\n,8", "paper": "squared"}, 0.4, 1.5),
    "empty": ({"text": "\n ", "paper": "squared", "align": "right"}, 0.0, 1.0),
}


def described(name: str) -> Any:
    """Return the JSON of a page and the rules of its paper, without the latent vectors,
    which are not learned.
    """
    options, slant, weight = PAGES[name]
    writing = write(**options, handwriting=cast(Any, Handmade(slant, weight)))
    page = to_json(writing)
    for glyph in page["glyphs"]:
        glyph.pop("latent", None)
    return page | {"rules": rules(writing).round(2).tolist()}


def split(value: Any) -> tuple[str, list[float]]:
    """Return the JSON of a value with each number replaced by #, and the numbers."""
    text = json.dumps(value)
    return NUMBER.sub("#", text), [float(number) for number in NUMBER.findall(text)]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_the_stored_one(name: str) -> None:
    found = described(name)
    expected = json.loads(FILE.read_text("utf-8"))[name]
    for part in expected:
        for one, stored in zip(
            *(x[part] if part == "glyphs" else [x[part]] for x in (found, expected)),
            strict=True,
        ):
            (words, numbers), (stored_words, stored_numbers) = split(one), split(stored)
            assert words == stored_words
            assert numbers == pytest.approx(stored_numbers, abs=PIXELS), one
    assert found.keys() == expected.keys()


if __name__ == "__main__":
    pages = (
        f" {json.dumps(name)}: {json.dumps(described(name), ensure_ascii=False)}"
        for name in PAGES
    )
    FILE.write_text("{\n" + ",\n".join(pages) + "\n}\n", "utf-8")
