"""The section "One iteration, step by step" in a real browser: it plays, steps, and says each step."""

import json
import re
from typing import TYPE_CHECKING

from browsing import PATIENCE, open_page, stop_clock

from gan.web.services.one_iteration import SHOWN

PACE = 5000  # milliseconds a step, of static/js/components/one-iteration.js

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page


def section(page: "Page") -> "Locator":
    return page.get_by_role("region", name="One iteration, step by step")


def at(page: "Page", step: int) -> None:
    """Wait until the line says so."""
    from playwright.sync_api import expect

    expect(section(page).get_by_role("status")).to_have_text(re.compile(f"^Step {step} of 7"))


def test_it_plays_and_can_be_held_and_stepped(browser: "Browser", hosted: str) -> None:
    from playwright.sync_api import expect

    with open_page(browser, hosted) as page:
        stop_clock(page)
        page.goto("/learn")
        here = section(page)
        expect(here.get_by_role("img")).to_have_count(0)
        here.get_by_role("button", name="Play one iteration").click()
        at(page, 1)
        expect(here.get_by_role("img", name="A drawing, 1 of 4")).to_be_visible()
        expect(here.get_by_role("img")).to_have_count(SHOWN)  # what is not there yet is not told either
        page.clock.fast_forward(PACE)
        at(page, 2)  # by itself
        here.get_by_role("button", name="Pause").click()
        page.keyboard.press("ArrowLeft")
        at(page, 1)
        expect(here.get_by_role("button", name="One step back")).to_have_attribute("aria-disabled", "true")
        page.keyboard.press("ArrowLeft")
        at(page, 1)
        for step in range(2, 8):
            here.get_by_role("button", name="One step on").click()
            at(page, step)
        expect(here.get_by_role("img")).to_have_count(4 * SHOWN)
        expect(here.get_by_role("button", name="One step on")).to_have_attribute("aria-disabled", "true")
        page.keyboard.press("ArrowLeft")
        at(page, 6)
        expect(here.locator('[data-player="d"]')).to_contain_text("frozen, moved by exactly 0")
        page.keyboard.press("ArrowRight")
        at(page, 7)
        first = here.get_by_role("img", name="The drawing again, 1 of 4").get_attribute("src")
        here.get_by_role("button", name="Play another").click()
        at(page, 1)
        assert here.locator('[data-row="again"] img').first.get_attribute("src") != first
        here.get_by_role("button", name="Pause").click()
        expect(here.get_by_role("button", name="Go on")).to_be_focused()
        page.keyboard.press("Control+ArrowRight")  # the browser's own
        page.get_by_role("slider", name="From one latent").press("ArrowRight")  # the slider's own
        at(page, 1)
        expect(page.get_by_role("slider", name="From one latent")).to_have_value("1")


def test_with_reduced_motion_it_waits_for_the_reader_on_a_phone_too(browser: "Browser", hosted: str) -> None:
    from playwright.sync_api import expect

    context = browser.new_context(base_url=hosted, reduced_motion="reduce", viewport={"width": 320, "height": 700})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.clock.install()
    page.goto("/learn")
    here = section(page)
    play = here.get_by_role("button", name="Play one iteration")
    expect(play).to_be_enabled()
    play.press("Enter")
    at(page, 1)
    heights = here.locator(".row").evaluate_all("rows => rows.map((row) => row.offsetHeight)")
    assert [height > 0 for height in heights] == [False, True, False, False], "one below the other they leave no hole"
    page.clock.run_for(60_000)
    at(page, 1)
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    at(page, 7)
    expect(here.get_by_role("button", name="Play another")).to_be_visible()
    page.get_by_label("Layer").select_option("convolution")  # its slopes are the widest numbers
    page.get_by_role("button", name="Check a gradient").click()
    page.get_by_text("The largest error is").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    context.close()


def test_a_server_that_cannot_says_so_and_may_be_asked_again(browser: "Browser", hosted: str) -> None:
    from playwright.sync_api import expect

    context = browser.new_context(base_url=hosted)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    busy = json.dumps({"error": "The server has too much to do.", "field": None})
    page.route("**/api/one-iteration*", lambda route: route.fulfill(status=503, body=busy), times=1)
    page.goto("/learn")
    play = section(page).get_by_role("button", name="Play one iteration")
    play.click()
    expect(section(page).get_by_role("alert")).to_have_text("The server has too much to do.")
    play.click()
    at(page, 1)
    expect(section(page).locator("[data-problem]")).to_have_text("")
    context.close()


def test_a_gradient_is_checked_while_one_looks(browser: "Browser", hosted: str) -> None:
    from playwright.sync_api import expect

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
