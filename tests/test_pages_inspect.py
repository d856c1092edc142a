"""static/js/components/inspect.js in a real browser: explanations of drawings on a run's sheet.

The explanations are canned, except in one test with a real judge.
"""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browsing import FULL, event_sockets, expect, expect_text, focus, open_page, scroll_width
from PIL import Image
from test_pages_access import serious

from gan.pictures import in_base64

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route


class Judge:
    """A fake judge that answers the page's questions about drawings with canned explanations."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.questions: list[int | None] = []
        page.route("**/ask", self.receive)

    def receive(self, route: "Route") -> None:
        self.questions.append(json.loads(route.request.post_data or "")["drawing"])
        route.fulfill(status=202, json={})
        if self.questions[-1] is not None:
            self.explain(0)

    def explain(self, iteration: int) -> None:
        """Send an explanation of the drawing that was asked about."""
        png = in_base64(Image.new("L", (28, 28), iteration))
        explanation = {
            "type": "answer", "run": "all-digits", "iteration": iteration, "drawing": self.questions[-1],
            "asked": None, "digit": 3, "confidence": 0.95, "sure": 0.9, "near": True, "real_digit": 3,
            "prefers_real": 35, "would_prefer_real": 2, "of": 64,
            "png": dict.fromkeys(("drawing", "real", "wanted", "gradient"), png),
        }  # fmt: skip
        event_sockets(self.page)[-1].send(json.dumps(explanation))


@pytest.fixture
def judge(browser: "Browser", hosted: str) -> Iterator[Judge]:
    with open_page(browser, hosted, controlled=True) as page:
        page.request.post(f"{hosted}/api/runs/all-digits/reset")
        judge = Judge(page)
        page.goto("/")
        expect_text(page, "ask", "Click a drawing to ask the judge")
        yield judge


def panel(page: "Page") -> "Locator":
    return page.locator(".ask")


def place(page: "Page", drawing: int) -> "Locator":
    return page.locator(".places button").nth(drawing)


def expect_answer(page: "Page", **parts: str) -> None:
    """Wait until the texts of the given parts of the explanation match."""
    for part, pattern in parts.items():
        expect(panel(page).locator(f'[data-ask="{part}"]')).to_have_text(re.compile(pattern))


def expect_explained(page: "Page", drawing: int) -> None:
    """Wait until the panel shows the whole explanation of a drawing."""
    expect(panel(page)).to_be_visible()
    expect_answer(page, title=f"^Drawing {drawing + 1}\\b")
    expect(panel(page)).to_have_attribute("aria-busy", "false")
    expect_answer(
        page,
        verdict=r"^The judge prefers the real digit \d+ of 64 times( \(average of \d+ sheets\))?\. 32 of 64 would",
        reading=r"^(Not recognized|The classifier)",
        nearest=r"^The nearest real \d$",
        legend=r"^Red: less ink\. Blue: more ink\.",
    )
    for image in panel(page).locator("img").all():
        expect(image).to_have_attribute("src", re.compile("^data:image/png;base64,.{40}"))
    page.wait_for_function(
        """count => {
          const images = [...document.querySelectorAll(".ask img")];
          return images.length === count && images.every((image) => image.naturalWidth === 28);
        }""",
        arg=5,
    )


def test_a_click_opens_the_explanation_and_a_second_click_or_escape_closes_it(judge: Judge) -> None:
    page = judge.page
    expect(panel(page)).to_be_hidden()
    expect(place(page, 13)).to_have_accessible_name("Drawing 14: row 2, column 6")
    place(page, 13).click()
    expect_explained(page, 13)
    expect(place(page, 13)).to_have_attribute("aria-current", "true")
    sheet, box = page.locator(".paper").first.bounding_box(), panel(page).bounding_box()
    assert sheet
    assert box
    assert box["x"] >= sheet["x"] + sheet["width"], "in a wide window it does not cover the sheet"
    place(page, 50).click()
    expect_explained(page, 50)
    expect(page.locator(".places [aria-current]")).to_have_count(1)
    place(page, 50).click()
    expect(panel(page)).to_be_hidden()
    place(page, 50).click()
    expect_explained(page, 50)
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    expect(page.locator(".places [aria-current]")).to_have_count(0)


def test_the_keyboard_moves_over_the_sheet_opens_and_closes(judge: Judge) -> None:
    page = judge.page
    focus(place(page, 0))
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(place(page, 16)).to_be_focused()
    assert page.locator('.places [tabindex="0"]').count() == 1
    page.keyboard.press("Enter")
    expect_explained(page, 16)
    expect(place(page, 16)).to_be_focused()
    expect_answer(page, heard="^Drawing 17.* The judge prefers")
    focus(panel(page).get_by_role("button", name="Close"))
    page.keyboard.press("Space")  # presses the button instead of starting training
    expect(panel(page)).to_be_hidden()
    expect(place(page, 16)).to_be_focused()
    expect_text(page, "status", "Press Fun|Stopped")


def test_newer_explanations_replace_older_ones_and_a_closed_panel_ends_them(judge: Judge) -> None:
    page = judge.page
    place(page, 9).click()
    expect_explained(page, 9)
    expect_answer(page, at="^Iteration 0$")
    for iteration in (20, 30):
        judge.explain(iteration)
        expect_answer(page, at=f"^Iteration {iteration}$")
    assert judge.questions == [9]
    with page.expect_response(lambda response: response.url.endswith("/ask")):
        panel(page).get_by_role("button", name="Close").click()
    assert judge.questions == [9, None]
    expect(panel(page)).to_be_hidden()


def test_another_run_closes_the_explanation(judge: Judge, hosted: str) -> None:
    page = judge.page
    place(page, 9).click()
    expect_explained(page, 9)
    page.request.post(f"{hosted}/api/runs", data={"digit": 3})
    expect(panel(page)).to_be_hidden()
    expect_text(page, "ask", "Click a drawing")
    page.goto("/write")  # so that the page does not request a picture of the deleted run
    page.request.post(f"{hosted}/api/runs/digit-3/delete")


def test_on_a_phone_the_explanation_scrolls_into_view_with_its_drawing(judge: Judge) -> None:
    page = judge.page
    page.set_viewport_size({"width": 390, "height": 700})
    place(page, 0).click()
    expect_explained(page, 0)
    page.wait_for_function("() => scrollY > 0")
    page.wait_for_function(  # -1 allows for rounding
        "button => button.getBoundingClientRect().top > -1", arg=place(page, 0).element_handle()
    )


@FULL
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_a_real_judge_explains_and_axe_finds_nothing_serious(
    browser: "Browser", served: str, scheme: str, width: int
) -> None:
    with open_page(browser, served, bypass_csp=True, color_scheme=scheme) as page:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/")
        place(page, 20).click()
        expect_explained(page, 20)
        assert serious(page) == []
        assert scroll_width(page) <= width
        at = panel(page).locator('[data-ask="at"]').text_content() or ""
        page.get_by_role("button", name="Fun").click()
        expect_text(page, "status", "Training. Press Stop to pause")
        expect_answer(page, at=f"^(?!{at}$)Iteration")
        page.get_by_role("button", name="Stop").click()
        expect_text(page, "status", "Stopped at iteration")
        stopped = page.locator('[data-show="iteration"]').text_content()
        expect_answer(page, at=f"^Iteration {stopped}$")
