"""Style codes found from drawings: rasterized drawings, saved files, refusals, and
writing with a style code.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.base.errors import InputError
from gan.drawings.classifier import classify, load_classifier
from gan.drawings.load_and_draw import load_pretrained, pretrained
from gan.write import to_svg, write
from gan.write.__main__ import main
from gan.write.glyphs import own_handwriting as module
from gan.write.glyphs.check_drawings import usual_ink
from gan.write.glyphs.drawing_sources import CANDIDATES, TEMPERATURE, source_of
from gan.write.glyphs.invert import approach
from gan.write.glyphs.own_handwriting import (
    PAD,
    Mine,
    Pads,
    as_mnist,
    check_pads,
    mine_of,
    read,
)
from gan.write.vectorize.measure_ink import amount_of_ink, lean, likeness
from tests.helpers.digits import make_pipe
from tests.helpers.drawings import PADS, drawn

DRAWINGS = check_pads(PADS)
NUMBERS = st.floats(-module.FARTHEST, module.FARTHEST).map(
    lambda number: round(number, 2) + 0.0
)
VECTORS = st.lists(NUMBERS, min_size=5, max_size=5).map(tuple)
STROKES = st.lists(
    st.tuples(*[st.integers(0, PAD - 1)] * 4), min_size=1, max_size=3
).map(tuple)


@st.composite
def handwritings(draw: st.DrawFn) -> Mine:
    digits = sorted(draw(st.sets(st.integers(0, 9), min_size=1)))
    own = tuple((digit, draw(VECTORS)) for digit in digits)
    drawings = (
        tuple((digit, draw(STROKES)) for digit in digits) if draw(st.booleans()) else ()
    )
    return Mine(draw(st.text(min_size=1, max_size=20)), draw(VECTORS), own, drawings)


@pytest.fixture(scope="module")
def style() -> Mine:
    return found(DRAWINGS)


def found(pads: Pads) -> Mine:
    *_, result = approach(
        {digit: as_mnist(strokes) for digit, strokes in pads.items()},
        *load_pretrained(None),
    )
    return mine_of(
        {d: z.tolist() for d, z in result.own.items()}, result.together.tolist(), pads
    )


@given(handwritings())
def test_a_style_code_survives_json(mine: Mine) -> None:
    assert read(json.dumps(mine.to_json())) == mine
    assert read(json.dumps(mine.to_json()).encode()) == mine


INVALID_CODES = [
    ({"handwriting": 2}, '"handwriting": 1'),
    ({"handwriting": True}, '"handwriting": 1'),
    ({"more": 1}, "nothing but"),
    ({"network": 5}, "network as a short text"),
    ({"together": [1.0]}, "own of 4 as a list of 1 numbers"),
    ({"together": [11.0] * 3}, "numbers from -10 to 10"),
    ({"together": [float("nan")]}, "numbers from -10 to 10"),
    ({"own": {"x": [1.0]}}, "a vector of each digit"),
    ({"drawings": {"3": [[1, 2]]}}, "drawings of the digits in own"),
    ({"drawings": {"3": [[1]]}}, "x, y, x, y"),
]


@pytest.mark.parametrize(("change", "message"), INVALID_CODES)
def test_invalid_style_codes_are_refused(change: dict[str, Any], message: str) -> None:
    data = Mine("abc", (0.5, 1.0, -1.0), ((4, (1.0, 2.0, 3.0)),)).to_json() | change
    with pytest.raises(InputError, match=message):
        read(json.dumps(data))


def test_candidates_move_away_from_the_found_vector(style: Mine) -> None:
    source = source_of(5, None, style)
    for digit in (4, 7):
        assert tuple(style.latents[digit]) == dict(style.own).get(digit, style.together)
        latents = source.latents(digit, np.random.default_rng(0))
        np.testing.assert_allclose(latents[0], style.latents[digit], atol=1e-5)
        distances = [np.linalg.norm(z - style.latents[digit]) for z in latents]
        assert np.corrcoef(distances, np.arange(CANDIDATES))[0, 1] > 0.95
        assert distances[-1] > 0.6 * TEMPERATURE * np.sqrt(latents.shape[1])


def test_drawn_digits_lean_and_weight_are_reproduced(style: Mine) -> None:
    """Drawn digits are reproduced, and their lean and weight carry over to the other
    digits.
    """
    source = source_of(0, None, style)
    for digit, strokes in DRAWINGS.items():
        latents = source.latents(digit, np.random.default_rng(0))[:1]
        ((own,),) = source.draw([digit], [latents])
        assert likeness(own, as_mnist(strokes)) > 0.85
    weights = [
        amount_of_ink(as_mnist(strokes)) / usual_ink(digit)
        for digit, strokes in DRAWINGS.items()
    ]
    assert source.weight == pytest.approx(np.mean(weights), abs=0.3)
    mirrored = check_pads({"1": [[70, 20, 180, 230]]})
    assert lean(as_mnist(mirrored[1])) < lean(as_mnist(DRAWINGS[1]))
    assert source_of(0, None, found(mirrored)).slant < source.slant


def test_the_seed_changes_copies_but_not_the_slant(style: Mine) -> None:
    one, two, again = (
        to_svg(write("4471", seed=seed, mine=style)) for seed in (0, 1, 0)
    )
    assert one == again
    assert one != two
    assert one != to_svg(write("4471", seed=0))
    assert source_of(0, None, style).slant == source_of(1, None, style).slant


OTHER_NETWORKS = [
    ({"network": "0000"}, {}, "found with the bundled network"),
    (
        {"together": (0.0, 1.0), "own": ((1, (0.0, 1.0)),)},
        {},
        "found with the bundled network",
    ),
    ({}, {"model": pretrained(None)}, "leave it out"),
]


@pytest.mark.parametrize(("change", "options", "message"), OTHER_NETWORKS)
def test_a_style_code_requires_the_network_that_it_was_found_with(
    style: Mine, change: dict[str, Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        write("1", mine=replace(style, **change), **options)
    assert caught.value.field == "mine"


def test_the_command_accepts_a_style_code(
    style: Mine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "me.json"
    out = tmp_path / "number.svg"
    file.write_text(json.dumps(style.to_json()), "utf-8")
    assert main(["41", "-o", str(out), "--mine", str(file)]) == 0
    assert out.read_text("utf-8") == to_svg(write("41", mine=style))
    capsys.readouterr()
    file.write_text("{}", "utf-8")
    make_pipe(tmp_path / "pipe")
    for name, message in (
        (file.name, "mine: expected JSON with"),
        ("none.json", f"{tmp_path}/none.json cannot be read: No such file"),
        ("pipe", f"{tmp_path}/pipe cannot be read: it is not a regular file"),
    ):
        assert main(["41", "-o", str(out), "--mine", str(tmp_path / name)]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"gan.write: {message}")
        assert name in error
        assert error.count("\n") == 1


def test_too_long_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "long.json"
    file.write_bytes(b" " * (module.MAX_BYTES + 1))
    with pytest.raises(InputError, match="received more"):
        module.load(file)


def test_numbers_are_rounded_and_clipped() -> None:
    """A style code is rounded before use, so that its saved file gives the same
    writing.
    """
    data = mine_of(
        {3: [0.123456, -0.0, 99.0]}, [0.001, 1, 2], check_pads({"3": [[1, 2]]})
    )
    assert data.own == ((3, (0.12, 0.0, module.FARTHEST)),)
    assert read(json.dumps(data.to_json())) == data


# Drawings


THREE: tuple[module.Stroke, ...] = (
    (60, 40, 120, 20, 180, 60, 120, 120, 190, 170, 120, 230, 60, 200),
)
NUMBER = st.integers(0, PAD - 1)

POINTS = st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=12)
PAD_STROKE = POINTS.map(lambda points: [number for point in points for number in point])


def center_of_mass(picture: np.ndarray) -> tuple[float, float]:
    share = picture / picture.sum(dtype=float)
    at = np.arange(28)
    return float(share.sum(axis=1) @ at), float(share.sum(axis=0) @ at)


def test_as_mnist_inks_lines_with_a_round_pen() -> None:
    """The expected picture is computed from each sample's distance to the lines."""
    picture = as_mnist(THREE)
    points = np.array(THREE[0], float).reshape(-1, 2)
    low = points.min(axis=0) - module.PEN / 2
    scale = module.BOX / (np.ptp(points, axis=0).max() + module.PEN)
    placed = (points - low) * scale
    grey = drawn([(x, y) for x, y in placed.tolist()], radius=module.PEN / 2 * scale)
    down, right = (round(module.MIDDLE - middle) for middle in center_of_mass(grey))
    np.testing.assert_allclose(
        picture.astype(int), np.roll(grey, (down, right), axis=(0, 1)), atol=12
    )


