"""Rules that no other tool checks: file and function lengths, top-level entries, and the plain GAN's dependencies.

Import rules are in setup.cfg (import-linter), docstring rules in pyproject.toml (ruff). Each rule here is a checker
that maps source text to a list of complaints. `test_checker_complains` gives every checker a snippet that breaks its
rule.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Callable, Collection, Mapping
from itertools import accumulate
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE_LINES, FUNCTION_LINES, PLAIN_LINES = 400, 60, 400
STOP_WORDS = 5200  # of stops 1 to 7 in the README's table of files, as `wc -w` counts, without @overload signatures

# The limit for all JavaScript files together, including comments. A tenth replaces the server on a static site.
SCRIPT_BYTES = 206_000


TOP_LEVEL = set(
    "nnet gan server.py train.py static templates tests setup.cfg README.md LICENSE pyproject.toml Makefile docs "
    "benchmarks tools .ci .github .gitignore .gitattributes MANIFEST.in CHANGELOG.md CONTRIBUTING.md CITATION.cff "
    "SECURITY.md LICENSES".split()
)

NOT_PART = set(
    ".git .venv runs data build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis "
    "__pycache__ PKG-INFO".split()  # a source archive has PKG-INFO
)

# The plain GAN is complete and short. The project modules that it imports, directly or indirectly, need only NumPy.
# These checks exclude data loading, the command line, BLAS threads, Ctrl-C handling and error types.
START = ("gan.plain.one_digit",)
NOT_COUNTED = ("gan.data", "nnet.threads", "nnet.at_import", "gan.errors")
COMPILED = ("numba", "llvmlite", "nnet.fast")
IO_MODULES = set("io json logging os pathlib pickle PIL safetensors shutil socket subprocess sys tempfile tqdm".split())
IO_CALLS = set("open print input load save savez write_text read_text write_bytes read_bytes".split())
MACHINE_PATH = re.compile(r"(?<![\w.*])/(?:home|Users|root|work|tmp|mnt|srv)/\w|\b[A-Z]:\\+Users\b")


def module_name(path: str) -> str:
    """Return the dotted module name of a file, such as nnet.fast.kernels for nnet/fast/kernels/__init__.py."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(source: str, path: str) -> set[str]:
    """Return the dotted names that a file may import. For example, `from gan import run` gives gan and gan.run."""
    package = module_name(path).split(".")[: None if path.endswith("__init__.py") else -1]
    result: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            result.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*parents, *filter(None, [node.module])])
            result.update([base, *(f"{base}.{alias.name}" for alias in node.names)])
    return result


