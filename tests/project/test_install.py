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
COMMANDS = "serve test test-all install lint fuzz bench soak site clean help exercise minimums".split()


@pytest.fixture(scope="module")
def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def missing_packages(root: Path, listed: list[str]) -> list[str]:
    """Return the packages in nnet and gan that are not listed, or that lack an __init__.py."""
    folders = {path.parent for package in ("nnet", "gan") for path in (root / package).rglob("*.py")}
    names = {folder.relative_to(root).as_posix().replace("/", "."): folder for folder in folders}
    return sorted(
        name for name, folder in names.items() if not (folder / "__init__.py").is_file() or name not in listed
    )


def makefile_targets() -> list[str]:
    """Return the Makefile's targets in order, without those that are files."""
    return re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)


def test_every_package_is_listed(setup: configparser.ConfigParser) -> None:
    assert missing_packages(ROOT, setup["options"]["packages"].split()) == []


def test_a_missing_package_is_reported(tmp_path: Path) -> None:
    for name in ("nnet/__init__.py", "nnet/fast/kernels/im2col.py", "gan/__init__.py", "gan/write/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert missing_packages(tmp_path, ["nnet", "nnet.fast", "gan"]) == ["gan.write", "nnet.fast.kernels"]


def test_requirements_have_lower_bounds(setup: configparser.ConfigParser) -> None:
    extras = setup["options.extras_require"]
    assert set(extras) == {"test", "fuzz", "lint", "bench", "cluster"}
    lines = "\n".join([setup["options"]["install_requires"], *extras.values()]).split("\n")
    assert all(re.fullmatch(r"[\w-]+>=[\d.]+", line) for line in lines if line), lines


def test_the_version_is_written_once(setup: configparser.ConfigParser) -> None:
    assert setup["metadata"]["version"] == "attr: gan.__version__"
    assert f"\nversion: {gan.__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")


def test_python_version_agrees(setup: configparser.ConfigParser) -> None:
    assert setup["options"]["python_requires"] == ">=3.11"
    assert 'target-version = "py311"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert "(3, 11)" in (ROOT / "Makefile").read_text("utf-8")


def test_bundled_files_are_package_data(setup: configparser.ConfigParser) -> None:
    data = setup["options.package_data"]["gan"].split()
    assert all((ROOT / "gan" / name.partition("/")[0]).exists() for name in data), data
    assert {"mnist/*", "pretrained/**", "py.typed"} <= set(data)
    assert not (ROOT / "setup.py").exists()


def test_makefile_has_the_commands() -> None:
    targets = makefile_targets()
    assert targets[0] == "help", "make alone lists the targets"
    assert sorted(targets) == sorted(COMMANDS)


def test_makefile_indents_recipes_with_tabs() -> None:
    lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
    continuations = {number + 1 for number, line in enumerate(lines) if line.endswith("\\")}
    assert [line for number, line in enumerate(lines) if line.startswith(" ") and number not in continuations] == []


def test_make_says_what_it_installs_and_how_large_it_is(setup: configparser.ConfigParser) -> None:
    (recipe,) = re.findall(r"^\$\(VENV\)/\.installed:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.M)
    line = recipe.splitlines()[0]
    assert re.fullmatch(r'\t@echo "Installing .*, once: about \d+ MB to download and \d+ MB there\."', line)
    required = re.findall(r"[\w-]+(?=>=)", setup["options"]["install_requires"])
    named = [name for name in required if name in line.lower()]
    numbers = {7: "seven"}
    assert f" and {numbers[len(required) - len(named)]} small packages" in line


def test_readme_starts_with_the_two_commands() -> None:
    top = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:30])
    for command in ("make serve", "make test"):
        assert command in top


def test_readme_gives_the_commands_without_make() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "-m venv .venv" in readme
    assert re.search(r'pip install -e "\.\[test\]"', readme)


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
    done = subprocess.run(
        strict, cwd=tmp_path, env=os.environ | {"MYPYPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
def test_checks_are_executable() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("program", [["train.py"], ["server.py"], ["-m", "gan.write"]])
def test_a_python_without_the_packages_is_told_about_the_virtual_environment(program: list[str]) -> None:
    # With -S, Python ignores site-packages.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-S", *program]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"No NumPy in {sys.executable}: run `make install`, then start .venv/bin/python instead\n"
