"""The disk of two latent directions on the page "How it works", in a real browser."""

import re
from typing import TYPE_CHECKING

import pytest

from tests.helpers.browsing import expect, focus, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow


def digits(page: "Page") -> list[str]:
    """Wait until the ten digits are drawn, and return their pictures. Blank ones are all alike."""
    page.wait_for_function(
        '() => new Set([...document.querySelectorAll(".around canvas")].map((one) => one.toDataURL())).size === 10'
    )
    return list(page.locator(".around canvas").evaluate_all("all => all.map((one) => one.toDataURL())"))


def expect_place(page: "Page", seed: int, x: int, y: int) -> None:
    """Wait until the address contains the seed and the coordinates."""
    expect(page).to_have_url(re.compile(rf"/learn\?seed={seed}&x={x}&y={y}#place$"))


def test_a_link_leads_to_a_place_and_keys_move_it(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted) as page:
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


def test_the_point_is_dragged_within_the_disk_and_directions_are_replaced(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted) as page:
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
