"""What README and docs name exists: files, links, commands and their options, targets of make. And README is short.

Each rule is a checker: text and the folder of its page in, a list of complaints out. `test_checker_complains` hands
every checker a line that breaks its rule, so that no rule can pass by looking at nothing.
"""

import argparse
import contextlib
import html
import importlib
import importlib.util
import inspect
import io
import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", "templates/learn.html"] + [
    path.relative_to(ROOT).as_posix() for pattern in ("docs/*.md", "gan/**/README.md") for path in ROOT.glob(pattern)
]
README_LINES, README_WIDTH = 90, 100

OURS = ("nnet", "gan", "benchmarks", "train", "server")
MADE_LATER = ("runs/", "data/", ".venv/", "/")  # by commands, or on a server: not files of the repository
FOLDERS = tuple(f"{path.name}/" for path in ROOT.iterdir() if path.is_dir())
COMMAND = re.compile(r"(?:\.venv/bin/)?python (?:-m (?P<module>[\w.]+)|(?P<script>[\w/]+\.py))(?P<rest>.*)", re.DOTALL)


class Command(NamedTuple):
    """A command as a page names it: the dotted name of its module, and the words after that."""

    module: str
    words: list[str]


# Reading a page


def blocks(text: str) -> list[str]:
    """The lines of code that stand by themselves; one that goes on after a backslash is one."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [line for block in fenced for line in block.replace("\\\n", " ").splitlines()]


def spans(text: str) -> list[str]:
    """The pieces of code within lines; one that is broken over two lines is joined."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"`([^`]+)`", prose) + [html.unescape(code) for code in re.findall(r"<code>(.*?)</code>", text)]
    return [" ".join(span.split()) for span in found]


def commands(text: str) -> Iterator[Command]:
    """Every `python -m X` and `python X.py`."""
    for line in [*blocks(text), *spans(text)]:
        if match := COMMAND.match(line):
            words = shlex.split(match["rest"].partition(">")[0], comments=True)
            yield Command(match["module"] or match["script"].removesuffix(".py").replace("/", "."), words)


def options(words: list[str]) -> list[str]:
    """Those that are options, up to a --."""
    words = words[: words.index("--")] if "--" in words else words
    return [word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)]


@cache
def options_of(module: str, first: str = "") -> frozenset[str]:
    """The options in the help of a command. `first` is its first word, which may be a command within the command."""
    name = f"{module}.__main__" if (ROOT / module.replace(".", "/")).is_dir() else module
    loaded = importlib.import_module(name)
    shown = io.StringIO()
    build = getattr(loaded, "build_parser", None) or getattr(loaded, "parser", None)
    main = getattr(loaded, "main", None)
    if callable(build) and isinstance(parser := build(), argparse.ArgumentParser):
        parser.print_help(shown)
        within = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        for choices in within:
            if first in choices:
                choices[first].print_help(shown)
    elif main and inspect.signature(main).parameters:
        with contextlib.redirect_stdout(shown), pytest.raises(SystemExit) as ended:
            main([*filter(None, [first]), "--help"])
        assert ended.value.code == 0
    heads = re.findall(r"^ +(-.*?)(?:  |$)", shown.getvalue(), re.MULTILINE)
    return frozenset(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", " ".join(heads)))


def is_command(module: str) -> bool:
    """Whether `python -m module` is a file of ours, or a module of somebody else that is installed."""
    if module.partition(".")[0] in OURS:
        path = ROOT / module.replace(".", "/")
        return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
    return importlib.util.find_spec(module) is not None


# The rules


def missing_files(text: str, folder: Path) -> list[str]:
    """Paths in code that are nowhere, neither from the top nor from the page's folder."""
    complaints = []
    for span in spans(text):
        is_path = span.startswith(FOLDERS) or re.search(r"\.(py|md|html|js|toml|cfg)$", span)
        if not is_path or " " in span or span.startswith(MADE_LATER):
            continue
        if not any(list(place.glob(span.rstrip("/"))) for place in (ROOT, folder)):
            complaints.append(f"no file {span}")
    return complaints


def broken_links(text: str, folder: Path) -> list[str]:
    """Links and pictures that lead to no file."""
    targets = [" ".join(target.split()) for target in re.findall(r"\]\(([^)]+)\)", text)]
    near = [target.partition("#")[0] for target in targets if "://" not in target]
    return [f"no target {target}" for target in near if not (folder / target).exists()]


def missing_commands(text: str, folder: Path) -> list[str]:
    """Commands whose module or file is nowhere."""
    names = dict.fromkeys(command.module for command in commands(text))
    return [f"no command {name}" for name in names if not is_command(name)]


def unknown_options(text: str, folder: Path) -> list[str]:
    """Options that the help of their command does not name."""
    complaints = []
    for module, words in commands(text):
        if module.partition(".")[0] not in OURS or not is_command(module):
            continue
        known = options_of(module, *filter(is_word, words[:1]))
        asked = options(words)
        complaints += [f"{module} has no option {option}" for option in asked if option not in known]
    return complaints


def lone_options(text: str, folder: Path) -> list[str]:
    """Options that stand alone, as in a table of recipes, and that no command of any page knows."""
    alone = [option for span in spans(text) if span.startswith("-") for option in options(span.split())]
    return [f"no command has {option}" for option in alone if option not in all_options()]


@cache
def all_options() -> frozenset[str]:
    """The options of all commands of ours that some page names."""
    named = {(module, *words[:1]) for page in PAGES for module, words in commands((ROOT / page).read_text("utf-8"))}
    ours = [(module, *first) for module, *first in named if module.partition(".")[0] in OURS and is_command(module)]
    return frozenset().union(*(options_of(module, *filter(is_word, first)) for module, *first in ours))


def is_word(word: str) -> bool:
    """Whether a word of a command is no option."""
    return not word.startswith("-")


def missing_targets(text: str, folder: Path) -> list[str]:
    """Targets of make that the Makefile does not have."""
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    asked = [match[1] for code in [*blocks(text), *spans(text)] if (match := re.match(r"make ([a-z-]+)", code))]
    return [f"no target {target}" for target in asked if target not in targets]


def too_long(text: str, folder: Path) -> list[str]:
    """Of README: lines that are too wide, and too many lines."""
    lines = text.splitlines()
    wide = [f"{len(line)} characters: {line}" for line in lines if len(line) > README_WIDTH]
    return wide + ([f"{len(lines)} lines"] if len(lines) > README_LINES else [])


CHECKERS = {
    missing_files: ["see `gan/nowhere.py`", "see `nnet/nowhere/`", "<code>nowhere.py</code>"],
    broken_links: ["[this](docs/nowhere.md)", "![that](docs/nowhere.png)", "[this](docs/quality.md), [that](x.md#y)"],
    missing_commands: ["`python -m gan.nowhere`", "```\npython nowhere.py --digits 3\n```\n", "`python -m gan`"],
    unknown_options: [
        "`python train.py --digit 3`",
        "```\npython -m gan.write 7 -x\n```",
        "`python -m gan.evaluate\n--nowhere`",
        "`python -m benchmarks.bits --nowhere`",
        "`python -m gan.data check --nowhere`",
        "<code>python train.py --nowhere</code>",
    ],
    lone_options: ["`python train.py` and `--nowhere 3`"],
    missing_targets: ["`make nothing`", "```\nmake serves   # no\n```"],
    too_long: ["x" * (README_WIDTH + 1), "x\n" * (README_LINES + 1)],
}
Checker = Callable[[str, Path], list[str]]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("checker", [checker for checker in CHECKERS if checker is not too_long])
def test_what_a_page_names_exists(checker: Checker, page: str) -> None:
    path = ROOT / page
    assert checker(path.read_text("utf-8"), path.parent) == []


