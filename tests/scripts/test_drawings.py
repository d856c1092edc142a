"""What the pad makes of drawings: pictures of one size, a figure of how alike they are,
and a file for `--data`.
"""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan.base.labels import check_names
from gan.data.own_images import read
from tests.conftest import script_page
from tests.helpers.browsing import Browser, Call

NPZ = """async ({ names, labels, pixels }) => {
    const { npz } = await import("/static/js/logic/npz.js");
    return Array.from(npz({ names, labels: Uint8Array.from(labels), pixels: Uint8Array.from(pixels) }));
}"""
TEXT = st.text(
    st.sampled_from('aé中🐈 <&"\0\n\t\u00a0\u00ad\u200d\u2028\u202e\u3000\ufeff\ud800'),
    max_size=20,
)
NAMES = st.lists(TEXT | st.just("any"), min_size=1, max_size=10)


@settings(max_examples=20)
@given(names=NAMES)
def test_every_name_becomes_one_that_the_server_accepts(
    call: Call, names: list[str]
) -> None:
    found = call(
        "logic/drawings", "namesOf", [{"name": name, "drawings": []} for name in names]
    )
    assert len(found) == len(names)
    check_names(tuple(found))


@pytest.mark.parametrize("count", [1, 13, 100])
def test_numpy_and_the_program_read_the_file_of_drawings(
    browser: Browser, tmp_path: Path, count: int
) -> None:
    rng = np.random.default_rng(count)
    names = ["star", "<b>é 🐈</b>"]
    images = rng.integers(0, 256, (count, 28, 28), np.uint8)
    labels = np.arange(count) % 2
    given = {
        "names": names,
        "labels": labels.tolist(),
        "pixels": images.ravel().tolist(),
    }
    path = tmp_path / "drawings.npz"
    path.write_bytes(bytes(script_page(browser).evaluate(NPZ, given)))
    with np.load(path) as file:
        np.testing.assert_array_equal(file["images"], images)
        assert file["labels"].tolist() == [names[label] for label in labels]
        assert file["ink"]
    data = read(path)
    assert [data.names[label] for label in data.labels] == [
        names[label] for label in labels
    ]
    np.testing.assert_array_equal(data.images, images)


def blurred(picture: NDArray[Any]) -> NDArray[Any]:
    around = np.pad(picture, 1)
    return np.mean(
        [around[y : y + 28, x : x + 28] for y in range(3) for x in range(3)], 0
    )


def test_pictures_are_as_alike_as_in_python(call: Call) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (4, 28, 28)).astype(float)
    soft = [blurred(blurred(picture)).ravel() for picture in pictures]
    cosines = [
        a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in combinations(soft, 2)
    ]
    assert call(
        "logic/drawings", "alikeness", pictures.reshape(4, -1).tolist()
    ) == pytest.approx(np.mean(cosines))
    assert call(
        "logic/drawings", "alikeness", [pictures[0].ravel().tolist()] * 3
    ) == pytest.approx(1)


@settings(max_examples=20)
@given(
    st.lists(
        st.lists(st.integers(0, 255), min_size=2, max_size=9).map(
            lambda s: s[: len(s) // 2 * 2]
        ),
        min_size=1,
    )
)
def test_a_drawing_fills_its_picture_and_is_centred(
    call: Call, strokes: list[list[int]]
) -> None:
    if not call(
        "logic/drawings",
        "fault",
        {"things": [{"drawings": []}], "at": 0, "strokes": strokes},
    ):
        lines, pen = call("logic/drawings", "fitted", strokes)
        points = np.concatenate(lines).reshape(-1, 2)
        low = points.min(0)
        high = points.max(0)
        assert max(high - low) + pen == pytest.approx(25)
        assert (low + high) / 2 == pytest.approx(14)
