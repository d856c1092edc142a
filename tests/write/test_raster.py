"""Rasterized ink compared with discs on a finer grid; PNG files, paper rules and the
size limit.
"""

import io
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gan.base.errors import InputError
from gan.write.raster import MOST_PIXELS, RULE_COLOUR, opacity, to_png
from gan.write.strokes_and_pages import Writing
from tests.helpers.strokes import SPECIMEN, covered, page


def pixels(png: bytes) -> NDArray[np.uint8]:
    """Return red, green, blue and opacity of each pixel, (height, width, 4)."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


@pytest.mark.parametrize("size", [16, 40, 96, 320])
@pytest.mark.parametrize("pen", ["felt", "ballpoint"])
def test_opacity_is_the_covered_share_of_each_pixel(pen: str, size: int) -> None:
    """Nine in ten edge pixels are accurate to 0.1.

    Pixels where two edges meet at an angle differ more.
    """
    writing = page(*SPECIMEN, size=size, pen=pen)
    black = opacity(writing) / 255
    share = covered(writing, 8 if size < 96 else 4)
    assert black.shape == (writing.height, writing.width)
    elsewhere = np.abs(black - share)[(share > 0) & (share < 1)]
    assert np.quantile(elsewhere, 0.9) < 0.1
    assert elsewhere.max() < 0.5
    assert black.sum() == pytest.approx(share.sum(), rel=0.04 if size == 16 else 0.01)


def test_png_has_transparent_paper_and_one_colour() -> None:
    writing = page(*SPECIMEN, ink="#ffaa00")
    png = to_png(writing)
    assert png == to_png(writing)
    picture = pixels(png)
    np.testing.assert_array_equal(picture[:, :, 3], opacity(writing))
    assert (picture[:, :, :3] == (255, 170, 0)).all()
    assert len(png) < 5000


def test_rules_are_drawn_below_the_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    writing = page(*SPECIMEN)
    plain = pixels(to_png(writing)).astype(int)
    ends = [
        [0, 0, writing.right, 0],
        [20, writing.top, 20, writing.bottom],
        [-9, -99, 99, -99],
    ]
    monkeypatch.setattr(
        "gan.write.raster.rules",
        lambda _: np.array(ends, dtype=float).reshape(-1, 2, 2),
    )
    ruled = pixels(to_png(writing)).astype(int)
    row = int(-writing.top * writing.scale)
    column = int(20 * writing.scale)
    assert ruled[row, 2].tolist() == ruled[3, column].tolist() == [*RULE_COLOUR, 255]
    full = plain[:, :, 3] == 255
    np.testing.assert_array_equal(ruled[full], plain[full])
    elsewhere = np.ones(full.shape, dtype=bool)
    elsewhere[row] = False
    elsewhere[:, column] = False
    elsewhere[0] = False
    np.testing.assert_allclose(ruled[elsewhere, 3], plain[elsewhere, 3], atol=2)
    # The rules are one pixel wide, and the last one is off the page.
    assert np.count_nonzero((ruled[:, :, 3] == 255).all(axis=1)) == 1


def test_too_large_a_picture_is_refused_with_a_size_that_fits() -> None:
    writing = replace(page((), size=320), right=2000.0, bottom=1600.0)
    message = (
        r"at most 50 megapixels, received one of 32000 x 25984; .* at most \d+ pix"
    )
    with pytest.raises(InputError, match=message) as caught:
        to_png(writing)
    assert caught.value.field == "size"
    size = int(str(caught.value).split("at most ")[2].split()[0])
    smaller = Writing(
        page((), size=size).request,
        (),
        (0.0,),
        writing.right,
        writing.top,
        writing.bottom,
    )
    assert 0.95 * MOST_PIXELS < smaller.width * smaller.height <= MOST_PIXELS
