"""Make docs/course/gan.ipynb of docs/course/gan.py: `python -m tools.make_notebook`.

Each section of gan.py becomes a text and a cell of code. The text has the docstrings,
and the notes of docs/course/gan_notes.txt about lines of this cell. The main program
becomes one cell, which starts anew each time, so a student can change a line and run it
again. EDITS lists all that a notebook needs differently. A test checks that the
notebook matches both files.
"""

import ast
import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gan.base.errors import InputError
from tools import main_of

FOLDER = Path("docs/course")
NOTE = re.compile(r"^(\S.*)\n  (.*)", re.MULTILINE)  # part of a line, and its note
MAIN = 'if __name__ == "__main__":\n'
# The first line of each section, and its title.
SECTIONS = {
    "import copy\n": "Start",
    "ITERATIONS = ": "Settings",
    "def real_digits": "The digits",
    "def sigmoid": "Convolutions",
    "class Network": "A network",
    "def sheet": "A sheet of drawings",
    "class Adam": "Adam",
    MAIN: "Training",
}
INTRODUCTION = """\
# A GAN in one notebook

{}

Run the cells from the top to the bottom. The last one trains. All code is from
[gan.py](gan.py).
"""
TASK = """\
Run the cell. Every 100 iterations it shows 64 drawings, always of the same latents.

Then change one line:

1. Write down what you expect without the line `{line}`.
2. Delete the line, and run this cell again. It starts anew from the same seed.
"""
AFTERWARDS = """\
## Compare

Was it what you expected?

- `{line}`: {note}

Write the line again, or `Adam(G)` for `Adam(G, D)`:
[three ways](../freeze.md#three-ways-to-write-it) protect the judge. Every 50 iterations
the cell prints both losses, and how real the judge finds digits and drawings.
"""
LINE = "D.frozen = True"


class Edit(NamedTuple):
    """Replaces text that occurs once in gan.py."""

    name: str
    old: str
    new: str


EDITS = [
    Edit("no arguments", "import sys\n", ""),
    Edit(
        "digit, seed and folder",
        'DIGITS = f"{Path(__file__).parent}/../../gan/mnist"\n',
        """\
digit = "3"
seed = 0
# Jupyter runs in the folder of the notebook, or where it was started.
DIGITS = "gan/mnist" if Path("gan/mnist").is_dir() else "../../gan/mnist"
if not Path(DIGITS).is_dir():
    problem = f"expected the folder gan/mnist, received no {DIGITS} in {Path.cwd()}"
    raise FileNotFoundError(f"{problem}: set DIGITS to its path")
""",
    ),
    Edit("seed", "default_rng(*map(int, rest[:1]))", "default_rng(seed)"),
    Edit("folder", "real_digits(digit, *rest[1:2])", "real_digits(digit)"),
    Edit("latents", "# the latents of both sheets", "# the latents of all sheets"),
    Edit(
        "no file of the half",
        '    half_way = Path(picture).with_stem(Path(picture).stem + "-half")\n',
        "",
    ),
    Edit(
        "question without its answer",
        "  # Delete this line, run again, and get noise.",
        "  # Delete this line, and run this cell again.",
    ),
    Edit("time of a sheet", "step == ITERATIONS // 2:", "step % 100 == 0:"),
    Edit(
        "sheet",
        "sheet(average_G, shown).save(half_way)",
        "display(sheet(average_G, shown))",
    ),
    Edit("no file", "    sheet(average_G, shown).save(picture)\n", ""),
]


def notebook(source: str, notes: str) -> str:
    """Return the notebook as JSON, from the texts of gan.py and gan_notes.txt."""
    places = dict(NOTE.findall(notes))
    for part in places:
        find(source, part, "note")
    for edit in EDITS:
        find(source, edit.old, edit.name)
        source = source.replace(edit.old, edit.new)
    introduction = (ast.get_docstring(ast.parse(source)) or "").partition(
        " To run a copy"
    )[0]
    usage = re.compile(r"^    python .*\n\n", re.MULTILINE)
    cells = [text("introduction", INTRODUCTION.format(usage.sub("", introduction)))]
    for mark, title, code in sections(source):
        if mark == MAIN:
            code = main_program(code)
        code, lines = without_docstrings(code)
        name = title.lower().replace(" ", "-")
        lines += [
            f"- `{part}`: {note}"
            for part, note in places.items()
            if part in code and part != LINE
        ]
        paragraphs = [f"## {title}", "\n".join(lines)]
        if mark == MAIN:
            paragraphs.append(TASK.format(line=LINE))
        cells.append(text(name, "\n\n".join(filter(None, paragraphs))))
        cells.append(
            cell("code", f"{name}-code", code)
            | {"execution_count": None, "outputs": []}
        )
    find(notes, f"{LINE}\n", "note")
    cells.append(text("compare", AFTERWARDS.format(line=LINE, note=places[LINE])))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def find(source: str, mark: str, name: str) -> int:
    """Return where a mark is. Raise InputError unless it occurs once."""
    if (count := source.count(mark)) != 1:
        raise InputError(
            f"expected {mark.strip()!r} ({name}) once, found it {count} times: "
            "change the mark in tools.make_notebook or gan_notes.txt"
        )
    return source.index(mark)


def sections(source: str) -> Iterator[tuple[str, str, str]]:
    """Yield the first line, title and code of each section."""
    starts = [find(source, f"\n{mark}", title) for mark, title in SECTIONS.items()]
    for (mark, title), start, end in zip(
        SECTIONS.items(), starts, [*starts[1:], len(source)], strict=True
    ):
        yield mark, title, source[start:end].strip("\n")


def main_program(code: str) -> str:
    """Return the main program without its arguments, to run at the top level."""
    lines = code.splitlines()
    checks = [line for line in lines if re.match(r" {8}(rng|real) = ", line)]
    after = find(code, "        sys.exit(2)\n", "end of the arguments")
    rest = code[after:].split("\n", 1)[1]
    return textwrap.dedent("\n".join(checks)) + "\n" + textwrap.dedent(rest)


def without_docstrings(code: str) -> tuple[str, list[str]]:
    """Return the code without docstrings, and a line of text for each."""
    lines = code.splitlines()
    texts = []
    for node in reversed(ast.parse(code).body):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        if docstring := ast.get_docstring(node):
            texts.append(f"- `{node.name}`: {' '.join(docstring.split())}")
            first = node.body[0]
            del lines[first.lineno - 1 : node.body[1].lineno - 1]
    return "\n".join(lines), texts[::-1]


def cell(kind: str, name: str, content: str) -> dict[str, Any]:
    return {
        "cell_type": kind,
        "id": name,
        "metadata": {},
        "source": content.strip("\n").splitlines(keepends=True),
    }


def text(name: str, content: str) -> dict[str, Any]:
    return cell("markdown", name, content)


def make() -> None:
    source = (FOLDER / "gan.py").read_text("utf-8")
    notes = (FOLDER / "gan_notes.txt").read_text("utf-8")
    (FOLDER / "gan.ipynb").write_text(notebook(source, notes), "utf-8")


main = main_of("tools.make_notebook", "Make docs/course/gan.ipynb of gan.py.", make)


if __name__ == "__main__":
    sys.exit(main())
