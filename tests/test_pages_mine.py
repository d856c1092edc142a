"""The page that finds a handwriting, in a real browser: by pointer and by keyboard, kept, loaded, written with."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asking import told
from browsing import looking_at, says, unfold, written

from gan.write.glyphs.style_code import PAD, read

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

THREE = [(80, 60), (140, 30), (185, 60), (130, 120), (185, 170), (120, 230), (60, 205)]
FOUND = "^Yours, from {} of ten digits"


@pytest.fixture
def page(browser: "Browser", hosted: str) -> Iterator["Page"]:
    with looking_at(browser, hosted, reduced_motion="reduce") as page:
        page.goto("/mine")
        yield page


def draw(page: "Page", points: list[tuple[int, int]]) -> None:
    """By the mouse, in units of the pad."""
    box = page.get_by_role("img", name="Your drawing").bounding_box()
    assert box is not None
    for i, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x * box["width"] / PAD, box["y"] + y * box["height"] / PAD, steps=5)
        if i == 0:
            page.mouse.down()
    page.mouse.up()


def inked(page: "Page") -> int:
    """How many of the ten digits have ink."""
    script = """cells => {
      const blank = Object.assign(document.createElement("canvas"), { width: 28, height: 28 }).toDataURL();
      return cells.filter((cell) => cell.toDataURL() !== blank).length;
    }"""
    return int(page.locator("[data-digit] canvas").evaluate_all(script))


def test_one_digit_is_drawn_and_all_ten_appear(page: "Page") -> None:
    page.emulate_media(reduced_motion="no-preference")  # the ten digits turn into the handwriting
    from playwright.sync_api import expect

    says(page, "status", "^Nothing is drawn yet")
    assert inked(page) == 0
    draw(page, THREE)
    says(page, "status", FOUND.format(1))
    assert inked(page) == 10
    expect(page.get_by_role("button", name="3, drawn by you")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Write with it").click()
    written(page, r"\d{4}-\d\d-\d\d")
    expect(page.get_by_text("In your handwriting.")).to_be_visible()
    assert "mine=" in page.url
    page.get_by_role("button", name="Stop using my handwriting").click()
    expect(page.get_by_text("In your handwriting.")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("mine="))


def test_what_was_being_written_comes_back_in_the_handwriting(page: "Page") -> None:
    page.goto("/write?number=12%2B7&paper=squared&seed=4")
    written(page, r"12\+7")
    link = page.get_by_role("link", name="Use my handwriting")
    page.wait_for_function("link => link.search.includes('squared')", arg=link.element_handle())
    link.click()
    page.get_by_role("button", name="Draw an example").click()
    says(page, "status", FOUND.format(1))
    page.get_by_role("link", name="Write with it").click()
    written(page, r"12\+7")
    told(page, number="12+7", paper="squared")
    assert "mine=" in page.url


def test_it_is_kept_and_loaded_again_by_the_keyboard_alone(page: "Page", tmp_path: Path) -> None:
    from playwright.sync_api import expect

    for name in ("7", "1"):
        page.get_by_role("button", name=name, exact=True).press("Enter")
        says(page, "digit", f"^{name}$")
        page.get_by_role("button", name="Draw an example").press("Enter")
    says(page, "status", FOUND.format(2))
    unfold(page, "Save or load")
    with page.expect_download() as caught:
        page.get_by_role("link", name="Save as a file").press("Enter")
    assert caught.value.suggested_filename == "my-handwriting.json"
    file = tmp_path / "me.json"
    caught.value.save_as(file)
    kept = read(file.read_bytes())
    assert [digit for digit, _ in kept.own] == [1, 7]
    page.reload()
    says(page, "status", FOUND.format(2))  # the tab remembers
    page.evaluate("sessionStorage.clear()")
    page.reload()
    says(page, "status", "Nothing is drawn yet")
    unfold(page, "Save or load")
    page.get_by_label("Load a file").set_input_files(file)
    says(page, "status", FOUND.format(2))
    expect(page.get_by_role("button", name="7, drawn by you")).to_be_visible()
    page.get_by_role("button", name="Clear this digit").press("Enter")
    page.get_by_role("button", name="7, drawn by you").press("Enter")
    page.get_by_role("button", name="Clear this digit").press("Enter")
    says(page, "status", "^Nothing is drawn yet")
    assert inked(page) == 0
    expect(page.get_by_text("Write with it")).not_to_have_attribute("href", re.compile("."))


def test_a_file_that_is_none_is_refused_in_one_line(page: "Page", tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(json.dumps({"number": "12"}), "utf-8")
    unfold(page, "Save or load")
    page.get_by_label("Load a file").set_input_files(file)
    says(page, "problem", "^This file holds no drawings")


def test_a_finger_draws_and_does_not_scroll(browser: "Browser", hosted: str) -> None:
    context = browser.new_context(base_url=hosted, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto("/mine")
    box = page.get_by_role("img", name="Your drawing").bounding_box()
    assert box is not None
    session = context.new_cdp_session(page)
    for kind, points in [("touchStart", THREE[:1]), *(("touchMove", [point]) for point in THREE[1:]), ("touchEnd", [])]:
        touches = [{"x": box["x"] + x * box["width"] / PAD, "y": box["y"] + y * box["height"] / PAD} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    says(page, "status", FOUND.format(1))
    assert page.evaluate("scrollY") == 0
    unfold(page, "Save or load")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    context.close()
