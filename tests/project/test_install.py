"""Installation: packages, extras, commands, and the README."""

import configparser
import os
import re
import subprocess
import sys
import textwrap
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
    folders = {path.parent for package in ("nnet", "gan") for path in (ROOT / package).rglob("*.py")}
    names = {folder.relative_to(ROOT).as_posix().replace("/", ".") for folder in folders}
    assert names | {"gan.static", "gan.templates"} == set(setup["options"]["packages"].split())


def test_the_version_is_written_once(setup: configparser.ConfigParser) -> None:
    assert setup["metadata"]["version"] == "attr: gan.__version__"
    assert f"\nversion: {gan.__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")


# What the update of G in the README needs.
BEFORE = """
from gan.plain.training import Players
from nnet import Array, Layer, bce_with_logits
from nnet.layer import Saved

def update(G: Layer, D: Layer, players: Players, fake: Array, saved_fake: Saved, learning_rate: float) -> None:
"""


@pytest.mark.full
def test_the_code_in_the_readme_passes_a_strict_type_check(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed: make lint installs it")
    update, writing = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "readme.py").write_text(f"{BEFORE}{textwrap.indent(update, '    ')}\n{writing}", "utf-8")
    strict = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--cache-dir", "cache", "readme.py"]
    environment = os.environ | {"MYPYPATH": str(ROOT)}
    done = subprocess.run(strict, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.parametrize("program", [["train.py"], ["server.py"], ["-m", "gan.write"]])
def test_a_python_without_the_packages_is_told_about_the_virtual_environment(program: list[str]) -> None:
    # With -S, Python ignores site-packages.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-S", *program]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"No NumPy in {sys.executable}: run `make install`, then start .venv/bin/python instead\n"
