r"""Many texts, a picture each, and a line of JSON about each picture: labelled data for whoever reads handwriting.

    python -m gan.write --from numbers.csv --out folder

    folder/0001.png      one for each text, in their order
    folder/labels.jsonl  {"file": "0001.png", "line": 2, "text": "12.50", "seed": 0, "width": .., "height": ..,
                         "glyphs": [{"character": "1", "x": .., "y": .., "width": .., "height": ..}, ..]}

All texts are checked before the first is written. A picture gets its name when it is whole, then its line, so whenever
this is stopped, what is there is whole. Memory does not grow with the number of texts: they are read twice.

The texts of a file: a text a line, or a column of a .csv, the first unless another is asked for.

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
from gan.write.compose import write
from gan.write.page import Writing
from gan.write.render.formats import FORMATS, encoded, to_json
from gan.write.request import LINES, LONGEST, SEEDS, check, understood
from nnet.durable_write import replacing

LABELS = "labels.jsonl"
FEWEST_DIGITS = 4  # of a picture's name


class Batch:
    """What is to be written, and how.

    Parameters
    ----------
    source : str
        A file of texts, or "-" for standard input; see gan/write/batch.py.
    look : dict
        What `write` is told besides the text.
    each : bool
        Whether each text has a handwriting of its own: the first that of look's seed, the next that of the seed after
        it, and so on.
    column : str, optional
        Of a .csv, by its name or its number from 1; None is the first.
    """

    def __init__(self, source: str, look: dict[str, Any], each: bool, column: str | None = None) -> None:
        self._source, self._look, self._each, self._column = source, look, each, column

    def write(self, out: Path, form: str) -> int:
        """Write all texts into a new folder, in one of FORMATS; returns the exit code, that of Ctrl-C too.

        Raises
        ------
        InputError
            For a bad text, with the number of its line, and for a folder that holds something already.
        OSError
            Where the source cannot be read or the folder cannot be written.
        """
        with opened(self._source, self._column) as texts:
            count = self._checked(texts)
            _make(out)
            done, signals = 0, Interrupts()
            try:
                with signals.noted(), (out / LABELS).open("ab", buffering=0) as labels:  # unbuffered: whole lines
                    for text in tqdm(texts, total=count, unit="text", file=sys.stderr, disable=not sys.stderr.isatty()):
                        signals.obey()
                        name = f"{done + 1:0{max(FEWEST_DIGITS, len(str(count)))}}{FORMATS[form].suffix}"
                        self._write_one(text, done, out / name, form, labels)
                        done += 1
            except KeyboardInterrupt:
                print(f"gan.write: stopped: {done} of {count} texts written, in {out}", file=sys.stderr)
                return INTERRUPTED
            except InputError as error:  # the picture would be too large, or one's own network draws nothing
                raise InputError(f"{error}; the {done} before it are written, in {out}", error.field) from error
        header = f", without the header {texts.header!r}" if texts.header else ""
        print(f"{out}: {count} text(s) of {texts.name}{header}; {LABELS} tells what is where")
        return 0

    def _checked(self, texts: Texts) -> int:
        """How many texts there are, all of them good."""
        count, bad = 0, 0
        first: InputError | None = None
        asked = {name: value for name, value in self._look.items() if name not in ("models", "mine")}
        for count, text in enumerate(texts, start=1):  # noqa: B007
            try:
                check(text.text, **asked)
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
        look = self._look | {"seed": (self._look["seed"] + number * self._each) % (SEEDS[1] + 1)}
        try:
            writing = write(text.text, **look)
            content = encoded(writing, form)
        except InputError as error:
            raise text.wrong(error) from error
        with replacing(file) as beside:
            beside.write_bytes(content)
        labels.write((json.dumps(_label(file.name, text, writing), ensure_ascii=False) + "\n").encode())


def _label(file: str, text: Text, writing: Writing) -> dict[str, Any]:
    """What is told of a picture: boxes in pixels, of all characters that have ink."""
    told = to_json(writing)
    inked = [glyph for glyph in told["glyphs"] if glyph["box"]]
    glyphs = [{"character": glyph["character"], **glyph["box"]} for glyph in inked]
    sizes = {name: told[name] for name in ("seed", "width", "height")}
    return {"file": file, "line": text.line, "text": told["number"], **sizes, "glyphs": glyphs}


def _make(out: Path) -> None:
    """Make the folder; it may be there, but must be empty: what lies there is not mixed with anything."""
    if out.is_dir() and (found := next(_names(out), None)):
        raise InputError(f"-o/--out: expected a new or an empty folder, found {found} in {out}; choose another", "out")
    if out.exists() and not out.is_dir():
        raise InputError(f"-o/--out: expected a folder, received the file {out}; choose another name", "out")
    out.mkdir(parents=True, exist_ok=True)


def _names(folder: Path) -> Iterator[str]:
    return (path.name for path in folder.iterdir())


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
