"""static/js/pages/write.js in a real browser: typing, other handwriting styles and glyph variants, errors."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.helpers.browsing import (
    FULL,
    SECONDS,
    advance_until,
    expect,
    expect_query,
    expect_text,
    expect_written,
    field,
    open_page,
    scroll_width,
    unfold,
    write_requests,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.slow
CONTROLS = "main :is(textarea, button, select, input, a, summary):not([role=group] *):visible"


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    with open_page(browser, address, reduced_motion=True) as page:
        yield page


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=FULL)])
def test_few_controls_are_in_view(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/write")
    expect_written(page, r"\d{4}-\d\d-\d\d")  # today's date
    page.locator(".digits button").first.wait_for()
    controls = page.locator(CONTROLS).evaluate_all("all => all.map((one) => (one.name || one.textContent).trim())")
    folds = ["How it looks", "Save and share", "Many numbers", "How digits become handwriting"]
    assert controls == ["number", "New handwriting", "Use my handwriting", *folds]
    button = page.get_by_role("button", name="New handwriting").bounding_box()
    assert button
    assert button["height"] >= 48
    assert button["y"] + button["height"] < 600
    page.wait_for_function("() => getSelection().toString() === document.activeElement.value")  # typing replaces it
    expect(field(page)).to_be_focused()


def test_only_added_digits_are_animated(page: "Page") -> None:
    page.emulate_media(reduced_motion="no-preference")
    requests = write_requests(page)
    page.goto("/write?number=12&seed=5")
    expect_written(page, "12")
    field(page).press("End")
    field(page).press_sequentially("5")
    expect_written(page, "125")
    field(page).press("Home")
    field(page).press_sequentially("9")
    expect_written(page, "9125")
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
    seed = first["seed"]
    expect_query(page, number="3", seed=seed)
    page.go_back()
    expect_query(page, seed="5")
    page.go_forward()
    expect_query(page, seed=seed)


def test_with_reduced_motion_nothing_is_animated(page: "Page") -> None:
    requests = write_requests(page)
    page.goto("/write?number=3")
    expect_written(page, "3")
    page.get_by_role("button", name="New handwriting").click()
    field(page).press_sequentially("1")
    expect_written(page, "31")
    assert {one["format"] for one in requests} <= {"svg", "json"}


def test_wide_forms_are_shown_whole(page: "Page") -> None:
    page.goto("/write?number=0123456789&seed=0")
    page.locator(".digits button").nth(2).click()
    forms = page.get_by_role("dialog", name="Another 2").locator("svg")
    expect(forms).to_have_count(6)
    whole = "({ viewBox: { baseVal: { x, width } } }, box) => x <= box.x && box.x + box.width <= x + width"
    assert all(forms.evaluate_all(f"all => all.map((form) => ({whole})(form, form.firstChild.getBBox()))"))


def test_a_digit_gets_another_form_by_mouse_or_keyboard(page: "Page") -> None:
    page.goto("/write?number=1.77&seed=5")
    digits, dialog = page.locator(".digits button"), page.get_by_role("dialog", name="Another 7")
    expect(digits).to_have_count(3)
    digits.nth(2).click()
    expect(dialog.locator("svg path")).to_have_count(6)
    shapes = dialog.locator("svg path").evaluate_all("paths => paths.map((path) => path.getAttribute('d'))")
    assert len(set(shapes)) == 6
    expect(digits.nth(2)).to_have_attribute("aria-current", "true")
    expect(dialog.get_by_role("button", name="Leave it as it is")).to_be_visible()
    dialog.get_by_role("button", name="Form 2 of 6").click()
    expect_query(page, choices="3:2")

    expect(digits.nth(2)).to_be_focused()
    expect(page.locator(".digits [aria-current]")).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(digits.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(digits.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("button", name="Form 5 of 6")).to_be_focused()
    page.keyboard.press("Enter")
    expect_query(page, choices="2:5,3:2")

    page.reload()
    digits.nth(2).click()
    expect(dialog.locator("svg path")).to_have_count(6)
    page.mouse.click(5, 5)  # clicks outside the dialog
    expect(dialog).to_be_hidden()
    expect(digits.nth(2)).to_be_focused()  # the close event moves the focus
    field(page).press("Home")
    field(page).press_sequentially("4")
    expect_query(page, number="41.77", choices="3:5,4:2")
    page.get_by_role("button", name="New handwriting").click()  # discards the choices for the old handwriting
    expect(page).not_to_have_url(re.compile("choices"))


@pytest.mark.parametrize("width", [320, *(pytest.param(width, marks=FULL) for width in (390, 1280, 1920))])
def test_the_forms_of_a_digit_lie_within_the_column(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/write?number=1234567890&seed=5")
    column = page.locator(".page").bounding_box()
    assert column
    for digit in (0, -1):
        page.locator(".digits button").nth(digit).click()
        expect(page.get_by_role("dialog").locator("svg path")).to_have_count(6)
        box = page.get_by_role("dialog").bounding_box()
        assert box
        assert box["x"] >= column["x"] - 1
        assert box["x"] + box["width"] <= width
        page.keyboard.press("Escape")


def test_a_character_that_cannot_be_written_is_named_and_kept(page: "Page") -> None:
    page.goto("/write?number=12&seed=5")
    expect_written(page, "12")
    unfold(page, "Save and share")
    field(page).fill("12a")
    expect_text(page, "problem", r"^“a” \(character 3\) cannot be written: only digits, spaces and \+ - ")
    assert (field(page).input_value(), field(page).get_attribute("aria-invalid")) == ("12a", "true")
    expect(page.get_by_text("Writing …")).to_be_hidden()
    expect(page.get_by_text("Download PNG")).not_to_have_attribute("href", re.compile(""))
    expect(page.locator(".copies")).to_be_hidden()  # link and command belonged to the previous number
    expect(page.get_by_text("Type a number first")).to_be_visible()
    expect(page.locator(".digits button")).to_have_count(0)
    field(page).fill("125")
    expect_text(page, "problem", "^$")  # also while the page still writes
    expect(field(page)).to_have_attribute("aria-invalid", "false")
    with page.expect_download() as download:
        page.get_by_text("Download SVG").click()
    assert download.value.suggested_filename == "125.svg"
    expect(page.locator(".copies")).to_be_visible()
    field(page).fill("1\u20092\u200b\u22123\r\n")  # like text pasted from a web page
    expect_written(page, "1 2\u22123")


def test_too_many_digits_are_refused_beside_the_field(page: "Page") -> None:
    page.goto("/write?number=12&seed=5")
    expect_written(page, "12")
    field(page).fill("3" * 20_000)
    expect_text(page, "problem", "^20,000 characters are too many: at most 40 lines of 64 can be written.")
    expect(page.locator('[data-show="problem"]')).to_be_in_viewport()


def test_an_old_error_does_not_stay_while_the_page_writes(page: "Page") -> None:
    page.goto("/write?number=12&seed=5")
    expect_written(page, "12")
    field(page).fill("12a")
    expect_text(page, "problem", "cannot be written")
    seen: list[bool] = []

    def hold(route: "Route") -> None:
        expect(page.get_by_text("Writing …")).to_be_visible()
        expect_text(page, "problem", "^$")
        seen.append(True)
        route.continue_()

    page.route("**/api/write*", hold, times=1)
    field(page).fill("123")
    expect_written(page, "123")
    assert seen


def test_the_page_continues_when_the_server_answers_again(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, problems_expected=True) as page:
        page.goto("/write?number=12&seed=5")
        expect_written(page, "12")
        page.route("**/api/write*", lambda route: route.abort())
        field(page).fill("125")
        expect_text(page, "problem", "^The server does not answer.")
        page.unroute_all()
        expect_written(page, "125")
        expect_text(page, "problem", "^$")


def test_a_bad_address_is_reported_and_the_page_works(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, problems_expected=True) as page:
        page.goto("/write?number=12&seed=many")
        expect_text(page, "problem", "^[^\n]*seed[^\n]*many")
        assert field(page).get_attribute("aria-invalid") == "false", "the number is valid"
        expect(page.get_by_text("Writing …")).to_be_hidden()
        page.get_by_role("button", name="New handwriting").click()
        expect_written(page, "12")
        expect_text(page, "problem", "^$")
        page.goto("/write?number=12&run=nobody")
        expect_text(page, "problem", "nobody")
        expect(page.get_by_text("Your network nobody writes.")).to_be_hidden()
        page.get_by_role("button", name="Use the bundled network").click()
        expect_written(page, "12")


def test_a_busy_server_is_asked_again_a_few_times(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, controlled=True, problems_expected=True) as page:
        refusal = {"error": "The server has too much to do.", "field": None}
        times: list[int] = []

        def refuse(route: "Route") -> None:
            times.append(page_time())
            route.fulfill(status=503, headers={"Retry-After": "60"}, json=refusal)

        def page_time() -> int:
            return int(page.evaluate("Date.now()"))

        picture, problem = (page.locator(f'[data-show="{name}"]') for name in ("picture", "problem"))
        page.route("**/api/write*", refuse, times=2)
        page.goto("/write?number=12&seed=5")
        advance_until(page, lambda: len(times) == 2, 10 * SECONDS)
        assert times[1] - times[0] >= 60 * SECONDS
        advance_until(page, lambda: picture.get_attribute("alt") == "12 in handwriting", 10 * SECONDS)
        expect_written(page, "12")
        expect_text(page, "problem", "^$")
        page.route("**/api/write*", refuse)
        field(page).fill("34")
        advance_until(page, lambda: bool(problem.text_content()), 10 * SECONDS)
        expect_text(page, "problem", "^The server has too much to do.$")


def test_an_empty_number_is_no_error(page: "Page") -> None:
    page.goto("/write?number=")
    expect(page.get_by_text("What you type is written here.")).to_be_visible()
    field(page).press_sequentially("7")
    expect_written(page, "7")
    expect(page.get_by_text("What you type is written here.")).to_be_hidden()
    field(page).fill(" \n")
    expect(page.get_by_text("What you type is written here.")).to_be_visible()
    expect_text(page, "problem", "^$")
    assert field(page).get_attribute("aria-invalid") == "false"
    expect_query(page, number=" \n")


def test_digits_typed_before_the_script_runs_are_kept(page: "Page") -> None:
    def type_first(route: "Route") -> None:
        field(page).fill("27")
        route.continue_()

    page.route("**/static/js/pages/write.js", type_first)
    page.goto("/write")
    expect_written(page, "27")


def test_a_long_number_is_broken_into_lines(page: "Page") -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/write?number={'3' * 64}&choices=63:2")
    picture = expect_written(page, "3" * 64)
    box = picture.bounding_box()
    assert box
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


@FULL
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_dialog_and_beside_an_error(
    browser: "Browser", hosted: str, scheme: str
) -> None:
    from tests.pages.test_access import serious

    with open_page(browser, hosted, bypass_csp=True, color_scheme=scheme) as page:
        page.goto("/write?number=12&seed=5")
        page.locator(".digits button").first.click()
        page.locator("dialog svg path").nth(5).wait_for()
        assert serious(page) == []
        page.keyboard.press("Escape")
        field(page).fill("12a")
        expect_text(page, "problem", "cannot be written")
        assert serious(page) == []
