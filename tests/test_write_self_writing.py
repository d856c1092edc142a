"""An SVG that writes itself, in a real browser: from nothing to the finished outlines, stroke by stroke."""

import base64
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from strokes import CROSS, SPECIMEN, circle, dot, line, page

from gan.errors import InputError
from gan.write.page import Glyph, Writing
from gan.write.render.self_writing import LINE, QUICKEST, SECONDS, SPEED, movements, to_self_writing
from gan.write.render.svg import to_svg

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

GAP = 19  # units from a character to the next: they keep apart
WRITING = page(*SPECIMEN, (circle(6, -14, 4), circle(6, -6, 5)), gap=GAP)


def test_strokes_follow_one_another() -> None:
    found = movements(WRITING)
    assert [one.glyph for one in found] == [0, 1, 2, 2, 3, 4, 4]
    assert [one.stroke for one in found] == [stroke for glyph in WRITING.glyphs for stroke in glyph.strokes]
    assert found[0].start == 0
    pauses = np.array([b.start - a.end for a, b in pairwise(found)])
    assert (pauses > 0).all()
    assert pauses[2] == pauses[5] < pauses[0] == pytest.approx(pauses[1])  # shorter within a character
    assert found[0].end == pytest.approx(2 * np.pi * 8 / SPEED, rel=0.01)
    assert found[4].end - found[4].start == pytest.approx(QUICKEST)


def test_the_next_line_takes_longer_and_a_long_text_is_written_faster() -> None:
    first = page(CROSS)
    below = Glyph("7", 2, 1, tuple(stroke.moved(0, 30) for stroke in first.glyphs[0].strokes), 2.0, None)
    two = movements(Writing(first.request, (*first.glyphs, below), (0.0, 30.0), first.right, first.top, 35.0))
    assert two[2].start - two[1].end == pytest.approx(LINE)
    assert movements(page(*[(line(0, 0, 400, 0),)] * 9))[-1].end == pytest.approx(SECONDS)
    assert movements(page((), ())) == []


def test_what_is_written_already_stands_there_and_the_rest_begins_at_once() -> None:
    found = movements(WRITING, written=3)
    assert [one.glyph for one in found] == [3, 4, 4]
    assert found[0].start == 0
    svg = ET.fromstring(to_self_writing(WRITING, written=3))
    space = "{http://www.w3.org/2000/svg}"
    still = [path.attrib["d"] for path in svg.findall(f"{space}path")]
    assert still == [path.attrib["d"] for path in ET.fromstring(to_svg(WRITING)).iter(f"{space}path")][:3]
    assert len(svg.findall(f"{space}use")) == 2 * 2  # each masked, then whole
    assert "animation" not in to_self_writing(WRITING, written=len(WRITING.glyphs)).split("</style>")[1]
    assert movements(WRITING, seconds=0.5)[-1].end == pytest.approx(0.5)


@pytest.mark.parametrize("seconds", [0.4, 61.0, -1.0, float("nan")])
def test_a_pace_that_nobody_could_follow(seconds: float) -> None:
    with pytest.raises(InputError, match=r"^seconds: expected a number from 0.5 to 60 seconds, received "):
        to_self_writing(WRITING, seconds=seconds)


def test_no_script_and_names_of_its_own() -> None:
    svg, other = to_self_writing(WRITING), to_self_writing(page(*SPECIMEN))
    assert svg == to_self_writing(WRITING)
    assert not re.search(r"<script|\son\w+=|<animate|http(?!://www.w3.org/2000/svg)", svg)
    ids = re.findall(r'id="(\w+)"', svg)
    assert len(ids) == len(set(ids)) > 0
    assert not set(ids) & set(re.findall(r'id="(\w+)"', other))
    assert set(re.findall(r"#(w\w+)", svg)) <= set(ids)
    assert ET.fromstring(svg).attrib["aria-label"] == ET.fromstring(to_svg(WRITING)).attrib["aria-label"]


def test_nothing_to_write() -> None:
    assert ET.fromstring(to_self_writing(page(()))).attrib["role"] == "img"


