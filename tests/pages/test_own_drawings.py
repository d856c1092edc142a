"""The dialog "Draw your own" of the training page in a real browser: drawings, and
pictures from files.
"""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gan.data.own_images import read
from gan.data.picture_files import read_picture
from gan.data.picture_to_drawing import fit, pad, to_ink
from tests.helpers import browsing
from tests.helpers.browsing import Locator, Page, button, expect, expect_shown, press
from tests.helpers.letters import LETTER, folder_of_letters, letter

pytestmark = pytest.mark.slow
LINE = [(40, 60), (200, 70), (120, 200)]
# nine drawings of such a line
KEPT = [[[x for point in LINE for x in point]]] * 9
NARROW: Any = {"width": 390, "height": 844}
# Fill the browser's storage with other content.
FILL = """() => {
  localStorage.clear();
  for (const n of [1e5, 100]) {
    try {
      for (;;) localStorage[Math.random()] = "x".repeat(n);
    } catch {}
  }
}"""


@pytest.fixture
def dialog(page: Page) -> Page:
    page.goto("/")
    press(page, "Draw your own")
    return page


def draw(page: Page, points: list[tuple[int, int]]) -> None:
    """Draw a stroke with the mouse; points are in units of the pad."""
    box = browsing.box_of(page.get_by_role("img", name="The pad"))
    at = [
        (box["x"] + x * box["width"] / 256, box["y"] + y * box["height"] / 256)
        for x, y in points
    ]
    page.mouse.move(*at[0])
    page.mouse.down()
    for point in at[1:]:
        page.mouse.move(*point, steps=2)
    page.mouse.up()


def draw_some(page: Page, count: int) -> None:
    for number in range(count):
        draw(page, [(x + number, y) for x, y in LINE])
        press(page, "Next")


def keep(page: Page, drawings: list[Any]) -> None:
    """Store drawings, as an earlier visit would, and open the dialog."""
    thing = {"name": "a", "drawings": drawings}
    content = json.dumps({"things": [thing], "strokes": [], "at": 0})
    page.evaluate("content => { localStorage.drawings = content; }", content)
    page.reload()
    press(page, "Draw your own")


def expect_drawings(page: Page, *counts: int) -> None:
    """Wait until the things have these numbers of drawings."""
    expect(page.locator(".board li")).to_have_count(len(counts))
    for item, count in zip(page.locator(".board li").all(), counts, strict=True):
        expect(item.locator("canvas")).to_have_count(count)


def stored(page: Page) -> Any:
    return json.loads(page.evaluate("() => localStorage.drawings ?? 'null'"))


# the server may refuse a question about the run before
@pytest.mark.page(problems_expected=True)
def test_ten_drawings_become_a_run_that_trains_300_iterations(dialog: Page) -> None:
    keep(dialog, KEPT[:8])
    dialog.get_by_role("textbox", name="Its name").fill("<b>star</b>")
    draw_some(dialog, 1)
    expect_shown(dialog, "1 more, much the same.")
    expect(button(dialog, "Train")).to_be_disabled()
    draw_some(dialog, 1)
    with (
        dialog.expect_request("**/train") as trained,
        dialog.expect_response("**/api/images?*") as created,
    ):
        press(dialog, "Train")
    assert trained.value.post_data_json == {"iterations": 300}
    with np.load(io.BytesIO(created.value.request.post_data_buffer or b"")) as file:
        images = file["images"]
        labels = file["labels"]
    assert images.shape == (10, 28, 28)
    assert labels.tolist() == ["<b>star</b>"] * 10
    for image in images:
        rows, columns = np.nonzero(image > 128)
        assert 22 <= columns.max() - columns.min() <= 25, "as wide as the picture"
        assert 5 <= rows.min() + 28 - rows.max() <= 12, "and not stretched"
    expect(dialog.get_by_role("dialog")).to_be_hidden()
    with dialog.expect_response("**/api/runs") as again:
        press(dialog, "Digits again")
    expect(button(dialog, "Digits again")).to_be_hidden()
    made = [one.value.json()["id"] for one in (created, again)]
    dialog.goto("/write")  # so that the page does not ask about a deleted run
    for name in made:
        browsing.post(dialog, f"/api/runs/{name}/delete")
    browsing.post(dialog, "/api/runs/all-digits/open")


