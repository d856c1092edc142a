"""Print the size of the project, and fail if it exceeds the budget in CONTRIBUTING.md. Run by `make lint`.

A code line holds a token that is neither a comment nor part of a docstring. All tracked files count, wherever they
lie: Python outside of `tests`, `benchmarks` and `docs` is product. JavaScript includes the scripts inside of templates.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tools import main_of

ROOT = Path(__file__).resolve().parents[1]
DOCS = "lines of docstrings and comments, without tests"
PARTS = {"tests": "tests", "benchmarks": "benchmarks", "docs": "course"}
CODE = {top: f"code lines of the {part}" for top, part in PARTS.items()}
PRODUCT = "code lines of the product and its tools"
SCRIPTS, WORDS, MEGABYTES = "bytes of JavaScript", "words of docs and README", "tracked megabytes"
ROW = re.compile(r"^\| ([a-z][^|]*?) \| ([\d,]+) \|", re.MULTILINE)
LAYOUT = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def python_lines(source: str) -> tuple[set[int], set[int]]:
    """Return the numbers of the code lines, and of the lines that hold only a docstring or a comment."""
    docstrings, comments, code = set[int](), set[int](), set[int]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                docstrings.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in LAYOUT:
            kind = comments if token.type == tokenize.COMMENT else code
            kind.update(range(token.start[0], token.end[0] + 1))
    code -= docstrings
    return code, (docstrings | comments) - code


def measure(files: Mapping[str, bytes]) -> dict[str, int]:
    """Return the totals of some files, by the names in the budget."""
    totals = Counter[str]()
    for path, content in files.items():
        top, _, ending = path.partition("/")[0], *path.rpartition(".")[1:]
        totals[MEGABYTES] += len(content)
        if ending == "py":
            code, text = python_lines(content.decode())
            totals[CODE.get(top, PRODUCT)] += len(code)
            totals[DOCS] += len(text) if top != "tests" else 0
        elif ending in ("js", "mjs"):
            totals[SCRIPTS] += len(content)
        elif ending in ("html", "jinja"):
            totals[SCRIPTS] += sum(map(len, re.findall(rb"<script[^>]*>(.*?)</script>", content, re.DOTALL)))
        if path == "README.md" or (top == "docs" and ending in ("md", "txt")):
            totals[WORDS] += len(content.split())
    totals[MEGABYTES] = -(-totals[MEGABYTES] // 1_000_000)
    return {name: totals[name] for name in (PRODUCT, *CODE.values(), DOCS, SCRIPTS, WORDS, MEGABYTES)}


def compare() -> int:
    """Print a line for each total, and return 1 if one exceeds the budget."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [path for path in listed.split("\0") if (ROOT / path).is_file()]
    totals = measure({path: (ROOT / path).read_bytes() for path in paths})
    rows = ROW.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    budget = {name: int(number.replace(",", "")) for name, number in rows}
    for name, total in totals.items():
        print(f"{total:10,} of {budget[name]:10,} {name}{'  <- too many' if total > budget[name] else ''}")
    if any(total > budget[name] for name, total in totals.items()):
        print("The project is above its budget. Remove something, or raise the number in CONTRIBUTING.md and say why.")
        return 1
    return 0


main = main_of("tools.count_lines", "Compare the size of the project with its budget.", compare)


if __name__ == "__main__":
    sys.exit(main())
