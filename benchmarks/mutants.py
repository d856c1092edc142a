"""Would a test notice? `python -m benchmarks.mutants` breaks the code in one small place at a time and runs its tests.

A mutant is a copy of the project with one change: a sign, a comparison, a number, a line left out, a `with` without its
effect. A test that fails kills it. One that survives is a line that could be wrong with nobody told, or a change that
changes nothing. 300 of them, drawn by seed from `nnet/` and the heart of `gan/`, take about an hour of two cores:

    python -m benchmarks.mutants --count 300 --seed 0 --out mutants.jsonl      # again: goes on; survivors once more
    python -m benchmarks.mutants --files gan/latents.py --count 20 --list

docs/mutants.md tells what survived, and why. Why not a library: mutmut 3 leaves decorated functions alone, which all
kernels are, and code outside of functions, and deletes no statement; Cosmic Ray knows one test command for all files.
Neither draws a sample, takes the `with D.frozen()` away or runs kernels as plain Python: with that they need as much
code around them as this.

Kernels run with NUMBA_DISABLE_JIT=1, but for those made of LLVM's instructions. The changes are listed in
benchmarks/changes.py, one `case` each. The checkout itself is never written to.
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
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from benchmarks.changes import Mutant, mutants_of
from gan.command import SEED, Parser, exit_code, whole
from gan.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
HEART = (
    "training game relativistic penalty latents augment models config sample pictures data/batches data/distort "
    "data/dataset classifier/network evaluate/measures evaluate/judges evaluate/figures runs/trainer runs/run "
    "runs/writer write/choose write/formed write/forms write/graph write/handwriting write/layout write/order "
    "write/shape write/smooth write/trace"
).split()
# Not for one mutant's tests: they start browsers or many processes, and look at the whole rather than at a file.
SLOW = (
    "test_benchmarks* test_cuts* test_pages* test_house* test_install* test_scripts* test_server* test_train.py "
    "test_train_* test_learn* test_worker* test_warm* test_quality_page* test_web* test_api* test_studio* "
    "test_record.py"
).split()
# Tests that hold a file though they do not import it.
BESIDES = {
    "gan/write/vectorize/vectorize.py": ["test_write_order.py", "test_write_vectorize.py"],
    "gan/data/dataset.py": ["test_data.py", "test_download.py"],
    "gan/penalty.py": ["test_relativistic.py"],
    "nnet/ctrl_c.py": ["test_interrupts.py"],
    "nnet/fast/warm.py": ["test_warm.py"],
    "nnet/durable_write.py": ["test_weights.py"],
}
LEAST_LIMIT = 60  # seconds for a mutant's tests, or five times what they take without a mutant: beyond that it hangs
MEMORY = 8_000_000  # KiB of address space; a mutant may ask for all there is


def heart() -> list[str]:
    """The files that are changed."""
    floor = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "nnet").rglob("*.py"))
    return [file for file in floor if not file.endswith("__init__.py")] + [f"gan/{name}.py" for name in HEART]


def is_plain(source: bytes) -> bool:
    """Whether the functions of this file that numba compiles are to run as plain Python.

    Not where a file writes instructions of LLVM: as plain Python its tests would run NumPy in their place.
    """
    return b"@njit" in source and b"@intrinsic" not in source


@cache
def imported(test: Path) -> set[str]:
    """The modules that a test imports, and the names: `from gan import penalty` gives gan and gan.penalty."""
    found = set()
    for node in ast.walk(ast.parse(test.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@cache
def tests_of(file: str) -> tuple[str, ...]:
    """The tests that are run for a file: those that import it, the ones of its name first."""
    module, stem = file.removesuffix(".py").replace("/", "."), Path(file).stem
    tests = [test for test in sorted((ROOT / "tests").glob("test_*.py")) if module in imported(test)]
    tests = [test for test in tests if not any(test.match(name) for name in SLOW)]
    tests += [ROOT / "tests" / name for name in BESIDES.get(file, [])]
    if is_plain((ROOT / file).read_bytes()):  # as plain Python only the tests of kernels are small enough
        tests = [test for test in tests if test.name.startswith("test_kernels")]
    if not tests:
        raise InputError(f"{file}: no quick test imports it; name one in BESIDES of benchmarks/mutants.py", "files")
    return tuple(
        f"tests/{test.name}" for test in sorted(set(tests), key=lambda test: (stem not in test.stem, test.name))
    )


class Copies:
    """Copies of the project to be changed, one for each test run at a time."""

    def __init__(self, folder: Path, count: int) -> None:
        git = ["git", "-c", "core.quotepath=off", "ls-files", "--cached", "--others", "--exclude-standard"]
        files = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
        cached = [
            path.relative_to(ROOT).as_posix() for path in (ROOT / "nnet").rglob("__pycache__/*") if path.is_file()
        ]
        self.free: queue.Queue[Path] = queue.Queue()
        for place in (folder / str(number) for number in range(count)):
            for file in filter(lambda file: (ROOT / file).is_file(), [*files, *cached]):
                (place / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, place / file)  # with its time, by which numba knows what it has compiled
            self.free.put(place)

    @contextmanager
    def one(self) -> Iterator[Path]:
        """A copy that nobody else has."""
        place = self.free.get()
        try:
            yield place
        finally:
            self.free.put(place)

    def test(self, file: str, mutant: Mutant, limit: float) -> str:
        """Run the file's tests with the mutant: "survived", "killed" or "timeout"."""
        with self.one() as place:
            path = place / file
            source, times = path.read_bytes(), path.stat()
            path.write_bytes(source[: mutant.start] + mutant.text.encode() + source[mutant.end :])
            try:
                return run_tests(place, file, limit, plain=is_plain(source))
            finally:
                path.write_bytes(source)
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def log_of(place: Path) -> Path:
    """What the last tests in a copy have printed."""
    return place.with_name(f"{place.name}.log")


