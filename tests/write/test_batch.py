"""Writing each text of a file as a picture in a folder: parsing, labels, refusals and interruptions."""

import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from gan.cli.command_line import INTERRUPTED
from gan.errors import InputError
from gan.write import Writing, __main__, batch, to_png, to_svg, write
from gan.write.batch import read_texts
from gan.write.formats import encoded
from tests.helpers.commands import assert_refused
from tests.helpers.handmade import Handmade

written: Callable[..., Writing] = partial(write, handwriting=cast(Any, Handmade()))


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file with three texts, and replace the writer with a stand-in."""
    monkeypatch.setattr(batch, "write", written)
    file = tmp_path / "numbers.txt"
    file.write_text("12.50\n\n1\\n2\n3-4 %\n")
    return file


def labels(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "labels.jsonl").read_text("utf-8").splitlines()]


def test_each_text_gets_a_picture_and_a_label(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "folder"
    options = ["--seed", "7", "--size", "40", "--ink", "#123", "--pen", "ballpoint"]
    assert __main__.main(["--from", str(source), "-o", str(out), *options]) == 0
    message = f"{out}: 3 text(s) of {source}; labels.jsonl has the labels\n"
    assert capsys.readouterr() == (message, "")
    assert sorted(path.name for path in out.iterdir()) == ["0001.png", "0002.png", "0003.png", "labels.jsonl"]
    entries = labels(out)
    keys = ("file", "line", "text", "seed")
    assert [tuple(entry[key] for key in keys) for entry in entries] == [
        ("0001.png", 1, "12.50", 7), ("0002.png", 3, "1\n2", 8), ("0003.png", 4, "3-4 %", 9)
    ]  # fmt: skip
    for entry in entries:
        writing = written(entry["text"], seed=entry["seed"], size=40, ink="#123", pen="ballpoint")
        assert (out / entry["file"]).read_bytes() == to_png(writing)
        with Image.open(out / entry["file"]) as picture:
            assert (entry["width"], entry["height"]) == picture.size
        assert [glyph["character"] for glyph in entry["glyphs"]] == list("".join(entry["text"].split()))


def test_seeds_are_the_same_or_count_up(source: Path, tmp_path: Path) -> None:
    for seeds, expected in (("same", [4294967295] * 3), ("each", [4294967295, 0, 1])):
        out = tmp_path / seeds
        options = ["--seeds", seeds, "--seed", "4294967295"]
        assert __main__.main(["--from", str(source), "-o", str(out), *options]) == 0
        assert [entry["seed"] for entry in labels(out)] == expected


def test_svg(source: Path, tmp_path: Path) -> None:
    assert __main__.main(["--from", str(source), "-o", str(tmp_path / "out"), "--format", "svg"]) == 0
    assert (tmp_path / "out" / "0001.svg").read_text("utf-8") == to_svg(written("12.50"))


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("1\n2a\n3\n", [], "numbers.txt, line 2: expected the digits 0-9"),
        ("1\n2a\n3b\n4c\n", [], "as character 2; 2 more of 4 cannot be written; nothing was written"),
        ("12\n1\n", ["--choices", "1:2"], "line 2: choices: expected the position of a digit"),
        ("12\n", ["--delimiter", ":"], "--delimiter: invalid choice"),
        ("1", ["--ink", "red"], "ink: expected a colour"),
        ("1", ["--strokes"], "--strokes: expected with one text, received it with --from"),
        ("1", ["--page", "A5"], "--page: expected with one text, received it with --from; leave it out"),
        ("1", ["12"], "--from: expected without a text, received both; leave one out"),
        ("1", ["--from", "nothing.csv"], "nothing.csv: No such file or directory"),
    ],
)
def test_invalid_input_is_refused_before_anything_is_written(
    source: Path, tmp_path: Path, content: str, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text(content)
    arguments = ["--from", str(source), "-o", str(tmp_path / "out"), *options]
    assert_refused(__main__.main, arguments, "gan.write", message, capsys)
    assert not (tmp_path / "out").exists()


def test_a_nonempty_folder_is_refused(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = f"expected a new or empty folder, found numbers.txt in {tmp_path}; choose another"
    assert_refused(__main__.main, ["--from", str(source), "-o", str(tmp_path)], "gan.write", message, capsys)
    message = f"expected a folder, received the file {source}; choose another name"
    assert_refused(__main__.main, ["--from", str(source), "-o", str(source)], "gan.write", message, capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.txt"]


def test_too_large_a_picture_stops_the_batch_and_earlier_files_are_complete(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = "\\n".join(["1" * 64] * 20)
    source.write_text(f"1\n2\n{page}\n3\n")
    out = tmp_path / "out"
    message = "line 3: size: expected a picture of at most 50 megapixels"
    assert_refused(
        __main__.main, ["--from", str(source), "-o", str(out), "--size", "320"], "gan.write", message, capsys
    )
    assert [entry["file"] for entry in labels(out)] == ["0001.png", "0002.png"]
    assert len(list(out.iterdir())) == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_names_the_labels(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(out: Path) -> None:
        out.mkdir()
        (out / "labels.jsonl").symlink_to("/dev/full")

    monkeypatch.setattr(batch, "_make", make)
    assert __main__.main(["--from", str(source), "-o", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"gan.write: {tmp_path / 'out' / 'labels.jsonl'}: No space left on device\n"


def test_ctrl_c_leaves_complete_files(
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


# Reading the file


def read(path: Path, *options: str | None) -> list[tuple[int, str]]:
    return [(text.line, text.text) for text in read_texts(str(path), *options)]


def test_each_line_is_a_text(tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_bytes("\ufeff3,14\r\n\r\n  \n1 2;\\n-5\n€ 7".encode())
    assert read(file) == [(1, "3,14"), (4, "1 2;\n-5"), (5, "€ 7")]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ('number,who\n12.5,a\n"3\n4",b\n\n,c\n"1,5"\n', ["number"], [(2, "12.5"), (3, "3\n4"), (7, "1,5")]),
        ("Wer;Betrag\na;12,50 €\nb\nc;3\n", ["Betrag", ";"], [(2, "12,50 €"), (4, "3")]),
        ("Betrag\tWer\n12,50\ta\n", ["Betrag", "\t"], [(2, "12,50")]),
        (",\nno, amount ,who\r\n1,12.50,a\r\n2\r\n3,7\r\n", ["amount"], [(3, "12.50"), (5, "7")]),
        ("1\n2\n", ["1"], [(2, "2")]),
    ],
)
def test_the_column_that_the_first_row_names(
    tmp_path: Path, content: str, options: list[str], expected: list[tuple[int, str]]
) -> None:
    file = tmp_path / "numbers.CSV"
    file.write_text(content, "utf-8", newline="")
    assert read(file, *options) == expected


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    standard = io.TextIOWrapper(io.BytesIO(b"1\n2"))
    monkeypatch.setattr("sys.stdin", standard)
    assert read(Path("-")) == [(1, "1"), (2, "2")]
    assert not standard.buffer.closed


@pytest.mark.parametrize(
    ("content", "name", "options", "message"),
    [
        (b"1\n\xff\n", "a.txt", [], "a.txt, line 2: expected text in UTF-8, received other bytes; save"),
        (b"\n\n", "a.txt", [], "a.txt: expected one text per line, received none"),
        (b"n\n1\n", "a.txt", ["n"], "--column: expected only with a .csv"),
        (b"n\n1\n", "a.txt", [None, ";"], "--delimiter: expected only with a .csv"),
        (b'n\n"2\n', "a.csv", ["n"], "a.csv, line 2: expected rows of a CSV file"),
        (b"n\n1\n" + b"2" * 200_000, "a.csv", ["n"], "a.csv, line 3: expected rows of a CSV file"),
        (b"n, m\n1,2\n", "a.csv", ["sum"], "a.csv names (n, m), received sum"),
        (b"n, m\n1,2\n", "a.csv", [], "a.csv names (n, m), received none"),
        (b"n, m\n1,2\n", "a.csv", ["n", ";"], "a.csv names (n, m), received n"),
        (b"\n\n", "a.csv", ["n"], "a.csv names (none), received n"),
    ],
)
def test_a_wrong_file_or_option_is_refused(
    tmp_path: Path, content: bytes, name: str, options: list[str | None], message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as error:
        read(tmp_path / name, *options)
    assert message in str(error.value)
    assert error.value.field is None or str(error.value).startswith(f"--{error.value.field}: ")


def test_too_many_texts_or_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MOST_TEXTS", 2)
    (tmp_path / "a.txt").write_text("1\n2\n\n3\n")
    with pytest.raises(InputError, match="at most 2 texts"):
        read(tmp_path / "a.txt")
    with pytest.raises(InputError, match="expected at most 64 megabytes, received more; use several files"):
        read(Path("/dev/zero"))
