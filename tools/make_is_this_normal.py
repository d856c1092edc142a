"""Make docs/normal.md and its pictures, in half an hour on two cores.

    python -m tools.make_is_this_normal

tools/changes_of_learners.toml lists changes in docs/course/gan.py and in gan.plain.
Each changed program trains on threes with the seeds of LEARNED and TESTED, and
tools/symptoms.py leads from what one sees to a leaf. A leaf names the changes that led
to it with a seed of LEARNED. The table of the page counts the leaves of TESTED. The
results are docs/studies/normal.json, and the text is docs/studies/normal.md.jinja.
"""

import contextlib
import importlib
import io
import json
import re
import sys
import tempfile
import tomllib
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image

from gan.data.images_and_sheets import Pictures, drawings_on, save_png, sheet
from nnet.layer import Array
from tools import main_of, make_text_pages
from tools.study import make_docs_pages, measure
from tools.symptoms import DIGIT, leaf_of, symptoms_of

LEARNED = range(5)  # seeds
TESTED = range(5, 10)
PROCESSES = 2
ITERATIONS = 300
GAN_PY = "docs/course/gan.py"
# in the order in which they import each other
PLAIN = [f"gan/plain/{name}.py" for name in ("training", "models", "one_digit")]
PLAIN.append("gan/plain/__main__.py")
FILES = {"gan.py": [GAN_PY], "gan.plain": PLAIN}
NUMBER = re.compile(r"nan|inf|\d+\.\d+")
SHOWN = 16  # drawings on a picture of the page
COLUMNS = 4
CHANGES = Path("tools/changes_of_learners.toml")

Change = dict[str, Any]
Result = dict[str, Any]  # of a run: program, change, seed, leaf and its symptoms


def edit(program: str, change: Change) -> dict[str, str]:
    """Return the changed texts of a program's files, by path.

    Raise ValueError if an edit fits nowhere.
    """
    texts = {path: Path(path).read_text("utf-8") for path in FILES[program]}
    for old, new in change[program]:
        changed = {path: text.replace(old, new) for path, text in texts.items()}
        if changed == texts:
            raise ValueError(f"expected {old!r} in {program}, found it in no file")
        texts = changed
    return texts


def run_gan_py(text: str, iterations: int, seed: int, picture: Path) -> Pictures:
    """Run a changed gan.py, and return the drawings on its last sheet."""
    text = text.replace("\nITERATIONS = 600\n", f"\nITERATIONS = {iterations}\n")
    arguments = ["gan.py", str(DIGIT), str(picture), str(seed)]
    with mock.patch.object(sys, "argv", arguments):
        exec(
            compile(text, GAN_PY, "exec"), {"__name__": "__main__", "__file__": GAN_PY}
        )
    with Image.open(picture) as image:
        ink = 255 - np.asarray(image)
    return ink.reshape(8, 28, 8, 28).swapaxes(1, 2).reshape(64, 28, 28)


def run_plain(
    texts: dict[str, str], iterations: int, seed: int, picture: Path
) -> Pictures:
    """Run a changed gan.plain, and return the drawings on its sheet."""
    options = ["--iterations", str(iterations), "--seed", str(seed), "-o", str(picture)]
    with contextlib.ExitStack() as stack:
        for path, text in texts.items():
            module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
            names = vars(module)
            stack.enter_context(mock.patch.dict(names))  # restores the module
            exec(compile(text, path, "exec"), names)
        if names["main"](options) != 0:
            raise RuntimeError("gan.plain failed")
    return drawings_on(picture)


