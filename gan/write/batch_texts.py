r"""The texts of a file: a text a line, or a column of a .csv, the first unless another is asked for.

Lines without text are passed over. The two characters `\n` stand for the end of a line within a text; in a .csv a
quoted field may hold real ones. Its columns are parted by semicolons where its first line has one, as spreadsheets of
countries with decimal commas have it, else by tabs, else by commas. A column is asked for by its number, from 1, or by
its name, which stands in the first row that is not empty. The first field of a column that is asked for by its number
is a header if it holds a letter that cannot be written, or an x, which multiplies, and no digit.

Texts are checked before they are written, so they are read twice; standard input is kept in a temporary file for that.
Neither a long line nor a long file can fill the memory.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, TextIO

from gan.errors import InputError
from gan.write.request import LINES, LONGEST, understood

STANDARD_INPUT = "-"
MOST_TEXTS = 1_000_000  # pictures in a folder
MOST_CHARACTERS = 64 * LINES * LONGEST  # of a line: a full page, and 63 times as much in other columns
MOST_BYTES = 2**30  # of what is no file and must be kept in one
CHUNK = 2**20
MOST_NAMES = 8  # of columns in a message


@dataclass(frozen=True)
class Text:
    """One text, and where it stands."""

    text: str
    line: int  # from 1
    file: str

    def wrong(self, error: InputError) -> InputError:
        """What is wrong with it, and where."""
        return InputError(f"{self.file}, line {self.line}: {str(error).removeprefix('text: ')}", error.field)


class Texts:
    """The texts of a file, from the first one, as often as they are asked for.

    Attributes
    ----------
    name : str
        Of the file, for a person.
    header : str or None
        The first field of the column, where it is none to write; known when the texts have been read.
    """

    def __init__(self, file: TextIO, name: str, columns: bool, column: str = "1") -> None:
        self.name, self._column = name, column
        self.header: str | None = None
        self._file, self._columns = file, columns

    def __iter__(self) -> Iterator[Text]:
        """Each text that is not empty; InputError for a file that cannot be read as text or as CSV."""
        self._file.seek(0)
        count = 0
        for line, text in self._fields() if self._columns else self._lines():
            if not text.strip():
                continue
            count += 1
            if count > MOST_TEXTS:
                raise InputError(f"{self.name}: expected at most {MOST_TEXTS:,} texts, received more; divide it")
            yield Text(text.rstrip("\r\n").replace("\\n", "\n"), line, self.name)

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Every line and its number."""
        number = 0
        try:
            while line := self._file.readline(MOST_CHARACTERS + 1):
                number += 1
                if len(line) > MOST_CHARACTERS:
                    most = f"expected at most {MOST_CHARACTERS} characters, received more"
                    raise InputError(f"{self.name}, line {number}: {most}")
                yield number, line
        except UnicodeDecodeError as error:
            wanted = "expected text in UTF-8"
            raise InputError(f"{self.name}: {wanted}, received other bytes after line {number}; save it so") from error

    def _fields(self) -> Iterator[tuple[int, str]]:
        """Every field of the column and the number of the line where its row begins."""
        first = next(self._lines(), (0, ""))[1]
        self._file.seek(0)
        delimiter = next((sign for sign in ";\t" if sign in first), ",")
        rows = csv.reader((line for _, line in self._lines()), delimiter=delimiter, strict=True)
        begins, known = 1, False
        place = int(self._column) - 1 if _is_number(self._column) else None
        try:
            for row in rows:
                if place is None and any(row):
                    place, known, self.header = self._place(row), True, self._column
                    row = []
                field = row[place] if place is not None and place < len(row) else ""
                if field.strip() and not known:
                    known = True
                    if _is_header(field):
                        self.header, field = field.strip(), ""
                yield begins, field
                begins = rows.line_num + 1
        except csv.Error as error:
            wanted = "expected rows of a CSV file"
            raise InputError(f"{self.name}, line {begins}: {wanted}, received what is none: {error}") from error

    def _place(self, row: list[str]) -> int:
        """Where the column of that name stands; InputError that names those there are."""
        names = [name.strip() for name in row]
        if self._column not in names:
            there = ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")
            message = f"expected a column of {self.name} ({there}) or its number from 1, received {self._column}"
            raise InputError(f"--column: {message}", "column")
        return names.index(self._column)


def _is_number(column: str) -> bool:
    """Whether a column is meant by its number; no file has one of more digits."""
    return column.isascii() and column.isdecimal() and len(column) <= 9


def _is_header(field: str) -> bool:
    has_letter, has_digit = any(map(str.isalpha, field)), any(map(str.isdigit, field))
    return has_letter and (not has_digit or any(map(str.isalpha, understood(field))))


@contextmanager
def opened(source: str, column: str | None = None) -> Iterator[Texts]:
    """The texts of a file, or of standard input, "-"; of a .csv those of a column, by its name or number.

    Raises
    ------
    OSError
        Where there is no such file or it cannot be read.
    InputError
        Where standard input does not end, and for a column of what is no .csv.
    """
    standard, columns = source == STANDARD_INPUT, Path(source).suffix.lower() == ".csv"
    if column is not None and not columns:
        raise InputError(f"--column: expected with --from a .csv, received {source}; leave it out", "column")
    if column is not None and _is_number(column) and int(column) == 0:
        raise InputError("--column: expected a name or a number from 1, received 0", "column")
    with ExitStack() as stack:
        file = sys.stdin.buffer if standard else stack.enter_context(open(source, "rb"))
        if standard or not file.seekable():
            file = _kept(file, stack.enter_context(TemporaryFile()))
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")  # with or without a byte order mark
        stack.callback(text.detach)  # what it reads from is closed by whoever opened it
        yield Texts(text, "standard input" if standard else source, columns, column or "1")


def _kept(stream: BinaryIO, copy: BinaryIO) -> BinaryIO:
    """A copy of what can be read only once."""
    kept = 0
    while chunk := stream.read(CHUNK):
        kept += len(chunk)
        if kept > MOST_BYTES:
            most = f"expected at most {MOST_BYTES // 2**20} megabytes"
            raise InputError(f"--from: {most}, received more; save it to files")
        copy.write(chunk)
    return copy
