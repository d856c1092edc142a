"""static/js/site/evaluate.js, explain.js and files.js, called in a real browser, compared with Python."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.data import load
from gan.data.nearest import Near, nearest_distances
from gan.drawings.recognition import open_recognizer
from gan.runs.feature_maps import most_varying, scale
from gan.web.site.trainer_data import trainer_setup, write_trainer_data
from tests.conftest import script_page
from tests.helpers.browsing import Browser, Call

ASKED = np.arange(64) % 10


@pytest.fixture(scope="module")
def sheet() -> Any:
    """Return 64 images: real digits, then ever noisier ones, then digits of another class."""
    data, rng = load(), np.random.default_rng(3)
    rows = [rng.choice(np.flatnonzero(data.labels == digit)) for digit in ASKED]
    noise = rng.integers(0, 256, (64, 28, 28)) * np.linspace(0, 1, 64)[:, None, None] ** 2
    images = np.maximum(data.images[rows], noise.astype(np.uint8))
    images[-8:] = data.images[rows[:8]]
    return images


def test_a_sheet_is_evaluated_as_in_python(browser: Browser, sheet: Any, tmp_path: Path) -> None:
    setup = trainer_setup()
    write_trainer_data(tmp_path)
    page = script_page(browser)
    page.route("**/data/*", lambda route: route.fulfill(path=tmp_path / route.request.url.rpartition("/")[2]))
    script = """async ({ images, setup: { limits, files } }) => {
        const { Memory } = await import("/static/js/nn/arrays.js");
        const { tiles } = await import("/static/js/nn/products.js");
        const { joined, loadClassifier, loadDigits } = await import("/static/js/site/files.js");
        const { Evaluator } = await import("/static/js/site/evaluate.js");
        const fast = await tiles(1 << 26), memory = new Memory(fast.buffer, Float32Array, fast.multiply);
        const [first, rest] = await Promise.all([files.first, files.rest].map((file) => loadDigits(`/data/${file}`)));
        const classifier = await loadClassifier(memory, `/data/${files.classifier}`);
        const evaluator = new Evaluator(memory, joined(first, rest), { limits, classifier });
        const drawings = memory.copy(images.map((value) => value / 127.5 - 1), 64, 28, 28, 1);
        const verdicts = { drawn: new Float64Array(64), real: Float64Array.from({ length: 64 }, (_, i) => i % 3 - 1) };
        const nearest = evaluator.nearest(drawings).map(({ distance, image }) => ({ distance, image: [...image] }));
        return { ...evaluator.evaluate(drawings, verdicts), nearest };
      }"""
    found = page.evaluate(script, {"images": sheet.ravel().tolist(), "setup": setup})
    page.unroute("**/data/*")
    recognize, near = open_recognizer(), Near(load())
    assert recognize
    expected = recognize(sheet)
    assert found["digits"] == list(expected.digits)
    np.testing.assert_allclose(found["confidence"], expected.confidence, rtol=0, atol=0.01)  # weights of half precision
    is_near = near(sheet, ASKED)
    assert found["near"] == is_near
    assert 0 < sum(is_near) < 64
    assert found["read"] == (np.array(is_near) & expected.read(ASKED.tolist())).tolist()
    assert found["prefers_real"] == 21
    for index, digit in enumerate(ASKED.tolist()):
        [distance], [place] = nearest_distances(sheet[index : index + 1], near.real(digit))
        one = found["nearest"][index]
        assert one["distance"] == pytest.approx(distance, abs=0.02)
        image = np.rint(127.5 * (np.array(one["image"]) + 1)).astype(int)
        assert (image == near.real(digit)[place].ravel()).all()


def test_the_scale_is_that_of_python(browser: Browser) -> None:
    drawn, real = np.random.default_rng(4).normal(0, 3, (2, 64))
    drawn[5] = np.inf
    script = """async ([drawn, real]) => {
        const { scale } = await import("/static/js/site/explain.js");
        return scale({ drawn: Float64Array.from(drawn), real: Float64Array.from(real) });
      }"""
    found, expected = (
        script_page(browser).evaluate(script, [drawn.tolist(), real.tolist()]),
        scale((drawn, real), ASKED),
    )
    for side in ("drawn", "real"):
        assert found[side] == pytest.approx(expected[side], abs=0.011)  # halves are rounded otherwise
    assert found["drawn"][5] is None


def test_the_channels_shown_are_those_of_python(call: Call) -> None:
    rng, before = np.random.default_rng(5), None
    kept = 0
    for turn in range(12):
        maps = rng.standard_normal((8, 4, 4, 9)) * (1 + 0.1 * turn * rng.random(9))
        expected = most_varying(maps, None if before is None else np.array(before))
        found = call("site/explain", "mostVarying", {"data": maps.ravel().tolist(), "shape": maps.shape}, before)
        assert found == expected.tolist()
        kept += found == before
        before = found
    assert 0 < kept < 11


def test_half_precision_is_decoded_exactly(browser: Browser) -> None:
    script = """async () => {
        const { single } = await import("/static/js/site/files.js");
        return Array.from({ length: 65536 }, (_, bits) => ((bits >> 10) & 31) === 31 ? 0 : single(bits));
      }"""
    halves = np.arange(65536).astype(np.uint16).view(np.float16).astype(np.float64)
    assert script_page(browser).evaluate(script) == np.where(np.isfinite(halves), halves, 0).tolist()
