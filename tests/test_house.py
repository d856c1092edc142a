"""The rules of the house, read from the files themselves: who may import whom, how long things are, what is explained.

Each rule is a checker: source text in, a list of complaints out (empty: all is well). `test_checker_complains`
hands every checker a snippet that breaks its rule, so that no rule can pass by looking at nothing.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES, FUNCTION_LINES, PLAIN_LINES = 330, 60, 430

TOP_LEVEL = set(
    "nnet gan server.py train.py static templates tests setup.cfg README.md LICENSE pyproject.toml Makefile docs "
    "benchmarks .ci .gitignore .gitattributes".split()
)
NOT_OURS = set(".git .venv runs data .pytest_cache .mypy_cache .ruff_cache .hypothesis __pycache__".split())

# The plain path is complete, runnable and readable in one sitting. It may import itself and the foundation; all else is
# upstairs.
PLAIN_STOREY = (
    "nnet.layer nnet.sequential nnet.dense nnet.conv nnet.activations nnet.losses nnet.optimizers "
    "nnet.fast.kernels.im2col gan.models gan.training"
).split()
FOUNDATION = (
    "nnet.threads nnet.initializers nnet.fast.kernels.parallel nnet.fast.kernels.elementwise gan.config gan.errors"
).split()

# What each room may import, besides the standard library. The longest matching name decides.
MAY_IMPORT = {
    "nnet.threads": "",
    "nnet.fast.warm": "numpy numba llvmlite nnet",
    "nnet.fast.kernels": "numpy numba llvmlite threadpoolctl nnet.fast.kernels nnet.threads",
    "nnet": "numpy safetensors threadpoolctl nnet",
    "gan": "numpy PIL safetensors threadpoolctl tqdm nnet gan",
    "gan.runs": "numpy filelock tqdm nnet gan",
    "gan.evaluate.report": "numpy jinja2 nnet gan",
    "gan.web": "numpy PIL aiohttp aiohttp_jinja2 jinja2 nnet gan",
    "train": "numpy tqdm gan nnet.threads",
    "server": "aiohttp aiohttp_jinja2 jinja2 gan nnet.threads",
}

IO_MODULES = set("io json logging os pathlib pickle PIL safetensors shutil socket subprocess sys tempfile tqdm".split())
IO_CALLS = set("open print input load save savez write_text read_text write_bytes read_bytes".split())
MACHINE_PATH = re.compile(r"(?<![\w.*])/(?:home|Users|root|work|tmp|mnt|srv)/\w|\b[A-Z]:\\+Users\b")


def module_name(path: str) -> str:
    """The dotted name of a file: nnet/fast/kernels/__init__.py is nnet.fast.kernels."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_module(name: str) -> bool:
    """Whether a dotted name is a file or a folder of the project, rather than a name inside a module."""
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def imports(source: str, path: str) -> Iterator[str]:
    """Dotted names of the imported modules, in order: `from gan import run` and `from . import run` give gan.run."""
    package = module_name(path).split(".")
    if not path.endswith("__init__.py"):
        package = package[:-1]
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in sorted(found, key=lambda node: node.lineno):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            continue
        parents = package[: len(package) - node.level + 1] if node.level else []
        base = ".".join([*parents, *filter(None, [node.module])])
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield inner if base.split(".")[0] in ("nnet", "gan") and is_module(inner) else base


