"""All files, links, commands, options and make targets named in README, docs and the
configuration exist.

Each rule is a checker, which takes a page's text and folder and returns a list of
complaints.
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
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]

TEXTS = [
    path
    for pattern in ("*.md", "docs/**/*.md", "gan/**/README.md")
    for path in ROOT.glob(pattern)
]
PAGES = [
    "templates/learn.html",
    "templates/course.html",
    *(path.relative_to(ROOT).as_posix() for path in TEXTS),
]

PROJECT = ("nnet", "gan", "tools", "benchmarks", "train", "server")
# Programs whose command line is in another module.
APART = {
    "gan.plain": "gan.plain.__main__",
    "train": "gan.commands.train",
    "server": "gan.commands.serve",
}
CONFIGURATION = (
    "Makefile",
    "setup.cfg",
    "pyproject.toml",
    "MANIFEST.in",
    ".ci/run",
    ".github/workflows/tests.yml",
)
# Created by commands or served over HTTP, so not in the repository.
GENERATED = ("runs/", "data/", ".venv/", "build/", "dist/", "/")
FOLDERS = tuple(f"{path.name}/" for path in ROOT.iterdir() if path.is_dir())
COMMAND = re.compile(
    r"(?:\.venv/bin/)?python (?:-m (?P<module>[\w.]+)|(?P<script>[\w/]+\.py))"
    r"(?P<rest>.*)",
    re.DOTALL,
)


class Command(NamedTuple):
    """A command on a page: the dotted name of its module, and its arguments."""

    module: str
    words: list[str]


COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)  # in JavaScript

# Reading a page


def blocks(text: str) -> list[str]:
    """Return the lines in code blocks.

    Lines that end in a backslash are joined with the next line.
    """
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [
        line for block in fenced for line in block.replace("\\\n", " ").splitlines()
    ]


def spans(text: str) -> list[str]:
    """Return the inline code spans, each on one line even if it is broken over two in
    the text.
    """
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    result = re.findall(r"`([^`]+)`", prose) + [
        html.unescape(code) for code in re.findall(r"<code>(.*?)</code>", text)
    ]
    return [" ".join(span.split()) for span in result]


def commands(text: str) -> Iterator[Command]:
    """Yield every `python -m X` and `python X.py` in the text."""
    for line in [*blocks(text), *spans(text)]:
        if match := COMMAND.match(line):
            words = shlex.split(match["rest"].partition(">")[0], comments=True)
            yield Command(
                match["module"]
                or match["script"].removesuffix(".py").replace("/", "."),
                words,
            )


def options(words: list[str]) -> list[str]:
    """Return the options among the words, up to a bare --."""
    words = words[: words.index("--")] if "--" in words else words
    return [word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)]


@cache
def options_of(module: str, first: str = "") -> frozenset[str]:
    """Return the options that a command's help lists.

    `first` is the first argument, which may be a subcommand.
    """
    name = (
        f"{module}.__main__"
        if (ROOT / module.replace(".", "/")).is_dir()
        else APART.get(module, module)
    )
    loaded = importlib.import_module(name)
    images_shown = io.StringIO()
    build = getattr(loaded, "build_parser", None) or getattr(loaded, "parser", None)
    main = getattr(loaded, "main", None)
    if callable(build) and isinstance(parser := build(), argparse.ArgumentParser):
        parser.print_help(images_shown)
        subcommands = [
            action.choices
            for action in parser._actions
            if isinstance(action, argparse._SubParsersAction)
        ]
        for choices in subcommands:
            if first in choices:
                choices[first].print_help(images_shown)
    elif isinstance(table := getattr(loaded, "OPTIONS", None), dict):  # of a benchmark
        return frozenset(word for names in table for word in names.split())
    elif main and inspect.signature(main).parameters:
        with (
            contextlib.redirect_stdout(images_shown),
            pytest.raises(SystemExit) as exited,
        ):
            main([*filter(None, [first]), "--help"])
        assert exited.value.code == 0
    heads = re.findall(r"^ +(-.*?)(?:  |$)", images_shown.getvalue(), re.MULTILINE)
    return frozenset(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", " ".join(heads)))


def is_command(module: str) -> bool:
    """Return whether `python -m module` would run a file in the project or an installed
    module.
    """
    if module.partition(".")[0] in PROJECT:
        path = ROOT / module.replace(".", "/")
        return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
    return importlib.util.find_spec(module) is not None


# Checkers


def missing_files(text: str, folder: Path) -> list[str]:
    """Report paths in code that exist relative to neither the top folder nor the page's
    folder.
    """
    complaints = []
    for span in spans(text):
        is_path = span.startswith(FOLDERS) or re.search(
            r"\.(py|md|html|js|toml|cfg)$", span
        )
        if not is_path or " " in span or span.startswith(GENERATED):
            continue
        if not any(list(place.glob(span.rstrip("/"))) for place in (ROOT, folder)):
            complaints.append(f"no file {span}")
    return complaints


def broken_links(text: str, folder: Path) -> list[str]:
    """Report links and pictures whose file does not exist."""
    targets = [
        " ".join(target.split()) for target in re.findall(r"\]\(([^)]+)\)", text)
    ]
    local = [target.partition("#")[0] for target in targets if "://" not in target]
    return [f"no target {target}" for target in local if not (folder / target).exists()]


def missing_commands(text: str, folder: Path) -> list[str]:
    """Report commands whose module or file does not exist."""
    names = dict.fromkeys(command.module for command in commands(text))
    return [f"no command {name}" for name in names if not is_command(name)]


def unknown_options(text: str, folder: Path) -> list[str]:
    """Report options that their command's help does not list."""
    complaints = []
    for module, words in commands(text):
        if module.partition(".")[0] not in PROJECT or not is_command(module):
            continue
        first = [word for word in words[:1] if not word.startswith("-")]
        known = options_of(module, *first)
        used = options(words)
        complaints += [
            f"{module} has no option {option}" for option in used if option not in known
        ]
    return complaints


