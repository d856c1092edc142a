"""Sheets of digits: dark ink on white paper, in rows, written and read."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gan.base.errors import InputError
from gan.data.images_and_sheets import GAP, drawings_on, save_png, sheet

RNG = np.random.default_rng(0)


@given(
    n=st.integers(1, 30),
    columns=st.none() | st.integers(1, 8),
    height=st.integers(1, 5),
    width=st.integers(1, 5),
)
def test_images_are_inverted_and_placed_in_a_grid(
    n: int, columns: int | None, height: int, width: int
) -> None:
    images = RNG.integers(0, 256, (n, height, width), dtype=np.uint8)
    picture = sheet(images, columns)
    paper = np.asarray(picture).copy()
    # roughly square
    per_row = columns or next(side for side in range(1, 9) if side * side >= n)
    rows = -(-n // per_row)
    assert picture.mode == "L"
    assert paper.shape == (rows * (height + GAP) + GAP, per_row * (width + GAP) + GAP)
    for index, image in enumerate(images):
        row, column = divmod(index, per_row)
        place = np.s_[GAP + row * (height + GAP) :, GAP + column * (width + GAP) :]
        assert np.array_equal(255 - paper[place][:height, :width], image)
        paper[place][:height, :width] = 255
    assert (paper == 255).all()


# Reading sheets


@pytest.mark.parametrize("n", [1, 7, 64])
def test_drawings_are_read_back_from_a_sheet(tmp_path: Path, n: int) -> None:
    images = RNG.integers(0, 256, (n, 28, 28), dtype=np.uint8)
    save_png(sheet(images), tmp_path / "0.png")
    drawings = drawings_on(tmp_path / "0.png")
    assert np.array_equal(drawings[:n], images)
    assert not drawings[n:].any()
    assert len(drawings) == {1: 1, 7: 9, 64: 64}[n]


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    for size in ((242, 241), (2, 2), (1, 1), (29, 32)):
        Image.new("L", size).save(tmp_path / f"{size}.png")
    for path in [*tmp_path.iterdir(), tmp_path / "nowhere.png"]:
        with pytest.raises(InputError, match="expected"):
            drawings_on(path)
