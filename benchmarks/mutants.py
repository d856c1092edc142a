"""Mutation testing: `python -m benchmarks.mutants` makes one small change to a file and runs the tests of that file.

A mutant is a copy of the project with one change, for example to a sign, a comparison or a number; or it lacks a
statement or the effect of a `with`. A failing test kills it. A mutant that survives reveals either a line that no test
checks or a change without effect.

    python -m benchmarks.mutants --count 300 --seed 0 --out mutants.jsonl      # a second run retries only survivors
    python -m benchmarks.mutants --files gan/web gan/write --count 120
    python -m benchmarks.mutants --files gan/rules/latents.py --count 20 --list

docs/mutants.md lists the scores and explains the survivors. Existing libraries do less: mutmut 3 skips decorated
functions (so all kernels) and module-level code, and deletes no statements; Cosmic Ray runs one test command for all
files. Neither draws a sample, removes `with D.frozen()`, or runs kernels as plain Python.

Kernels run with NUMBA_DISABLE_JIT=1, except those written in LLVM instructions. benchmarks/mutation_rules.py defines
the changes, one `case` for each. The checkout itself is never modified.
"""

import argparse
import ast
import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.mutation_rules import Mutant, mutants_of
from gan.cli.command_line import Parser, exit_code, whole
from gan.cli.parameter import SEED
from gan.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("nnet", "gan")
# Tests too slow to run for a single mutant, because they start many processes or check the whole project.
SLOW = (
    "test_benchmarks* test_cluster* test_cuts* test_install* test_openapi_fuzzed* test_recordings.py "
    "test_server* test_train.py test_train_* test_warm* test_worker*"
).split()
# Tests with these fixtures are skipped, because a browser cannot start within MEMORY.
BROWSER = ("browser", "call", "served")
# These tests send requests to every route, so they run for every file in gan/web, after the file's own tests.
API_TESTS = [f"tests/test_{name}.py" for name in ("api", "refusals", "server", "openapi")]
FEWEST = 2  # minimum test files per source file; if fewer import it, the nearest by import distance are added
LIMIT = 60  # minimum time limit, in seconds, for the tests of one mutant
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
MEMORY = 8_000_000  # KiB of address space, because a mutant may allocate without bound


def files_in(names: Sequence[str]) -> list[str]:
    """Return the Python files that these files and folders name, sorted within each folder."""
    missing = [name for name in names if not (ROOT / name).exists()]
    if missing:
        raise InputError(f"expected files or folders of the project, received {', '.join(missing)}", "files")
    found: list[str] = []
    for name in names:
        path = ROOT / name
        paths = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        found += [path.relative_to(ROOT).as_posix() for path in paths]
    return list(dict.fromkeys(found))


def is_regular_file(source: bytes) -> bool:
    """Return whether the kernels in this file run as plain Python.

    Kernels written in LLVM instructions do not: without the compiler, their tests would run NumPy instead.
    """
    return b"@njit" in source and b"@intrinsic" not in source


def path_of(module: str) -> Path | None:
    """Return the file of a project module, or None for other modules. Test helpers are imported by their bare names."""
    stem = module.replace(".", "/")
    candidates = (ROOT / f"{stem}.py", ROOT / stem / "__init__.py", ROOT / "tests" / f"{stem}.py")
    return next((path for path in candidates if path.is_file()), None)


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_bytes())


@cache
def users(test: Path, *fixtures: str) -> frozenset[str]:
    """Return the functions in a test file that use one of these fixtures, directly or through another fixture."""
    functions = [node for node in ast.walk(parsed(test)) if isinstance(node, FUNCTION)]
    found: set[str] = set()
    while more := {f.name for f in functions if {a.arg for a in f.args.args} & {*fixtures, *found}} - found:
        found |= more
    return frozenset(found)


@cache
def imports(path: Path) -> frozenset[Path]:
    """Return the project files that a file imports. The fixture `client` counts as an import of the web application."""
    names = {"gan.web.app"} if path.name.startswith("test_") and users(path, "client") else set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(filter(None, map(path_of, names)))


@cache
def distances(test: Path) -> dict[Path, int]:
    """Return, for each project file, the number of imports on the shortest path from the test to it."""
    found, level = {test: 0}, {test}
    while level:
        level = {path for nearer in level for path in imports(nearer)} - found.keys()
        found |= dict.fromkeys(level, max(found.values()) + 1)
    return found


