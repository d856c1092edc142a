"""What the server returns about a saved run: one drawing and its nearest digit, and a
GIF.
"""

import numpy as np
import pytest

from gan.data import load
from gan.data.images_and_sheets import drawings_on
from gan.data.nearest import Near
from gan.drawings.recognition import Recognition
from gan.runs.evaluation_record import Evaluation
from gan.runs.gif_export import encoded, frame
from gan.runs.judge_ratings import write_ratings
from gan.runs.messages import Scale
from gan.runs.run_writer import RunWriter, create
from gan.web.app import ServerConfig
from gan.web.routes import runs
from gan.web.services.explain_saved_drawing import RealDigits
from gan.write.glyphs.own_handwriting import as_mnist
from gan.write.vectorize import redraw
from gan.write.vectorize.measure_ink import likeness
from tests.helpers.digits import SAMPLE
from tests.helpers.fake_worker import tiny
from tests.helpers.players import noise_digits
from tests.helpers.serving import Client, assert_fields, get_json, png_pixels

# One drawing


@pytest.mark.parametrize(
    ("digit", "labels", "digits"),
    [(3, False, [3] * 4), (None, True, [0, 1, 2, 3]), (None, False, None)],
)
async def test_a_drawing_is_returned_with_its_nearest_real_digit(
    client: Client,
    config: ServerConfig,
    digit: int | None,
    labels: bool,
    digits: list[int] | None,
) -> None:
    expected = digits or [9, 7, 4, 0]
    compared_with = Near(load()).reference
    of_kind = [(kind, compared_with(kind if digits else None)) for kind in expected]
    # (4, 28, 28)
    images = np.stack([real.images[real.labels == kind][4] for kind, real in of_kind])
    images[3:] = noise_digits(1).images  # which resembles no digit
    reading = Recognition((3, 1, 5, 8), (1.0, 0.95, 0.5, 0.25))
    create(config.runs / "some", tiny(digit, labels=labels)).save_picture(
        20, images, Evaluation(reading)
    )
    for drawing in range(4):
        result = await (
            await client.get(f"/api/runs/some/images/20/{drawing}.json")
        ).json()
        assert_fields(
            result,
            iteration=20,
            drawing=drawing,
            sure=0.9,
            digit=reading.digits[drawing],
            confidence=reading.confidence[drawing],
            asked=digits[drawing] if digits else None,
        )
        assert np.array_equal(
            255 - png_pixels(result["png"]["drawing"]), images[drawing]
        )
        assert result["near"] is (drawing < 3)
        if drawing < 3:
            assert np.array_equal(
                255 - png_pixels(result["png"]["real"]), images[drawing]
            ), "its own nearest digit"
            assert result["real_digit"] == expected[drawing]


async def test_recorded_ratings_are_returned(
    client: Client, config: ServerConfig
) -> None:
    run = create(config.runs / "some", tiny(3))
    run.save_picture(20, np.full((4, 28, 28), 255, np.uint8))
    scale: Scale = {"drawn": [0.5, -1, None, 3], "real": [0, 1, None, 2.5]}
    write_ratings(run, 20, scale)
    result = await get_json(client, "/api/runs/some/images/20/1.json")
    assert result["scale"] == scale
    assert result["digit"] is None, "without a reading"
    assert result["confidence"] is None


def test_real_digits_drawn_with_a_pen_pass_as_their_digit() -> None:
    """Retrace digits with a pen.

    Those whose traces differ from them, as at a blot, do not count.
    """
    real = RealDigits(load())
    tried = 0
    some = SAMPLE.take(slice(None, None, 200))
    for image, digit in zip(some.images, some.labels.tolist(), strict=True):
        lines = [
            np.rint(9 * stroke.sampled(0.5)[0]).astype(int)
            for stroke in redraw(image, digit).strokes
        ]
        picture = as_mnist(tuple(tuple(line.ravel().tolist()) for line in lines))
        if likeness(picture, image) >= 0.75:
            tried += 1
            real.refuse_scribbles({digit: picture})
    assert tried > 15


# The GIF


@pytest.fixture
def run(config: ServerConfig) -> RunWriter:
    """Return a run with five pictures."""
    run = create(config.runs / "some", tiny(3))
    for iteration in range(0, 50, 10):
        run.save_picture(iteration, noise_digits(4, iteration).images)
    return run


async def test_a_gif_shows_a_runs_pictures(
    client: Client, run: RunWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for most, iterations in ((5, (0, 10, 20, 30, 40)), (3, (0, 20, 40))):
        monkeypatch.setattr(runs, "MAX_FRAMES", most)
        response = await client.get("/api/runs/some/film.gif")
        assert response.status == 200
        assert response.content_type == "image/gif"
        disposition = response.headers["Content-Disposition"]
        assert disposition == 'attachment; filename="some.gif"'
        frames = [
            frame(iteration, drawings_on(run.picture_path(iteration)), zoom=2)
            for iteration in iterations
        ]
        assert await response.read() == encoded(frames)
