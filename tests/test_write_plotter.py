"""The plotter's SVG, parsed: strokes in the order of writing, in millimetres, on the page."""

import math
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from strokes import CROSS, SPECIMEN, dot, line, page
from test_write_outline import points_of
from test_write_path import read
from test_write_svg import SVG

from gan.errors import InputError
from gan.write.render.svg import to_plotter
from gan.write.request import PAGES


def plotted(svg: str) -> list[NDArray[np.float64]]:
    """The curves of every path, (k, 4, 2) in mm, if nothing but single strokes is there."""
    root = ET.fromstring(svg)
    width, height = (float(root.attrib[side].removesuffix("mm")) for side in ("width", "height"))
    assert root.attrib["viewBox"].split() == ["0", "0", *(root.attrib[side][:-2] for side in ("width", "height"))]
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "g", "path"}
    assert not re.search("transform|style|class|mask|href", svg)
    (group,) = root.findall(f"{SVG}g")
    assert (group.attrib["fill"], group.attrib["stroke-linecap"]) == ("none", "round")
    chains = []
    for path in group:
        assert float(path.attrib["stroke-width"]) > 0
        (curves,) = read(path.attrib["d"])  # one subpath each
        assert ((points_of(curves) >= 0) & (points_of(curves) <= [width, height])).all()
        chains.append(curves)
    return chains


def test_a_path_a_stroke_in_the_order_and_direction_of_writing() -> None:
    writing = page(*SPECIMEN)
    found = plotted(to_plotter(writing, digit_mm=20))  # one millimetre a unit
    expected = [one.curves for glyph in writing.glyphs for one in glyph.strokes]
    assert len(found) == len(expected) == 5
    shift = found[0][0, 0] - expected[0][0, 0]
    for curves, own in zip(found[:4], expected, strict=False):
        np.testing.assert_allclose(curves, own + shift, atol=1e-3)
    (dotted,) = found[4]
    np.testing.assert_allclose(dotted[0], expected[4][0, 0] + shift, atol=1e-3)
    assert 0 < np.ptp(dotted[:, 0]) < 0.01


@pytest.mark.parametrize("name", [*PAGES, "fit"])
@pytest.mark.parametrize("margin", [0.0, 7.5])
def test_the_ink_begins_at_the_margins(name: str, margin: float) -> None:
    writing = page(*SPECIMEN)
    svg = to_plotter(writing, digit_mm=9, page=name, margin_mm=margin)
    root = ET.fromstring(svg)
    widths = [float(path.attrib["stroke-width"]) for path in root.iter(f"{SVG}path")]
    ends = [(points_of(c).min(axis=0) - w / 2, points_of(c).max(axis=0) + w / 2)
            for c, w in zip(plotted(svg), widths, strict=True)]  # fmt: skip
    low, high = np.min([low for low, _ in ends], axis=0), np.max([high for _, high in ends], axis=0)
    np.testing.assert_allclose(low, margin, atol=0.2)  # a stroke's width is its mean
    size = np.array([float(root.attrib[side][:-2]) for side in ("width", "height")])
    if name == "fit":
        np.testing.assert_allclose(size - high, margin, atol=0.2)
    else:
        assert tuple(size) == PAGES[name]


def test_digits_are_as_high_as_asked_and_the_pen_as_wide() -> None:
    for pen, width in (("felt", 2.0), ("ballpoint", 0.9)):
        svg = to_plotter(page((line(3, -19, 3, -1),), pen=pen), digit_mm=8)
        (curves,) = plotted(svg)
        assert np.ptp(points_of(curves)[:, 1]) == pytest.approx(18 / 20 * 8, abs=0.01)
        assert f'stroke-width="{width * 8 / 20:.2f}"' in svg


@pytest.mark.parametrize(
    ("options", "said", "field"),
    [
        ({"digit_mm": 0.5}, "digit_mm: expected a number from 1 to 100 mm, received 0.5", "digit_mm"),
        ({"digit_mm": math.nan}, "digit_mm: expected a number from 1 to 100 mm, received nan", "digit_mm"),
        ({"digit_mm": "8"}, "digit_mm: expected a number from 1 to 100 mm, received '8'", "digit_mm"),
        ({"margin_mm": True}, "margin_mm: expected a number from 0 to 50 mm, received True", "margin_mm"),
        ({"margin_mm": 51}, "margin_mm: expected a number from 0 to 50 mm, received 51", "margin_mm"),
        ({"page": "A3"}, "page: expected A4, A5, letter or fit, received 'A3'", "page"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], said: str, field: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as no:
        to_plotter(page(*SPECIMEN), **options)
    assert no.value.field == field


def test_a_page_too_small_says_what_would_fit() -> None:
    writing = page(*SPECIMEN * 2, gap=20)
    said = r"at most 128 x 190 mm of writing, what A5 has within margins of 10 mm, received 147.0 x 20.0"
    with pytest.raises(InputError, match=said) as no:
        to_plotter(writing, page="A5", digit_mm=20)
    size = float(re.findall(r"digits of at most ([\d.]+) mm", str(no.value))[0])
    plotted(to_plotter(writing, page="A5", digit_mm=size))
    with pytest.raises(InputError):
        to_plotter(writing, page="A5", digit_mm=size + 0.1)
    plotted(to_plotter(writing, page="fit", digit_mm=100))
    with pytest.raises(InputError, match="choose less text, shorter lines"):
        to_plotter(page(CROSS, (dot(5000, 0),)), digit_mm=1)


def test_nothing_to_plot() -> None:
    with pytest.raises(InputError, match="text: expected a digit or a sign to plot, received none"):
        to_plotter(page((), ()))
