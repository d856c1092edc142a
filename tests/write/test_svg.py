"""SVG: outlines that enclose the ink, path data that round-trips, and files for
screens.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gan.write.raster import opacity
from gan.write.svg import Curves, absolute, relative, to_svg
from tests.helpers.strokes import SPECIMEN, circle, page, points_of

Array = NDArray[np.float64]


def fill_share(
    lines: Iterable[Curves], height: int, width: int, subpixels: int = 8
) -> Array:
    """Return the fraction of each pixel inside closed lines but not in holes, computed
    from enlarged polygons.
    """
    inside = np.zeros((height * subpixels, width * subpixels), dtype=bool)
    for curves in lines:
        image = Image.new("1", inside.shape[::-1])
        polygon = points_of(curves) * subpixels - 0.5
        ImageDraw.Draw(image).polygon([tuple(p) for p in polygon.tolist()], fill=1)
        inside ^= np.asarray(image)
    return inside.reshape(height, subpixels, width, subpixels).mean(axis=(1, 3))


# Path data


def read_path(data: str) -> list[Array]:
    """Return the curves of each subpath, (k, 4, 2).

    Straight lines become curves with evenly spaced control points.
    """
    chains: list[list[Array]] = []
    position = start = np.zeros(2)
    for command, text in re.findall(r"([MmCcHhLlZz])([^MmCcHhLlZz]*)", data):
        numbers = np.array(re.findall(r"-?\d*\.?\d+", text), dtype=float)
        if command in "Mm":
            position = start = numbers + (position if command == "m" else 0)
            chains.append([])
        elif command in "Cc":
            for points in numbers.reshape(-1, 3, 2):
                points = points + (position if command == "c" else 0)
                chains[-1].append(np.stack([position, *points]))
                position = points[2]
        elif command in "HhLl":
            step = np.array([numbers[0], 0.0]) if command in "Hh" else numbers
            end = position + step if command in "hl" else step
            chains[-1].append(
                position + np.linspace(0, 1, 4)[:, None] * (end - position)
            )
            position = end
        else:
            position = start
    return [np.array(chain) for chain in chains]


curve_arrays = arrays.arrays(
    float,
    st.tuples(st.integers(1, 4), st.just(3), st.just(2)),
    elements=st.floats(-500, 500),
)


def chained(points: Array) -> Array:
    """Turn (k, 3, 2) points into (k, 4, 2) curves, each of which starts where the
    previous one ends.
    """
    starts = np.concatenate([points[:1, :1] + 1, points[:-1, 2:]])
    return np.concatenate([starts, points], axis=1)


@given(curve_arrays, st.integers(1, 4))
def test_absolute_paths_round_trip(points: Array, decimals: int) -> None:
    (curves,) = read_path(absolute(chained(points), decimals))
    np.testing.assert_allclose(curves, chained(points), atol=0.50001 * 10**-decimals)


@given(st.lists(curve_arrays, min_size=1, max_size=3), st.booleans())
def test_relative_paths_round_trip(several: list[Array], closed: bool) -> None:
    chains = []
    for points in several:
        chain = chained(np.rint(points))
        if closed:
            chain[-1, 3] = chain[0, 0]
        chains.append(chain.astype(int))
    curves = read_path(relative(chains, closed))
    for one, expected in zip(curves, chains, strict=True):
        if np.ptp(expected.reshape(-1, 2), axis=0).any():
            np.testing.assert_array_equal(one, expected)


@pytest.mark.parametrize(
    "data",
    [absolute(np.full((1, 4, 2), 2.5), 2), relative([np.full((1, 4, 2), 250)], False)],
)
def test_a_dot_has_a_positive_length(data: str) -> None:
    (((x0, _), *_, (x1, _)),) = read_path(data)[0].tolist()
    assert 0 < x1 - x0 <= 1


# Files


SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("pen", ["felt", "ballpoint"])
@pytest.mark.parametrize("size", [40, 80, 200])
def test_svg_and_png_show_the_same_ink(size: int, pen: str) -> None:
    writing = page(
        *SPECIMEN, (circle(6, -14, 4), circle(6, -6, 5)), gap=19, size=size, pen=pen
    )
    root = ET.fromstring(to_svg(writing))
    black = opacity(writing) / 255
    scale = writing.height / float(root.attrib["viewBox"].split()[3])
    share = np.zeros_like(black)
    for path in root.findall(f"{SVG}path"):
        lines = read_path(path.attrib["d"])
        for curves in lines:
            # Integer coordinates have no rounding error, so the line closes exactly.
            np.testing.assert_array_equal(curves[-1, 3], curves[0, 0])
        share = np.maximum(
            share, fill_share([curves * scale for curves in lines], *black.shape)
        )
    # the largest errors are in corners between two strokes
    assert np.abs(share - black).max() < 0.5
    assert np.quantile(np.abs(share - black)[(share > 0) & (share < 1)], 0.9) < 0.2
    assert share.sum() == pytest.approx(black.sum(), rel=0.05 if size == 40 else 0.02)


LABELS = {
    "line": ("12+. 3", "12+. 3"),
    "lines": ('12\n\n  3 "&<\n', '12, 3 "&<'),
    "empty": ("", "1"),
}


@pytest.mark.parametrize(("text", "label"), LABELS.values(), ids=LABELS)
def test_svg_is_small_and_has_a_title(text: str, label: str) -> None:
    writing = (
        page(*SPECIMEN, (), SPECIMEN[0], ink="#aabbcc", text=text) if text else page(())
    )
    root = ET.fromstring(svg := to_svg(writing))
    assert (
        root.findtext(f"{SVG}title")
        == root.attrib["aria-label"]
        == f"Handwriting: {label}"
    )
    assert root.attrib["role"] == "img"
    assert root.attrib["fill"] == writing.request.ink
    assert root.attrib["width"] == str(writing.width)
    assert root.attrib["height"] == str(writing.height)
    # a space has no path
    assert len(list(root.iter(f"{SVG}path"))) == (5 if text else 0)
    assert len(svg) < 2600, "its outlines have few curves"
    assert not re.search(r"<text|font|style|script|<image|transform", svg)


def test_rules_are_drawn_below_the_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    writing = page(*SPECIMEN)
    ends = np.array(
        [[[0.0, 0], [writing.right, 0]], [[20, writing.top], [20, writing.bottom]]]
    )
    monkeypatch.setattr("gan.write.svg.rules", lambda _: ends)
    root = ET.fromstring(to_svg(writing))
    tags = [child.tag.removeprefix(SVG) for child in root]
    assert tags == ["title", "g", *["path"] * 4]
    (path,) = root[1]
    level, upright = read_path(path.attrib["d"])
    assert level[0, [0, 3]].tolist() == [[0, 1200], [50 * writing.right, 1200]]
    assert upright[0, [0, 3]].tolist() == [
        [1000, 0],
        [1000, 50 * (writing.bottom - writing.top)],
    ]