@contextmanager
def showing(browser: "Browser", svg: str, how: str, folder: Path, **options: Any) -> Iterator["Page"]:
    """A page with the SVG as a picture, or the SVG itself."""
    context = browser.new_context(viewport={"width": WRITING.width, "height": WRITING.height}, **options)
    shown = context.new_page()
    if how == "img":
        data = base64.b64encode(svg.encode()).decode()
        shown.set_content(f'<style>*{{margin:0;display:block}}</style><img src="data:image/svg+xml;base64,{data}">')
    else:
        (folder / "x.svg").write_text(svg, "utf-8")
        shown.goto((folder / "x.svg").as_uri())
    yield shown
    context.close()


def seen(shown: "Page") -> NDArray[np.int_]:
    """(height, width) how dark it is, 0 to 255."""
    grey = Image.open(io.BytesIO(shown.screenshot())).convert("L")
    return 255 - np.asarray(grey, dtype=int)


def paused(svg: str, second: float) -> str:
    """The SVG as it is after so many seconds: everything begins as much earlier and stands still."""
    back = re.sub(r"animation-delay:([\d.]+)s", lambda found: f"animation-delay:{float(found[1]) - second}s", svg)
    begun = re.sub(r"\{animation-duration", f"{{animation-delay:{-second}s;animation-duration", back)
    return begun.replace("@media", "*{animation-play-state:paused!important}@media", 1)


def test_it_writes_itself_and_ends_as_the_outlines(browser: "Browser", tmp_path: Path) -> None:
    done = movements(WRITING)
    with showing(browser, to_svg(WRITING), "itself", tmp_path) as finished:
        ink = seen(finished)
    before = np.zeros_like(ink)
    for index, one in enumerate(done):
        with showing(
            browser, paused(to_self_writing(WRITING), (one.start + one.end) / 2), "itself", tmp_path
        ) as halfway:
            now = seen(halfway)
        assert now.sum() > before.sum(), f"stroke {index}"
        assert (now - ink).max() < 40, "no ink where none will be"
        right = int((5 + GAP * one.glyph + 15.5) * WRITING.scale)
        assert not now[:, right:].any(), "nothing of what comes later"
        left = int((5 + GAP * one.glyph - 3.5) * WRITING.scale)
        np.testing.assert_array_equal(now[:, :left], ink[:, :left])  # what was written before is finished
        before = now
    with showing(browser, paused(to_self_writing(WRITING), done[-1].end + 0.1), "itself", tmp_path) as last:
        np.testing.assert_array_equal(seen(last), ink)


@pytest.mark.parametrize("how", ["img", "itself"])
def test_a_running_one_begins_with_less_and_ends(browser: "Browser", how: str, tmp_path: Path) -> None:
    with showing(browser, to_svg(WRITING), how, tmp_path) as finished:
        ink = seen(finished)
    slow = re.sub(r"([\d.]+)s([;}])", lambda found: f"{2 * float(found[1]):.3f}s{found[2]}", to_self_writing(WRITING))
    with showing(browser, slow, how, tmp_path) as running:
        assert seen(running).sum() < ink.sum()
        running.wait_for_timeout(2000 * movements(WRITING)[-1].end + 500)
        np.testing.assert_array_equal(seen(running), ink)


def test_who_wants_less_motion_sees_it_finished(browser: "Browser", tmp_path: Path) -> None:
    """As a document: Playwright's wish does not reach pictures, the system's does."""
    with showing(browser, to_svg(WRITING), "itself", tmp_path) as finished:
        ink = seen(finished)
    with showing(browser, to_self_writing(WRITING), "itself", tmp_path, reduced_motion="reduce") as still:
        np.testing.assert_array_equal(seen(still), ink)


def test_where_no_style_is_applied_it_is_finished(browser: "Browser", tmp_path: Path) -> None:
    bare = re.sub("<style>.*</style>", "", to_self_writing(page(*SPECIMEN, (dot(4, -4),))))
    with showing(browser, to_svg(page(*SPECIMEN, (dot(4, -4),))), "itself", tmp_path) as finished:
        ink = seen(finished)
    with showing(browser, bare, "itself", tmp_path) as shown:
        np.testing.assert_array_equal(seen(shown), ink)
