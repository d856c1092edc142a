"""The SVG of outlines: what it fills is the PNG's ink, and it says what it shows."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from strokes import SPECIMEN, page
from test_write_outline import filled
from test_write_path import read

from gan.write.render.raster import RULE_WIDTH, opacity
from gan.write.render.svg import GRID, to_svg

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("pen", ["felt", "ballpoint"])
@pytest.mark.parametrize("size", [40, 80, 200])
def test_svg_and_png_show_the_same_ink(size: int, pen: str) -> None:
    writing = page(*SPECIMEN, gap=19, size=size, pen=pen)
    root, black = ET.fromstring(to_svg(writing)), opacity(writing) / 255
    scale = writing.height / float(root.attrib["viewBox"].split()[3])
    share = np.zeros_like(black)
    for path in root.findall(f"{SVG}path"):
        lines = read(path.attrib["d"])
        for curves in lines:
            np.testing.assert_array_equal(curves[-1, 3], curves[0, 0])  # whole numbers add up: it closes
        share = np.maximum(share, filled([curves * scale for curves in lines], *black.shape))
    assert np.abs(share - black).max() < 0.5  # in the corner between two strokes
    assert np.quantile(np.abs(share - black)[(share > 0) & (share < 1)], 0.9) < 0.2
    assert share.sum() == pytest.approx(black.sum(), rel=0.05 if size == 40 else 0.02)


def test_svg_is_small_and_says_what_it_shows() -> None:
    writing = page(*SPECIMEN, (), SPECIMEN[0], ink="#aabbcc", text="12+. 3")
    svg = to_svg(writing)
    assert svg == to_svg(writing)
    root = ET.fromstring(svg)
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == root.attrib["aria-label"] == "Handwriting: 12+. 3"
    assert (root.attrib["role"], root.attrib["fill"]) == ("img", "#aabbcc")
    assert (root.attrib["width"], root.attrib["height"]) == (str(writing.width), str(writing.height))
    assert len(list(root.iter(f"{SVG}path"))) == 5  # none for the space
    assert len(svg) < 900 * 5
    assert not re.search(r"<text|font|style|script|<image|transform", svg)


def test_lines_are_said_one_after_the_other() -> None:
    writing = page(SPECIMEN[0], text='12\n\n  3 "&<\n')
    root = ET.fromstring(to_svg(writing))
    assert root.attrib["aria-label"] == 'Handwriting: 12, 3 "&<'


def test_rules_are_a_group_below_the_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    writing = page(*SPECIMEN)
    ends = np.array([[[0.0, 0], [writing.right, 0]], [[20, writing.top], [20, writing.bottom]]])
    monkeypatch.setattr("gan.write.render.svg.rules", lambda _: ends)
    root = ET.fromstring(to_svg(writing))
    assert [child.tag.removeprefix(SVG) for child in root] == ["title", "g", "path", "path", "path", "path"]
    (path,) = root[1]
    level, upright = read(path.attrib["d"])
    assert level[0, [0, 3]].tolist() == [[0, 1200], [50 * writing.right, 1200]]
    assert upright[0, [0, 3]].tolist() == [[1000, 0], [1000, 50 * (writing.bottom - writing.top)]]


@pytest.mark.parametrize("size", [16, 40, 96, 320])
def test_rules_are_at_least_a_pixel_wide(size: int) -> None:
    writing = page(*SPECIMEN, size=size, paper="lined")
    group = ET.fromstring(to_svg(writing)).find(f"{SVG}g")
    assert group is not None
    pixels = float(group.attrib["stroke-width"]) * writing.scale / GRID
    assert pixels == pytest.approx(max(1, RULE_WIDTH * writing.scale), rel=1e-3)


def test_nothing_written_is_a_document_too() -> None:
    assert len(ET.fromstring(to_svg(page(())))) == 1
