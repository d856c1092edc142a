"""The sheet that wanders and the disk of two directions, in a real browser. The page's clock is moved, nobody waits."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from browsing import PATIENCE, forward_until, open_page, expect_text, stop_clock, unfold
from fake_worker import tiny
from serving import ROOT, hosting

from gan.runs.run_writer import create
from gan.shipped import RECORDED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

REST, BEAT = 8000, 600  # milliseconds, of static/js/components/wander.js


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server, with the recorded run that ships and a tiny one that has learned nothing."""
    with hosting(tmp_path_factory.mktemp("runs"), recorded=RECORDED) as address:
        yield address


@contextmanager
def resting(browser: "Browser", address: str, path: str = "/", **more: Any) -> Iterator[tuple["Page", list[str]]]:
    """A page whose clock the test moves, and the strips that it asks for."""
    with open_page(browser, address, **more) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "/api/wander" in request.url else None)
        stop_clock(page)
        page.goto(path)
        yield page, asked


def walk(page: "Page") -> "Locator":
    return page.locator(".walk")


def control(page: "Page") -> "Locator":
    return page.locator('[data-do="wander"]')


def begins(page: "Page") -> None:
    """Wait until the sheet wanders. Its rest begins anew when the picture has loaded, and when it comes in sight."""
    forward_until(page, walk(page).is_visible, REST)


def moves(page: "Page") -> None:
    """Wait until the canvas changes, while the clock goes on."""
    before = ink(page)
    forward_until(page, lambda: ink(page) != before, BEAT)


def ink(page: "Page") -> str:
    return str(walk(page).evaluate("canvas => canvas.toDataURL()"))


def is_still(page: "Page") -> bool:
    before = ink(page)
    for _ in range(3):
        page.clock.fast_forward(3 * BEAT)
    return ink(page) == before


def test_who_wants_no_motion_has_to_ask_for_it_and_of_the_recorded_run_what_ships_wanders(
    browser: "Browser", address: str
) -> None:
    from playwright.sync_api import expect

    with resting(browser, address, reduced_motion="reduce") as (page, asked):
        expect_text(page, "caption", "Recorded, iteration 5,000")
        expect(control(page)).to_have_text("Animate")
        page.clock.fast_forward(10 * REST)
        expect(walk(page)).to_be_hidden()
        assert asked == []
        control(page).click()
        expect(walk(page)).to_be_visible()
        expect_text(page, "wandering", "by the bundled network")
        moves(page)
        assert [urlparse(url).query for url in asked] == ["strip=0", "strip=1"]
        expect(page.locator('[data-show="picture"]')).to_be_hidden()
        expect(page.locator('[data-show="labels"]')).to_be_hidden()


