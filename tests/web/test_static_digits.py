"""static/digits.svg: the digits with which pages show a count."""

import json
import re
from pathlib import Path

import pytest

from gan.write import to_json, to_svg, write

STATIC = Path(__file__).resolve().parents[2] / "static"


def test_the_digits_are_those_of_the_command_in_the_documentation() -> None:
    writing = write("\n".join("0123456789"), seed=7, human=0, thickness=1.5)
    size = r'<svg [^>]* width="\d+" height="(\d+)".* aria-label="(.*?)"'
    (height, digits), *_ = re.findall(size, (STATIC / "digits.svg").read_text("utf-8"))
    assert [(height, digits)] == re.findall(size, to_svg(writing))
    css, script = ((STATIC / name).read_text("utf-8") for name in ("pages.css", "js/lib/handwriting.js"))
    assert f"auto calc({height} * var(--px))" in css
    widths = json.loads(re.findall(r"WIDTHS = (\[.*?\])", script)[0])
    boxes = [glyph["box"] for glyph in to_json(writing)["glyphs"] if glyph["box"]]
    assert widths == pytest.approx([box["width"] for box in boxes], abs=1)