@cache
def is_slow(test: Path) -> bool:
    """Return whether a test file is too slow for a single mutant."""
    names = {node.name for node in ast.walk(parsed(test)) if isinstance(node, FUNCTION)}
    only_browser = {name for name in names if name.startswith("test_")} <= users(test, *BROWSER)
    return only_browser or any(test.match(name) for name in SLOW)


@cache
def tests_of(file: str) -> tuple[str, ...]:
    """Return the test files to run for a source file, nearest first.

    The order depends on what the tests import. At equal distance, tests that import less come first. Slow tests run
    only if no fast test imports the file.
    """
    path = ROOT / file

    def rank(test: Path) -> tuple[int, bool, int, str]:
        name = test.stem.removeprefix("test_")
        return distances(test)[path], not (path.stem in name or name in path.stem), len(distances(test)), test.name

    reaching = sorted((t for t in (ROOT / "tests").glob("test_*.py") if path in distances(t)), key=rank)
    quick = [test for test in reaching if not is_slow(test)]
    direct = [test for test in quick if path in imports(test)] or [test for test in reaching if path in imports(test)]
    if is_regular_file(path.read_bytes()):  # as plain Python, only kernel tests are fast enough
        tests = [test for test in direct if test.name.startswith("test_kernels")] or direct or quick[:FEWEST]
    else:
        others = [test for test in quick if test not in direct and not users(test, *BROWSER)]
        tests = direct + others[: max(0, FEWEST - len(direct))]
    if not tests and not (tests := reaching[:1]):
        raise InputError(f"{file}: expected a test that imports it, found none", "files")
    names = [f"tests/{test.name}" for test in tests] + (API_TESTS if file.startswith("gan/web/") else [])
    return tuple(dict.fromkeys(names))


class Copies:
    """Copies of the project that mutants modify, one for each concurrent test run."""

    def __init__(self, folder: Path, count: int) -> None:
        git = ["git", "-c", "core.quotepath=off", "ls-files", "--cached", "--others", "--exclude-standard"]
        files = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
        cached = [
            path.relative_to(ROOT).as_posix()
            for name in FOLDERS
            for path in (ROOT / name).rglob("__pycache__/*.nb?")  # kernels compiled by Numba
        ]
        self.free: queue.Queue[Path] = queue.Queue()
        for place in (folder / str(number) for number in range(count)):
            for file in filter(lambda file: (ROOT / file).is_file(), [*files, *cached]):
                (place / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, place / file)  # keeps modification times, which Numba's cache compares
            self.free.put(place)

    @contextmanager
    def one(self) -> Iterator[Path]:
        """Lend a copy that no other test run is using."""
        place = self.free.get()
        try:
            yield place
        finally:
            self.free.put(place)

    def test(self, mutant: Mutant, limit: float) -> str:
        """Run the tests of the mutant's file and return "survived", "killed" or "timeout"."""
        with self.one() as place:
            path = place / mutant.file
            source, times = path.read_bytes(), path.stat()
            path.write_bytes(source[: mutant.start] + mutant.text.encode() + source[mutant.end :])
            try:
                return run_tests(place, tests_of(mutant.file), limit, plain=is_regular_file(source))
            finally:
                path.write_bytes(source)
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def log_of(place: Path) -> Path:
    """Return the path of the log of the last test run in a copy."""
    return place.with_name(f"{place.name}.log")