def test_a_run_that_has_learned_nothing_does_not_wander(browser: "Browser", address: str) -> None:
    from playwright.sync_api import expect

    with resting(browser, address) as (page, asked):
        page.get_by_role("button", name="Show your own run").click()
        expect_text(page, "caption", "Iteration 0, untrained")
        page.clock.fast_forward(10 * REST)
        expect(control(page)).to_be_hidden()
        expect(walk(page)).to_be_hidden()
        assert asked == []


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose run has learned something: it has the shipped generator."""
    runs = tmp_path_factory.mktemp("runs")
    run = create(runs / "all-digits", tiny(None, labels=True, iterations=None))
    run.save_picture(20, np.zeros((64, 28, 28), np.uint8))
    shutil.copy(ROOT / "gan" / "pretrained" / "any.safetensors", run.path / "generator.safetensors")
    with hosting(runs, recorded=RECORDED) as address:
        yield address


def test_it_begins_when_training_rests_and_training_ends_it_at_once(browser: "Browser", trained: str) -> None:
    from playwright.sync_api import expect

    with resting(browser, trained) as (page, asked):
        expect_text(page, "status", "Stopped at iteration")
        expect(control(page)).to_be_hidden()  # there is nothing to pause yet
        expect(walk(page)).to_be_hidden()
        assert asked == []
        begins(page)
        expect(walk(page)).to_have_attribute("aria-label", re.compile("^Digits that slowly turn into others"))
        moves(page)
        assert parse_qs(urlparse(asked[0]).query) == {"strip": ["0"], "run": ["all-digits"]}
        before = len(asked)
        page.get_by_role("button", name="Fun").click()
        expect(walk(page)).to_be_hidden()
        expect_text(page, "status", "Training until")
        page.clock.fast_forward(2 * REST)
        expect(walk(page)).to_be_hidden()
        expect(control(page)).to_be_hidden()
        assert len(asked) == before
        page.get_by_role("button", name="Stop").click()
        expect_text(page, "status", "Stopped at iteration")
        begins(page)


def test_it_can_be_held_and_goes_on_and_that_is_remembered(browser: "Browser", trained: str) -> None:
    from playwright.sync_api import expect

    with resting(browser, trained) as (page, asked):
        expect_text(page, "status", "Stopped at iteration")
        begins(page)
        moves(page)
        control(page).focus()
        page.keyboard.press("Enter")
        expect(control(page)).to_have_text("Animate")
        assert is_still(page)
        expect(walk(page)).to_be_visible()
        page.keyboard.press("Enter")
        moves(page)
        page.locator('[data-do="wander-speed"]').select_option("fast")
        control(page).click()
        asked.clear()
        page.reload()
        expect_text(page, "status", "Stopped at iteration")
        page.clock.fast_forward(10 * REST)
        expect(control(page)).to_have_text("Animate")
        expect(walk(page)).to_be_hidden()
        assert asked == []
        assert page.locator('[data-do="wander-speed"]').input_value() == "fast"


def test_a_drawing_is_asked_about_as_it_was(browser: "Browser", trained: str) -> None:
    from playwright.sync_api import expect

    with resting(browser, trained) as (page, _):
        expect_text(page, "ask", "Click a drawing to ask the judge")
        begins(page)
        moves(page)
        expect(page.locator(".reading")).to_be_hidden()
        page.locator(".places button").nth(9).click()
        expect(walk(page)).to_be_hidden()
        expect(page.locator(".reading")).to_be_visible()
        expect(page.locator(".ask")).to_be_hidden()
        page.locator(".places button").nth(9).click()
        expect(page.locator(".ask")).to_be_visible()
        expect(page.locator('[data-show="picture"]')).to_be_visible()
        page.clock.fast_forward(2 * REST)
        expect(walk(page)).to_be_hidden()
        page.keyboard.press("Escape")
        begins(page)
        expect(control(page)).to_have_text("Pause")


def test_out_of_sight_it_stands_still(browser: "Browser", trained: str) -> None:
    with resting(browser, trained) as (page, _):
        page.set_viewport_size({"width": 360, "height": 500})
        expect_text(page, "status", "Stopped at iteration")
        begins(page)
        moves(page)
        unfold(page)
        page.locator("summary", has_text="Runs").scroll_into_view_if_needed()
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.evaluate("new Promise((done) => new IntersectionObserver(done).observe(document.body))")
        assert is_still(page)
        page.evaluate("scrollTo(0, 0)")
        page.evaluate("new Promise((done) => new IntersectionObserver(done).observe(document.body))")
        moves(page)


def test_what_the_server_refuses_is_said_and_may_be_tried_again(browser: "Browser", trained: str) -> None:
    context = browser.new_context(base_url=trained)  # not `open_page`: a refusal is a complaint on the console
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    refusal = {"error": "No network.", "field": None}
    page.route("**/api/wander?strip=0*", lambda route: route.fulfill(status=404, json=refusal), times=1)
    stop_clock(page)
    page.goto("/")
    expect_text(page, "status", "Stopped at iteration")
    begins(page)
    wandering = page.locator('[data-show="wandering"]')
    forward_until(page, lambda: wandering.text_content() == "No network.", BEAT)
    for _ in range(2):
        control(page).click()  # to hold it, and to try again
    moves(page)
    expect_text(page, "wandering", "The drawings turn into others")
    context.close()


# The disk


def digits(page: "Page") -> list[str]:
    return list(page.locator(".around canvas").evaluate_all("all => all.map((one) => one.toDataURL())"))


def drawn(page: "Page", seed: int, x: int, y: int) -> None:
    """Wait until the place is in the address, and its digits are drawn."""
    from playwright.sync_api import expect

    expect(page).to_have_url(re.compile(rf"/learn\?seed={seed}&x={x}&y={y}#place$"))


def test_a_place_is_a_link_and_keys_lead_on(browser: "Browser", address: str) -> None:
    from playwright.sync_api import expect

    with open_page(browser, address) as page:
        with page.expect_response("**/api/place?seed=7&x=40&y=-30") as answer:
            page.goto("/learn?seed=7&x=40&y=-30#place")
        assert answer.value.ok
        first, second = page.get_by_label("First direction"), page.get_by_label("Second direction")
        assert (first.input_value(), second.input_value()) == ("40", "-30")
        first.focus()
        with page.expect_response("**/api/place?seed=7&x=45&y=-25"):
            page.keyboard.press("ArrowRight")
            page.keyboard.press("ArrowUp")
        expect(second).to_be_focused()
        drawn(page, 7, 45, -25)
        there = digits(page)
        assert len(set(there)) == 10
        page.reload()
        expect(first).to_have_value("45")
        page.wait_for_function(
            """seen => document.querySelector(".around canvas").toDataURL() === seen""", arg=there[0]
        )
        assert digits(page) == there, "the same place, the same digits"


def test_the_point_is_dragged_within_the_disk_and_the_directions_are_changed(browser: "Browser", address: str) -> None:
    from playwright.sync_api import expect

    with open_page(browser, address) as page:
        with page.expect_response("**/api/place?*"):  # the page's script has begun
            page.goto("/learn#place")
        disk = page.locator(".disk")
        disk.scroll_into_view_if_needed()
        box = disk.bounding_box()
        assert box
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + 30, middle[1])
        page.mouse.move(middle[0] + 300, middle[1], steps=4)  # beyond the edge
        page.mouse.up()
        drawn(page, 0, 100, 0)
        expect(page.get_by_label("First direction")).to_have_value("100")
        page.mouse.move(*middle)
        drawn(page, 0, 100, 0)
        page.get_by_role("button", name="New directions").click()
        expect(page).to_have_url(re.compile(r"/learn\?seed=[1-9]\d*&x=100&y=0#place$"))
