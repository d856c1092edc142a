"""Rules that no linter checks: lengths of functions and of the plain GAN, top-level
entries, and machine paths.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.count_tokens import count_tokens

ROOT = Path(__file__).resolve().parents[2]
FUNCTION_LINES = 75
MODULE_LINES = {".py": 500, ".js": 250}
PLAIN_TOKENS = 5000
# Of stops 1 to 7 in the README's table of files, as `wc -w` counts, without @overload
# signatures.
STOP_WORDS = 5200

MACHINE_PATH = re.compile(
    r"(?<![\w.*])/(?:home|Users|root|work|tmp|mnt|srv)/\w|\b[A-Z]:\\+Users\b"
)

# The plain GAN is complete and short. Loading of data, command lines, threads and
# errors are not counted.
PLAIN_IMPORTS = """
import sys, gan.plain.one_digit
for name, module in sys.modules.items():
    if name.partition(".")[0] in ("gan", "nnet"):
        print(module.__file__)
"""
NOT_COUNTED = re.compile("gan/(base|data|cli)/|nnet/(threads|durable_write)")


def tracked() -> list[str]:
    """Return the files that git tracks. A source archive has none."""
    git = ["git", "-c", "core.quotepath=off", "ls-files"]
    try:
        listed = subprocess.run(
            git, cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
        ).stdout.splitlines()
    except FileNotFoundError:
        return []
    return [name for name in listed if (ROOT / name).is_file()]


TRACKED = tracked()
pytestmark = pytest.mark.skipif(not TRACKED, reason="git tracks no file here")
PYTHON = {
    name: (ROOT / name).read_text("utf-8") for name in TRACKED if name.endswith(".py")
}


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_in(block: ast.AST) -> Iterator[Function]:
    """Yield the functions and methods in a block, without a look at expressions."""
    for statement in getattr(block, "body", []):
        if isinstance(statement, Function):
            yield statement
        yield from functions_in(statement)


def length(function: Function) -> int:
    """Return the number of lines of a function without its docstring."""
    first = function.body[0] if ast.get_docstring(function) is not None else None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if first else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def test_functions_are_short() -> None:
    lengths = {
        f"{path}: {function.name}": length(function)
        for path, source in PYTHON.items()
        for function in functions_in(ast.parse(source))
    }
    assert len(lengths) > 1000
    assert {
        name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES
    } == {}


def test_modules_are_short() -> None:
    lines = {
        name: len((ROOT / name).read_text("utf-8").splitlines())
        for name in TRACKED
        if Path(name).suffix in MODULE_LINES
    }
    assert len(lines) > 400
    assert {
        name: count
        for name, count in lines.items()
        if count > MODULE_LINES[Path(name).suffix]
    } == {}


def test_no_file_names_a_path_of_a_machine() -> None:
    endings = set(".py .js .css .html .md .cfg .toml .json .txt".split())
    texts = [
        name
        for name in TRACKED
        if Path(name).suffix in endings or name in ("Makefile", ".ci/run")
    ]
    found = {
        name: MACHINE_PATH.findall((ROOT / name).read_text("utf-8")) for name in texts
    }
    assert {name: paths for name, paths in found.items() if paths} == {}
    assert MACHINE_PATH.search("open('" + "/home" + "/me/x')")


def test_plain_is_short() -> None:
    imported = subprocess.run(
        [sys.executable, "-c", PLAIN_IMPORTS], cwd=ROOT, capture_output=True, text=True
    ).stdout
    paths = [
        path
        for path in map(Path, imported.split())
        if not NOT_COUNTED.search(path.as_posix())
    ]
    sizes = {
        path.relative_to(ROOT).as_posix(): count_tokens(path.read_text("utf-8"))
        for path in paths
    }
    assert {"gan/plain/one_digit.py", "gan/plain/training.py", "nnet/conv.py"} <= set(
        sizes
    )
    assert sum(sizes.values()) <= PLAIN_TOKENS, f"{sum(sizes.values())} tokens: {sizes}"


def test_the_first_stops_are_short() -> None:
    stops = re.findall(
        r"^\| [1-7]\. .*\|(.*)\|$",
        (ROOT / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    texts = {
        path: (ROOT / path).read_text("utf-8")
        for path in re.findall(r"`(.*?)`", "".join(stops))
    }
    words = {
        path: len(re.sub(r" *@overload\n.*\n", "", text).split())
        for path, text in texts.items()
    }
    assert len(stops) == 7
    assert sum(words.values()) <= STOP_WORDS, f"{sum(words.values())} words: {words}"
