"""gan/runs/gif_export.py: the choice of pictures, the frames, and their times."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from gan.data.images_and_sheets import sheet
from gan.runs import gif_export
from gan.runs.gif_export import CAPTION, encoded, frame
from tests.helpers.players import noise_digits


@pytest.mark.parametrize(("columns", "zoom"), [(None, 1), (None, 2), (16, 1), (1, 8)])
def test_a_frame_is_the_enlarged_sheet_above_its_iteration(
    columns: int | None, zoom: int
) -> None:
    images = noise_digits(1 if columns == 1 else 64).images
    expected = np.kron(
        np.asarray(sheet(images, columns)), np.ones((zoom, zoom), np.uint8)
    )
    paper = np.asarray(frame(1234, images, columns, zoom))
    assert paper.shape == (expected.shape[0] + CAPTION, expected.shape[1])
    assert np.array_equal(paper[:-CAPTION], expected)
    assert (paper[-CAPTION:] < 128).any()
    assert (
        paper[-CAPTION:] != np.asarray(frame(1235, images, columns, zoom))[-CAPTION:]
    ).any()


@pytest.mark.parametrize("greys", [8, 16])
def test_a_gif_loops_and_shows_its_last_frame_longer(greys: int) -> None:
    frames = [frame(iteration, noise_digits(4).images) for iteration in range(3)]
    times = []
    with Image.open(io.BytesIO(encoded(frames, greys))) as gif:
        for shown, expected in zip(ImageSequence.Iterator(gif), frames, strict=True):
            times.append(shown.info["duration"])
            grey = np.asarray(shown.convert("L")).astype(int)
            assert len(np.unique(grey)) == greys
            assert np.abs(grey - expected).max() <= 128 / (greys - 1)
        assert gif.info["loop"] == 0
    assert times == [gif_export.FRAME_MILLISECONDS] * 2 + [gif_export.LAST_MILLISECONDS]
