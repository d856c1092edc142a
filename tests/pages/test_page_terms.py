"""Wording of the pages: templates and scripts use one fixed term for each thing."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MATHEMATICS = {
    "learn.html",
    "plane.html",
    "why.html",
    "source.html",
    "report.html",
}  # may say G, D, frozen

# Patterns that no user-facing text may match, each with the term to use instead.
BANNED = {
    r"\bRead:|\b(can be|are|is|as) read\b|\bread as\b": "recognized",
    r"\b(un)?fr(ee|o)ze[ns]?\b": "locked",
    r"(?<![\w.])[GD](?![\w.(])|\([GD]\)": "artist, judge",
    r"\b[Gg]enerator\b|\b[Dd]iscriminator\b": "artist, judge",
    r"\b(bend|bends|bent|mends)\b": "changed the judge, recovered",
    r"\bcoin": "guessing",
    r"\bmay move\b|\bh[eo]ld(s)? still\b": "locked",
    r"\b[Ss]truck out\b": "crossed out",
    r"\bships?\b": "bundled",
    r"\bReset\b|\banew\b": "start over",
    r"\b[Ee]pochs?\b": "iteration",
    r"\bsquares?\b": "drawing",
}

TAG = re.compile(r"\{#.*?#\}|<code>.*?</code>|<style.*?</style>", re.S)
TEXT = re.compile(
    r">([^<>{}]+)<|(?:aria-label|alt|title|placeholder|data-(?:judge|kept|back|own|ships))=\"([^\"{}]+)\""
)
SENTENCE = re.compile(r"\"([^\"\n]*)\"|`([^`]*)`")


def texts_of_template(source: str) -> list[str]:
    """Return the parts of a template that users read or hear: text nodes and attributes, without code."""
    return ["".join(found).strip() for found in TEXT.findall(TAG.sub("<>", source)) if "".join(found).strip()]


def texts_of_script(source: str) -> list[str]:
    """Return the literals of a script that may be sentences or labels: they start with a capital or contain a space."""
    code = re.sub(r"/\*.*?\*/|^import [^\n]*|(?<!:)//[^\n]*", "", source, flags=re.S | re.M)
    literals = (re.sub(r"\$\{[^}]*\}", "0", "".join(found)) for found in SENTENCE.findall(code))
    return [text for text in literals if re.match(r"[A-Z][a-z]|.*\w [a-z]", text) and not re.search("[<>#=/]", text)]


def complaints(texts: list[str]) -> list[str]:
    return [f"{text!r}: say {term}" for text in texts for pattern, term in BANNED.items() if re.search(pattern, text)]


TEMPLATES = sorted(path for path in (ROOT / "templates").glob("*.html") if path.name not in MATHEMATICS)
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_use_the_fixed_terms(path: Path) -> None:
    assert complaints(texts_of_template(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_use_the_fixed_terms(path: Path) -> None:
    assert complaints(texts_of_script(path.read_text("utf-8"))) == []


def test_texts_are_found() -> None:
    assert len([text for path in TEMPLATES for text in texts_of_template(path.read_text("utf-8"))]) > 200
    assert len([text for path in SCRIPTS for text in texts_of_script(path.read_text("utf-8"))]) > 80


@pytest.mark.parametrize(
    "text",
    [
        "Read: the classifier is sure", "43 of 64 can be read", "0 (not frozen)", "The judge (D) wants", "G draws",
        "Half would be a coin’s toss.", "What if the judge may move?", "A network that ships", "Begin anew?",
    ],
)  # fmt: skip
def test_banned_terms_are_refused(text: str) -> None:
    assert complaints(texts_of_template(f"<p>{text}</p>")) != []
    assert complaints(texts_of_script(f'say("{text}");')) != []


@pytest.mark.parametrize(
    "text", ["Recognized: 43 of 64", "The artist draws.", "Press Start over.", "Drawing 2 (should be a 1)"]
)
def test_fixed_terms_are_accepted(text: str) -> None:
    assert complaints(texts_of_template(f"<p>{text}</p>")) == []
    assert complaints(texts_of_script(f'say("{text}");')) == []


def test_code_is_not_checked() -> None:
    assert texts_of_template("<p><code>with D.frozen():</code></p>{# what the judge (D) wants #}") == []
    assert texts_of_script('import { one } from "../logic/drawing-labels.js"; // frozen by Adam\nfind("read");') == []