def test_readme_is_short() -> None:
    assert too_long((ROOT / "README.md").read_text("utf-8"), ROOT) == []


@pytest.mark.parametrize(
    ("checker", "text"), [(checker, bad) for checker, all_bad in CHECKERS.items() for bad in all_bad]
)
def test_checker_complains(checker: Checker, text: str) -> None:
    assert len(checker(text, ROOT)) == 1


def test_readme_names_enough_to_be_checked() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len({command.module for command in commands(text)}) >= 6
    assert len([span for span in spans(text) if (ROOT / span).exists()]) >= 15


def test_what_readme_writes_lies_in_folders_that_git_ignores() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    written = [
        following
        for _, words in commands((ROOT / "README.md").read_text("utf-8"))
        for word, following in pairwise(words)
        if word in ("-o", "--out", "--report")
    ]
    assert len(written) >= 4
    assert [path for path in written if f"/{path.split('/')[0]}/" not in ignored] == []


def test_a_reading_of_commands() -> None:
    text = "`python -m gan.write\n12 -o runs/a.svg -- -3-4`\n```\npython train.py --digits 3  # no --nowhere\n```\n"
    found = list(commands(text))
    assert [(command.module, options(command.words)) for command in found] == [
        ("train", ["--digits"]),
        ("gan.write", ["-o"]),
    ]
