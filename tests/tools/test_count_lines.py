"""The lines, bytes and words that the budget counts."""

from pathlib import Path

import pytest

from tools import count_lines
from tools.count_lines import ROOT, ROW, measure

SOURCE = b'''"""Module,
two lines."""

# A comment.
def f():  # why
    """Docstring."""
    return """a

b"""
'''


def test_code_comments_scripts_and_words_are_counted() -> None:
    files = {
        "gan/a.py": SOURCE,
        "docs/course/a.py": b"x = 1\n",
        "tests/a.py": SOURCE,
        "benchmarks/a.py": b"# one\n" + SOURCE,
        "static/a.js": b"1;\n",
        "templates/a.html": b'<script src="a.js"></script><script type="module">let\nx</script>',
        "docs/a.md": b"two words\n",
        "README.md": b"and two",
        "CHANGELOG.md": b"not counted",
        "a.bin": bytes(1_000_000),
    }
    assert list(measure(files).values()) == [5, 4, 4, 9, 8, 4, 2]


@pytest.mark.parametrize(("most", "code"), [("5", 0), ("4", 1)])
def test_a_total_above_the_budget_fails(
    most: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    budget = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    totals = dict.fromkeys([name for name, _ in ROW.findall(budget)], 0)
    assert totals.keys() == measure({}).keys()
    monkeypatch.setattr(count_lines, "measure", lambda _: totals | {count_lines.WORDS: 5})
    (tmp_path / "CONTRIBUTING.md").write_text(ROW.sub(rf"| \1 | {most} |", budget), "utf-8")
    monkeypatch.setattr("subprocess.run", lambda *_, **__: type("Done", (), {"stdout": ""}))
    monkeypatch.setattr(count_lines, "ROOT", tmp_path)
    assert count_lines.main() == code
    assert ("words of docs and README  <- too many" in capsys.readouterr().out) == bool(code)