def run_tests(place: Path, file: str, limit: float | None, plain: bool) -> str:
    """Run the tests of a file in a copy, in processes that end with it."""
    pytest = [sys.executable, "-m", "pytest", "-n0", "-x", "-q", "-p", "no:cacheprovider", "--basetemp", f"{place}.tmp"]
    limited = ["sh", "-c", f'ulimit -v {MEMORY}; exec "$@"', "sh", *pytest, *tests_of(file)]
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
            os.killpg(process.pid, signal.SIGKILL)  # with what it started: it leads a session of its own
        process.wait()


def draw(files: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """As many of the files' mutants as are wanted, drawn by seed, in the files' order."""
    missing = [file for file in files if not (ROOT / file).is_file()]
    if missing:
        raise InputError(f"expected files of the project, received {', '.join(missing)}", "files")
    every = [mutant for file in files for mutant in mutants_of(file, (ROOT / file).read_bytes())]
    chosen = random.Random(seed).sample(range(len(every)), min(count, len(every)))
    return [every[index] for index in sorted(chosen)]


def limits_of(files: Sequence[str], copies: Copies, pool: ThreadPoolExecutor) -> dict[str, float]:
    """How many seconds a file's tests may take. They must pass where nothing is changed."""

    def limit(file: str) -> tuple[str, float]:
        start = time.monotonic()
        with copies.one() as place:
            if run_tests(place, file, None, plain=is_plain((place / file).read_bytes())) != "survived":
                said = [
                    line for line in log_of(place).read_text("utf-8").splitlines() if line.startswith(("E ", "FAIL"))
                ]
                raise InputError(
                    f"{file}: its tests fail without a mutant: {' '.join([*tests_of(file), *said])}", "files"
                )
        return file, max(LEAST_LIMIT, 10 * (time.monotonic() - start))

    return dict(pool.map(limit, files))


def killed_before(out: Path | None) -> dict[str, str]:
    """What an earlier run wrote of the mutants that it killed."""
    lines = out.read_text("utf-8").splitlines() if out and out.exists() else []
    entries = [json.loads(line) for line in lines]
    return {entry["mutant"]: entry["result"] for entry in entries if entry["result"] != "survived"}


def try_all(mutants: Sequence[Mutant], jobs: int, out: Path | None) -> dict[Mutant, str]:
    """The result of every mutant; each is printed, and written to `out`, as soon as it is there."""
    results = killed_before(out)
    left = [mutant for mutant in mutants if mutant.name not in results]
    print(f"{len(mutants)} mutants, {len(mutants) - len(left)} of them killed before", flush=True)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        copies = Copies(Path(folder), jobs)
        limits = limits_of(sorted({mutant.file for mutant in left}), copies, pool)
        found = pool.map(lambda mutant: copies.test(mutant.file, mutant, limits[mutant.file]), left)
        for mutant, result in zip(left, found, strict=True):
            print(f"{result:9} {mutant}", flush=True)
            results[mutant.name] = result
            if out:
                with out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"result": result, "mutant": mutant.name}) + "\n")
    return {mutant: results[mutant.name] for mutant in mutants}


def report(arguments: argparse.Namespace) -> None:
    """Draw mutants, and list or try them."""
    mutants = draw(arguments.files or heart(), arguments.count, arguments.seed)
    if arguments.list:
        print("\n".join(map(str, mutants)))
        return
    results = try_all(mutants, arguments.jobs, arguments.out)
    survivors = [str(mutant) for mutant, result in results.items() if result == "survived"]
    print(f"\n{len(results) - len(survivors)} of {len(results)} mutants were killed. Survivors:")
    print("\n".join(survivors) or "none")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; exit code 2 where it cannot."""
    parser = Parser("python -m benchmarks.mutants", description="Break the code in small places; do its tests notice?")
    parser.add_argument("--count", type=whole(1), default=300, help="mutants (default 300)")
    parser.add_argument("--seed", type=whole(*SEED), default=0, help="which ones (default 0)")
    parser.add_argument("--files", nargs="+", help="of these files; default: nnet/ and the heart of gan/")
    parser.add_argument("--jobs", type=whole(1, 64), default=2, help="test runs at a time (default 2)")
    parser.add_argument("--out", type=Path, help="FILE.jsonl of results; what was killed in it is not tried again")
    parser.add_argument("--list", action="store_true", help="name the mutants only")
    return exit_code("benchmarks.mutants", lambda: report(parser.parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
