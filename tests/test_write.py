"""A number written from end to end, with real digits in the generators' place, and the files it becomes."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from gan.data import load
from gan.errors import InputError
from gan.write import Writing, __main__, compose, to_json, to_png, to_svg, write
from gan.write.compose import INKED
from gan.write.pen import Ink, ink_from_curve
from gan.write.raster import opacity

SAMPLE = load()


def draw(digit: int, n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A stand-in for a generator: real digits, picked at random."""
    images = SAMPLE.images[SAMPLE.labels == digit]
    return images[rng.integers(0, len(images), n)]


written: Callable[..., Writing] = partial(write, draw=draw)


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)))


def test_same_input_same_bytes() -> None:
    once, again = written("2026-11-25", seed=7), written("2026-11-25", seed=7)
    assert to_png(once) == to_png(again)
    assert to_svg(once) == to_svg(again)
    assert to_json(once) == to_json(again)


@pytest.mark.parametrize(
    "change", [{"seed": 8}, {"ink": "#456"}, {"size": 40}, {"slant": 5.0}, {"thickness": 1.3}], ids=str
)
def test_every_option_changes_both_pictures(change: dict[str, Any]) -> None:
    plain, changed = written("27-3", seed=7), written("27-3", **{"seed": 7} | change)
    assert to_png(plain) != to_png(changed)
    assert to_svg(plain) != to_svg(changed)


def test_a_further_digit_leaves_the_rest_as_it_was() -> None:
    short, long = written("17-1 7", seed=3), written("17-1 70", seed=3)
    for a, b in zip(short.glyphs, long.glyphs, strict=False):
        assert a.x == b.x
        assert (a.ink is None) == (b.ink is None)
        if a.ink and b.ink:
            np.testing.assert_array_equal(a.ink.distance, b.ink.distance)


@pytest.mark.parametrize("digit", "0123456789-")
def test_no_two_glyphs_alike(digit: str) -> None:
    writing = written(digit * 12, seed=1)
    assert len({glyph.ink.distance.tobytes() for glyph in writing.glyphs if glyph.ink}) == 12


@settings(max_examples=15, deadline=None)
@given(
    st.text(alphabet="0123456789 -", min_size=1, max_size=6).filter(str.strip),
    st.integers(0, 2**32 - 1),
    st.integers(16, 60),
    st.floats(-30, 30),
    st.floats(0.5, 2),
)
def test_ink_stays_on_the_paper_and_glyphs_apart(number: str, seed: int, size: int, slant: float, thick: float) -> None:
    writing = written(number, seed=seed, size=size, slant=slant, thickness=thick)
    alpha = opacity(writing)
    assert alpha.shape == (writing.height, writing.width)
    assert alpha.max() > 100
    frame = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    assert frame.max() == 0
    # Where the row-by-row gap is respected, no column of ink belongs to two glyphs in the same row.
    alone = sum(opacity(Writing(writing.request, (g,), writing.right, writing.top, writing.bottom)) > 0
                for g in writing.glyphs)  # fmt: skip
    assert np.max(alone) == 1


@pytest.mark.parametrize("size", [16, 50, 200])
def test_digits_have_the_size_asked_for(size: int) -> None:
    for glyph in to_json(written("0123456789", size=size))["glyphs"]:
        assert glyph["box"]["height"] == pytest.approx(size, rel=0.1)


def test_blank_drawings_are_refused() -> None:
    with pytest.raises(InputError, match="blank pictures of a 5"):
        write("5", draw=lambda digit, n, rng: np.zeros((n, 28, 28), dtype=np.uint8))


def test_noise_is_written_too() -> None:
    """An untrained generator in all but name: no digit, but a picture all the same."""
    writing = write("12", draw=lambda digit, n, rng: rng.integers(0, 256, (n, 28, 28), dtype=np.uint8))
    assert to_svg(writing).count("<path") == 2
    assert pixels(to_png(writing))[:, :, 3].max() > 100
    assert all(glyph["broken_rules"] for glyph in to_json(writing)["glyphs"])


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], int]:
    """The command line with stand-in drawings."""
    monkeypatch.setattr(__main__, "write", written)
    return __main__.main


