"""static/js/pages/what-if.js in a real browser: the recorded pair, and a pair in training."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import WIDE, advance_until, expect, expect_text, follow, open_page
from serving import hosting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


PACE = 500  # milliseconds between recorded sheets, as in static/js/pages/what-if.js
SIDES = [f'[data-run="{name}"]' for name in ("what-if-frozen", "what-if-not-frozen")]


def expect_captions(page: "Page", pattern: str) -> None:
    """Wait until the captions of both sheets match."""
    for side in SIDES:
        expect(page.locator(side).locator('[data-show="caption"]')).to_have_text(re.compile(pattern))


def test_a_recorded_pair_plays_until_the_processes_have_started(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, viewport=WIDE) as page:
        page.clock.install()
        page.route_web_socket("**/api/what-if/events", lambda socket: None)  # no messages about the user's own pair
        page.goto("/what-if")
        expect_captions(page, "^Recorded, (untrained|iteration)")
        expect(page.locator("figure img:visible")).to_have_count(2)
        advance_until(page, page.locator(SIDES[1]).get_by_text("Recorded, iteration 100", exact=True).is_visible, PACE)
        expect_captions(page, "^Recorded, iteration 100$")  # the end of the recording
        expect_text(
            page, "moral", "^The artist on the right learned no 3s: it changed the judge instead of its drawings.$"
        )
        expect_text(page, "preference", r"64 of 64 on the right\.$")
        expect(page.locator(".lead")).to_contain_text("the artist can change the judge instead of its drawings")


def test_with_reduced_motion_only_the_end_is_shown(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, controlled=True, reduced_motion=True) as page:
        page.goto("/what-if")
        expect_captions(page, "^Recorded, iteration 100$")


@pytest.mark.full
def test_a_real_pair_shows_why_the_judge_is_frozen(browser: "Browser", served: str) -> None:
    with open_page(browser, served) as page:
        page.goto("/what-if")
        expect_text(page, "status", "Press Train both. It takes seconds. This is a recording.")
        page.get_by_role("button", name="Train both").click()
        expect_captions(page, "^Iteration [1-9]")
        expect_text(page, "moral", "^The artist on the right learned no 3s")
        page.get_by_role("button", name="Stop").click()
        expect_text(page, "status", "^Stopped at iteration")
        expect_text(
            page, "preference", r"mistook \d+ of 64 drawings for real on the left, 6[1-4] of 64 on the right\.$"
        )
        frozen, loose = map(page.locator, SIDES)
        assert int((frozen.locator('[data-show="good"]').text_content() or ": 0").partition(": ")[2].split()[0]) > 32
        assert (loose.locator('[data-show="good"]').text_content() or "").endswith(": 0 of 64")

        page.reload()
        expect_captions(page, "^Iteration [1-9]")
        expect_text(page, "moral", "^The artist on the right learned no 3s")


def test_a_pair_is_trained_and_replaced(browser: "Browser", tmp_path: Path) -> None:
    with hosting(tmp_path) as address, open_page(browser, address) as page:
        page.goto("/what-if")
        expect_text(page, "status", "Press Train both. It takes seconds. This is a recording.")
        page.get_by_role("button", name="Train both").click()
        expect_text(page, "status", "^Stopped at iteration [1-9]")
        expect_captions(page, "^Iteration [1-9]")
        page.get_by_text("Another pair").click()
        page.get_by_label("Turns of the artist").fill("1")
        page.get_by_label("Draw").select_option("1")
        page.get_by_role("button", name="Create").click()
        expect_text(page, "status", "Press Train both")
        expect_captions(page, "^Untrained$")  # not the recorded pair, which has different settings
        expect_text(page, "moral", "^$")
        page.reload()
        expect_text(page, "turns", "^Both take one turn each.$")
        expect(page.get_by_label("Turns of the artist")).to_have_value("1")
        expect(page.get_by_label("Draw")).to_have_value("1")
        page.get_by_text("Another pair").click()
        page.get_by_label("Turns of the artist").fill("9")
        page.get_by_role("button", name="Create").click()
        problem = "^Turns of the artist for each turn of the judge must be a whole number from 1 to 5.$"
        expect_text(page, "problem", problem)
        page.goto("/")
        follow(page.get_by_role("link", name=re.compile("What if")).first)
        expect_text(page, "status", "Press Train both")
