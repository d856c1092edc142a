"""The dialog "Draw your own" of the training page in a real browser."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.data.own_images import read
from tests.helpers import browsing
from tests.helpers.browsing import Page, expect, press

pytestmark = pytest.mark.slow
LINE = [(40, 60), (200, 70), (120, 200)]
NARROW: Any = {"width": 390, "height": 844}
FILL = "() => { for (const n of [1e5, 100]) try { for (;;) localStorage[Math.random()] = 'x'.repeat(n); } catch {} }"


@pytest.fixture
def dialog(page: Page) -> Page:
    page.goto("/")
    press(page, "Draw your own")
    return page


def draw(page: Page, points: list[tuple[int, int]], name: str = "The pad") -> None:
    """Draw a stroke with the mouse; points are in units of the pad."""
    box = browsing.box_of(page.get_by_role("img", name=name))
    at = [(box["x"] + x * box["width"] / 256, box["y"] + y * box["height"] / 256) for x, y in points]
    page.mouse.move(*at[0])
    page.mouse.down()
    for point in at[1:]:
        page.mouse.move(*point, steps=2)
    page.mouse.up()


def draw_some(page: Page, count: int) -> None:
    for number in range(count):
        draw(page, [(x + number, y) for x, y in LINE])
        press(page, "Next")


def expect_drawings(page: Page, *counts: int) -> None:
    """Wait until the things have these numbers of drawings."""
    expect(page.locator(".board li")).to_have_count(len(counts))
    for item, count in zip(page.locator(".board li").all(), counts, strict=True):
        expect(item.locator("canvas")).to_have_count(count)


def stored(page: Page) -> Any:
    return json.loads(page.evaluate("() => localStorage.drawings ?? 'null'"))


@pytest.mark.page(problems_expected=True)  # the server may refuse a question about the run before
def test_ten_drawings_become_a_run_that_trains_300_iterations(dialog: Page) -> None:
    dialog.get_by_role("textbox", name="Its name").fill("<b>star</b>")
    draw_some(dialog, 9)
    expect(dialog.get_by_text("1 more, much the same.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    draw_some(dialog, 1)
    with dialog.expect_request("**/train") as trained, dialog.expect_response("**/api/images") as created:
        press(dialog, "Train")
    assert trained.value.post_data_json == {"iterations": 300, "stop_unwatched": True}
    sent = json.loads(created.value.request.post_data or "")
    with np.load(io.BytesIO(base64.b64decode(sent["files"]["drawings.npz"]))) as file:
        images, labels = file["images"], file["labels"]
    assert images.shape == (10, 28, 28)
    assert labels.tolist() == ["<b>star</b>"] * 10
    for image in images:
        rows, columns = np.nonzero(image > 128)
        assert 22 <= columns.max() - columns.min() <= 25, "as wide as the picture"
        assert 5 <= rows.min() + 28 - rows.max() <= 12, "and not stretched"
    expect(dialog.get_by_role("dialog")).to_be_hidden()
    with dialog.expect_response("**/api/runs") as again:
        press(dialog, "Digits again")
    expect(dialog.get_by_role("button", name="Digits again")).to_be_hidden()
    made = [one.value.json()["id"] for one in (created, again)]
    dialog.goto("/write")  # so that the page does not ask about a deleted run
    for name in made:
        browsing.post(dialog, f"/api/runs/{name}/delete")
    browsing.post(dialog, "/api/runs/all-digits/open")


def test_strokes_and_drawings_are_undone_removed_and_kept(dialog: Page) -> None:
    press(dialog, "Next")
    expect(dialog.get_by_text("Draw something first.")).to_be_visible()
    draw(dialog, [(9, 9), (11, 10)])
    press(dialog, "Next")
    expect(dialog.get_by_text("That is only a dot. Draw it larger.")).to_be_visible()
    press(dialog, "Undo")
    draw_some(dialog, 3)
    expect_drawings(dialog, 3)
    dialog.keyboard.press("Control+z")  # the drawing is on the pad again
    expect_drawings(dialog, 2)
    press(dialog, "Redo")
    press(dialog, "Remove drawing 2")
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
    dialog.get_by_role("button", name="Forget my drawings").dblclick()
    press(dialog, "Close")
    press(dialog, "Draw your own")
    press(dialog, "Forget my drawings")
    press(dialog, "Press again to forget them")
    expect_drawings(dialog, 0)
    assert stored(dialog) is None


def test_the_file_of_all_drawings_can_be_trained_on(dialog: Page, tmp_path: Path) -> None:
    draw_some(dialog, 2)
    dialog.get_by_text("Save or forget").click()
    with dialog.expect_download() as saved:
        press(dialog, "Save as a file")
    saved.value.save_as(tmp_path / "drawings.npz")
    data = read(tmp_path / "drawings.npz")
    assert (len(data.labels), data.names) == (2, ("drawing",))


def test_a_phone_has_three_things_and_a_full_thing_takes_no_more(page: Page) -> None:
    page.set_viewport_size(NARROW)
    full = [[[10, 10, 200, 200]]] * 50
    page.goto("/")
    all_of_them = json.dumps({"things": [{"name": "a", "drawings": full}], "strokes": [], "at": 0})
    page.evaluate("all => { localStorage.drawings = all; }", all_of_them)
    page.reload()
    press(page, "Draw your own")
    draw_some(page, 1)
    expect(page.get_by_text("50 drawings of a thing are enough. Press Train.")).to_be_visible()
    for _ in range(2):
        press(page, "Another thing")
    expect(page.get_by_role("button", name="Another thing")).to_be_disabled()
    expect_drawings(page, 50, 0, 0)


@pytest.mark.page(problems_expected=True)  # the browser reports the refusal
def test_what_cannot_be_stored_read_or_sent_is_said_and_nothing_is_lost(dialog: Page) -> None:
    dialog.evaluate(FILL)
    draw_some(dialog, 10)
    expect(dialog.get_by_text("This browser has no room for the drawings")).to_be_visible()
    press(dialog, "Close")
    press(dialog, "Draw your own")
    dialog.route("**/api/images", lambda route: route.fulfill(status=400, json={"error": "The disk is full."}))
    press(dialog, "Train")
    expect(dialog.get_by_text("The disk is full.")).to_be_visible()
    expect_drawings(dialog, 10)
    dialog.evaluate("() => { localStorage.clear(); localStorage.drawings = '[{}]'; }")
    dialog.reload()
    press(dialog, "Draw your own")
    expect(dialog.get_by_text("The drawings that this browser stored cannot be read. Draw new ones.")).to_be_visible()
    draw_some(dialog, 1)
    expect_drawings(dialog, 1)
