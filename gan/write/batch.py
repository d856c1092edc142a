r"""Write many texts: a picture each and one line of JSON per picture, as labelled data for handwriting recognition.

    python -m gan.write --from numbers.csv --out folder

    folder/0001.png      one per text, in order
    folder/labels.jsonl  {"file": "0001.png", "line": 2, "text": "12.50", "seed": 0, "width": .., "height": ..,
                         "glyphs": [{"character": "1", "x": .., "y": .., "width": .., "height": ..}, ..]}

All texts are checked before the first is written. Pictures are written atomically and each label follows its picture,
so an interrupted batch leaves only complete files.

A file has one text a line, or is a .csv with texts in one column, by default the first. Blank lines are skipped. The
two characters `\n` stand for a line break within a text; a quoted field of a .csv may also contain real ones. The
delimiter is a semicolon if the first line has one (as spreadsheets write where the comma is the decimal sign), else a
tab if it has one, else a comma. A column is given by its number from 1, or by its name in the first row that is not
empty. The first field of a column given by number is a header if it has a letter and no digit, or a letter
that cannot be written (an x can: ×).

Texts are read twice, first to check them; standard input is copied to a temporary file. Neither a long line nor a long
file fills the memory.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, TextIO

from tqdm import tqdm

from gan.command import INTERRUPTED
from gan.errors import InputError
from gan.interrupts import Interrupts
from gan.parameters import SEED
from gan.write.compose import write
from gan.write.render.formats import FORMATS, encoded, to_json
from gan.write.request import LINES, LONGEST, check, normalized
from gan.write.writing import Writing
from nnet.durable_write import replacing

LABELS = "labels.jsonl"
FEWEST_DIGITS = 4  # in the name of a picture


class Batch:
    """A batch of texts and its settings.

    `source` is a file, or "-" for standard input; `settings` the arguments of `write` besides the text. With `each`,
    every text gets its own handwriting: the seed of the settings, then the next seed. `column` selects a column of a
    .csv by name or by number from 1; None is the first.
    """

    def __init__(self, source: str, settings: dict[str, Any], each: bool, column: str | None = None) -> None:
        self._source, self._settings, self._each, self._column = source, settings, each, column

    def write(self, out: Path, form: str) -> int:
        """Write all texts into a new folder, in one of FORMATS; return the exit code, also that of Ctrl-C.

        InputError for a bad text, with its line number, and for a folder that is not empty; OSError if the source
        cannot be read or the folder cannot be written.
        """
        with opened(self._source, self._column) as texts:
            count = self._checked(texts)
            _make(out)
            done, signals = 0, Interrupts()
            try:
                with signals.deferred(), (out / LABELS).open("ab", buffering=0) as labels:  # unbuffered: complete lines
                    for text in tqdm(texts, total=count, unit="text", file=sys.stderr, disable=not sys.stderr.isatty()):
                        signals.raise_if_received()
                        name = f"{done + 1:0{max(FEWEST_DIGITS, len(str(count)))}}{FORMATS[form].suffix}"
                        self._write_one(text, done, out / name, form, labels)
                        done += 1
            except KeyboardInterrupt:
                print(f"gan.write: stopped: {done} of {count} texts written, in {out}", file=sys.stderr)
                return INTERRUPTED
            except InputError as error:  # a picture is too large, or a custom network draws nothing
                raise InputError(f"{error}; the {done} before it are written, in {out}", error.field) from error
        header = f", without the header {texts.header!r}" if texts.header else ""
        print(f"{out}: {count} text(s) of {texts.name}{header}; {LABELS} tells what is where")
        return 0

    def _checked(self, texts: Texts) -> int:
        """Check all texts and return their number."""
        count, bad = 0, 0
        first: InputError | None = None
        settings = {name: value for name, value in self._settings.items() if name not in ("models", "mine")}
        for count, text in enumerate(texts, start=1):  # noqa: B007
            try:
                check(text.text, **settings)
            except InputError as error:
                bad += 1
                first = first or text.wrong(error)
        if first:
            others = f"; {bad - 1} more of {count} cannot be written" if bad > 1 else ""
            raise InputError(f"{first}{others}; nothing is written", first.field)
        if count == 0:
            raise InputError(f"{texts.name}: expected a text a line, received none")
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
    """Return the label of a picture: boxes in pixels of all characters with ink."""
    description = to_json(writing)
    inked = [glyph for glyph in description["glyphs"] if glyph["box"]]
    glyphs = [{"character": glyph["character"], **glyph["box"]} for glyph in inked]
    sizes = {name: description[name] for name in ("seed", "width", "height")}
    return {"file": file, "line": text.line, "text": description["number"], **sizes, "glyphs": glyphs}


def _make(out: Path) -> None:
    """Create the folder; an existing one must be empty."""
    if out.is_dir() and (name := next((path.name for path in out.iterdir()), None)):
        raise InputError(f"-o/--out: expected a new or an empty folder, found {name} in {out}; choose another", "out")
    if out.exists() and not out.is_dir():
        raise InputError(f"-o/--out: expected a folder, received the file {out}; choose another name", "out")
    out.mkdir(parents=True, exist_ok=True)


STANDARD_INPUT = "-"
MOST_TEXTS = 1_000_000  # per folder
MOST_CHARACTERS = 64 * LINES * LONGEST  # per line: a full page, and 63 times as much in other columns
MAX_BYTES = 2**30  # of a stream that must be copied
CHUNK = 2**20
MOST_NAMES = 8  # columns listed in a message


@dataclass(frozen=True)
class Text:
    """One text and its position."""

    text: str
    line: int  # from 1
    file: str

    def wrong(self, error: InputError) -> InputError:
        """Return the error with the position of the text."""
        return InputError(f"{self.file}, line {self.line}: {str(error).removeprefix('text: ')}", error.field)


class Texts:
    """The texts of a file; can be iterated several times.

    Attributes
    ----------
    name : str
        Of the file, for messages.
    header : str or None
        The first field of the column if it is a header; known after the texts have been read.
    """

    def __init__(self, file: TextIO, name: str, columns: bool, column: str = "1") -> None:
        self.name, self._column = name, column
        self.header: str | None = None
        self._file, self._columns = file, columns

    def __iter__(self) -> Iterator[Text]:
        """Yield each text that is not blank; InputError for a file that is not valid text or CSV."""
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
            raise InputError(f"{self.name}: expected text in UTF-8, {received}; save it so") from error

    def _fields(self) -> Iterator[tuple[int, str]]:
        """Yield every field of the column, with the number of the line where its row begins."""
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
            message = f"expected rows of a CSV file, received what is none: {error}"
            raise InputError(f"{self.name}, line {begins}: {message}") from error

    def _place(self, row: list[str]) -> int:
        """Return the index of the named column; InputError lists the names."""
        names = [name.strip() for name in row]
        if self._column not in names:
            there = ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")
            message = f"expected a column of {self.name} ({there}) or its number from 1, received {self._column}"
            raise InputError(f"--column: {message}", "column")
        return names.index(self._column)


def _is_number(column: str) -> bool:
    """Whether a column is given by number; larger numbers are taken as names."""
    return column.isascii() and column.isdecimal() and len(column) <= 9


def _is_header(field: str) -> bool:
    has_letter, has_digit = any(map(str.isalpha, field)), any(map(str.isdigit, field))
    return has_letter and (not has_digit or any(map(str.isalpha, normalized(field))))


@contextmanager
def opened(source: str, column: str | None = None) -> Iterator[Texts]:
    """Open the texts of a file, or of standard input, "-"; of a .csv those of a column, by name or number.

    OSError if the file cannot be read; InputError if standard input is too long, and for a column of a file that is no
    .csv.
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
        stack.callback(text.detach)  # leaves closing the file to its owner
        yield Texts(text, "standard input" if standard else source, columns, column or "1")


def _kept(stream: BinaryIO, copy: BinaryIO) -> BinaryIO:
    """Copy a stream that can be read only once."""
    kept = 0
    while chunk := stream.read(CHUNK):
        kept += len(chunk)
        if kept > MAX_BYTES:
            most = f"expected at most {MAX_BYTES // 2**20} megabytes"
            raise InputError(f"--from: {most}, received more; save it to files")
        copy.write(chunk)
    return copy
