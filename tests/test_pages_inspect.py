"""A drawing is asked about, in a real browser: by mouse and by keys, of a run that trains, rests, or was kept."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browsing import PATIENCE, looking_at, says
from test_pages_access import serious

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page


@pytest.fixture
def page(browser: "Browser", served: str) -> Iterator["Page"]:
    with looking_at(browser, served) as page:
        page.goto("/")
        says(page, "ask", "Click a drawing to ask the judge")
        yield page


def panel(page: "Page") -> "Locator":
    return page.locator(".ask")


def place(page: "Page", drawing: int) -> "Locator":
    return page.locator(".places button").nth(drawing)


def answers(page: "Page", part: str, pattern: str) -> None:
    """Wait until that part of the answer says something."""
    from playwright.sync_api import expect

    expect(panel(page).locator(f'[data-ask="{part}"]')).to_have_text(re.compile(pattern))


def answered(page: "Page", drawing: int) -> None:
    """Wait until the panel shows the whole answer about a drawing."""
    from playwright.sync_api import expect

    expect(panel(page)).to_be_visible()
    answers(page, "title", f"^Drawing {drawing + 1}\\b")
    expect(panel(page)).to_have_attribute("aria-busy", "false")
    answers(page, "verdict", r"^The judge prefers the real digit \d+ of 64 times\.")
    answers(page, "reading", r"^(Not recognized|The classifier)")
    answers(page, "nearest", r"^The nearest real \d$")
    answers(page, "legend", r"^Red: less ink\. Blue: more ink\.")
    for image in panel(page).locator("img").all():
        expect(image).to_have_attribute("src", re.compile("^data:image/png;base64,.{40}"))
    assert page.evaluate("[...document.querySelectorAll('.ask img')].map((image) => image.naturalWidth)") == [28] * 5


def test_a_click_asks_and_a_second_one_or_escape_leaves(page: "Page") -> None:
    from playwright.sync_api import expect

    expect(panel(page)).to_be_hidden()
    expect(place(page, 13)).to_have_accessible_name("Drawing 14: row 2, column 6")
    place(page, 13).click()
    answered(page, 13)
    expect(place(page, 13)).to_have_attribute("aria-current", "true")
    expect(place(page, 13)).to_be_visible()
    sheet, said = page.locator(".paper").first.bounding_box(), panel(page).bounding_box()
    assert sheet
    assert said
    assert said["x"] >= sheet["x"] + sheet["width"], "on a desk it does not hide the sheet"
    place(page, 50).click()
    answered(page, 50)
    assert page.locator(".places [aria-current]").count() == 1
    place(page, 50).click()
    expect(panel(page)).to_be_hidden()
    place(page, 50).click()
    answered(page, 50)
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    assert page.locator(".places [aria-current]").count() == 0


def test_it_can_be_done_with_keys_alone(page: "Page") -> None:
    from playwright.sync_api import expect

    place(page, 0).focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(place(page, 16)).to_be_focused()
    assert page.locator('.places [tabindex="0"]').count() == 1
    page.keyboard.press("Enter")
    answered(page, 16)
    expect(place(page, 16)).to_be_focused()
    answers(page, "heard", "^Drawing 17.* The judge prefers")
    panel(page).get_by_role("button", name="Close").focus()
    page.keyboard.press("Space")  # which is no Fun here
    expect(panel(page)).to_be_hidden()
    expect(place(page, 16)).to_be_focused()
    says(page, "status", "Press Fun|Stopped")


def test_it_is_followed_while_it_trains_and_a_page_that_left_hears_no_more(page: "Page") -> None:
    from playwright.sync_api import expect

    place(page, 9).click()
    answered(page, 9)
    at = panel(page).locator('[data-ask="at"]').text_content() or ""
    said: list[str] = []
    page.on("request", lambda request: said.append(request.url))
    page.get_by_role("button", name="Fun").click()
    for _ in range(2):
        expect(panel(page).locator('[data-ask="at"]')).not_to_have_text(at)
        at = panel(page).locator('[data-ask="at"]').text_content() or ""
    assert [url for url in said if url.endswith("/ask")] == [], "asked once"
    page.get_by_role("button", name="Stop").click()
    says(page, "status", "Stopped at iteration")
    stopped = page.locator('[data-show="iteration"]').text_content()
    answers(page, "at", f"^Iteration {stopped}$")
    with page.expect_response(lambda response: response.url.endswith("/ask")) as leaving:
        panel(page).get_by_role("button", name="Close").click()
    assert leaving.value.request.post_data_json == {"drawing": None}
    expect(panel(page)).to_be_hidden()


def test_a_new_run_closes_it(page: "Page") -> None:
    from playwright.sync_api import expect

    place(page, 9).click()
    answered(page, 9)
    page.request.post("/api/runs", data={"digit": 3})
    expect(panel(page)).to_be_hidden()
    says(page, "ask", "Click a drawing")
    place(page, 9).click()
    answered(page, 9)
    answers(page, "title", r"^Drawing 10 \(should be a 3\)$")
    answers(page, "nearest", "^The nearest real 3$")
    page.request.post("/api/runs/all-digits/open")
    expect(panel(page)).to_be_hidden()


def test_a_kept_picture_shows_the_nearest_real_digit_without_a_judge(page: "Page") -> None:
    from playwright.sync_api import expect

    page.goto("/static/images")
    says(page, "ask", "Click a drawing to follow it")
    page.locator('[data-do="play"]').focus()
    page.keyboard.press("End")
    place(page, 3).focus()
    label = page.locator('[data-show="label"]').text_content()
    page.keyboard.press("ArrowLeft")  # which does not go to the picture before
    expect(place(page, 2)).to_be_focused()
    says(page, "label", f"^{label}$")
    page.keyboard.press("Enter")
    answers(page, "title", "^Drawing 3$")  # of a run that draws what it likes
    answers(page, "verdict", r"^This picture has no judge")
    answers(page, "nearest", r"^The nearest real \d$")
    answers(page, "at", f"^{label}$")
    expect(panel(page)).to_have_attribute("aria-busy", "false")
    expect(panel(page).locator(".watched img")).to_have_attribute("src", re.compile("^data:image/png;base64,"))
    expect(panel(page).locator(".three")).to_be_hidden()
    page.keyboard.press("Home")  # from drawing to drawing, too
    expect(place(page, 0)).to_be_focused()
    page.get_by_role("slider").press("Home")
    answers(page, "at", "^Iteration 0$")
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()


@pytest.mark.full
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_serious_in_it(browser: "Browser", served: str, scheme: str, width: int) -> None:
    context = browser.new_context(base_url=served, bypass_csp=True, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/")
    place(page, 20).click()
    answered(page, 20)
    found = serious(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert found == []


def test_on_a_phone_the_answer_comes_in_sight_and_the_drawing_stays_there(browser: "Browser", served: str) -> None:
    with looking_at(browser, served) as page:
        page.set_viewport_size({"width": 390, "height": 700})
        page.goto("/")
        place(page, 0).click()
        answered(page, 0)
        assert page.evaluate("scrollY") > 0
        assert place(page, 0).evaluate("button => button.getBoundingClientRect().top") > -1  # but for rounding
