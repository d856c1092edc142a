"""Animated SVG in a real browser: it writes stroke by stroke and ends with the finished
outlines.
"""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gan.write.self_writing_svg import QUICKEST, SPEED, movements, to_self_writing
from gan.write.svg import to_svg
from tests.helpers.strokes import SPECIMEN, circle, page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

GAP = 19  # units between characters, wide enough to keep them apart
WRITING = page(*SPECIMEN, (circle(6, -14, 4), circle(6, -6, 5)), gap=GAP)


def test_strokes_follow_each_other_with_pauses() -> None:
    results = movements(WRITING)
    assert [movement.glyph for movement in results] == [0, 1, 2, 2, 3, 4, 4]
    assert [movement.stroke for movement in results] == [
        stroke for glyph in WRITING.glyphs for stroke in glyph.strokes
    ]
    assert results[0].start == 0
    pauses = np.array([b.start - a.end for a, b in pairwise(results)])
    assert (pauses > 0).all()
    # pauses within a character are shorter
    assert pauses[2] == pauses[5] < pauses[0] == pytest.approx(pauses[1])
    assert results[0].end == pytest.approx(2 * np.pi * 8 / SPEED, rel=0.01)
    assert results[4].end - results[4].start == pytest.approx(QUICKEST)


def test_written_characters_are_still_and_the_rest_starts_at_once() -> None:
    results = movements(WRITING, written=3)
    assert [movement.glyph for movement in results] == [3, 4, 4]
    assert results[0].start == 0
    svg = ET.fromstring(to_self_writing(WRITING, written=3))
    space = "{http://www.w3.org/2000/svg}"
    still = [path.attrib["d"] for path in svg.findall(f"{space}path")]
    finished = ET.fromstring(to_svg(WRITING)).iter(f"{space}path")
    assert still == [path.attrib["d"] for path in finished][:3]
    # each glyph is drawn masked and then whole
    assert len(svg.findall(f"{space}use")) == 2 * 2
    whole = to_self_writing(WRITING, written=len(WRITING.glyphs))
    assert "animation" not in whole.split("</style>")[1]
    assert movements(WRITING, seconds=0.5)[-1].end == pytest.approx(0.5)


def test_an_animation_has_no_scripts_and_unique_ids() -> None:
    svg = to_self_writing(WRITING)
    other = to_self_writing(page(*SPECIMEN))
    assert svg == to_self_writing(WRITING)
    assert not re.search(
        r"<script|\son\w+=|<animate|http(?!://www.w3.org/2000/svg)", svg
    )
    ids = re.findall(r'id="(\w+)"', svg)
    assert len(ids) == len(set(ids)) > 0
    assert not set(ids) & set(re.findall(r'id="(\w+)"', other))
    assert set(re.findall(r"#(w\w+)", svg)) <= set(ids)
    assert (
        ET.fromstring(svg).attrib["aria-label"]
        == ET.fromstring(to_svg(WRITING)).attrib["aria-label"]
    )


@pytest.fixture
def tab(browser: "Browser") -> Iterator["Page"]:
    """Open a page of the size of the picture."""
    tab = browser.new_page(viewport={"width": WRITING.width, "height": WRITING.height})
    yield tab
    tab.close()


def darkness(tab: "Page", svg: str, folder: Path) -> NDArray[np.int_]:
    """Open the SVG as a document, and return the darkness of each pixel.

    The result has integers from 0 to 255, (height, width).
    """
    (folder / "x.svg").write_text(svg, "utf-8")
    tab.goto((folder / "x.svg").as_uri())
    grey = Image.open(io.BytesIO(tab.screenshot())).convert("L")
    return 255 - np.asarray(grey, dtype=int)


def paused(svg: str, second: float) -> str:
    """Return the SVG paused after this many seconds."""
    delayed = re.sub(
        r"animation-delay:([\d.]+)s",
        lambda match: f"animation-delay:{float(match[1]) - second}s",
        svg,
    )
    shifted = re.sub(
        r"\{animation-duration",
        f"{{animation-delay:{-second}s;animation-duration",
        delayed,
    )
    return shifted.replace(
        "@media", "*{animation-play-state:paused!important}@media", 1
    )


def test_strokes_appear_in_order_and_end_as_the_outlines(
    tab: "Page", tmp_path: Path
) -> None:
    strokes_in_time = movements(WRITING)
    ink = darkness(tab, to_svg(WRITING), tmp_path)
    before = np.zeros_like(ink)
    for index, movement in enumerate(strokes_in_time):
        svg = paused(to_self_writing(WRITING), (movement.start + movement.end) / 2)
        now = darkness(tab, svg, tmp_path)
        assert now.sum() > before.sum(), f"stroke {index}"
        assert (now - ink).max() < 40, "ink only where the finished picture has ink"
        right = int((5 + GAP * movement.glyph + 15.5) * WRITING.scale)
        assert not now[:, right:].any(), "later strokes are still invisible"
        left = int((5 + GAP * movement.glyph - 3.5) * WRITING.scale)
        # the characters before this one are finished
        np.testing.assert_array_equal(now[:, :left], ink[:, :left])
        before = now
    end = paused(to_self_writing(WRITING), strokes_in_time[-1].end + 0.1)
    np.testing.assert_array_equal(darkness(tab, end, tmp_path), ink)


def test_with_reduced_motion_or_without_styles_the_picture_is_finished(
    tab: "Page", tmp_path: Path
) -> None:
    """Use a document, because Playwright's setting, unlike the system's, does not apply
    to images.
    """
    svg = to_self_writing(WRITING)
    ink = darkness(tab, to_svg(WRITING), tmp_path)
    tab.emulate_media(reduced_motion="reduce")
    still = darkness(tab, svg, tmp_path)
    tab.emulate_media(reduced_motion="null")
    np.testing.assert_array_equal(still, ink)
    bare = darkness(tab, re.sub("<style>.*</style>", "", svg), tmp_path)
    np.testing.assert_array_equal(bare, ink)
