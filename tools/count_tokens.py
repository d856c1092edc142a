"""Print the size of the project, and fail if it exceeds the budget in CONTRIBUTING.md.

Run by `make lint`.

Python is counted in tokens, because a budget of lines would reward dense lines.
Comments, docstrings, layout and the comma before a closing bracket are free. A string,
even an f-string, is one token, but a long one counts for more. JavaScript is counted in
bytes without comments and white space. All tracked files count. Python outside of
`tests`, `benchmarks` and `docs` belongs to the product. JavaScript includes the scripts
in templates, but not the tests in JavaScript.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import accumulate, pairwise
from pathlib import Path

from tools import main_of

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = "tokens of the product and its tools"
PARTS = {
    "tests": "tokens of the tests",
    "benchmarks": "tokens of the benchmarks",
    "docs": "tokens of the course",
}
SCRIPTS = "bytes of JavaScript without white space and comments"
WORDS = "words of docs and README"
MEGABYTES = "tracked megabytes"
NAMES = (PRODUCT, *PARTS.values(), SCRIPTS, WORDS, MEGABYTES)

LONG = 80  # characters; a longer string counts as one token per ten
FREE = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
)
HAVE_DOCSTRINGS = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
ELEMENT = re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL)
# Two slashes after a colon belong to a URL.
NOT_CODE = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
ROW = re.compile(r"^\| ([a-z][^|]*?) \| ([\d,]+) \|", re.MULTILINE)


def docstring_lines(source: str) -> set[int]:
    lines = set[int]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, HAVE_DOCSTRINGS) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines.update(range(docstring.lineno, (docstring.end_lineno or 0) + 1))
    return lines


def texts_of(source: str) -> Iterator[str]:
    """Yield the text of every token that counts.

    An f-string counts as one token, although Python 3.12 and later split it.
    """
    # the offset of each line in characters
    starts = [0, *accumulate(map(len, io.StringIO(source)))]

    def offset(place: tuple[int, int]) -> int:
        line, column = place
        return starts[line - 1] + column

    docstrings = docstring_lines(source)
    depth = 0
    start = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in FREE or token.start[0] in docstrings:
            continue
        kind = tokenize.tok_name[token.type]
        if kind.endswith("STRING_START"):
            if depth == 0:
                start = offset(token.start)
            depth += 1
        elif kind.endswith("STRING_END"):
            depth -= 1
            if depth == 0:
                yield source[start : offset(token.end)]
        elif depth == 0:
            yield token.string


def weight(text: str) -> int:
    is_long_string = len(text) > LONG and text.endswith(("'", '"'))
    return len(text) // 10 if is_long_string else 1


def count_tokens(source: str) -> int:
    """Return the size of Python source in tokens."""
    texts = list(texts_of(source))
    trailing_commas = sum(
        text == "," and after in (")", "]", "}") for text, after in pairwise(texts)
    )
    return sum(map(weight, texts)) - trailing_commas


def count_script(source: str) -> int:
    """Return the bytes of JavaScript without white space and comments."""
    return len("".join(NOT_CODE.sub("", source).split()).encode())


def measure(files: Mapping[str, bytes]) -> dict[str, int]:
    """Return the size of files, given as path and content, by the budget's names."""
    totals = Counter[str]()
    for path, content in files.items():
        top = path.partition("/")[0]
        ending = path.rpartition(".")[2]
        if ending == "py":
            totals[PARTS.get(top, PRODUCT)] += count_tokens(content.decode())
        elif ending in ("js", "mjs") and not path.endswith(".test.js"):
            totals[SCRIPTS] += count_script(content.decode())
        elif ending in ("html", "jinja"):
            totals[SCRIPTS] += sum(map(count_script, ELEMENT.findall(content.decode())))
        if path == "README.md" or (top == "docs" and ending == "md"):
            totals[WORDS] += len(content.decode().split())
    totals[MEGABYTES] = -(-sum(map(len, files.values())) // 1_000_000)
    return {name: totals[name] for name in NAMES}


def compare() -> int:
    """Print each total beside its budget. Return 1 if one exceeds it, otherwise 0."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    paths = [path for path in listed.split("\0") if (ROOT / path).is_file()]
    totals = measure({path: (ROOT / path).read_bytes() for path in paths})
    rows = ROW.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    budget = {name: int(number.replace(",", "")) for name, number in rows}
    is_over = False
    for name, total in totals.items():
        mark = ""
        if total > budget[name]:
            mark = "  <- too many"
            is_over = True
        print(f"{total:10,} of {budget[name]:10,} {name}{mark}")
    if is_over:
        print(
            "The project is above its budget. Remove something, or raise the number in "
            "CONTRIBUTING.md and say why."
        )
        return 1
    return 0


main = main_of(
    "tools.count_tokens", "Compare the size of the project with its budget.", compare
)


if __name__ == "__main__":
    sys.exit(main())