def missing_targets(text: str, folder: Path) -> list[str]:
    """Report make targets that the Makefile does not have."""
    targets = re.findall(
        r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    used = [
        match[1]
        for code in [*blocks(text), *spans(text)]
        if (match := re.match(r"make ([a-z-]+)", code))
    ]
    return [f"no target {target}" for target in used if target not in targets]


CHECKERS = [
    missing_files,
    broken_links,
    missing_commands,
    unknown_options,
    missing_targets,
]
Checker = Callable[[str, Path], list[str]]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("checker", CHECKERS)
def test_pages_name_existing_things(checker: Checker, page: str) -> None:
    path = ROOT / page
    assert checker(path.read_text("utf-8"), path.parent) == []


@pytest.mark.parametrize(
    "name", [name for name in CONFIGURATION if (ROOT / name).exists()]
)
def test_the_configuration_names_existing_files_and_modules(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    modules = re.findall(r"-m (\w+\.[\w.]+)", text)
    assert missing_paths(text) == []
    assert [module for module in modules if not is_command(module)] == []


def missing_paths(text: str) -> list[str]:
    """Return the paths in a text that do not exist in the project."""
    folders = "|".join(map(re.escape, FOLDERS))
    paths = re.findall(rf"(?<![\w./-])(?:{folders})[\w./*-]*[\w*]", text)
    return [
        path
        for path in paths
        if not path.startswith(GENERATED) and not list(ROOT.glob(path))
    ]


def test_comments_of_javascript_name_existing_files() -> None:
    assert missing_paths("/* see gan/nowhere.py */") == ["gan/nowhere.py"]
    for path in ROOT.glob("static/js/**/*.js"):
        comments = "\n".join(COMMENT.findall(path.read_text("utf-8")))
        assert missing_paths(comments) == [], path


MISSING = [
    (missing_files, "see `gan/nowhere.py`"),
    (broken_links, "[this](docs/quality.md), [that](x.md#y)"),
    (missing_commands, "```\npython nowhere.py --digits 3\n```\n"),
    (unknown_options, "`python -m gan.evaluate\n--nowhere`"),
    (unknown_options, "`python -m gan.data write --nowhere`"),
    (missing_targets, "```\nmake serves   # no\n```"),
]


@pytest.mark.parametrize(("checker", "text"), MISSING)
def test_a_missing_thing_is_found(checker: Checker, text: str) -> None:
    assert len(checker(text, ROOT)) == 1