def test_command_writes_by_suffix(command: Callable[[list[str]], int], tmp_path: Path) -> None:
    options = ["--seed", "7", "--ink", "#123", "--slant", "5", "--thickness", "1.2", "--size", "40"]
    writing = written("2026-11-25", seed=7, ink="#123", slant=5.0, thickness=1.2, size=40)
    for name in ("a.png", "a.svg", "a.json", "A.PNG"):
        assert command(["2026-11-25", "-o", str(tmp_path / name), *options]) == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "A.PNG").read_bytes() == to_png(writing)
    assert (tmp_path / "a.svg").read_text("utf-8") == to_svg(writing)
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == to_json(writing)
    assert len(list(tmp_path.iterdir())) == 4  # nothing is left beside them


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["12a", "-o", "x.svg"], "received 'a' as character 3"),
        (["12", "-o", "x.gif"], "ends in .png, .svg or .json, received x.gif"),
        (["12", "-o", "nowhere/x.svg"], "-o/--out: expected a folder that exists, received nowhere; make it first"),
        (["12", "-o", "x" * 300 + ".svg"], ".svg: File name too long"),
        (["12", "-o", "x.svg", "--ink", "red"], "ink: expected a colour such as #123"),
        (["12", "-o", "x.svg", "--size", "1000"], "--size: expected a whole number from 16 to 320, received 1000"),
        (["12", "-o", "x.svg", "--slant", "31"], "--slant: expected a number from -30 to 30, received 31"),
        (["12", "-o", "x.svg", "--thickness", "nan"], "--thickness: expected a number from 0.5 to 2, received nan"),
        (["12", "-o", "x.svg", "--seed", "-1"], "--seed: expected a whole number from 0 to 4294967295, received -1"),
        (["12", "-o", "x.svg", "--hand", "left"], "--hand: invalid choice: 'left'"),
        (["-o", "x.svg"], "the following arguments are required: number"),
    ],
)
def test_bad_input_is_one_line_and_code_2(
    command: Callable[[list[str]], int],
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gan.write: ")
    assert said in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_keeps_its_content(command: Callable[[list[str]], int], tmp_path: Path) -> None:
    taken = tmp_path / "x.svg"
    taken.mkdir()
    assert command(["12", "-o", str(taken)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["x.svg"]


def test_importing_is_light() -> None:
    heavy = "aiohttp jinja2 tqdm numba PIL safetensors"
    code = f"import sys, gan.write; print(*sorted(set({heavy.split()!r}) & set(sys.modules)))"
    root = Path(__file__).resolve().parent.parent
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


def test_the_shipped_generators_write_every_digit() -> None:
    writing = write("0123456789", seed=7)
    told = to_json(writing)
    broken = [glyph["broken_rules"] for glyph in told["glyphs"]]
    assert sum(map(len, broken)) <= 2  # trained generators draw digits that pass the rules
    assert to_png(writing) == to_png(write("0123456789", seed=7))
    assert len(to_svg(writing)) < 10_000


def test_a_file_in_the_place_of_the_folder(
    command: Callable[[list[str]], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert command(["12", "-o", str(tmp_path / "file" / "x.svg")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_blank_candidate_is_never_inked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even after the only other one has lost its loop."""
    disc = ink_from_curve(np.array([[4.0, -10.0]]), np.array([4.0]))
    monkeypatch.setattr(compose, "ink_from_picture", lambda picture, **_: disc if picture.any() else 1 / 0)

    def one_and_blanks(digit: int, n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        return np.concatenate([draw(digit, 1, rng), np.zeros((n - 1, 28, 28), np.uint8)])

    assert write("6", draw=one_and_blanks).glyphs[0].ink is disc


@pytest.mark.parametrize(("closed", "taken"), [(0, 0), (2, 2), (INKED, 0)])
def test_a_drawing_that_loses_its_loop_under_the_pen_is_passed_over(
    closed: int, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one that keeps it is taken, or the first where none does."""
    disc = ink_from_curve(np.array([[4.0, -10.0]]), np.array([4.0]))
    around = [[4 + 5 * np.cos(angle), 5 * np.sin(angle) - 10] for angle in np.arange(0, 7, 0.1)]
    ring = ink_from_curve(np.array(around), np.ones(70))
    inked: list[NDArray[np.uint8]] = []

    def ink(picture: NDArray[np.uint8], **_: float) -> Ink:
        inked.append(picture)
        return disc if len(inked) <= closed else ring

    monkeypatch.setattr(compose, "ink_from_picture", ink)
    glyph = written("6", seed=5).glyphs[0]
    assert glyph.choice
    np.testing.assert_array_equal(glyph.choice.picture, inked[taken])
    assert glyph.ink is (disc if closed == INKED else ring)
    assert len(inked) == min(closed + 1, INKED)
