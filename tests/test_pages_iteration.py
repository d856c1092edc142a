"""static/js/components/one-iteration.js and the gradient check, in a real browser."""

import json
import re
from typing import TYPE_CHECKING

from browsing import expect, open_page, scroll_width

from gan.web.services.one_iteration import SHOWN

PACE = 5000  # milliseconds per step, as in static/js/components/one-iteration.js

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page


def section(page: "Page") -> "Locator":
    return page.get_by_role("region", name="One iteration, step by step")


def expect_step(page: "Page", step: int) -> None:
    expect(section(page).get_by_role("status")).to_have_text(re.compile(f"^Step {step} of 7"))


def test_an_iteration_plays_pauses_and_steps(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, controlled=True) as page:
        page.goto("/learn")
        region = section(page)
        expect(region.get_by_role("img")).to_have_count(0)
        region.get_by_role("button", name="Play one iteration").click()
        expect_step(page, 1)
        expect(region.get_by_role("img", name="A drawing, 1 of 4")).to_be_visible()
        expect(region.get_by_role("img")).to_have_count(SHOWN)  # later pictures are hidden from screen readers too
        page.clock.fast_forward(PACE)
        expect_step(page, 2)  # the animation moved on by itself
        region.get_by_role("button", name="Pause").click()
        page.keyboard.press("ArrowLeft")
        expect_step(page, 1)
        expect(region.get_by_role("button", name="One step back")).to_have_attribute("aria-disabled", "true")
        page.keyboard.press("ArrowLeft")
        expect_step(page, 1)
        for step in range(2, 8):
            region.get_by_role("button", name="One step forward").click()
            expect_step(page, step)
        expect(region.get_by_role("img")).to_have_count(4 * SHOWN)
        expect(region.get_by_role("button", name="One step forward")).to_have_attribute("aria-disabled", "true")
        page.keyboard.press("ArrowLeft")
        expect_step(page, 6)
        expect(region.locator('[data-player="d"]')).to_contain_text("frozen, moved by exactly 0")
        page.keyboard.press("ArrowRight")
        expect_step(page, 7)
        first = region.get_by_role("img", name="The drawing again, 1 of 4").get_attribute("src")
        region.get_by_role("button", name="Play another").click()
        expect_step(page, 1)
        assert region.locator('[data-row="again"] img').first.get_attribute("src") != first
        region.get_by_role("button", name="Pause").click()
        expect(region.get_by_role("button", name="Continue")).to_be_focused()
        page.keyboard.press("Control+ArrowRight")  # handled by the browser
        page.get_by_role("slider", name="From one latent").press("ArrowRight")  # handled by the slider
        expect_step(page, 1)
        expect(page.get_by_role("slider", name="From one latent")).to_have_value("1")


def test_with_reduced_motion_the_reader_steps_also_on_a_phone(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, controlled=True, reduced_motion=True) as page:
        page.set_viewport_size({"width": 320, "height": 700})
        page.goto("/learn")
        region = section(page)
        play = region.get_by_role("button", name="Play one iteration")
        expect(play).to_be_enabled()
        play.press("Enter")
        expect_step(page, 1)
        heights = region.locator(".row").evaluate_all("rows => rows.map((row) => row.offsetHeight)")
        assert [height > 0 for height in heights] == [False, True, False, False], "rows without pictures take no space"
        page.clock.run_for(60_000)
        expect_step(page, 1)
        for _ in range(6):
            page.keyboard.press("ArrowRight")
        expect_step(page, 7)
        flow = ('[data-player="g"]', '[data-arrow="g"]', '[data-row="again"]', '[data-arrow="d"]', '[data-player="d"]')
        tops = [region.locator(name).bounding_box()["y"] for name in (*flow, '[data-row="real"]')]  # type: ignore[index]
        assert tops == sorted(tops), "both arrows are next to the drawings of this step"
        expect(region.get_by_role("button", name="Play another")).to_be_visible()
        page.get_by_label("Layer").select_option("convolution")  # the layer with the widest numbers
        page.get_by_role("button", name="Check a gradient").click()
        page.get_by_text("The largest error is").wait_for()
        assert scroll_width(page) == 320


def test_a_busy_server_is_reported_and_the_button_works_again(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, problems_expected=True) as page:
        busy = json.dumps({"error": "The server has too much to do.", "field": None})
        page.route("**/api/one-iteration*", lambda route: route.fulfill(status=503, body=busy), times=1)
        page.goto("/learn")
        play = section(page).get_by_role("button", name="Play one iteration")
        play.click()
        expect(section(page).get_by_role("alert")).to_have_text("The server has too much to do.")
        play.click()
        expect_step(page, 1)
        expect(section(page).locator("[data-problem]")).to_have_text("")


def test_a_gradient_is_checked_with_new_numbers_each_time(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted) as page:
        page.goto("/learn")
        form = page.get_by_role("form", name="Check a gradient")
        form.get_by_label("Layer").select_option("convolution")
        form.get_by_role("button").click()
        expect(form.get_by_role("status")).to_have_text(re.compile(r"^The largest error is .* right.$"))
        rows = form.get_by_role("row")
        expect(rows).to_have_count(4)
        first = rows.last.text_content()
        form.get_by_role("button").click()
        expect(rows.last).not_to_have_text(first or "")