def test_strokes_and_drawings_are_undone_removed_and_kept(dialog: Page) -> None:
    press(dialog, "Next")
    expect_shown(dialog, "Draw something first.")
    draw(dialog, [(9, 9), (11, 10)])
    press(dialog, "Next")
    expect_shown(dialog, "That is only a dot. Draw it larger.")
    press(dialog, "Undo")
    draw_some(dialog, 3)
    expect_drawings(dialog, 3)
    dialog.keyboard.press("Control+z")  # the drawing is on the pad again
    expect_drawings(dialog, 2)
    press(dialog, "Redo")
    press(dialog, "Remove drawing 2")
    expect_drawings(dialog, 2)
    # replaces the drawings, of which one had the focus
    dialog.keyboard.press("Control+z")
    expect_drawings(dialog, 3)
    dialog.keyboard.press("Control+y")
    expect_drawings(dialog, 2)
    press(dialog, "Another thing")
    draw_some(dialog, 1)
    dialog.get_by_role("textbox", name="Its name").last.fill("moon")
    press(dialog, "Undo")
    press(dialog, "Redo")
    expect(dialog.get_by_role("radio", name="Draw moon")).to_be_checked()
    dialog.get_by_role("radio", name="Draw thing 1").check()
    draw(dialog, [(100, 100), (900, -50)])  # ends outside of the pad
    press(dialog, "Next")
    expect_drawings(dialog, 3, 1)
    dialog.reload()
    press(dialog, "Draw your own")
    expect_drawings(dialog, 3, 1)
    assert stored(dialog)["things"][0]["drawings"][2][0][-2:] == [255, 0]
    dialog.get_by_text("Save or forget").click()
    button(dialog, "Forget my drawings").dblclick()
    press(dialog, "Close")
    press(dialog, "Draw your own")
    press(dialog, "Forget my drawings")
    press(dialog, "Press again to forget them")
    expect_drawings(dialog, 0)
    assert stored(dialog) is None


def test_a_phone_has_three_things_and_3000_drawings_are_the_most(page: Page) -> None:
    page.set_viewport_size(NARROW)
    page.goto("/")
    keep(page, KEPT[:1] * 3000)
    draw_some(page, 1)
    expect_shown(page, "3,000 drawings are enough. Press Train.")
    for _ in range(2):
        press(page, "Another thing")
    expect(button(page, "Another thing")).to_be_disabled()
    expect_drawings(page, 50, 0, 0)


@pytest.mark.page(problems_expected=True)  # the browser reports the refusal
def test_what_cannot_be_stored_read_or_sent_is_said_and_nothing_is_lost(
    dialog: Page,
) -> None:
    keep(dialog, KEPT)
    dialog.evaluate(FILL)
    draw_some(dialog, 1)
    expect_shown(dialog, "This browser has no room for the drawings")
    press(dialog, "Close")
    press(dialog, "Draw your own")
    dialog.route(
        "**/api/images?*",
        lambda route: route.fulfill(status=400, json={"error": "The disk is full."}),
    )
    press(dialog, "Train")
    expect_shown(dialog, "The disk is full.")
    expect_drawings(dialog, 10)
    dialog.evaluate("() => { localStorage.clear(); localStorage.drawings = '[{}]'; }")
    dialog.reload()
    press(dialog, "Draw your own")
    expect_shown(
        dialog, "The drawings that this browser stored cannot be read. Draw new ones."
    )
    draw_some(dialog, 1)
    expect_drawings(dialog, 1)


# Pictures

HOLD = """() => {  // let the browser decode nothing before `release()`
  const decode = window.createImageBitmap;
  const held = new Promise((open) => { window.release = open; });
  window.createImageBitmap = (...all) => held.then(() => decode(...all));
}"""


DROP = """(letter) => {
  const content = Uint8Array.from(atob(letter), (one) => one.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  for (const name of ["a.png", "b.png"]) {
    dataTransfer.items.add(new File([content], name, { type: "image/png" }));
  }
  for (const name of ["dragover", "drop"]) {
    const init = { dataTransfer, bubbles: true, cancelable: true };
    const event = new DragEvent(name, init);
    document.querySelector(".board").dispatchEvent(event);
  }
}"""


def inputs_of(page: Page) -> tuple[Locator, Locator]:
    """Return the hidden inputs for files and for a folder."""
    files, folder = page.locator("dialog [type=file]").all()
    return files, folder


def expect_fault(page: Page, text: str) -> None:
    expect(page.locator(".ends").get_by_role("alert")).to_have_text(text)


