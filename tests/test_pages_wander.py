"""The animated sheet and the disk of two directions, in a real browser. The tests move the page's clock."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from browsing import advance_until, expect, expect_text, focus, open_page, unfold
from fake_worker import tiny
from serving import ROOT, hosting

from gan.pretrained import RECORDED
from gan.runs.run_writer import create

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.slow
REST, BEAT = 8000, 600  # milliseconds, as in static/js/components/wander.js


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the bundled recorded run and an untrained one."""
    with hosting(tmp_path_factory.mktemp("runs"), recorded=RECORDED) as address:
        yield address


@contextmanager
def at_rest(browser: "Browser", address: str, path: str = "/", **options: Any) -> Iterator[tuple["Page", list[str]]]:
    """Open a page with a paused clock, and collect its requests for strips."""
    with open_page(browser, address, controlled=True, **options) as page:
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url) if "/api/wander" in request.url else None)
        page.goto(path)
        yield page, requests


def walk(page: "Page") -> "Locator":
    return page.locator(".walk")


def control(page: "Page") -> "Locator":
    return page.locator('[data-do="wander"]')


def wait_for_animation(page: "Page") -> None:
    """Wait until the sheet is animated. The delay restarts when the picture loads and when it comes into view."""
    advance_until(page, walk(page).is_visible, REST)


def wait_for_change(page: "Page") -> None:
    """Advance the clock until the canvas changes."""
    before = ink(page)
    advance_until(page, lambda: ink(page) != before, BEAT)


def ink(page: "Page") -> str:
    return str(walk(page).evaluate("canvas => canvas.toDataURL()"))


def is_still(page: "Page") -> bool:
    before = ink(page)
    for _ in range(3):
        page.clock.fast_forward(3 * BEAT)
    return ink(page) == before


def test_with_reduced_motion_the_animation_starts_on_request_and_uses_the_bundled_network(
    browser: "Browser", address: str
) -> None:
    with at_rest(browser, address, reduced_motion=True) as (page, requests):
        expect_text(page, "caption", "Recorded, iteration 2,000")
        expect(control(page)).to_have_text("Animate")
        page.clock.fast_forward(10 * REST)
        expect(walk(page)).to_be_hidden()
        assert requests == []
        control(page).click()
        expect(walk(page)).to_be_visible()
        expect_text(page, "wandering", "by the bundled network")
        wait_for_change(page)
        assert [urlparse(url).query for url in requests] == ["strip=0", "strip=1"]
        expect(page.locator('[data-show="picture"]')).to_be_hidden()
        expect(page.locator('[data-show="labels"]')).to_be_hidden()


