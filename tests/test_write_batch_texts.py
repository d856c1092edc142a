"""The texts of a file: which they are, on which line, and what is no such file."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.errors import InputError
from gan.write import batch
from gan.write.batch import Texts, opened
from gan.write.request import DIGITS, SIGNS


def read(path: Path) -> list[tuple[int, str]]:
    with opened(str(path)) as found:
        once, again = list(found), list(found)
    assert once == again
    return [(text.line, text.text) for text in once]


def test_a_text_a_line(tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_bytes("\ufeff3,14\r\n\r\n  \n1 2;\\n-5\n€ 7".encode())
    assert read(file) == [(1, "3,14"), (4, "1 2;\n-5"), (5, "€ 7")]


@pytest.mark.parametrize(
    ("content", "found", "header"),
    [
        ('number,who\n12.5,a\n"3\n4",b\n\n,c\n"1,5"\n', [(2, "12.5"), (3, "3\n4"), (7, "1,5")], "number"),
        ("12,50 €;a,b\n3;c\n", [(1, "12,50 €"), (2, "3")], None),
        ("Betrag\tWer\n12,50\ta\n", [(2, "12,50")], "Betrag"),
        ("1\r\n2\r\n", [(1, "1"), (2, "2")], None),
        ("3 x 4\n5\n", [(1, "3 x 4"), (2, "5")], None),
        ("x\n5\n", [(2, "5")], "x"),
        ("x1\n5\n", [(1, "x1"), (2, "5")], None),  # as any text that can be written
        ("a 1\n5\n", [(2, "5")], "a 1"),
        ("12\nnumber\n", [(1, "12"), (2, "number")], None),  # no header below a number: it will be refused
    ],
)
def test_the_first_column_of_a_csv(
    tmp_path: Path, content: str, found: list[tuple[int, str]], header: str | None
) -> None:
    file = tmp_path / "numbers.CSV"
    file.write_text(content, "utf-8", newline="")
    assert read(file) == found
    with opened(str(file)) as opened_texts:
        list(opened_texts)
        assert opened_texts.header == header


@given(st.lists(st.text(DIGITS + SIGNS, min_size=1), max_size=5))
def test_whatever_is_written_a_line_each_is_read_again(wanted: list[str]) -> None:
    for columns in (False, True):
        quoted = [f'"{text}"' if columns else text for text in wanted]
        found = list(Texts(io.StringIO("\n".join(quoted), newline=""), "it", columns))
        assert [(text.text, text.line) for text in found] == [(text, i) for i, text in enumerate(wanted, start=1)]


def test_what_can_be_read_only_once_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, end = os.pipe()
    os.write(end, b"1\n2")
    os.close(end)
    with os.fdopen(pipe) as standard:
        monkeypatch.setattr("sys.stdin", standard)
        assert read(Path("-")) == [(1, "1"), (2, "2")]
        assert not standard.closed


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"1\n\xff\n", "a.txt: expected text in UTF-8, received other bytes after line "),
        ("a.csv", b'1\n"2\n', "a.csv, line 2: expected rows of a CSV file"),
        ("a.csv", b'1\n2\n"3"4\n', "a.csv, line 3: expected rows of a CSV file"),
        ("a.txt", b"1\n" + b"2" * 100_000, "a.txt, line 2: expected at most 81920 characters"),
        ("a.csv", b"1\n" + b"2" * 100_000, "a.csv, line 2: expected at most 81920 characters"),
        ("a.csv", b'1\n"' + b"2\n" * 100_000, "a.csv, line 2: expected rows of a CSV file"),
    ],
)
def test_what_is_no_such_file(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as error:
        read(tmp_path / name)
    assert said in str(error.value)


def test_a_file_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MOST_TEXTS", 2)
    (tmp_path / "a.txt").write_text("1\n2\n\n3\n")
    with pytest.raises(InputError, match="at most 2 texts"):
        read(tmp_path / "a.txt")
    monkeypatch.setattr(batch, "MAX_BYTES", 100)
    with Path("/dev/zero").open("rb") as endless, pytest.raises(InputError, match="--from: expected at most 0 mega"):
        batch._kept(endless, io.BytesIO())


@pytest.mark.parametrize(
    ("column", "found", "header"),
    [
        ("amount", [(3, "12.50"), (5, "7")], "amount"),
        ("2", [(3, "12.50"), (5, "7")], "amount"),
        ("1", [(3, "1"), (4, "2"), (5, "3")], "no"),
    ],
)
def test_another_column_by_its_name_or_number(
    tmp_path: Path, column: str, found: list[tuple[int, str]], header: str
) -> None:
    file = tmp_path / "sums.csv"
    file.write_text(",\nno, amount ,who\n1,12.50,a\n2\n3,7\n", "utf-8")
    with opened(str(file), column) as there:
        assert [(text.line, text.text) for text in there] == found
        assert there.header == header


@pytest.mark.parametrize(
    ("name", "column", "words"),
    [
        ("sums.csv", "sum", "sums.csv (no, amount) or its number from 1, received sum"),
        ("sums.csv", "0", "--column: expected a name or a number from 1, received 0"),
        ("sums.txt", "1", "--column: expected with --from a .csv"),
    ],
)
def test_a_column_that_is_not_there_is_named(tmp_path: Path, name: str, column: str, words: str) -> None:
    file = tmp_path / name
    file.write_text("no,amount\n1,2\n", "utf-8")
    with pytest.raises(InputError) as error, opened(str(file), column) as there:
        list(there)
    assert words in str(error.value)
    assert error.value.field == "column"