def run_tests(place: Path, tests: Sequence[str], limit: float | None, plain: bool) -> str:
    """Run tests in a copy, return the result, and kill all processes that they leave behind."""
    options = ["-n0", "-x", "-q", "-p", "no:cacheprovider", "--basetemp", f"{place}.tmp", "--junitxml", f"{place}.xml"]
    for test in tests:
        options += [f"--deselect={test}::{name}" for name in sorted(users(ROOT / test, *BROWSER))]
    pytest = [sys.executable, "-m", "pytest", *options]
    limited = ["sh", "-c", f'ulimit -v {MEMORY}; exec "$@"', "sh", *pytest, *tests]
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(place), "HYPOTHESIS_PROFILE": "mutants"}
    environment = os.environ | quiet | ({"NUMBA_DISABLE_JIT": "1"} if plain else {})
    with log_of(place).open("wb") as log:
        process = subprocess.Popen(
            limited, cwd=place, env=environment, start_new_session=True, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        return "killed" if process.wait(limit) else "survived"
    except subprocess.TimeoutExpired:
        return "timeout"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # also kills its children, because the process leads its own session
        process.wait()


def draw(files: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """Draw random mutants of the files, in random order, so that an interrupted run still gives a fair sample."""
    every = [mutant for file in files_in(files) for mutant in mutants_of(file, (ROOT / file).read_bytes())]
    return random.Random(seed).sample(every, min(count, len(every)))


def durations(tests: Sequence[str], copies: Copies, plain: bool) -> dict[str, float]:
    """Return the seconds that each test file takes on unchanged code. All tests must pass."""
    if not tests:
        return {}
    with copies.one() as place:
        passed = run_tests(place, tests, None, plain) == "survived"
        log = log_of(place).read_text("utf-8").splitlines()
        cases = list(ElementTree.parse(f"{place}.xml").iter("testcase"))
    if not passed:
        failures = " ".join(line for line in log if line.startswith(("E ", "FAIL", "ERROR")))
        raise InputError(f"expected tests that pass without a mutant, received {failures}", "files")
    found = dict.fromkeys(tests, 0.0)
    for case in cases:
        found[case.get("classname", "").split(".Test")[0].replace(".", "/") + ".py"] += float(case.get("time", 0))
    return found


def limits_of(files: Sequence[str], copies: Copies) -> dict[str, float]:
    """Return the time limit for each file's tests: LIMIT, or five times their duration on unchanged code if longer."""
    limits: dict[str, float] = {}
    for plain in (False, True):
        group = [file for file in files if is_regular_file((ROOT / file).read_bytes()) is plain]
        seconds = durations(sorted({test for file in group for test in tests_of(file)}), copies, plain)
        limits |= {file: max(LIMIT, 5 * sum(seconds[test] for test in tests_of(file))) for file in group}
    return limits


def killed_before(out: Path | None) -> dict[str, str]:
    """Return the results of an earlier run, except for its survivors."""
    lines = out.read_text("utf-8").splitlines() if out and out.exists() else []
    entries = [json.loads(line) for line in lines]
    return {entry["mutant"]: entry["result"] for entry in entries if entry["result"] != "survived"}


def try_all(mutants: Sequence[Mutant], jobs: int, out: Path | None) -> dict[Mutant, str]:
    """Test every mutant and return the results. Print each result and append it to `out` as soon as it is known."""
    results = killed_before(out)
    left = [mutant for mutant in mutants if mutant.name not in results]
    print(f"{len(mutants)} mutants, {len(mutants) - len(left)} of them killed before", flush=True)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        copies = Copies(Path(folder), jobs)
        limits = limits_of(sorted({mutant.file for mutant in left}), copies)
        found = pool.map(lambda mutant: copies.test(mutant, limits[mutant.file]), left)
        for mutant, result in zip(left, found, strict=True):
            print(f"{result:9} {mutant}", flush=True)
            results[mutant.name] = result
            if out:
                with out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"result": result, "mutant": mutant.name}) + "\n")
    return {mutant: results[mutant.name] for mutant in mutants}


def report(arguments: argparse.Namespace) -> None:
    """Draw mutants, then list or test them."""
    mutants = draw(arguments.files or FOLDERS, arguments.count, arguments.seed)
    if arguments.list:
        print("\n".join(map(str, mutants)))
        return
    results = try_all(mutants, arguments.jobs, arguments.out)
    survivors = [str(mutant) for mutant, result in results.items() if result == "survived"]
    print(f"\n{len(results) - len(survivors)} of {len(results)} mutants were killed. Survivors:")
    print("\n".join(survivors) or "none")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.mutants` and return the exit code, which is 2 for invalid input."""
    parser = Parser(
        "python -m benchmarks.mutants",
        description="Break the code in small places and count which changes the tests detect.",
    )
    parser.add_argument("--count", type=whole(1), default=300, help="number of mutants (default 300)")
    parser.add_argument("--seed", type=SEED.option, default=0, help="which mutants are drawn (default 0)")
    parser.add_argument("--files", nargs="+", help="files or folders (default: nnet gan)")
    parser.add_argument("--jobs", type=whole(1, 64), default=2, help="test runs at a time (default 2)")
    parser.add_argument("-o", "--out", type=Path, help="FILE.jsonl of results; the next run skips those killed")
    parser.add_argument("--list", action="store_true", help="list the mutants and exit")
    return exit_code("benchmarks.mutants", lambda: report(parser.parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
