"""Ink on pixels, against discs on finer pixels and against areas that are known."""

import io
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from strokes import CROSS, SPECIMEN, circle, covered, dot, line, page

from gan.errors import InputError
from gan.write.page import Writing
from gan.write.render.raster import MOST_PIXELS, RULE_COLOUR, opacity, to_png


def pixels(png: bytes) -> NDArray[np.uint8]:
    """(height, width, 4) red, green, blue and opacity."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


@pytest.mark.parametrize("size", [16, 40, 96, 320])
@pytest.mark.parametrize("pen", ["felt", "ballpoint"])
def test_every_pixel_is_as_black_as_it_is_covered(pen: str, size: int) -> None:
    """Within a tenth, but for the one in ten where two edges meet at an angle."""
    writing = page(*SPECIMEN, size=size, pen=pen)
    black = opacity(writing) / 255
    share = covered(writing, 8 if size < 96 else 4)
    assert black.shape == (writing.height, writing.width)
    off = np.abs(black - share)[(share > 0) & (share < 1)]
    assert np.quantile(off, 0.9) < 0.1
    assert off.max() < 0.5
    assert black.sum() == pytest.approx(share.sum(), rel=0.04 if size == 16 else 0.01)


@pytest.mark.parametrize("size", [16, 33, 96, 320])
def test_a_dot_is_a_disc(size: int) -> None:
    writing = page((dot(3, -5),), mark=6.0, size=size)
    assert opacity(writing).sum() / 255 == pytest.approx(np.pi * (3 * writing.scale) ** 2, rel=0.02)


def test_a_ring_has_the_area_of_a_ring() -> None:
    writing = page((circle(8, -10, 8),), mark=2.0)
    ring = np.pi * (9**2 - 7**2) * writing.scale**2
    assert opacity(writing).sum() / 255 == pytest.approx(ring, rel=0.005)


def test_pressure_widens_the_felt_tip_alone() -> None:
    for pen, wider in (("felt", True), ("ballpoint", False)):
        light, strong = (opacity(page((line(2, -9, 12, -9, pressure=p),), pen=pen)).sum() for p in (0.6, 1.4))
        assert (strong > 1.2 * light) == wider


def test_where_strokes_cross_it_is_no_blacker() -> None:
    both, one, other = (opacity(page(strokes)) for strokes in (CROSS, CROSS[:1], CROSS[1:]))
    np.testing.assert_array_equal(both, np.maximum(one, other))


def test_ink_beyond_the_paper_is_cut_off() -> None:
    writing = page((line(-30, -10, 60, -10),), (line(100, -100, 200, -100),), (line(-90, -9, -80, -9),))
    black = opacity(writing)
    assert (black.max(axis=0) == 255).all()
    assert black.max(axis=1)[0] == 0


def test_png_is_transparent_paper_and_one_ink() -> None:
    writing = page(*SPECIMEN, ink="#ffaa00")
    png = to_png(writing)
    assert png == to_png(writing)
    picture = pixels(png)
    np.testing.assert_array_equal(picture[:, :, 3], opacity(writing))
    assert (picture[:, :, :3] == (255, 170, 0)).all()
    assert len(png) < 5000


def test_a_page_without_ink_is_a_picture_too() -> None:
    assert not pixels(to_png(page((), ())))[:, :, 3].any()


def test_rules_lie_below_the_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    writing = page(*SPECIMEN)
    plain = pixels(to_png(writing)).astype(int)
    ends = [[0, 0, writing.right, 0], [20, writing.top, 20, writing.bottom], [-9, -99, 99, -99]]
    monkeypatch.setattr("gan.write.render.raster.rules", lambda _: np.array(ends, dtype=float).reshape(-1, 2, 2))
    ruled = pixels(to_png(writing)).astype(int)
    row, column = int(-writing.top * writing.scale), int(20 * writing.scale)
    assert ruled[row, 2].tolist() == ruled[3, column].tolist() == [*RULE_COLOUR, 255]
    full = plain[:, :, 3] == 255
    np.testing.assert_array_equal(ruled[full], plain[full])
    off = np.ones(full.shape, dtype=bool)
    off[row], off[:, column], off[0] = False, False, False
    np.testing.assert_allclose(ruled[off, 3], plain[off, 3], atol=2)
    assert np.count_nonzero((ruled[:, :, 3] == 255).all(axis=1)) == 1  # a pixel wide; the last is off the page


def test_fifty_megapixels_are_too_many() -> None:
    writing = replace(page((), size=320), right=2000.0, bottom=1600.0)
    with pytest.raises(
        InputError, match=r"at most 50 megapixels, received one of 32000 x 25984; .* at most \d+ pix"
    ) as no:
        to_png(writing)
    assert no.value.field == "size"
    size = int(str(no.value).split("at most ")[2].split()[0])
    smaller = Writing(page((), size=size).request, (), (0.0,), writing.right, writing.top, writing.bottom)
    assert 0.95 * MOST_PIXELS < smaller.width * smaller.height <= MOST_PIXELS