def test_an_untrained_run_is_not_animated(browser: "Browser", address: str) -> None:
    with at_rest(browser, address) as (page, requests):
        unfold(page, "Runs")
        page.get_by_role("button", name="Show your own run").click()
        expect_text(page, "caption", "Iteration 0, untrained")
        page.clock.fast_forward(10 * REST)
        expect(control(page)).to_be_hidden()
        expect(walk(page)).to_be_hidden()
        assert requests == []


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a run that counts as trained because it has the bundled generator."""
    runs = tmp_path_factory.mktemp("runs")
    run = create(runs / "all-digits", tiny(None, labels=True, iterations=None))
    run.save_picture(20, np.zeros((64, 28, 28), np.uint8))
    shutil.copy(ROOT / "gan" / "pretrained" / "any.safetensors", run.path / "generator.safetensors")
    with hosting(runs, recorded=RECORDED) as address:
        yield address


def test_the_animation_starts_when_training_stops_and_ends_when_it_starts(browser: "Browser", trained: str) -> None:
    with at_rest(browser, trained) as (page, requests):
        expect_text(page, "status", "Stopped at iteration")
        expect(control(page)).to_be_hidden()  # there is nothing to pause
        expect(walk(page)).to_be_hidden()
        assert requests == []
        wait_for_animation(page)
        expect(walk(page)).to_have_attribute("aria-label", re.compile("^Digits that slowly turn into others"))
        wait_for_change(page)
        assert parse_qs(urlparse(requests[0]).query) == {"strip": ["0"], "run": ["all-digits"]}
        before = len(requests)
        page.get_by_role("button", name="Fun").click()
        expect(walk(page)).to_be_hidden()
        expect_text(page, "status", "Training. Press Stop to pause")
        page.clock.fast_forward(2 * REST)
        expect(walk(page)).to_be_hidden()
        expect(control(page)).to_be_hidden()
        assert len(requests) == before
        page.get_by_role("button", name="Stop").click()
        expect_text(page, "status", "Stopped at iteration")
        wait_for_animation(page)


def test_the_animation_pauses_and_the_browser_remembers_that(browser: "Browser", trained: str) -> None:
    with at_rest(browser, trained) as (page, requests):
        expect_text(page, "status", "Stopped at iteration")
        wait_for_animation(page)
        wait_for_change(page)
        focus(control(page))
        page.keyboard.press("Enter")
        expect(control(page)).to_have_text("Animate")
        assert is_still(page)
        expect(walk(page)).to_be_visible()
        page.keyboard.press("Enter")
        wait_for_change(page)
        page.locator('[data-do="wander-speed"]').select_option("fast")
        control(page).click()
        requests.clear()
        page.reload()
        expect_text(page, "status", "Stopped at iteration")
        page.clock.fast_forward(10 * REST)
        expect(control(page)).to_have_text("Animate")
        expect(walk(page)).to_be_hidden()
        assert requests == []
        assert page.locator('[data-do="wander-speed"]').input_value() == "fast"


def test_a_click_on_a_drawing_ends_the_animation_and_chooses_it(browser: "Browser", trained: str) -> None:
    with at_rest(browser, trained) as (page, _):
        expect_text(page, "ask", "Click any drawing")
        wait_for_animation(page)
        wait_for_change(page)
        drawing = page.locator(".places button").nth(9)
        drawing.click()
        expect(walk(page)).to_be_hidden()
        expect(page.locator('[data-show="picture"]')).to_be_visible()
        expect(drawing).to_have_attribute("aria-current", "true")
        wait_for_animation(page)
        expect(control(page)).to_have_text("Pause")


def test_the_animation_pauses_out_of_view(browser: "Browser", trained: str) -> None:
    with at_rest(browser, trained) as (page, _):
        page.set_viewport_size({"width": 360, "height": 500})
        expect_text(page, "status", "Stopped at iteration")
        wait_for_animation(page)
        wait_for_change(page)
        unfold(page)
        page.locator("summary", has_text="Runs").scroll_into_view_if_needed()
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.evaluate("new Promise((done) => new IntersectionObserver(done).observe(document.body))")
        assert is_still(page)
        page.evaluate("scrollTo(0, 0)")
        page.evaluate("new Promise((done) => new IntersectionObserver(done).observe(document.body))")
        wait_for_change(page)


def test_a_refusal_is_shown_and_the_animation_can_be_started_again(browser: "Browser", trained: str) -> None:
    with open_page(browser, trained, controlled=True, problems_expected=True) as page:
        refusal = {"error": "No network.", "field": None}
        page.route("**/api/wander?strip=0*", lambda route: route.fulfill(status=404, json=refusal), times=1)
        page.goto("/")
        expect_text(page, "status", "Stopped at iteration")
        wait_for_animation(page)
        wandering = page.locator('[data-show="wandering"]')
        advance_until(page, lambda: wandering.text_content() == "No network.", BEAT)
        for _ in range(2):
            control(page).click()  # first pauses, then tries again
        wait_for_change(page)
        expect_text(page, "wandering", "The drawings turn into others")


# The disk


def digits(page: "Page") -> list[str]:
    """Wait until the ten digits are drawn, and return their pictures. Blank ones are all alike."""
    page.wait_for_function(
        '() => new Set([...document.querySelectorAll(".around canvas")].map((one) => one.toDataURL())).size === 10'
    )
    return list(page.locator(".around canvas").evaluate_all("all => all.map((one) => one.toDataURL())"))


def expect_place(page: "Page", seed: int, x: int, y: int) -> None:
    """Wait until the address contains the seed and the coordinates."""
    expect(page).to_have_url(re.compile(rf"/learn\?seed={seed}&x={x}&y={y}#place$"))


def test_a_link_leads_to_a_place_and_keys_move_it(browser: "Browser", address: str) -> None:
    with open_page(browser, address) as page:
        page.goto("/learn?seed=7&x=45&y=-25#place")
        there = digits(page)
        with page.expect_response("**/api/place?seed=7&x=40&y=-30") as response:
            page.goto("/learn?seed=7&x=40&y=-30#place")
        assert response.value.ok
        first, second = page.get_by_label("First direction"), page.get_by_label("Second direction")
        assert (first.input_value(), second.input_value()) == ("40", "-30")
        focus(first)
        with page.expect_response("**/api/place?seed=7&x=45&y=-25"):
            page.keyboard.press("ArrowRight")
            page.keyboard.press("ArrowUp")
        expect(second).to_be_focused()
        expect_place(page, 7, 45, -25)
        page.wait_for_function(
            """seen => document.querySelector(".around canvas").toDataURL() === seen""", arg=there[0]
        )
        assert digits(page) == there, "the same place, the same digits"
        page.reload()
        expect(first).to_have_value("45")


def test_the_point_is_dragged_within_the_disk_and_directions_are_replaced(browser: "Browser", address: str) -> None:
    with open_page(browser, address) as page:
        with page.expect_response("**/api/place?*"):  # wait until the script has started
            page.goto("/learn#place")
        disk = page.locator(".disk")
        disk.scroll_into_view_if_needed()
        box = disk.bounding_box()
        assert box
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + 30, middle[1])
        page.mouse.move(middle[0] + 300, middle[1], steps=4)  # beyond the edge of the disk
        page.mouse.up()
        expect_place(page, 0, 100, 0)
        expect(page.get_by_label("First direction")).to_have_value("100")
        page.mouse.move(*middle)
        expect_place(page, 0, 100, 0)
        page.get_by_role("button", name="New directions").click()
        expect(page).to_have_url(re.compile(r"/learn\?seed=[1-9]\d*&x=100&y=0#place$"))
