"""The wheel: built from the source archive, installed into an empty environment, and
used in an empty folder.
"""

import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

from tests.helpers.commands import ROOT, SECONDS, first_line, started

INSTALL_SECONDS = 300  # pip may have to download everything

# This program passes `mypy --strict`, and its paths are strings.
PROGRAM = """
import numpy as np

from gan.data import load, only
from gan.runs.run import Run
from gan.drawings.load_and_draw import draw_random, load_generator
from gan.write import to_svg, write

run = Run.open("runs/digit-3")
generator, config = load_generator("runs/digit-3/generator.safetensors")
drawings = draw_random(generator, config, 4, np.random.default_rng(0))
svg = to_svg(write("12.50 €", seed=7))
print(svg[:4], drawings.shape, only(load(), 3).images.shape, run.pictures())
"""

pytestmark = [pytest.mark.nightly, pytest.mark.slow]


class Installed(NamedTuple):
    """A source archive, a virtual environment that contains its wheel, and an empty
    folder to work in.
    """

    archive: Path
    wheel: Path
    scripts: Path
    folder: Path

    def run(self, name: str, *arguments: str) -> str:
        """Run a command of the environment in the folder, and return its output."""
        return checked([str(self.scripts / name), *arguments], self.folder)


def checked(command: Sequence[str], folder: Path) -> str:
    """Run a command without PYTHONPATH, and return its output.

    Assert that it succeeds.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean(),
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("empty")
    built = tmp_path_factory.mktemp("built")
    environment = tmp_path_factory.mktemp("environment")
    checked([sys.executable, "-m", "build", "--outdir", str(built), str(ROOT)], folder)
    (archive,), (wheel,) = built.glob("*.tar.gz"), built.glob("*.whl")
    checked([sys.executable, "-m", "venv", str(environment)], folder)
    scripts = environment / "bin"
    checked(
        [str(scripts / "python"), "-m", "pip", "--no-input", "install", str(wheel)],
        folder,
    )
    return Installed(archive, wheel, scripts, folder)


def test_the_wheel_is_small_and_has_no_module_of_the_checkout(
    installed: Installed,
) -> None:
    assert installed.wheel.stat().st_size < 30_000_000
    with ZipFile(installed.wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {
        "gan",
        "nnet",
    }
    pages = [
        path.relative_to(ROOT)
        for top in ("static", "templates")
        for path in (ROOT / top).rglob("*.*")
    ]
    assert {
        f"gan/{path.as_posix()}" for path in pages if (ROOT / path).is_file()
    } <= set(names)
    version = installed.run("gan-digits", "--version").split()
    assert version == ["gan-digits", installed.wheel.name.split("-")[1]]


def test_the_source_archive_passes_its_own_tests(
    installed: Installed, tmp_path: Path
) -> None:
    with tarfile.open(installed.archive) as archive:
        archive.extractall(tmp_path, filter="data")
    (root,) = tmp_path.iterdir()
    some = (
        "tests/project/test_docs.py tests/project/test_install.py "
        "tests/nnet/test_losses.py tests/web/test_site.py"
    )
    checked([sys.executable, "-m", "pytest", "-q", "-n", "0", *some.split()], root)


def test_the_metadata_state_licences_and_need_no_repository(
    installed: Installed,
) -> None:
    with ZipFile(installed.wheel) as archive:
        (name,) = (
            name for name in archive.namelist() if name.endswith(".dist-info/METADATA")
        )
        metadata = archive.read(name).decode()
        names = archive.namelist()
    assert "\nLicense-Expression: MIT AND CC-BY-SA-3.0\n" in metadata
    files = re.findall(r"^License-File: (.*)$", metadata, re.MULTILINE)
    assert files == ["LICENSE", "LICENSES/CC-BY-SA-3.0.txt"]
    assert {f"{Path(name).parent.as_posix()}/licenses/{file}" for file in files} <= set(
        names
    )
    for classifier in ("Programming Language :: Python :: 3.11", "Typing :: T"):
        assert f"\nClassifier: {classifier}" in metadata
    # An index shows no relative link and no picture.
    assert re.findall(r"\]\((?!https?:)|<img", metadata) == []


def test_commands_work_in_an_empty_folder(installed: Installed) -> None:
    installed.run(
        "gan-digits",
        "train",
        "--digits",
        "3",
        "--network",
        "quick",
        "--iterations",
        "20",
    )
    assert [path.name for path in installed.folder.iterdir()] == ["runs"]
    installed.run("gan-digits", "write", "12.50 €", "-o", "number.svg")
    installed.run("gan-digits", "sample", "-n", "4", "-o", "samples.npy")
    assert "gan-digits data " in installed.run("gan-digits", "data", "--help")
    assert "gan-digits evaluate" in installed.run("gan-digits", "evaluate", "--help")
    assert {"number.svg", "samples.npy"} <= {
        path.name for path in installed.folder.iterdir()
    }


def test_a_typed_program_uses_the_package(installed: Installed) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed: make lint installs it")
    (installed.folder / "program.py").write_text(PROGRAM, "utf-8")
    shown = installed.run("python", "program.py")
    assert shown == "<svg (4, 28, 28) (6131, 28, 28) [0, 20]\n"
    python = str(installed.scripts / "python")
    cache = str(installed.folder / "cache")
    strict = [
        "--strict",
        "--cache-dir",
        cache,
        "--python-executable",
        python,
        "program.py",
    ]
    checked([sys.executable, "-m", "mypy", *strict], installed.folder)


@contextmanager
def served(installed: Installed) -> Iterator[str]:
    command = [str(installed.scripts / "gan-digits"), "serve", "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with started(command, cwd=installed.folder, env=clean(), **pipes) as process:
        line = first_line(process)
        match = re.match(r"Open (http://\S+)/ ", line)
        assert match, line
        yield match[1]
        process.terminate()
        output, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0
        assert output == ""


def test_the_server_finds_its_pages(installed: Installed) -> None:
    with served(installed) as address:
        for path, expected in {
            "/": "<!doctype html>",
            "/healthz": '"status": "ok"',
            "/course": "/source/gan/plain/one_digit.py",
            "/source/gan/plain/one_digit.py": "The plain GAN",
            "/static/js/main.js": "import",
        }.items():
            with urlopen(address + path, timeout=SECONDS) as response:
                assert expected in response.read().decode()
