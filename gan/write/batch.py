r"""Write many texts as labelled data for handwriting recognition: one picture and one line of JSON per text.

    python -m gan.write --from numbers.txt --out folder
    python -m gan.write --from numbers.csv --column amount --out folder

    folder/0001.png      one per text, in order
    folder/labels.jsonl  {"file": "0001.png", "line": 2, "text": "12.50", "seed": 0, "width": .., "height": ..,
                         "glyphs": [{"character": "1", "x": .., "y": .., "width": .., "height": ..}, ..]}

All texts are checked before the first one is written. Pictures are written atomically, and each label is written after
its picture, so an interrupted batch leaves only complete files.

The input has one text per line, or is a .csv file whose first row names its columns. Blank lines are skipped. The two
characters `\n` stand for a line break within a text; a quoted field of a .csv file may also contain real line breaks.
"""

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from tqdm import tqdm

from gan.cli.command_line import INTERRUPTED
from gan.cli.interrupts import Interrupts
from gan.cli.parameter import SEED, shorten
from gan.errors import InputError
from gan.write.compose import write
from gan.write.formats import FORMATS, encoded, to_json
from gan.write.request import check
from gan.write.writing import Writing
from nnet.durable_write import replacing

LABELS = "labels.jsonl"
FEWEST_DIGITS = 4  # minimum number of digits in a picture's file name


@dataclass(frozen=True)
class Text:
    """One text and its position in the input."""

    text: str
    line: int  # line number in the input, counted from 1
    file: str

    def wrong(self, error: InputError) -> InputError:
        """Return the same error with the position of the text in its message."""
        return InputError(f"{self.file}, line {self.line}: {str(error).removeprefix('text: ')}", error.field)


def write_texts(texts: list[Text], settings: dict[str, Any], each: bool, out: Path, form: str) -> int:
    """Write all texts into a new folder in one of FORMATS, and return the exit code, even after Ctrl-C.

    `settings` are the arguments for `write` other than the text. With `each`, every text gets its own handwriting: the
    first uses the seed in the settings, and each further text uses the next seed.

    Raise InputError for an invalid text, with its line number, or if the folder is not empty. Raise OSError if the
    folder cannot be written.
    """
    _check(texts, settings)
    _make(out)
    count, done, signals = len(texts), 0, Interrupts()
    try:
        with signals.deferred(), (out / LABELS).open("ab", buffering=0) as labels:  # unbuffered: whole lines
            for text in tqdm(texts, unit="text", file=sys.stderr, disable=None):
                signals.raise_if_received()
                name = f"{done + 1:0{max(FEWEST_DIGITS, len(str(count)))}}{FORMATS[form].suffix}"
                seed = (settings["seed"] + done * each) % (SEED.range[1] + 1)
                label = _write_one(text, settings | {"seed": seed}, out / name, form)
                labels.write((json.dumps(label, ensure_ascii=False) + "\n").encode())
                done += 1
    except KeyboardInterrupt:
        print(f"gan.write: stopped: {done} of {count} texts written, in {out}", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:  # a full disk
        raise OSError(error.errno, error.strerror, str(error.filename or out / LABELS)) from error
    except InputError as error:  # picture too large, or blank drawings
        raise InputError(f"{error}; the {done} texts before it are written, in {out}", error.field) from error
    print(f"{out}: {count} text(s) of {texts[0].file}; {LABELS} has the labels")
    return 0


def _check(texts: list[Text], settings: dict[str, Any]) -> None:
    first, bad = None, 0
    options = {name: value for name, value in settings.items() if name != "mine"}
    for text in texts:
        try:
            check(text.text, **options)
        except InputError as error:
            first, bad = first or text.wrong(error), bad + 1
    if first:
        others = f"; {bad - 1} more of {len(texts)} cannot be written" if bad > 1 else ""
        raise InputError(f"{first}{others}; nothing was written", first.field)


def _write_one(text: Text, settings: dict[str, Any], file: Path, form: str) -> dict[str, Any]:
    """Write one picture, and return its label."""
    try:
        writing = write(text.text, **settings)
        content = encoded(writing, form)
    except InputError as error:
        raise text.wrong(error) from error
    with replacing(file) as beside:
        beside.write_bytes(content)
    return _label(file.name, text, writing)


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
MAX_BYTES = 2**26  # maximum size of the input
MOST_NAMES = 8  # maximum number of column names listed in an error message


def read_texts(source: str, column: str | None = None, delimiter: str | None = None) -> list[Text]:
    """Read the texts in a file, or in standard input if `source` is "-". Blank texts are left out.

    For a .csv file, `column` is the name of the column, and `delimiter` is the sign between columns, by default a
    comma. Raise OSError if the file cannot be read. Raise InputError if it is too long, is not valid text or CSV, has
    no such column, or if an option for a .csv file is given for another file.
    """
    is_standard, is_csv = source == STANDARD_INPUT, Path(source).suffix.lower() == ".csv"
    for option, value in (("column", column), ("delimiter", delimiter)):
        if value is not None and not is_csv:
            raise InputError(f"--{option}: expected only with a .csv, received {source}; leave it out", option)
    name = "standard input" if is_standard else source
    with nullcontext(sys.stdin.buffer) if is_standard else open(source, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InputError(f"{name}: expected at most {MAX_BYTES // 2**20} megabytes, received more; use several files")
    try:
        lines = io.StringIO(content.decode("utf-8-sig"), newline="")  # accepts a byte order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name}, line {line}: expected text in UTF-8, received other bytes; save it as UTF-8"
        ) from error
    fields = _fields(lines, name, column, delimiter or ",") if is_csv else enumerate(lines, 1)
    texts = []
    for number, text in fields:
        if text.strip():
            texts.append(Text(text.rstrip("\r\n").replace("\\n", "\n"), number, name))
        if len(texts) > MOST_TEXTS:
            raise InputError(f"{name}: expected at most {MOST_TEXTS:,} texts, received more; use several files")
    if not texts:
        raise InputError(f"{name}: expected one text per line, received none")
    return texts


def _fields(lines: TextIO, file: str, column: str | None, delimiter: str) -> Iterator[tuple[int, str]]:
    """Yield every field in a column of a CSV file, with the number of the line where its row begins."""
    rows, begins = csv.reader(lines, delimiter=delimiter, strict=True), 1
    try:
        names = [name.strip() for name in next(filter(any, rows), [])]
        if column not in names:
            shown = ", ".join(map(shorten, names[:MOST_NAMES])) or "none"
            message = f"expected one that the first row of {file} names ({shown}), received {column or 'none'}"
            raise InputError(f"--column: {message}", "column")
        place, begins = names.index(column), rows.line_num + 1
        for row in rows:
            yield begins, row[place] if place < len(row) else ""
            begins = rows.line_num + 1
    except csv.Error as error:
        message = f"expected rows of a CSV file, received something else: {error}"
        raise InputError(f"{file}, line {begins}: {message}") from error
