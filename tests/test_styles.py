"""The style sheets: three text sizes and one family, by name."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHEETS = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "static").glob("*.css"))}
SET_BY_SCRIPTS = set("unit x y above wide mm middle below gaps share".split())
SMALLER = (".labels text",)  # labels on a sheet, in its pixels
TEXT = re.compile(r"(?<!-)\b(?:font|font-size|font-family): ([^;}]*)")
SIZE = r"var\(--(?:large|body|small)\)"
ALLOWED = re.compile(rf"inherit|{SIZE}|(?:[67]00 )?{SIZE}(?:/[\d.]+)? var\(--font\)|ui-monospace, monospace")


def other_texts(css: str) -> list[str]:
    """Return the rules that set a size or a family without a name from paper.css."""
    lines = [line for line in css.splitlines() if not line.startswith(SMALLER)]
    return [line for line in lines for value in TEXT.findall(line) if not ALLOWED.fullmatch(value)]


def test_texts_have_named_sizes() -> None:
    assert [line for css in SHEETS.values() for line in other_texts(css)] == []


def test_other_sizes_are_reported() -> None:
    rules = ["h1 { font: 600 2rem serif; }", "p { font-size: 12px; }", "b { font-family: serif; }"]
    assert other_texts("\n".join([*rules, "i { font-size: var(--small); }"])) == rules


def test_properties_are_defined() -> None:
    css = "".join(SHEETS.values())
    used, defined = set(re.findall(r"var\(--([\w-]+)", css)), set(re.findall(r"--([\w-]+):", css))
    assert used - defined <= SET_BY_SCRIPTS