def is_within(name: str, rooms: list[str]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


def foreign(source: str, path: str) -> list[str]:
    """Imports from outside the standard library."""
    return [name for name in imports(source, path) if name.split(".")[0] not in sys.stdlib_module_names]


def wrong_way_imports(source: str, path: str) -> list[str]:
    name = module_name(path)
    room = max((room for room in MAY_IMPORT if is_within(name, [room])), key=len)
    allowed = MAY_IMPORT[room].split()
    return [f"{path} imports {other}" for other in foreign(source, path) if not is_within(other, allowed)]


def upstairs_imports(source: str, path: str) -> list[str]:
    known = {*PLAIN_STOREY, *FOUNDATION}
    ours = [name for name in foreign(source, path) if name.split(".")[0] in ("nnet", "gan")]
    return [f"{path} imports {name}, which lies upstairs" for name in ours if name not in known]


def input_output(source: str, path: str) -> list[str]:
    complaints = [f"{path} imports {name}" for name in imports(source, path) if name.split(".")[0] in IO_MODULES]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            complaints += [f"{path}:{node.lineno} calls {called}"] if called in IO_CALLS else []
    return complaints


Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def docstring_lines(node: Documented) -> set[int]:
    """Numbers of the lines that the docstring of a module, class or function takes."""
    first = node.body[0] if ast.get_docstring(node) is not None else None
    return set(range(first.lineno, first.end_lineno + 1)) if first else set()


def code_lines(source: str) -> int:
    """Lines that hold code: not blank, not only a comment, not a docstring, not an import."""
    quiet = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in quiet:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Documented):
            lines -= docstring_lines(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def too_long(source: str, path: str) -> list[str]:
    """Files by all their lines; functions by theirs without the docstring, since explaining is no fault."""
    length = len(source.splitlines())
    complaints = [f"{path} has {length} lines"] if length > FILE_LINES else []
    for node in ast.walk(ast.parse(source)) if path.endswith(".py") else ():
        if isinstance(node, FUNCTIONS):
            lines = node.end_lineno - node.lineno + 1 - len(docstring_lines(node))
            complaints += [f"{path}: {node.name} has {lines} lines"] if lines > FUNCTION_LINES else []
    return complaints


def no_opening(source: str, path: str) -> list[str]:
    return [] if ast.get_docstring(ast.parse(source)) else [f"{path} does not open with a docstring"]


def undocumented(source: str, path: str) -> list[str]:
    """Public classes and functions without a docstring, and methods of classes that cannot inherit one."""
    complaints = []
    pending: list[tuple[str, ast.stmt]] = [("", node) for node in ast.parse(source).body]
    for prefix, node in pending:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            complaints.append(f"{path}:{node.lineno} {prefix}{node.name} has no docstring")
        if isinstance(node, ast.ClassDef) and not node.bases:
            pending += [(f"{node.name}.", inner) for inner in node.body]
    return complaints


def machine_paths(text: str, path: str) -> list[str]:
    return [f"{path} names {match[0]}" for match in MACHINE_PATH.finditer(text)]


def strangers(names: list[str]) -> list[str]:
    return sorted({name.split("/")[0] for name in names} - TOP_LEVEL)


def tracked() -> list[str]:
    """Files that git tracks; where there is no git (an unpacked archive), what lies on the disk."""
    git = ["git", "-c", "core.quotepath=off", "ls-files"]
    try:
        listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, encoding="utf-8").stdout.splitlines()
    except FileNotFoundError:
        listed = []
    top = (path for path in ROOT.iterdir() if path.name not in NOT_OURS and path.suffix != ".egg-info")
    on_disk = (inner for path in top for inner in ([path] if path.is_file() else path.rglob("*")))
    found = (path.relative_to(ROOT) for path in on_disk if path.is_file() and "__pycache__" not in path.parts)
    return [name for name in listed if (ROOT / name).is_file()] or [path.as_posix() for path in found]


def python_files(*rooms: str) -> list[str]:
    files = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return [path.relative_to(ROOT).as_posix() for path in files]


PROGRAMS = ["train.py", "server.py"]
LIBRARY = python_files("nnet", "gan")
PLAIN_FILES = [f"{name.replace('.', '/')}.py" for name in PLAIN_STOREY]
SCRIPTS = [path.relative_to(ROOT).as_posix() for path in (ROOT / "static").rglob("*.js")]
EVERYTHING = [*PROGRAMS, *LIBRARY, *python_files("benchmarks", "tests")]
TEXTS = [name for name in tracked() if Path(name).suffix in set(".py .js .css .html .md .cfg .toml .json .txt".split())]