def write_odd_files(folder: Path) -> list[Path]:
    """Write three pictures, a blank one, one that is too large, and files that are
    none.
    """
    folder.mkdir()
    letter(0).save(folder / "a.png")
    letter(1).convert("RGB").save(folder / "b.jpg")
    letter(2).save(folder / "c.gif", save_all=True, append_images=[letter(0)])
    (folder / "c.gif").rename(folder / "c.txt")
    Image.new("L", (20_000, 20), 255).save(folder / "d.png")
    Image.new("1", (5001, 5000)).save(folder / "e.png")
    (folder / "<b>.png").write_text("no picture")
    (folder / "f.heic").write_bytes(b"")
    (folder / "g.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    return sorted(folder.iterdir())


def test_files_become_drawings_as_in_python_and_others_are_named(
    dialog: Page, tmp_path: Path
) -> None:
    paths = write_odd_files(tmp_path / "odd")
    draw_some(dialog, 1)
    with dialog.expect_file_chooser() as chooser:
        browsing.focus(button(dialog, "Add pictures"))
        dialog.keyboard.press("Enter")
    chooser.value.set_files(paths)
    unread = "No picture that this browser can read: <b>.png, f.heic, g.svg."
    expect_fault(dialog, f"{unread} Blank: d.png. Too large: e.png.")
    expect_drawings(dialog, 4)
    press(dialog, "Remove drawing 1")
    press(dialog, "Remove drawing 2")
    expect_drawings(dialog, 2)
    press(dialog, "Undo")
    dialog.reload()
    press(dialog, "Draw your own")
    expect_drawings(dialog, 3)
    found = [one["picture"] for one in stored(dialog)["things"][0]["drawings"]]
    for picture, name in zip(found, ("a.png", "b.jpg", "c.txt"), strict=True):
        ink = to_ink(fit(read_picture(tmp_path / "odd" / name)))
        assert ink is not None
        drawing = np.frombuffer(base64.b64decode(picture), np.uint8).reshape(1, 28, 28)
        # decoders differ
        np.testing.assert_allclose(
            drawing.astype(int), pad([ink]), atol=0 if name == "a.png" else 8
        )


def test_dropped_files_are_added_and_the_file_of_all_drawings_can_be_trained_on(
    dialog: Page, tmp_path: Path
) -> None:
    dialog.evaluate(DROP, LETTER)
    expect_drawings(dialog, 2)
    expect(dialog.locator("dialog.over")).to_have_count(0)
    dialog.get_by_text("Save or forget").click()
    with dialog.expect_download() as saved:
        press(dialog, "Save as a file")
    saved.value.save_as(tmp_path / "drawings.npz")
    data = read(tmp_path / "drawings.npz")
    assert len(data.labels) == 2
    assert data.names == ("drawing",)


def test_subfolders_are_things_that_can_be_trained_on(
    dialog: Page, tmp_path: Path
) -> None:
    letters = folder_of_letters(tmp_path / "letters", each=10)
    (letters / "A" / ".hidden").write_text("no picture")
    files, folder = inputs_of(dialog)
    folder.set_input_files(letters)
    expect_drawings(dialog, 10, 10, 10)
    files.set_input_files(letters / "C" / "1.png")
    expect_drawings(dialog, 11, 10, 10)
    press(dialog, "Undo")
    with dialog.expect_response("**/api/images?*") as created:
        press(dialog, "Train")
    expect(dialog.get_by_role("dialog")).to_be_hidden()
    made = created.value.json()["id"]
    config = dialog.request.get(f"{dialog.url}api/runs/{made}").json()["config"]
    assert config["names"] == ["A", "B", "C"]
    dialog.goto("/write")  # so that the page does not ask about a deleted run
    browsing.post(dialog, f"/api/runs/{made}/delete")
    browsing.post(dialog, "/api/runs/all-digits/open")


def test_3000_pictures_are_added_while_the_dialog_is_closed_unless_they_are_forgotten(
    dialog: Page,
) -> None:
    png = base64.b64decode(LETTER)
    many: Any = [
        {"name": f"{number}.png", "mimeType": "image/png", "buffer": png}
        for number in range(100)
    ]
    files, _ = inputs_of(dialog)
    dialog.evaluate(HOLD)
    files.set_input_files(many)
    expect_shown(dialog, "Adding 1 of 100")
    dialog.get_by_text("Save or forget").click()
    press(dialog, "Forget my drawings")
    press(dialog, "Press again to forget them")
    files.set_input_files(many[:40])
    files.set_input_files(many[40:])  # at once
    expect_shown(dialog, "Adding 1 of 40")
    expect(button(dialog, "Train")).to_be_disabled()
    press(dialog, "Close")
    dialog.evaluate("release()")
    dialog.wait_for_function("() => localStorage.drawings?.length > 1e5")
    drawings = stored(dialog)["things"][0]["drawings"]
    assert len(drawings) == 100
    keep(dialog, drawings * 29)  # adding as many would take seconds
    files.set_input_files(many)
    expect_shown(dialog, "3,000, the first 50 shown")
    dialog.wait_for_function("() => localStorage.drawings?.length > 3e6")
    files.set_input_files(many[:1])
    expect_fault(
        dialog, "3,000 drawings are the most: there is room for 0 more. Choose fewer."
    )
