"""Installation: packages, extras, commands, and the README."""

import configparser
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gan

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_every_package_is_listed(setup: configparser.ConfigParser) -> None:
    folders = {
        path.parent
        for package in ("nnet", "gan")
        for path in (ROOT / package).rglob("*.py")
    }
    names = {
        folder.relative_to(ROOT).as_posix().replace("/", ".") for folder in folders
    }
    assert names | {"gan.static", "gan.templates"} == set(
        setup["options"]["packages"].split()
    )


def test_the_version_is_written_once(setup: configparser.ConfigParser) -> None:
    assert setup["metadata"]["version"] == "attr: gan.__version__"
    assert f"\nversion: {gan.__version__}\n" in (ROOT / "CITATION.cff").read_text(
        "utf-8"
    )


@pytest.mark.parametrize("program", [["train.py"], ["server.py"], ["-m", "gan.write"]])
def test_a_python_without_the_packages_is_told_about_the_virtual_environment(
    program: list[str],
) -> None:
    # With -S, Python ignores site-packages.
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH"
    }
    command = [sys.executable, "-S", *program]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"No NumPy in {sys.executable}: run `make install`, "
        "then start .venv/bin/python instead\n"
    )