Checker = Callable[[str, str], list[str]]
RULES: list[tuple[Checker, list[str]]] = [
    (wrong_way_imports, [*PROGRAMS, *LIBRARY]),
    (upstairs_imports, [*PLAIN_FILES, *(f"{name.replace('.', '/')}.py" for name in FOUNDATION)]),
    (input_output, ["gan/training.py"]),
    (too_long, [*EVERYTHING, *SCRIPTS]),
    (no_opening, [*PROGRAMS, *LIBRARY, *python_files("benchmarks")]),
    (undocumented, LIBRARY),
    (machine_paths, [*TEXTS, "Makefile", ".ci/run"]),
]


@pytest.mark.parametrize(("checker", "files"), RULES, ids=[checker.__name__ for checker, _ in RULES])
def test_rule(checker: Checker, files: list[str]) -> None:
    assert files
    complaints = [line for file in files for line in checker((ROOT / file).read_text("utf-8"), file)]
    assert not complaints, "\n" + "\n".join(complaints)


def test_plain_storey_is_short() -> None:
    lines = {file: code_lines((ROOT / file).read_text("utf-8")) for file in PLAIN_FILES}
    total = sum(lines.values())
    assert 0 < total < PLAIN_LINES, f"{total} lines of code: {lines}"


def test_top_level() -> None:
    assert strangers(tracked()) == []


def test_strangers_are_found() -> None:
    assert strangers(["nnet/layer.py", "setup.py", "notes/today.md"]) == ["notes", "setup.py"]


LONG_FUNCTION = "def f():\n" + "    x = 1\n" * FUNCTION_LINES
BAD: list[tuple[Checker, str, str]] = [
    (wrong_way_imports, "import gan.data", "nnet/dense.py"),
    (wrong_way_imports, "from gan import data", "nnet/fast/kernels/im2col.py"),
    (wrong_way_imports, "from .. import layer", "nnet/fast/kernels/im2col.py"),
    (wrong_way_imports, "def f():\n    import numpy", "nnet/threads.py"),
    (wrong_way_imports, "import numba", "gan/models.py"),
    (wrong_way_imports, "from aiohttp import web", "gan/runs/run.py"),
    (wrong_way_imports, "import server", "gan/web/guard.py"),
    (wrong_way_imports, "import nnet.dense", "train.py"),
    (upstairs_imports, "from gan.penalty import penalty", "gan/training.py"),
    (upstairs_imports, "from . import penalty", "gan/training.py"),
    (upstairs_imports, "import nnet.fast.kernels.winograd", "nnet/conv.py"),
    (input_output, "from pathlib import Path", "gan/training.py"),
    (input_output, "print(1)", "gan/training.py"),
    (input_output, "numpy.save(name, x)", "gan/training.py"),
    (too_long, "x = 1\n" * (FILE_LINES + 1), "nnet/dense.py"),
    (too_long, LONG_FUNCTION, "nnet/dense.py"),
    (no_opening, "# A comment is no docstring.\nx = 1\n", "nnet/dense.py"),
    (undocumented, "def f():\n    return 1\n", "nnet/dense.py"),
    (undocumented, 'class A:\n    """A."""\n    def f(self):\n        return 1\n', "nnet/dense.py"),
    (machine_paths, "open('" + "/home" + "/me/x')", "gan/data/dataset.py"),
]


@pytest.mark.parametrize(("checker", "source", "path"), BAD)
def test_checker_complains(checker: Checker, source: str, path: str) -> None:
    assert len(checker(source, path)) == 1


def test_every_rule_has_a_bad_case() -> None:
    assert {checker for checker, _, _ in BAD} == {checker for checker, _ in RULES}


def test_code_lines_skip_what_is_not_code() -> None:
    source = '"""Module,\ntwo lines."""\n\n# comment\ndef f():  # why\n    """Doc."""\n    return """a\nb"""\n'
    assert code_lines(source) == 3
    assert too_long(LONG_FUNCTION.replace("x = 1", '"""Doc."""', 1), "nnet/dense.py") == []
