"""docs/course/gan.ipynb: it matches gan.py, and draws threes, or noise without
the freezing line.
"""

import base64
import io
import json
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
from PIL import Image

from gan.base.errors import InputError
from tests.course.test_gan import recognized
from tests.helpers.commands import ROOT
from tools.make_notebook import FOLDER, LINE, notebook

SOURCE, NOTES, TEXT = (
    (ROOT / FOLDER / name).read_text("utf-8")
    for name in ("gan.py", "gan_notes.txt", "gan.ipynb")
)


def changed(*edits: tuple[str, str]) -> str:
    """Return the text of the notebook with some code replaced."""
    text = TEXT
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def test_the_notebook_is_up_to_date_and_valid() -> None:
    assert notebook(SOURCE, NOTES) == TEXT
    nbformat.validate(nbformat.reads(TEXT, as_version=4))


@pytest.mark.parametrize("mark", ["class Adam:", "    sheet(average_G, shown).save"])
def test_a_missing_mark_is_named(mark: str) -> None:
    with pytest.raises(InputError, match=r"^expected .* once, found it 0 times: "):
        notebook(SOURCE.replace(mark, "# none"), NOTES)


def run_cells(text: str) -> list[Image.Image]:
    """Run the code of a notebook, and return the sheets that it shows."""
    shown: list[Image.Image] = []
    names: dict[str, Any] = {"display": shown.append}
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    return shown


def test_it_shows_a_sheet_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    few = changed(("ITERATIONS = 600", "ITERATIONS = 4"), ("% 100 ==", "% 2 =="))
    for folder in (ROOT, ROOT / FOLDER):
        monkeypatch.chdir(folder)
        sheets = run_cells(few)
        assert [sheet.size for sheet in sheets] == [(224, 224)] * 2
        assert sheets[0].tobytes() != sheets[1].tobytes()


def test_missing_digits_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="expected the folder gan/mnist"):
        run_cells(TEXT)


@pytest.mark.full
@pytest.mark.parametrize("deleted", [False, True])
def test_it_draws_threes_in_jupyter_and_noise_without_the_line(
    deleted: bool, tmp_path: Path
) -> None:
    text = changed(
        ("ITERATIONS = 600", "ITERATIONS = 300"),
        (f"    {LINE}  #", f"    {'' if deleted else LINE}  #"),
    )
    book = nbformat.reads(text, as_version=4)
    nbclient.NotebookClient(
        book, timeout=120, resources={"metadata": {"path": str(ROOT / FOLDER)}}
    ).execute()
    sheets = [
        output.data["image/png"]
        for cell in book.cells
        for output in cell.get("outputs", [])
        if output.output_type == "display_data"
    ]
    assert len(sheets) == 3
    picture = tmp_path / "sheet.png"
    Image.open(io.BytesIO(base64.b64decode(sheets[-1]))).save(picture)
    share = recognized(picture)
    assert share <= 0.05 if deleted else share >= 0.8
