"""benchmarks.guess: who is a person stands in the key alone; answers are counted against it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import guess
from gan.data import Dataset, load
from gan.shipped import RECORDED
from gan.web.services.real_or_drawn import SHOWN, by_shipped, paired


@pytest.fixture(autouse=True)
def sample_in_place_of_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample in place of the test images."""
    monkeypatch.setattr(guess, "load_test", lambda folder: load())


@pytest.mark.parametrize("who", [[], ["--run", str(RECORDED), "--iteration", "190"]])
def test_a_sheet_and_its_key(who: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for out in ("a", "b"):
        assert guess.main([*who, "--pairs", "12", "--out", str(tmp_path / out)]) == 0
    key = json.loads((tmp_path / "a" / "key" / "key.json").read_text())
    assert list(key) == [str(number) for number in range(1, 13)]
    assert set(key.values()) == {"left", "right"}
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["key", "sheet.png"]
    assert (tmp_path / "a" / "sheet.png").read_bytes() == (tmp_path / "b" / "sheet.png").read_bytes()
    said = capsys.readouterr().out
    assert "12 pairs on sheet.png" in said
    assert re.search("The discriminator that ships finds the person's in [0-9]+ of them", said)


def test_a_sheet_shows_every_pixel_of_both(tmp_path: Path) -> None:
    sample: Dataset = load()
    pairs = paired(by_shipped(12, np.random.default_rng(0)), sample, np.random.default_rng(0))
    page = np.asarray(guess.sheet(pairs))
    assert page.shape[1] == 5 * (2 * SHOWN + 5 * guess.GAP)
    left, top = 2 * guess.GAP, guess.GAP + guess.LABEL
    shown = page[top : top + SHOWN, left : left + SHOWN]
    assert np.array_equal(255 - shown, pairs.images[0, 0])


def test_answers_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert guess.main(["--pairs", "12", "--out", str(tmp_path / "out")]) == 0
    key = json.loads((tmp_path / "out" / "key" / "key.json").read_text())
    letters = "".join(side[0] for side in key.values())
    wrong = {"l": "R", "r": "L"}
    (tmp_path / "all.txt").write_text("\n".join(letters))
    (tmp_path / "half.txt").write_text(letters[:6] + " " + "".join(wrong[one] for one in letters[6:]))
    capsys.readouterr()
    files = [str(tmp_path / "all.txt"), str(tmp_path / "half.txt")]
    assert guess.main(["--out", str(tmp_path / "out"), "--answers", *files]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{files[0]}: 12 of 12, 100%", f"{files[1]}: 6 of 12, 50%", "all: 18 of 24, 75%",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "L" * 11, "L" * 11 + "X"])
def test_answers_that_cannot_be_counted(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert guess.main(["--pairs", "12", "--out", str(tmp_path / "out")]) == 0
    (tmp_path / "bad.txt").write_text(text)
    assert guess.main(["--out", str(tmp_path / "out"), "--answers", str(tmp_path / "bad.txt")]) == 2
    assert "expected 12 letters L or R" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--run", str(RECORDED)], "--run: expected with --iteration"),
        (["--iteration", "5"], "--run: expected with --iteration"),
        (["--run", str(RECORDED), "--iteration", "7"], "expected one with a picture of the run, received 7"),
        (["--answers", "none.txt"], "expected the key of a sheet"),
    ],
)
def test_bad_wishes(words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert guess.main(["--out", str(tmp_path / "out"), *words]) == 2
    assert said in capsys.readouterr().err
