"""What the tests of pages do without Chromium, or where Playwright cannot start."""

import sys
from pathlib import Path

import pytest

from tests.helpers import browsing, commands

REASON = "node: error while loading shared libraries: libatomic.so.1"
FILES = ("tests/pages/test_kiosk.py", "tests/pages/test_guess.py")


@pytest.mark.parametrize(
    ("required", "word", "code"), [("", "SKIPPED", 0), ("1", "ERROR", 4)]
)
def test_one_line_says_why_playwright_does_not_start(
    required: str,
    word: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho '{REASON}' >&2\nexit 127\n")
    node.chmod(0o755)
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(node))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setenv("REQUIRE_BROWSER", required)
    command = [sys.executable, "-m", "pytest", "-n0", *FILES]
    done = commands.run(command, cwd=commands.ROOT)
    output = (done.stdout + done.stderr).splitlines()
    [line] = [line for line in output if REASON in line]
    assert line.startswith(word)
    assert done.returncode == code


def test_playwrights_downloads_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "find_chromium", lambda: None)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    assert browsing.missing_browser() == browsing.NO_CHROMIUM
    (tmp_path / ".cache/ms-playwright/chromium-1").mkdir(parents=True)
    assert browsing.missing_browser() != browsing.NO_CHROMIUM
