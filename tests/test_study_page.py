"""Pages of figures: made of files, refused without them, and those that are committed are the ones they make."""

import json
from pathlib import Path

import pytest
from fake_worker import tiny

from gan.study.page import DOCS, STUDIES, WORDS, main, render
from gan.study.plan import changes
from gan.study.points import add_points, cost

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    config = tiny(3)
    rows = [{"cost": cost(config), "ms": 2.0}]
    (tmp_path / "seconds.json").write_text(json.dumps({"machine": {}, "day": "today", "step": {}, "rows": rows}))
    (tmp_path / f"page{WORDS}").write_text("# Sheets, {{ seconds.about.day }}\n\n{{ reached('quick') }}\n")
    point = {"variant": "one", "digit": 3, "seed": 0, "data": "sample", "iteration": 500, "config": changes(config)}
    add_points(tmp_path / "quick.jsonl", [point | {"sheet": {"read": 0.75, "variety": 1.0}}])
    return tmp_path


def test_the_page_is_the_words_with_tables(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert main(["--studies", str(folder), "--to", str(tmp_path)]) == 0
    assert page.read_text().splitlines() == [
        "# Sheets, today", "", "|  | 50% recognized, s | 90% recognized, s | variety at the end |",
        "| --- | ---: | ---: | ---: |",
        "| one | 1.0 | never, 0 of 1 | 1.00 |"]  # fmt: skip


@pytest.mark.parametrize("missing", ["seconds.json", "quick.jsonl", f"page{WORDS}"])
def test_without_a_file_there_is_no_page(folder: Path, missing: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / missing).unlink()
    page = folder / "page.md"
    assert main(["--studies", str(folder), "--to", str(folder)]) == 2
    assert missing.removeprefix("page") in capsys.readouterr().err
    assert not page.exists()


def test_figures_of_a_file_that_is_none_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / f"page{WORDS}").write_text("{{ evaluated('shipped.json') }}")
    (folder / "shipped.json").write_text("not JSON")
    assert main(["--studies", str(folder), "--to", str(folder)]) == 2
    assert "shipped.json: expected figures as JSON" in capsys.readouterr().err


@pytest.mark.parametrize("words", sorted((ROOT / STUDIES).glob(f"*{WORDS}")), ids=lambda path: path.name)
def test_a_page_in_docs_is_the_one_that_its_files_make(words: Path) -> None:
    page = ROOT / DOCS / f"{words.name.removesuffix(WORDS)}.md"
    assert page.read_text("utf-8") == render(words)