def train(
    program: str, change: Change, seed: int, iterations: int = ITERATIONS
) -> tuple[Pictures, Array]:
    """Run a changed program, and return its last sheet and the printed numbers.

    They are (64, 28, 28) uint8, and (lines, 4): D's loss, G's loss, D(digits) and
    D(drawings).
    """
    texts = edit(program, change)
    printed = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(printed),
        np.errstate(all="ignore"),  # some changes overflow
        warnings.catch_warnings(action="ignore"),
    ):
        picture = Path(folder, "sheet.png")
        if program == "gan.py":
            drawings = run_gan_py(texts[GAN_PY], iterations, seed, picture)
        else:
            drawings = run_plain(texts, iterations, seed, picture)
    lines = [line for line in printed.getvalue().splitlines() if " of " in line]
    numbers = [NUMBER.findall(line.split(":", 1)[1])[:4] for line in lines]
    return drawings, np.array([row for row in numbers if row], float)


def diagnose(
    program: str, name: str, change: Change, seed: int
) -> tuple[Result, Pictures]:
    drawings, lines = train(program, change, seed)
    seen = symptoms_of(drawings, lines)
    run = {"program": program, "change": name, "seed": seed, "leaf": leaf_of(seen)}
    return run | asdict(seen), drawings[:SHOWN]


def summarize(runs: Sequence[Result]) -> Result:
    """Return what the page shows.

    `causes` are the changes by leaf and program, the most frequent first. `table` has
    the numbers of TESTED runs by program, change and leaf. `found` has, by program, the
    numbers of TESTED runs that reached a leaf which names their change, and of all.
    """
    learned: dict[str, dict[str, Counter[str]]] = {}
    table: dict[str, dict[str, Counter[str]]] = {program: {} for program in FILES}
    for run in runs:
        leaf, program, change = run["leaf"], run["program"], run["change"]
        if run["seed"] in LEARNED:
            leaves = learned.setdefault(leaf, {program: Counter() for program in FILES})
            leaves[program][change] += 1
        else:
            table[program].setdefault(change, Counter())[leaf] += 1
    causes = {
        leaf: {
            program: [name for name, _ in of.most_common()]
            for program, of in by.items()
        }
        for leaf, by in learned.items()
    }
    found = {}
    for program, changes in table.items():
        total = sum(of.total() for of in changes.values())
        right = sum(
            number
            for change, of in changes.items()
            for leaf, number in of.items()
            if change in causes.get(leaf, {}).get(program, [])
        )
        found[program] = [right, total]
    return {"causes": causes, "table": table, "found": found}


def save_pictures(runs: Sequence[Result], sheets: Sequence[Pictures]) -> None:
    """Save, for each leaf, drawings of the change that led to it most often."""
    numbers = Counter((run["leaf"], run["change"]) for run in runs)
    seen = set()
    for (leaf, change), _ in numbers.most_common():
        if leaf in seen:
            continue
        seen.add(leaf)
        chosen = next(
            drawings
            for run, drawings in zip(runs, sheets, strict=True)
            if (run["leaf"], run["change"]) == (leaf, change)
        )
        save_png(sheet(chosen, COLUMNS), f"static/normal/{leaf}.png")


def make() -> None:
    changes = tomllib.loads(CHANGES.read_text("utf-8"))
    with measure.processes(PROCESSES) as pool:
        jobs = [
            pool.submit(diagnose, program, name, change, seed)
            for seed in (*LEARNED, *TESTED)
            for name, change in changes.items()
            for program in FILES
            if program in change
        ]
        runs, sheets = zip(*(job.result() for job in jobs), strict=True)
    save_pictures(runs, sheets)
    words = {name: change["cause"] for name, change in changes.items()}
    results = {"words": words} | summarize(runs)
    rows = ",\n".join(json.dumps(run) for run in runs)
    text = json.dumps(results, indent=1)[:-2] + f',\n "runs": [\n{rows}\n]}}\n'
    (make_docs_pages.STUDIES / "normal.json").write_text(text, "utf-8")
    make_docs_pages.make()
    make_text_pages.make()


main = main_of(
    "tools.make_is_this_normal", "Make docs/normal.md and its pictures.", make
)


if __name__ == "__main__":
    sys.exit(main())
