r"""Write many texts as labelled data for handwriting recognition: one picture and one line of JSON per text.

    python -m gan.write --from numbers.csv --out folder

    folder/0001.png      one per text, in order
    folder/labels.jsonl  {"file": "0001.png", "line": 2, "text": "12.50", "seed": 0, "width": .., "height": ..,
                         "glyphs": [{"character": "1", "x": .., "y": .., "width": .., "height": ..}, ..]}

All texts are checked before the first one is written. Pictures are written atomically, and each label is written after
its picture, so an interrupted batch leaves only complete files.

The input has one text per line, or is a .csv file with the texts in one column, by default the first. Blank lines are
skipped. The two characters `\n` stand for a line break within a text; a quoted field of a .csv file may also contain
real line breaks. Unless --delimiter is given, the delimiter is the first of semicolon, tab and comma that the first
line contains. The semicolon comes first, because spreadsheets use it where the comma is the decimal separator. If it is
the comma, a row whose comma may be a decimal separator, such as 13,5, is refused. A column is selected by its number,
counted from 1, or by its name in the first row that is not empty. If it is selected by number, its first field counts
as a header if it has a letter and no digit, or a letter that cannot be written (x can be written, as ×).

The texts are read twice: once to check them and once to write them. Standard input is therefore copied to a temporary
file. Neither a long line nor a long file fills the memory.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, TextIO

from tqdm import tqdm

from gan.cli.command_line import INTERRUPTED
from gan.cli.interrupts import Interrupts
from gan.cli.parameter import SEED
from gan.errors import InputError
from gan.write.compose import write
from gan.write.formats import FORMATS, encoded, to_json
from gan.write.request import LINES, LONGEST, check, normalized
from gan.write.writing import Writing
from nnet.atomic_write import replacing

LABELS = "labels.jsonl"
FEWEST_DIGITS = 4  # minimum number of digits in a picture's file name


class Batch:
    """A batch of texts and its settings.

    `source` is a file name, or "-" for standard input. `settings` are the arguments for `write` other than the text.
    With `each`, every text gets its own handwriting: the first uses the seed in the settings, and each further text
    uses the next seed. `column` and `delimiter` are as in `opened`.
    """

    def __init__(
        self,
        source: str,
        settings: dict[str, Any],
        each: bool,
        column: str | None = None,
        delimiter: str | None = None,
    ) -> None:
        self._source, self._settings, self._each = source, settings, each
        self._column, self._delimiter = column, delimiter

    def write(self, out: Path, form: str) -> int:
        """Write all texts into a new folder in one of FORMATS, and return the exit code, even after Ctrl-C.

        Raise InputError for an invalid text, with its line number, or if the folder is not empty. Raise OSError if the
        source cannot be read or the folder cannot be written.
        """
        with opened(self._source, self._column, self._delimiter) as texts:
            count = self._checked(texts)
            _make(out)
            done, signals = 0, Interrupts()
            try:
                with signals.deferred(), (out / LABELS).open("ab", buffering=0) as labels:  # unbuffered: whole lines
                    for text in tqdm(texts, total=count, unit="text", file=sys.stderr, disable=not sys.stderr.isatty()):
                        signals.raise_if_received()
                        name = f"{done + 1:0{max(FEWEST_DIGITS, len(str(count)))}}{FORMATS[form].suffix}"
                        self._write_one(text, done, out / name, form, labels)
                        done += 1
            except KeyboardInterrupt:
                print(f"gan.write: stopped: {done} of {count} texts written, in {out}", file=sys.stderr)
                return INTERRUPTED
            except OSError as error:  # a full disk
                raise OSError(error.errno, error.strerror, str(error.filename or out / LABELS)) from error
            except InputError as error:  # picture too large, or blank drawings
                raise InputError(f"{error}; the {done} texts before it are written, in {out}", error.field) from error
        header = f", without the header {texts.header!r}" if texts.header else ""
        print(f"{out}: {count} text(s) of {texts.name}{header}; {LABELS} has the labels")
        return 0

    def _checked(self, texts: Texts) -> int:
        count, bad = 0, 0
        first: InputError | None = None
        settings = {name: value for name, value in self._settings.items() if name != "mine"}
        for count, text in enumerate(texts, start=1):  # noqa: B007
            try:
                check(text.text, **settings)
            except InputError as error:
                bad += 1
                first = first or text.wrong(error)
        if first:
            others = f"; {bad - 1} more of {count} cannot be written" if bad > 1 else ""
            raise InputError(f"{first}{others}{texts.column_hint()}; nothing was written", first.field)
        if count == 0:
            raise InputError(f"{texts.name}: expected one text per line, received none")
        return count

    def _write_one(self, text: Text, number: int, file: Path, form: str, labels: BinaryIO) -> None:
        seed = (self._settings["seed"] + number * self._each) % (SEED.range[1] + 1)
        try:
            writing = write(text.text, **self._settings | {"seed": seed})
            content = encoded(writing, form)
        except InputError as error:
            raise text.wrong(error) from error
        with replacing(file) as beside:
            beside.write_bytes(content)
        labels.write((json.dumps(_label(file.name, text, writing), ensure_ascii=False) + "\n").encode())


def _label(file: str, text: Text, writing: Writing) -> dict[str, Any]:
    description = to_json(writing)
    inked = [glyph for glyph in description["glyphs"] if glyph["box"]]
    glyphs = [{"character": glyph["character"], **glyph["box"]} for glyph in inked]
    sizes = {name: description[name] for name in ("seed", "width", "height")}
    return {"file": file, "line": text.line, "text": description["number"], **sizes, "glyphs": glyphs}


def _make(out: Path) -> None:
    if out.is_dir() and (name := next((path.name for path in out.iterdir()), None)):
        raise InputError(f"-o/--out: expected a new or empty folder, found {name} in {out}; choose another", "out")
    if out.exists() and not out.is_dir():
        raise InputError(f"-o/--out: expected a folder, received the file {out}; choose another name", "out")
    out.mkdir(parents=True, exist_ok=True)


STANDARD_INPUT = "-"
MOST_TEXTS = 1_000_000  # maximum number of texts per folder
MOST_CHARACTERS = 32 * LINES * LONGEST  # in an input line: a full page of text, and 31 times as much in other columns
MAX_BYTES = 2**30  # maximum size of a stream that must be copied
CHUNK = 2**20
AMBIGUOUS = (
    "expected a comma that separates columns or decimals, received one that may do either: {}; "
    "for decimals add --delimiter ';', for columns --delimiter , --column 1"
)
MOST_NAMES = 8  # maximum number of column names listed in an error message


@dataclass(frozen=True)
class Text:
    """One text and its position in the input."""

    text: str
    line: int  # line number in the input, counted from 1
    file: str

    def wrong(self, error: InputError) -> InputError:
        """Return the same error with the position of the text in its message."""
        return InputError(f"{self.file}, line {self.line}: {str(error).removeprefix('text: ')}", error.field)


class Texts:
    """The texts in a file. They can be iterated several times.

    Attributes
    ----------
    name : str
        The name of the file, used in messages.
    header : str or None
        The first field of the column if it is a header. It is set while the texts are read.
    first_row : list of str
        The fields of the first row that is not empty. It is set while the texts are read.
    """

    def __init__(self, file: TextIO, name: str, columns: bool, column: str | None, delimiter: str | None) -> None:
        self.name, self._column, self._delimiter = name, column, delimiter
        self.header: str | None = None
        self.first_row: list[str] = []
        self._file, self._columns = file, columns

    def __iter__(self) -> Iterator[Text]:
        """Yield each text that is not blank. Raise InputError for a file that is not valid text or CSV."""
        self._file.seek(0)
        count = 0
        for line, text in self._fields() if self._columns else self._lines():
            if not text.strip():
                continue
            count += 1
            if count > MOST_TEXTS:
                raise InputError(f"{self.name}: expected at most {MOST_TEXTS:,} texts, received more; split the file")
            yield Text(text.rstrip("\r\n").replace("\\n", "\n"), line, self.name)

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Yield the number and content of every line."""
        number = 0
        try:
            while line := self._file.readline(MOST_CHARACTERS + 1):
                number += 1
                if len(line) > MOST_CHARACTERS:
                    most = f"expected at most {MOST_CHARACTERS} characters, received more"
                    raise InputError(f"{self.name}, line {number}: {most}")
                yield number, line
        except UnicodeDecodeError as error:
            received = f"received other bytes after line {number}"
            raise InputError(f"{self.name}: expected text in UTF-8, {received}; save it as UTF-8") from error

    def _fields(self) -> Iterator[tuple[int, str]]:
        """Yield every field in the column, with the number of the line where its row begins."""
        first = next(self._lines(), (0, ""))[1]
        self._file.seek(0)
        delimiter = self._delimiter or next((sign for sign in ";\t" if sign in first), ",")
        is_guess = delimiter == "," and self._delimiter is None
        rows = csv.reader((line for _, line in self._lines()), delimiter=delimiter, strict=True)
        begins, known, column = 1, False, self._column or "1"
        place = int(column) - 1 if _is_number(column) else None
        try:
            for row in rows:
                self.first_row = self.first_row or (row if any(row) else [])
                if is_guess and self._is_ambiguous(row):
                    raise InputError(f"{self.name}, line {begins}: {AMBIGUOUS.format(','.join(row))}", "delimiter")
                if place is None and any(row):
                    place, known, self.header = self._place(row), True, column
                    row = []
                field = row[place] if place is not None and place < len(row) else ""
                if field.strip() and not known:
                    known = True
                    if _is_header(field):
                        self.header, field = field.strip(), ""
                yield begins, field
                begins = rows.line_num + 1
        except csv.Error as error:
            message = f"expected rows of a CSV file, received something else: {error}"
            raise InputError(f"{self.name}, line {begins}: {message}") from error

    def _is_ambiguous(self, row: list[str]) -> bool:
        """Return whether a comma in this row may be a decimal separator."""
        may_be_number = self._column is None and self.header is None and re.match(r"\s*[+-]?\d+,\d", ",".join(row))
        return len(row) > len(self.first_row) > 0 or (len(row) > 1 and bool(may_be_number))

    def column_hint(self) -> str:
        """Return the option that selects another column, if there are several and none was selected."""
        return (
            f"; --column takes another of {_shown(self.first_row)}" if self.first_row[1:] and not self._column else ""
        )

    def _place(self, row: list[str]) -> int:
        """Return the index of the named column. Raise InputError, which lists the known names, if there is none."""
        names = [name.strip() for name in row]
        if self._column not in names:
            message = (
                f"expected a column of {self.name} ({_shown(names)}) or its number from 1, received {self._column}"
            )
            raise InputError(f"--column: {message}", "column")
        return names.index(self._column)


