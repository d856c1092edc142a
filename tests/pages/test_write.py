"""The page /write in a real browser: typing, other handwriting styles and glyph variants, errors."""

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.helpers.browsing import (
    FULL,
    SECONDS,
    WIDE,
    advance_until,
    box_of,
    expect,
    expect_bar,
    expect_query,
    expect_text,
    expect_written,
    field,
    preparing,
    scroll_width,
    unfold,
    write_requests,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route, WebSocketRoute

pytestmark = [pytest.mark.slow, pytest.mark.page(reduced_motion=True)]
FAILING = pytest.mark.page(problems_expected=True)


# Typing


def test_only_added_digits_are_animated(page: "Page") -> None:
    requests = write_requests(page)
    page.goto("/write?number=3")
    expect_written(page, "3")
    page.get_by_role("button", name="New handwriting").click()
    field(page).press_sequentially("1")
    expect_written(page, "31")
    assert {one["format"] for one in requests} <= {"svg", "json"}, "the user prefers reduced motion"

    page.emulate_media(reduced_motion="no-preference")
    requests.clear()
    page.goto("/write?number=12&seed=5")
    expect_written(page, "12")
    for key, number in (("5", "125"), ("9", "9125")):
        field(page).press("End" if key == "5" else "Home")
        field(page).press_sequentially(key)
        expect_written(page, number)
    expect_query(page, number="9125", seed="5")
    pictures = [(one["number"], one["format"], one.get("written")) for one in requests if one["format"] != "json"]
    assert pictures == [("12", "animated", "0"), ("125", "animated", "2"), ("9125", "svg", None)]


def test_a_new_handwriting_can_be_undone_by_going_back(page: "Page") -> None:
    page.emulate_media(reduced_motion="no-preference")
    page.goto("/write?number=3&seed=5")
    expect_written(page, "3")
    requests = write_requests(page)
    page.get_by_role("button", name="New handwriting").click()
    expect(page).not_to_have_url(re.compile("seed=5$"))
    [first, *_] = [one for one in requests if one["seed"] != "5"]
    assert (first["format"], first["written"]) == ("animated", "0")
    expect_query(page, number="3", seed=first["seed"])
    page.go_back()
    expect_query(page, seed="5")
    page.go_forward()
    expect_query(page, seed=first["seed"])


def test_todays_date_is_selected_and_digits_typed_before_the_script_runs_are_kept(page: "Page") -> None:
    page.goto("/write")
    expect_written(page, r"\d{4}-\d\d-\d\d")
    expect(field(page)).to_be_focused()
    page.wait_for_function("() => getSelection().toString() === document.activeElement.value")  # typing replaces it

    def type_first(route: "Route") -> None:
        field(page).fill("27")
        route.continue_()

    page.route("**/static/js/pages/write.js", type_first)
    page.goto("/write")
    expect_written(page, "27")


def test_an_empty_number_is_no_error(page: "Page") -> None:
    empty = page.get_by_text("What you type is written here.")
    page.goto("/write?number=")
    expect(empty).to_be_visible()
    field(page).press_sequentially("7")
    expect_written(page, "7")
    expect(empty).to_be_hidden()
    field(page).fill(" \n")
    expect(empty).to_be_visible()
    expect_text(page, "problem", "^$")
    expect_query(page, number=" \n")


def test_a_long_number_is_broken_into_lines_on_a_phone(page: "Page") -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/write?number={'3' * 64}&choices=63:2")
    box = box_of(expect_written(page, "3" * 64))
    assert box["width"] <= 350
    digits = page.locator(".digits button")
    digits.nth(63).wait_for()
    boxes = [one.bounding_box() for one in digits.all()]
    assert len({round(one["y"] / 20) for one in boxes if one}) >= 4
    assert min(one["height"] for one in boxes if one) > 16
    digits.nth(25).click()
    page.get_by_role("dialog").get_by_role("button", name="Form 1").click()
    expect_query(page, choices="25:1,63:2")  # positions in the text as typed
    assert scroll_width(page) <= 390
    new = box_of(page.get_by_role("button", name="New handwriting"))
    assert new["height"] >= 48


# Other glyphs of a digit


def test_a_digit_gets_another_form_by_mouse_or_keyboard(page: "Page") -> None:
    page.goto("/write?number=1.77&seed=5")
    digits, dialog = page.locator(".digits button"), page.get_by_role("dialog", name="Another 7")
    expect(digits).to_have_count(3)
    digits.nth(2).click()
    expect(dialog.locator("svg path")).to_have_count(6)
    shapes = dialog.locator("svg path").evaluate_all("paths => paths.map((path) => path.getAttribute('d'))")
    assert len(set(shapes)) == 6
    expect(digits.nth(2)).to_have_attribute("aria-current", "true")
    dialog.get_by_role("button", name="Form 2 of 6").click()
    expect_query(page, choices="3:2")

    expect(digits.nth(2)).to_be_focused()
    expect(page.locator(".digits [aria-current]")).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(digits.nth(1)).to_be_focused()
    for key in ("Enter", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(dialog.get_by_role("button", name="Form 5 of 6")).to_be_focused()
    page.keyboard.press("Enter")
    expect_query(page, choices="2:5,3:2")

    page.reload()
    digits.nth(2).click()
    expect(dialog.locator("svg path")).to_have_count(6)
    page.mouse.click(5, 5)  # clicks outside the dialog
    expect(dialog).to_be_hidden()
    expect(page.locator(".digits [aria-current]")).to_have_count(0)  # the close event has moved the focus
    expect(digits.nth(2)).to_be_focused()
    field(page).press("Home")
    field(page).press_sequentially("4")
    expect_query(page, number="41.77", choices="3:5,4:2")
    page.get_by_role("button", name="New handwriting").click()  # discards the choices for the old handwriting
    expect(page).not_to_have_url(re.compile("choices"))


@pytest.mark.parametrize("width", [320, pytest.param(1280, marks=FULL)])
def test_the_forms_of_a_digit_lie_within_the_column_and_are_shown_whole(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/write?number=0123456789&seed=0")
    column = box_of(page.locator(".page"))
    whole = "({ viewBox: { baseVal: { x, width } } }, box) => x <= box.x && box.x + box.width <= x + width"
    for digit in (0, 2, -1):
        page.locator(".digits button").nth(digit).click()
        forms = page.get_by_role("dialog").locator("svg")
        expect(forms.locator("path")).to_have_count(6)
        assert all(forms.evaluate_all(f"all => all.map((form) => ({whole})(form, form.firstChild.getBBox()))"))
        box = box_of(page.get_by_role("dialog"))
        assert box["x"] >= column["x"] - 1
        assert box["x"] + box["width"] <= width
        page.keyboard.press("Escape")


# Errors


def test_a_character_that_cannot_be_written_is_named_and_kept(page: "Page") -> None:
    page.goto("/write?number=12&seed=5")
    expect_written(page, "12")
    unfold(page, "Save and share")
    field(page).fill("12a")
    expect_text(page, "problem", r"^“a” \(character 3\) cannot be written: only digits, spaces and \+ - ")
    assert (field(page).input_value(), field(page).get_attribute("aria-invalid")) == ("12a", "true")
    expect(page.get_by_text("Download PNG")).not_to_have_attribute("href", re.compile(""))
    expect(page.locator(".copies")).to_be_hidden()  # link and command belonged to the previous number
    expect(page.get_by_text("Type a number first")).to_be_visible()
    expect(page.locator(".digits button")).to_have_count(0)
    seen: list[bool] = []

    def hold(route: "Route") -> None:
        expect(page.get_by_text("Writing …")).to_be_visible()
        expect_text(page, "problem", "^$")  # also while the page still writes
        seen.append(True)
        route.continue_()

    page.route("**/api/write*", hold, times=1)
    field(page).fill("125")
    expect_written(page, "125")
    assert seen
    expect(field(page)).to_have_attribute("aria-invalid", "false")
    with page.expect_download() as download:
        page.get_by_text("Download SVG").click()
    assert download.value.suggested_filename == "125.svg"
    field(page).fill("1\u20092\u200b\u22123\r\n")  # like text pasted from a web page
    expect_written(page, "1 2\u22123")


@FAILING
def test_the_page_continues_when_the_server_answers_again(page: "Page") -> None:
    page.goto("/write?number=12&seed=5")
    page.route("**/api/write*", lambda route: route.abort())
    field(page).fill("125")
    expect_text(page, "problem", "^The server does not answer.")
    page.unroute_all()
    expect_written(page, "125")
    expect_text(page, "problem", "^$")


@FAILING
def test_a_bad_address_is_reported_and_the_page_works(page: "Page") -> None:
    page.goto("/write?number=12&seed=many")
    expect_text(page, "problem", "^[^\n]*seed[^\n]*many")
    assert field(page).get_attribute("aria-invalid") == "false", "the number is valid"
    page.get_by_role("button", name="New handwriting").click()
    expect_written(page, "12")
    expect_text(page, "problem", "^$")
    page.goto("/write?number=12&run=nobody")
    expect_text(page, "problem", "nobody")
    expect(page.get_by_text("Your network nobody writes.")).to_be_hidden()
    page.get_by_role("button", name="Use the bundled network").click()
    expect_written(page, "12")


@pytest.mark.page(controlled=True, problems_expected=True)
def test_a_busy_server_is_asked_again_a_few_times(page: "Page") -> None:
    times: list[int] = []
    refusal = {"error": "The server has too much to do.", "field": None}

    def refuse(route: "Route") -> None:
        times.append(int(page.evaluate("Date.now()")))
        route.fulfill(status=503, headers={"Retry-After": "60"}, json=refusal)

    picture, problem = (page.locator(f'[data-show="{name}"]') for name in ("picture", "problem"))
    page.route("**/api/write*", refuse, times=2)
    page.goto("/write?number=12&seed=5")
    advance_until(page, lambda: len(times) == 2, 10 * SECONDS)
    assert times[1] - times[0] >= 60 * SECONDS
    advance_until(page, lambda: picture.get_attribute("alt") == "12 in handwriting", 10 * SECONDS)
    expect_text(page, "problem", "^$")
    page.route("**/api/write*", refuse)
    field(page).fill("34")
    advance_until(page, lambda: bool(problem.text_content()), 10 * SECONDS)
    expect_text(page, "problem", "^The server has too much to do.$")


# A context of its own, because a route of a WebSocket cannot be removed
@pytest.mark.page(controlled=True, problems_expected=True, viewport=WIDE)
def test_the_number_is_written_after_a_first_start_without_another_press(page: "Page") -> None:
    times: list[int] = []
    sockets: list[WebSocketRoute] = []
    refusal = {"error": "The server is preparing, once: 0 of 30. Try again in 60 seconds.", "field": None}

    def refuse(route: "Route") -> None:
        times.append(int(page.evaluate("Date.now()")))
        route.fulfill(status=503, headers={"Retry-After": "60"}, json=refusal)

    page.route("**/healthz", lambda route: route.fulfill(json={"ready": False}))
    page.route("**/api/write*", refuse)
    page.route_web_socket("**/api/events", lambda socket: sockets.append(socket))
    page.goto("/write?number=12&seed=5")
    advance_until(page, lambda: len(sockets) == 1, SECONDS)
    sockets[0].send(json.dumps(preparing(5, "training", run="all-digits")))
    for done in (0, 12):
        sockets[0].send(json.dumps(preparing(done, "writer")))
        expect_bar(page, done)
    expect(page.get_by_text("Writing …")).to_be_hidden()
    advance_until(page, lambda: len(times) == 8, SECONDS)
    assert times[-1] - times[0] < 7 * 60 * SECONDS, "it asks again earlier, because it may be ready earlier"
    expect_text(page, "problem", "^$")
    page.unroute("**/api/write*")
    advance_until(page, lambda: page.get_by_alt_text("12 in handwriting").count() == 1, SECONDS)
    expect_written(page, "12")
    expect(page.get_by_role("progressbar")).to_be_hidden()
