"""A found handwriting: kept, read again, refused in one line; and the writer that takes it."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.errors import InputError
from gan.saved_networks import load_pretrained
from gan.write import to_svg, write
from gan.write.__main__ import main
from gan.write.glyphs import style_code as kept
from gan.write.glyphs.drawing_rules import usual_ink
from gan.write.glyphs.handwriting import CANDIDATES, TEMPERATURE, OneNetwork, source_of
from gan.write.glyphs.invert import find
from gan.write.glyphs.style_code import (
    FARTHEST,
    KEYS,
    MAX_BYTES,
    PAD,
    Mine,
    as_mnist,
    check_pads,
    fingerprint,
    mine_of,
    read,
)
from gan.write.vectorize.ink import amount_of_ink, lean, likeness

LATENT = 64
PADS = check_pads({"4": [[80, 30, 60, 140, 190, 140], [150, 60, 140, 230]], "1": [[150, 20, 110, 230]]})
NUMBERS = st.floats(-FARTHEST, FARTHEST).map(lambda number: round(number, 2) + 0.0)
VECTORS = st.lists(NUMBERS, min_size=5, max_size=5).map(tuple)
STROKES = st.lists(st.tuples(*[st.integers(0, PAD - 1)] * 4), min_size=1, max_size=3).map(tuple)


@st.composite
def handwritings(draw: st.DrawFn) -> Mine:
    digits = sorted(draw(st.sets(st.integers(0, 9), min_size=1)))
    own = tuple((digit, draw(VECTORS)) for digit in digits)
    drawings = tuple((digit, draw(STROKES)) for digit in digits) if draw(st.booleans()) else ()
    return Mine(draw(st.text(min_size=1, max_size=20)), draw(VECTORS), own, drawings)


@pytest.fixture(scope="module")
def me() -> Mine:
    found = find({digit: as_mnist(strokes) for digit, strokes in PADS.items()}, *load_pretrained(None))
    return mine_of({d: z.tolist() for d, z in found.own.items()}, found.together.tolist(), PADS)


@given(handwritings())
def test_what_is_kept_is_read_again(mine: Mine) -> None:
    assert read(json.dumps(mine.to_json())) == mine
    assert read(json.dumps(mine.to_json()).encode()) == mine


@given(st.text(max_size=30) | st.binary(max_size=30))
def test_what_is_no_handwriting_is_refused_in_one_line(text: str | bytes) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert caught.value.field == "mine"
    assert "\n" not in str(caught.value)


ANYTHING: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just([]) | st.just({})
)


@given(handwritings(), st.sampled_from([*KEYS, "more"]), ANYTHING)
def test_a_part_that_is_something_else_is_read_or_refused(mine: Mine, key: str, value: Any) -> None:
    told = mine.to_json() | {key: value}
    refused: InputError | None = None
    try:
        assert isinstance(read(json.dumps(told)), Mine)
    except InputError as error:
        refused = error
    if refused:
        assert refused.field == "mine"
        assert "\n" not in str(refused)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"handwriting": 2}, '"handwriting": 1'),
        ({"handwriting": True}, '"handwriting": 1'),
        ({"more": 1}, "nothing but"),
        ({"network": 5}, "network as a short text"),
        ({"together": [1.0]}, "own of 4 as a list of 1 numbers"),
        ({"together": ["a"]}, "numbers from -10 to 10"),
        ({"together": [11.0] * 3}, "numbers from -10 to 10"),
        ({"together": [float("nan")]}, "numbers from -10 to 10"),
        ({"own": {}}, "a vector of each digit"),
        ({"own": {"x": [1.0]}}, "a vector of each digit"),
        ({"drawings": {"3": [[1, 2]]}}, "drawings of the digits in own"),
        ({"drawings": {"3": [[1]]}}, "x, y, x, y"),
    ],
)
def test_what_is_refused(change: dict[str, Any], message: str) -> None:
    told = Mine("abc", (0.5, 1.0, -1.0), ((4, (1.0, 2.0, 3.0)),)).to_json() | change
    with pytest.raises(InputError, match=message):
        read(json.dumps(told))


def test_deeply_nested_json_is_refused() -> None:
    with pytest.raises(InputError, match="in JSON"):
        read("[" * 100_000)


def test_each_digit_has_its_own_vector_or_the_common_one(me: Mine) -> None:
    assert me.latents.shape == (10, LATENT)
    assert [digit for digit, _ in me.own] == [1, 4]
    for digit, z in enumerate(me.latents):
        assert tuple(z) == dict(me.own).get(digit, me.together)


def test_the_first_candidate_is_what_was_found_and_the_last_anybody_s(me: Mine) -> None:
    source = source_of("one", 5, (), me)
    assert isinstance(source, OneNetwork)
    for digit in (4, 7):
        latents = source.latents(digit, np.random.default_rng(0))
        np.testing.assert_allclose(latents[0], me.latents[digit], atol=1e-5)
        away = [np.linalg.norm(z - me.latents[digit]) for z in latents]
        assert np.corrcoef(away, np.arange(CANDIDATES))[0, 1] > 0.95
        assert away[-1] > 0.6 * TEMPERATURE * np.sqrt(LATENT)


def test_it_writes_what_was_drawn(me: Mine) -> None:
    """A digit drawn is drawn again; and who leans and presses so, does in the digits that were not drawn."""
    source = source_of("one", 0, (), me)
    for digit, strokes in PADS.items():
        own = source.draw([digit], [source.latents(digit, np.random.default_rng(0))[:1]])[0][0]
        assert likeness(own, as_mnist(strokes)) > 0.85
    assert source.weight == pytest.approx(
        np.mean([amount_of_ink(as_mnist(strokes)) / usual_ink(digit) for digit, strokes in PADS.items()]), abs=0.3
    )
    mirrored = check_pads({"1": [[70, 20, 180, 230]]})
    found = find({1: as_mnist(mirrored[1])}, *load_pretrained(None))
    other = mine_of({1: found.own[1].tolist()}, found.together.tolist(), mirrored)
    assert lean(as_mnist(mirrored[1])) < lean(as_mnist(PADS[1]))
    assert source_of("one", 0, (), other).slant < source.slant


def test_the_seed_changes_the_copies_not_the_hand(me: Mine) -> None:
    one, two, again = (to_svg(write("4471", seed=seed, mine=me)) for seed in (0, 1, 0))
    assert one == again
    assert one != two
    assert one != to_svg(write("4471", seed=0))
    assert source_of("one", 0, (), me).slant == source_of("one", 1, (), me).slant


def test_another_network_s_is_refused(me: Mine) -> None:
    with pytest.raises(InputError, match="through the network here") as caught:
        write("1", mine=replace(me, network="0000"))
    assert caught.value.field == "mine"
    short = Mine(fingerprint(), (0.0, 1.0), ((1, (0.0, 1.0)),))
    with pytest.raises(InputError, match="through the network here"):
        write("1", mine=short)


def test_it_goes_with_the_shipped_network_alone(me: Mine) -> None:
    with pytest.raises(InputError, match="leave them out"):
        write("1", mine=me, networks="ten")


def test_the_command_writes_with_it(me: Mine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "me.json", tmp_path / "number.svg"
    file.write_text(json.dumps(me.to_json()), "utf-8")
    assert main(["41", "-o", str(out), "--mine", str(file)]) == 0
    assert out.read_text("utf-8") == to_svg(write("41", mine=me))
    texts = tmp_path / "texts"
    texts.write_text("41\n7\n", "utf-8")
    assert main(["--from", str(texts), "--out", str(tmp_path / "many"), "--format", "svg", "--mine", str(file)]) == 0
    assert (tmp_path / "many" / "0001.svg").read_text("utf-8") == out.read_text("utf-8")
    capsys.readouterr()
    file.write_text("{}", "utf-8")
    for path in (file, tmp_path / "none.json", tmp_path):
        assert main(["41", "-o", str(out), "--mine", str(path)]) == 2
        error = capsys.readouterr().err
        assert error.startswith("gan.write: mine: ")
        assert error.count("\n") == 1


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "long.json"
    file.write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(InputError, match="received more"):
        kept.load(file)


def test_without_a_generator_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "pretrained", lambda digit: tmp_path / "any.safetensors")
    with pytest.raises(InputError, match="found none"):
        fingerprint()


def test_numbers_are_kept_as_they_are_written() -> None:
    """What is found and what is read from its file write the same: it is rounded before."""
    told = mine_of({3: [0.123456, -0.0, 99.0]}, [0.001, 1, 2], check_pads({"3": [[1, 2]]}))
    assert told.own == ((3, (0.12, 0.0, FARTHEST)),)
    assert read(json.dumps(copy.deepcopy(told.to_json()))) == told