def _shown(row: list[str]) -> str:
    return ", ".join(row[:MOST_NAMES]) + (", ..." if len(row) > MOST_NAMES else "")


def _is_number(column: str) -> bool:
    """Return whether a column is selected by number. Very large numbers count as names."""
    return column.isascii() and column.isdecimal() and len(column) <= 9


def _is_header(field: str) -> bool:
    has_letter, has_digit = any(map(str.isalpha, field)), any(map(str.isdigit, field))
    return has_letter and (not has_digit or any(map(str.isalpha, normalized(field))))


@contextmanager
def opened(source: str, column: str | None = None, delimiter: str | None = None) -> Iterator[Texts]:
    """Open the texts in a file, or in standard input if `source` is "-".

    For a .csv file, `column` selects a column by its name or its number, counted from 1 (None means the first), and
    `delimiter` is the sign between columns (None means to guess). Raise OSError if the file cannot be read. Raise
    InputError if standard input is too long, or if an option for a .csv file is given for another file.
    """
    standard, columns = source == STANDARD_INPUT, Path(source).suffix.lower() == ".csv"
    for name, value in (("column", column), ("delimiter", delimiter)):
        if value is not None and not columns:
            raise InputError(f"--{name}: expected only with a .csv, received {source}; leave it out", name)
    if column is not None and _is_number(column) and int(column) == 0:
        raise InputError("--column: expected a name or a number from 1, received 0", "column")
    with ExitStack() as stack:
        file = sys.stdin.buffer if standard else stack.enter_context(open(source, "rb"))
        if standard or not file.seekable():
            file = _kept(file, stack.enter_context(TemporaryFile()))
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")  # accepts a byte order mark
        stack.callback(text.detach)  # the owner of the file closes it
        yield Texts(text, "standard input" if standard else source, columns, column, delimiter)


def _kept(stream: BinaryIO, copy: BinaryIO) -> BinaryIO:
    """Copy a stream that can be read only once, so that it can be read again."""
    kept = 0
    while chunk := stream.read(CHUNK):
        kept += len(chunk)
        if kept > MAX_BYTES:
            most = f"expected at most {MAX_BYTES // 2**20} megabytes"
            raise InputError(f"--from: {most}, received more; use files instead")
        copy.write(chunk)
    return copy
