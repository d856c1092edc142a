"""Many texts, a picture each, and a line of JSON about each picture: labelled data for whoever reads handwriting.

    python -m gan.write --from numbers.csv --out folder

    folder/0001.png      one for each text, in their order
    folder/labels.jsonl  {"file": "0001.png", "line": 2, "text": "12.50", "seed": 0, "width": .., "height": ..,
                         "glyphs": [{"character": "1", "x": .., "y": .., "width": .., "height": ..}, ..]}

All texts are checked before the first is written. A picture gets its name when it is whole, then its line, so whenever
this is stopped, what is there is whole. Memory does not grow with the number of texts: they are read twice.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from tqdm import tqdm

from gan.command import INTERRUPTED
from gan.errors import InputError
from gan.interrupts import Interrupts
from gan.write.batch_texts import Text, Texts, opened
from gan.write.compose import write
from gan.write.page import Writing
from gan.write.render.formats import FORMATS, encoded, to_json
from gan.write.request import SEEDS, check
from nnet.durable_write import replacing

LABELS = "labels.jsonl"
FEWEST_DIGITS = 4  # of a picture's name


class Batch:
    """What is to be written, and how.

    Parameters
    ----------
    source : str
        A file of texts, or "-" for standard input; see gan/write/batch_texts.py.
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
                with signals.deferred(), (out / LABELS).open("ab", buffering=0) as labels:  # unbuffered: whole lines
                    for text in tqdm(texts, total=count, unit="text", file=sys.stderr, disable=not sys.stderr.isatty()):
                        signals.raise_if_received()
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