def is_within(name: str, packages: Collection[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def reached(start: Collection[str], excluded: Collection[str], files: Mapping[str, str]) -> set[str]:
    """Return the modules that `start` imports directly or indirectly, including `start` itself and parent packages.

    Do not follow the imports of excluded modules. `files` maps paths to source text.
    """
    modules = {module_name(path): path for path in files}
    pending, results = [*start], set[str]()
    while pending:
        name = pending.pop()
        if name in modules and name not in results and not is_within(name, excluded):
            results.add(name)
            for other in {name, *imports(files[modules[name]], modules[name])}:
                pending += accumulate(other.split("."), "{}.{}".format)  # importing a.b.c also imports a and a.b
    return results


def direct_nnet_imports(source: str, path: str) -> list[str]:
    """Report imports of `nnet` in programs, except `nnet.threads`, which counts cores."""
    nnet_names = (name for name in imports(source, path) if is_within(name, ["nnet"]))
    return [f"{path} imports {name}" for name in nnet_names if name != "nnet" and not is_within(name, ["nnet.threads"])]


def input_output(source: str, path: str) -> list[str]:
    imported = {name.split(".")[0] for name in imports(source, path)}
    complaints = [f"{path} imports {name}" for name in sorted(imported & IO_MODULES)]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            function_name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            complaints += [f"{path}:{node.lineno} calls {function_name}"] if function_name in IO_CALLS else []
    return complaints


Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def docstring_lines(node: Documented) -> set[int]:
    """Return the line numbers of a module's, class's or function's docstring."""
    first = node.body[0] if ast.get_docstring(node) is not None else None
    return set(range(first.lineno, (first.end_lineno or first.lineno) + 1)) if first else set()


def code_lines(source: str) -> int:
    """Count lines of code, excluding blank lines, comments, docstrings and imports."""
    ignored = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in ignored:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Documented):
            lines -= docstring_lines(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def too_long(source: str, path: str) -> list[str]:
    """Report files that are too long, and functions that are too long without their docstrings."""
    length = len(source.splitlines())
    complaints = [f"{path} has {length} lines"] if length > FILE_LINES else []
    for node in ast.walk(ast.parse(source)) if path.endswith(".py") else ():
        if isinstance(node, FUNCTIONS):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1 - len(docstring_lines(node))
            complaints += [f"{path}: {node.name} has {lines} lines"] if lines > FUNCTION_LINES else []
    return complaints


def machine_paths(text: str, path: str) -> list[str]:
    return [f"{path} names {match[0]}" for match in MACHINE_PATH.finditer(text)]


def unexpected_entries(names: list[str]) -> list[str]:
    return sorted({name.split("/")[0] for name in names} - TOP_LEVEL)


def tracked() -> list[str]:
    """Return the files that git tracks, or the files on disk if git is not available."""
    git = ["git", "-c", "core.quotepath=off", "ls-files"]
    try:
        listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, encoding="utf-8").stdout.splitlines()
    except FileNotFoundError:
        listed = []
    top = (path for path in ROOT.iterdir() if path.name not in NOT_PART and path.suffix != ".egg-info")
    on_disk = (inner for path in top for inner in ([path] if path.is_file() else path.rglob("*")))
    result = (path.relative_to(ROOT) for path in on_disk if path.is_file() and "__pycache__" not in path.parts)
    return [name for name in listed if (ROOT / name).is_file()] or [path.as_posix() for path in result]


def python_files(*packages: str) -> list[str]:
    files = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    return [path.relative_to(ROOT).as_posix() for path in files]


PROGRAMS = ["train.py", "server.py", *python_files("gan/commands")]
LIBRARY = {file: (ROOT / file).read_text("utf-8") for file in python_files("nnet", "gan")}

PLAIN_NNET = [
    name for name in map(module_name, LIBRARY) if is_within(name, ["nnet"]) and not is_within(name, ["nnet.fast"])
]

SCRIPTS = [path.relative_to(ROOT).as_posix() for path in (ROOT / "static").rglob("*.js")]
ALL_FILES = [*PROGRAMS, *LIBRARY, *python_files("benchmarks", "docs", "tests", "tools")]
TEXTS = [name for name in tracked() if Path(name).suffix in set(".py .js .css .html .md .cfg .toml .json .txt".split())]
Checker = Callable[[str, str], list[str]]

RULES: list[tuple[Checker, list[str]]] = [
    (direct_nnet_imports, PROGRAMS),
    (input_output, ["gan/plain/training.py"]),
    (too_long, [*ALL_FILES, *SCRIPTS]),
    (machine_paths, [*TEXTS, "Makefile", ".ci/run"]),
]


@pytest.mark.parametrize(("checker", "files"), RULES, ids=[checker.__name__ for checker, _ in RULES])
def test_rule(checker: Checker, files: list[str]) -> None:
    assert files
    complaints = [line for file in files for line in checker((ROOT / file).read_text("utf-8"), file)]
    assert not complaints, "\n" + "\n".join(complaints)


def code_of(names: Collection[str]) -> dict[str, int]:
    return {module_name(path): code_lines(source) for path, source in LIBRARY.items() if module_name(path) in names}


def test_plain_is_short() -> None:
    lines = code_of(reached(START, NOT_COUNTED, LIBRARY))
    assert set(START) <= set(lines)
    assert sum(lines.values()) < PLAIN_LINES, f"{sum(lines.values())} lines of code: {lines}"


def test_the_first_stops_are_short() -> None:
    stops = re.findall(r"^\| [1-7]\. .*\|(.*)\|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    texts = {path: (ROOT / path).read_text("utf-8") for path in re.findall(r"`(.*?)`", "".join(stops))}
    words = {path: len(re.sub(r" *@overload\n.*\n", "", text).split()) for path, text in texts.items()}
    assert len(stops) == 7
    assert sum(words.values()) <= STOP_WORDS, f"{sum(words.values())} words: {words}"


def test_plain_needs_numpy_only() -> None:
    names = reached(START, (), LIBRARY)
    files = {path: source for path, source in LIBRARY.items() if module_name(path) in names}
    assert set(START) <= names
    compiled = {path: [name for name in imports(files[path], path) if is_within(name, COMPILED)] for path in files}
    assert not any(compiled.values()), {path: names for path, names in compiled.items() if names}


def error_without_numba(*modules: str) -> str:
    """Return the error from importing these modules without numba and llvmlite, or "" if there is none."""
    hidden = "import sys; sys.modules.update(numba=None, llvmlite=None); import " + ", ".join(modules)
    done = subprocess.run([sys.executable, "-c", hidden], cwd=ROOT, capture_output=True, text=True, timeout=300)
    return "" if done.returncode == 0 else done.stderr or f"exit code {done.returncode}"


def test_plain_nnet_is_imported_without_numba() -> None:
    assert error_without_numba(*PLAIN_NNET, "gan.data", *START) == ""


def test_numba_is_hidden() -> None:
    assert "numba" in error_without_numba("numba")
    assert error_without_numba("numpy") == ""


def test_imports_are_followed() -> None:
    files = {
        "gan/__init__.py": '"""The GAN."""',
        "gan/plain/__init__.py": "",
        "gan/plain/one_digit.py": "import gan.data\nfrom gan.plain import models",
        "gan/plain/models.py": "def build():\n    from nnet.deep import dense",
        "gan/data/__init__.py": "from . import idx",
        "gan/data/idx.py": "import gzip",
        "nnet/__init__.py": "",
        "nnet/deep/__init__.py": "from .. import threads",
        "nnet/deep/dense.py": "import numpy",
        "nnet/threads.py": "import os",
        "nnet/fast.py": "import numba",
    }
    plain = {"gan", "gan.plain", "gan.plain.one_digit", "gan.plain.models", "nnet", "nnet.deep", "nnet.deep.dense"}
    assert reached(["gan.plain.one_digit"], ["gan.data", "nnet.threads"], files) == plain
    assert reached(["gan.plain.one_digit"], [], files) == {*plain, "gan.data", "gan.data.idx", "nnet.threads"}


def test_scripts_are_small() -> None:
    sizes = {name: (ROOT / name).stat().st_size for name in SCRIPTS}
    assert SCRIPTS
    assert sum(sizes.values()) < SCRIPT_BYTES, sizes


def test_top_level() -> None:
    assert unexpected_entries(tracked()) == []


def test_unexpected_entries_are_reported() -> None:
    assert unexpected_entries(["nnet/layer.py", "setup.py", "notes/today.md"]) == ["notes", "setup.py"]


LONG_FUNCTION = "def f():\n" + "    x = 1\n" * FUNCTION_LINES

BAD_CASES: list[tuple[Checker, str, str]] = [
    (direct_nnet_imports, "import nnet.dense", "train.py"),
    (input_output, "from pathlib import Path", "gan/plain/training.py"),
    (input_output, "print(1)", "gan/plain/training.py"),
    (input_output, "numpy.save(name, x)", "gan/plain/training.py"),
    (too_long, "x = 1\n" * (FILE_LINES + 1), "nnet/dense.py"),
    (too_long, LONG_FUNCTION, "nnet/dense.py"),
    (machine_paths, "open('" + "/home" + "/me/x')", "gan/data/__init__.py"),
]


@pytest.mark.parametrize(("checker", "source", "path"), BAD_CASES)
def test_checker_complains(checker: Checker, source: str, path: str) -> None:
    assert len(checker(source, path)) == 1


def test_every_rule_has_a_bad_case() -> None:
    assert {checker for checker, _, _ in BAD_CASES} == {checker for checker, _ in RULES}


def test_code_lines_skip_comments_and_docstrings() -> None:
    source = '"""Module,\ntwo lines."""\n\n# comment\ndef f():  # why\n    """Doc."""\n    return """a\nb"""\n'
    assert code_lines(source) == 3
    assert too_long(LONG_FUNCTION.replace("x = 1", '"""Doc."""', 1), "nnet/dense.py") == []