@given(
    st.dictionaries(
        st.sampled_from("0123456789"),
        st.lists(PAD_STROKE, min_size=1, max_size=5),
        min_size=1,
    )
)
def test_as_mnist_scales_and_centers_as_mnist_does(
    data: dict[str, list[list[int]]],
) -> None:
    pads = check_pads(data)
    assert {
        str(digit): [list(stroke) for stroke in strokes]
        for digit, strokes in pads.items()
    } == data
    for strokes in pads.values():
        picture = as_mnist(strokes)
        assert picture.shape == (28, 28)
        assert picture.dtype.type == np.uint8
        rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
        longer = max(np.ptp(rows), np.ptp(columns)) + 1
        assert module.BOX - 1 <= longer <= module.BOX + 1
        for middle, inked in zip(center_of_mass(picture), (rows, columns), strict=True):
            assert (
                abs(middle - module.MIDDLE) <= 0.51 or inked[0] == 0 or inked[-1] == 27
            )


INVALID_DRAWINGS = [
    ({}, "at least one digit"),
    ({"10": [[1, 2]]}, "the names 0 to 9"),
    ({"3": []}, f"1 to {module.MOST_STROKES} strokes"),
    (
        {"3": [[1, 2]] * (module.MOST_STROKES + 1)},
        f"1 to {module.MOST_STROKES} strokes",
    ),
    ({"3": [[1]]}, "x, y, x, y"),
    ({"3": [[1, PAD]]}, f"from 0 to {PAD - 1}"),
    ({"3": [[1, True]]}, "whole numbers"),
    ({"3": [[1, 2.0]]}, "whole numbers"),
    (
        {"3": [[1, 2] * (module.MOST_NUMBERS // 2 + 1)]},
        f"at most {module.MOST_NUMBERS // 2} points",
    ),
]


@pytest.mark.parametrize(("value", "message"), INVALID_DRAWINGS)
def test_invalid_drawings_are_refused(value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_pads(value)


def test_the_examples_of_the_page_are_valid_and_recognized() -> None:
    source = (Path(__file__).parents[2] / "templates" / "mine.html").read_text("utf-8")
    examples = json.loads(source.partition("data-examples='")[2].partition("'")[0])
    assert len(examples) == 10
    for digit, strokes in enumerate(examples):
        pads = check_pads({str(digit): strokes})
        assert classify(load_classifier(), as_mnist(pads[digit])[None])[0] == digit
