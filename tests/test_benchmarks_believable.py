"""benchmarks.believable and the sheets: who is a person stands in the key alone; kinds of numbers; a sheet of many."""

import json
from pathlib import Path

import numpy as np
import pytest
from digits import folder_of
from handmade import Handmade
from PIL import Image

from benchmarks import believable, contact_sheet, writing_steps
from benchmarks.believable import OF_ONE, OneWriter, people
from benchmarks.contact_sheet import COLUMNS, random_numbers, sheet
from benchmarks.writing_steps import CELL, HEAD, STEPS
from gan.data import Dataset, idx, load
from gan.write import write
from gan.write.glyphs.handwriting import CANDIDATES
from gan.write.request import check_text


@pytest.fixture(scope="module")
def mixed() -> Dataset:
    """The sample in no order: every run of a hundred has all digits."""
    sample = load()
    order = np.random.default_rng(0).permutation(len(sample.images))
    return Dataset(sample.images[order], sample.labels[order], "mixed")


def test_a_person_draws_what_is_theirs(mixed: Dataset) -> None:
    own = Dataset(mixed.images[:OF_ONE], mixed.labels[:OF_ONE], "one")
    writer = OneWriter(own)
    latents = writer.latents(7, np.random.default_rng(0))
    (pictures,) = writer.draw([7], [latents])
    assert pictures.shape == (CANDIDATES, 28, 28)
    sevens = {image.tobytes() for image in own.images[own.labels == 7]}
    assert {picture.tobytes() for picture in pictures} == sevens  # fewer than CANDIDATES: all of them, some twice
    assert writer.wobble > 0
    assert -0.35 <= writer.slant <= 0.5


def test_nobody_is_asked_twice(mixed: Dataset) -> None:
    some = people(mixed, 20, np.random.default_rng(1))
    assert len({writer._data.images.tobytes() for writer in some}) == 20


def test_eighty_numbers_and_their_key(
    mixed: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(believable, "EACH", 3)
    folder_of(tmp_path, idx.pack(mixed.images), idx.pack(mixed.labels))
    for out in ("a", "b"):
        assert believable.main(["--data", str(tmp_path), "--out", str(tmp_path / out)]) == 0
    key = json.loads((tmp_path / "a" / "key" / "key.json").read_text())
    assert sorted(key) == ["1", "2", "3", "4", "5", "6"]
    assert sorted(key.values()) == ["a person"] * 3 + ["the writer"] * 3
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["ballpoint.png", "felt.png", "key"]
    for name in ("felt.png", "ballpoint.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert "6 numbers on a sheet of each pen" in capsys.readouterr().out


def test_too_few_people(mixed: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder_of(tmp_path, idx.pack(mixed.images), idx.pack(mixed.labels))
    assert believable.main(["--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert (
        capsys.readouterr().err
        == "benchmarks.believable: --data: expected digits of 40 people, about 100 each, found 25\n"
    )
    assert believable.main(["--data", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 2


def test_all_kinds_of_numbers_can_be_written() -> None:
    texts = random_numbers(300, np.random.default_rng(0))
    assert all(check_text(text) == text for text in texts)
    assert len(set(texts)) > 150
    for sign in ".,:-/+%€ ":
        assert any(sign in text for text in texts)


def test_a_sheet_holds_all_its_numbers_whole() -> None:
    writings = [write(text, size=32, handwriting=Handmade()) for text in ("1", "20-5", "333 €", "4", "5", "67")]  # type: ignore[arg-type]
    page = np.asarray(sheet(writings))
    ink = sum(int((255 - np.asarray(sheet([one])).astype(int)).sum()) for one in writings)
    assert int((255 - page.astype(int)).sum()) == ink
    assert np.asarray(sheet(writings, labelled=True)).shape[1] == page.shape[1] + COLUMNS * contact_sheet.LABEL


def test_the_sheet_for_docs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "pens.png"
    assert contact_sheet.main(["--count", "4", "--pen", "ballpoint", "--out", str(out)]) == 0
    assert capsys.readouterr().out.startswith(f"{out}: 4 numbers, ")
    with Image.open(out) as page:
        assert page.mode == "P"


def test_every_step_of_every_digit_stands_in_the_table(tmp_path: Path) -> None:
    out = tmp_path / "steps.png"
    assert writing_steps.main(["--out", str(out)]) == 0
    with Image.open(out) as page:
        grey = np.asarray(page.convert("L"))
    assert grey.shape == (HEAD + 10 * CELL, len(STEPS) * CELL)
    cells = grey[HEAD:].reshape(10, CELL, len(STEPS), CELL).min(axis=(1, 3))
    assert (cells < 150).all()
