"""A folder of pictures from a file of texts: what lies there, what is refused before, what an interruption leaves."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from commands import assert_refused, wait_for
from handmade import Handmade
from PIL import Image

from gan.command import INTERRUPTED
from gan.write import Writing, __main__, batch, to_png, to_self_writing, to_svg, write
from gan.write.render.formats import encoded

written: Callable[..., Writing] = partial(write, handwriting=cast(Any, Handmade()))


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three texts; a stand-in writes them."""
    monkeypatch.setattr(batch, "write", written)
    file = tmp_path / "numbers.csv"
    file.write_text('number\n12.50\n\n"1\n2"\n3-4 %\n')
    return file


def labels(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "labels.jsonl").read_text("utf-8").splitlines()]


def test_a_picture_and_a_line_for_each_text(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "folder"
    options = ["--seed", "7", "--size", "40", "--ink", "#123", "--pen", "ballpoint"]
    assert __main__.main(["--from", str(source), "-o", str(out), *options]) == 0
    said = f"{out}: 3 text(s) of {source}, without the header 'number'; labels.jsonl tells what is where\n"
    assert capsys.readouterr() == (said, "")
    assert sorted(path.name for path in out.iterdir()) == ["0001.png", "0002.png", "0003.png", "labels.jsonl"]
    told = labels(out)
    keys = ("file", "line", "text", "seed")
    assert [tuple(one[key] for key in keys) for one in told] == [
        ("0001.png", 2, "12.50", 7), ("0002.png", 4, "1\n2", 8), ("0003.png", 6, "3-4 %", 9)
    ]  # fmt: skip
    for one in told:
        writing = written(one["text"], seed=one["seed"], size=40, ink="#123", pen="ballpoint")
        assert (out / one["file"]).read_bytes() == to_png(writing)
        with Image.open(out / one["file"]) as picture:
            assert (one["width"], one["height"]) == picture.size
        assert [glyph["character"] for glyph in one["glyphs"]] == list("".join(one["text"].split()))


def test_boxes_hold_the_ink_of_their_characters(source: Path, tmp_path: Path) -> None:
    assert __main__.main(["--from", str(source), "-o", str(tmp_path / "out")]) == 0
    for one in labels(tmp_path / "out"):
        with Image.open(tmp_path / "out" / one["file"]) as picture:
            ink = np.array(picture.convert("RGBA"))[:, :, 3]
        for glyph in one["glyphs"]:
            assert glyph.keys() == {"character", "x", "y", "width", "height"}
            x, y = glyph["x"], glyph["y"]
            rows = slice(max(0, int(y) - 1), int(y + glyph["height"]) + 2)
            columns = slice(max(0, int(x) - 1), int(x + glyph["width"]) + 2)
            assert ink[rows, columns].max() == 255
            ink[rows, columns] = 0
        assert ink.max() == 0


def test_one_handwriting_for_all_or_each_its_own(source: Path, tmp_path: Path) -> None:
    for seeds, wanted in (("same", [4294967295] * 3), ("each", [4294967295, 0, 1])):
        out = tmp_path / seeds
        options = ["--seeds", seeds, "--seed", "4294967295"]
        assert __main__.main(["--from", str(source), "-o", str(out), *options]) == 0
        assert [one["seed"] for one in labels(out)] == wanted


def test_svg_and_one_that_writes_itself(source: Path, tmp_path: Path) -> None:
    for name, options, make in (("a", [], to_svg), ("b", ["--animated"], to_self_writing)):
        out = tmp_path / name
        assert __main__.main(["--from", str(source), "-o", str(out), "--format", "svg", *options]) == 0
        assert (out / "0001.svg").read_text("utf-8") == make(written("12.50"))


def test_standard_input(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with source.with_name("typed.txt").open("w+") as typed:
        typed.write("1\\n2\n3\n")
        typed.seek(0)
        monkeypatch.setattr("sys.stdin", typed)
        assert __main__.main(["--from", "-", "-o", str(tmp_path / "out")]) == 0
    assert [one["text"] for one in labels(tmp_path / "out")] == ["1\n2", "3"]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("1\n2a\n3\n", [], "numbers.csv, line 2: expected the digits 0-9"),
        ("1\n2a\n3b\n4c\n", [], "as character 2; 2 more of 4 cannot be written; nothing is written"),
        ("1\n" + "2" * 65, [], "numbers.csv, line 2: expected at most 64 characters a line, received 65; nothing"),
        ("12\n1\n", ["--choices", "1:2"], "line 2: choices: expected the position of a digit"),
        ("\n\n", [], "numbers.csv: expected a text a line, received none"),
        ("1", ["--ink", "red"], "ink: expected a colour"),
        ("1", ["--seeds", "none"], "--seeds: invalid choice"),
        ("1", ["--format", "gif"], "--format: invalid choice"),
        ("1", ["--animated", "--format", "png"], "--animated: expected with --format svg, received png"),
        ("1", ["--strokes"], "--strokes: expected with one text, received it with --from"),
        ("1", ["--page", "A5"], "--page: expected with one text, received it with --from; leave it out"),
        ("1", ["12"], "--from: expected without a text, received both; leave one out"),
        ("1", ["--from", "nothing.csv"], "nothing.csv: No such file or directory"),
        ("1", ["--from", "."], ".: Is a directory"),
    ],
)
def test_nothing_is_written_unless_all_is_well(
    source: Path, tmp_path: Path, content: str, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text(content)
    arguments = ["--from", str(source), "-o", str(tmp_path / "out"), *options]
    assert_refused(__main__.main, arguments, "gan.write", said, capsys)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_empty_is_left_alone(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = f"expected a new or an empty folder, found numbers.csv in {tmp_path}; choose another"
    assert_refused(__main__.main, ["--from", str(source), "-o", str(tmp_path)], "gan.write", said, capsys)
    said = f"expected a folder, received the file {source}; choose another name"
    assert_refused(__main__.main, ["--from", str(source), "-o", str(source)], "gan.write", said, capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.csv"]


def test_a_picture_that_is_too_large_ends_it_and_what_is_written_is_whole(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = "\\n".join(["1" * 64] * 20)
    source.write_text(f"1\n2\n{page}\n3\n")
    out = tmp_path / "out"
    said = "line 3: size: expected a picture of at most 50 megapixels"
    assert_refused(__main__.main, ["--from", str(source), "-o", str(out), "--size", "320"], "gan.write", said, capsys)
    assert [one["file"] for one in labels(out)] == ["0001.png", "0002.png"]
    assert len(list(out.iterdir())) == 3


def test_what_ctrl_c_leaves_is_whole(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"

    def interrupted(writing: Writing, form: str) -> bytes:
        if writing.request.text == "1\n2":
            raise KeyboardInterrupt
        return encoded(writing, form)

    monkeypatch.setattr(batch, "encoded", interrupted)
    assert __main__.main(["--from", str(source), "-o", str(out)]) == INTERRUPTED
    assert capsys.readouterr().err == f"gan.write: stopped: 1 of 3 texts written, in {out}\n"
    assert sorted(path.name for path in out.iterdir()) == ["0001.png", "labels.jsonl"]
    assert len(labels(out)) == 1


def test_sigint_leaves_whole_files(tmp_path: Path) -> None:
    """With the network that ships, in a process of its own."""
    file, out = tmp_path / "many.txt", tmp_path / "out"
    file.write_text("12\n" * 5000)
    command = [sys.executable, "-m", "gan.write", "--from", str(file), "-o", str(out), "--size", "16"]
    root = Path(__file__).resolve().parent.parent
    signal.signal(signal.SIGINT, signal.default_int_handler)  # children inherit what a shell's "&" makes of it: ignored
    process = subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        wait_for((out / "0004.png").exists, "four pictures")
        process.send_signal(signal.SIGINT)
        said, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert (process.returncode, said) == (INTERRUPTED, "")
    assert "of 5000 texts written" in err
    told = labels(out)
    pictures = sorted(out.glob("*.png"))
    assert len(pictures) == len(told)
    for path in pictures:
        with Image.open(path) as picture:
            picture.load()
    assert {path.suffix for path in out.iterdir()} == {".png", ".jsonl"}
