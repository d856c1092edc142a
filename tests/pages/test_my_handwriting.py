"""The page /mine in a real browser: drawing one's own digits."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from gan.data.images_and_sheets import in_base64
from gan.drawings.load_and_draw import bundled
from gan.write.glyphs.own_handwriting import PAD, check_pads, mine_of, read
from tests.helpers import browsing
from tests.helpers.browsing import (
    Page,
    Route,
    button,
    expect,
    expect_query,
    expect_shown,
    expect_text,
    expect_written,
    follow,
    link_to,
    press,
    resize,
    unfold,
)

pytestmark = [pytest.mark.slow, pytest.mark.page(reduced_motion=True)]


THREE = [(80, 60), (140, 30), (185, 60), (130, 120), (185, 170), (120, 230), (60, 205)]
NOTHING = "^All ten appear here in your handwriting.$"
RESULT = "^All ten, from {} drawn.$"


def answer_mine(route: Route) -> None:
    """Respond with one frame of black digits and a handwriting that contains the
    drawings, with which one can write.
    """
    pads = check_pads(json.loads(route.request.post_data or "")["drawings"])
    average = [0.0] * bundled(None)[1].latent
    mine = mine_of(dict.fromkeys(pads, average), average, pads)
    png = in_base64(Image.new("L", (10 * 30 + 2, 32)))
    route.fulfill(json={"handwriting": mine.to_json(), "frames": 1, "png": png})


def draw(page: Page, points: list[tuple[int, int]]) -> None:
    """Draw with the mouse; points are in units of the drawing pad."""
    box = browsing.box_of(page.get_by_role("img", name="Your drawing"))
    for i, (x, y) in enumerate(points):
        page.mouse.move(
            box["x"] + x * box["width"] / PAD,
            box["y"] + y * box["height"] / PAD,
            steps=3,
        )
        if i == 0:
            page.mouse.down()
    page.mouse.up()


def expect_inked(page: Page, count: int) -> None:
    """Wait until this number of digits, out of ten, have ink."""
    script = """count => {
      const size = { width: 28, height: 28 };
      const canvas = Object.assign(document.createElement("canvas"), size);
      const blank = canvas.toDataURL();
      const cells = [...document.querySelectorAll("[data-digit] canvas")];
      return cells.filter((cell) => cell.toDataURL() !== blank).length === count;
    }"""
    page.wait_for_function(script, arg=count)


def test_a_drawn_digit_gives_ten_and_the_number_is_written_with_them(
    page: Page,
) -> None:
    page.emulate_media(reduced_motion="no-preference")  # the ten digits are animated
    page.goto("/write?number=12%2B7&paper=squared&seed=4")
    expect_written(page, r"12\+7")
    link = link_to(page, "My handwriting")
    page.wait_for_function(
        "link => link.search.includes('squared')", arg=link.element_handle()
    )
    follow(link)
    expect_text(page, "status", NOTHING)
    expect_inked(page, 0)
    draw(page, THREE)
    expect_text(page, "status", RESULT.format(1))
    expect_inked(page, 10)
    expect(button(page, "3, drawn by you")).to_have_attribute("aria-pressed", "true")
    follow(link_to(page, "Write with it"))
    expect_written(page, r"12\+7")
    expect_query(page, number="12+7", paper="squared")
    assert "mine=" in page.url
    expect_shown(page, "In your handwriting.")
    press(page, "Stop using my handwriting")
    expect(page.get_by_text("In your handwriting.")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("mine="))


def test_drawings_are_saved_and_loaded_by_keyboard(page: Page, tmp_path: Path) -> None:
    page.goto("/mine")
    page.route("**/api/mine", answer_mine)
    for name in ("7", "1"):
        button(page, name).press("Enter")
        expect_text(page, "what", f"^Draw the digit {name}.$")
        button(page, "Draw an example").press("Enter")
    expect_text(page, "status", RESULT.format(2))
    unfold(page, "Save or load")
    with page.expect_download() as download:
        link_to(page, "Save as a file").press("Enter")
    assert download.value.suggested_filename == "my-handwriting.json"
    file = tmp_path / "me.json"
    download.value.save_as(file)
    assert {digit for digit, _ in read(file.read_bytes()).own} == {1, 7}
    page.reload()
    expect_text(page, "status", RESULT.format(2))  # the drawings survive a reload
    page.evaluate("sessionStorage.clear()")
    page.reload()
    expect_text(page, "status", NOTHING)
    unfold(page, "Save or load")
    page.get_by_label("Load a file").set_input_files(file)
    expect_text(page, "status", RESULT.format(2))
    button(page, "Clear this digit").press("Enter")
    button(page, "7, drawn by you").press("Enter")
    button(page, "Clear this digit").press("Enter")
    expect_text(page, "status", NOTHING)
    expect_inked(page, 0)
    expect(page.get_by_text("Write with it")).not_to_have_attribute(
        "href", re.compile(".")
    )

    file.write_text(json.dumps({"number": "12"}), "utf-8")
    page.get_by_label("Load a file").set_input_files(file)
    expect_text(page, "problem", "^This file has no drawings")


@pytest.mark.page(controlled=True)
def test_the_links_wait_for_the_newest_search(page: Page) -> None:
    held: list[Route] = []
    page.goto("/mine?number=27")
    page.route("**/api/mine", lambda route: held.append(route))
    write = page.locator('[data-do="write"]')

    def search(digit: str, searches: int) -> None:
        press(page, digit)
        press(page, "Draw an example")
        browsing.advance_until(page, lambda: len(held) == searches, browsing.SECONDS)
        expect_text(page, "status", "^Looking for your handwriting …$")
        expect(write).to_have_attribute("aria-disabled", "true")

    search("3", 1)
    search("7", 2)
    for route in held:
        answer_mine(route)
    expect_text(page, "status", "^All ten, from 2 drawn")
    write.click()
    expect_query(page, number="27")
    expect_written(page, "27")


@pytest.mark.page(problems_expected=True)
def test_a_scribble_is_refused_and_kept_and_an_example_never_replaces_a_drawing(
    page: Page,
) -> None:
    page.goto("/mine")
    example = button(page, "Draw an example")
    draw(page, [(128, 128)])
    expect_text(
        page,
        "problem",
        "^This does not look like a 3 yet. Go on, or clear it and draw it again.$",
    )
    expect_inked(page, 0)
    expect(page.get_by_text("Write with it")).not_to_have_attribute(
        "href", re.compile(".")
    )
    assert json.loads(page.evaluate("sessionStorage.drawings"))["3"], (
        "the drawing is kept"
    )
    expect(example).to_be_hidden()
    press(page, "Clear this digit")
    example.click()
    expect_text(page, "status", RESULT.format(1))
    expect_text(page, "problem", "^$")


@pytest.mark.page(has_touch=True)
def test_a_finger_draws_and_does_not_scroll(page: Page) -> None:
    resize(page, 390, 844)
    page.goto("/mine")
    page.route("**/api/mine", answer_mine)
    box = browsing.box_of(page.get_by_role("img", name="Your drawing"))
    scale = box["width"] / PAD
    session = page.context.new_cdp_session(page)
    moves = [
        ("touchStart", THREE[:1]),
        *(("touchMove", [point]) for point in THREE[1:]),
        ("touchEnd", []),
    ]
    for kind, points in moves:
        touches = [
            {"x": box["x"] + x * scale, "y": box["y"] + y * scale} for x, y in points
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    expect_text(page, "status", RESULT.format(1))
    assert page.evaluate("scrollY") == 0
    unfold(page, "Save or load")
    assert browsing.scroll_width(page) == 390
