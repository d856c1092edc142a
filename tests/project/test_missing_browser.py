"""What the tests of pages do without Chromium, or where Playwright cannot start."""

import re
import sys
from pathlib import Path

import pytest

from tests.helpers import browsing, commands

ERROR = "node: error while loading shared libraries: libatomic.so.1"
PAGE_TESTS = ("tests/pages/test_kiosk.py", "tests/pages/test_guess.py")


@pytest.fixture
def broken_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make Playwright use a node that does not start, as in a slim container."""
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho '{ERROR}' >&2\nexit 127\n")
    node.chmod(0o755)
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(node))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))


@pytest.mark.usefixtures("broken_node")
def test_chromium_is_looked_for_first_also_among_playwrights_downloads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "find_chromium", lambda: None)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH")
    assert browsing.missing_browser() == browsing.NO_CHROMIUM
    (tmp_path / ".cache/ms-playwright").mkdir(parents=True)
    assert browsing.missing_browser() == f"Playwright does not start: {ERROR}"


@pytest.mark.usefixtures("broken_node")
@pytest.mark.parametrize("required", ["", "1"])
def test_where_playwright_does_not_start_tests_are_skipped_or_one_line_says_why(
    required: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_BROWSER", required)
    command = [sys.executable, "-m", "pytest", "-q", "-n0", *PAGE_TESTS]
    done = commands.run(command, cwd=commands.ROOT)
    output = done.stdout + done.stderr
    assert "Traceback" not in output
    assert output.count(ERROR) == 1
    if required:
        assert done.returncode == pytest.ExitCode.USAGE_ERROR
        assert done.stderr.strip().startswith(
            "ERROR: REQUIRE_BROWSER=1, but Playwright"
        )
    else:
        assert done.returncode == 0
        assert re.search(
            r"^SKIPPED \[\d+\] tests/conftest\.py: Playwright", output, re.MULTILINE
        )
        assert not re.search(r"\d (passed|failed|error)", output)
