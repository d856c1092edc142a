"""static/js/pages/what-if.js in a real browser: the recorded pair, and a pair in training."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.browsing import advance_until, expect, expect_text, follow, open_page
from tests.helpers.serving import hosting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


PACE = 500  # milliseconds between recorded sheets, as in static/js/pages/what-if.js
SIDES = [f'[data-run="{name}"]' for name in ("what-if-frozen", "what-if-not-frozen")]


NOTE_CONCLUSION = """() => { // what the sheets showed when the conclusion appeared
  const find = (name) => document.querySelector(`[data-show="${name}"]`);
  const note = () => { window.concluded ??= find("caption").textContent; };
  new MutationObserver(note).observe(find("moral"), { childList: true });
}"""


def expect_captions(page: "Page", pattern: str) -> None:
    """Wait until the captions of both sheets match."""
    for side in SIDES:
        expect(page.locator(side).locator('[data-show="caption"]')).to_have_text(re.compile(pattern))


def test_a_recorded_pair_plays_until_the_processes_have_started(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, viewport={"width": 1280, "height": 800}) as page:
        page.clock.install()
        page.route_web_socket("**/api/what-if/events", lambda socket: None)  # no messages about the user's own pair
        page.goto("/what-if")
        page.evaluate(NOTE_CONCLUSION)
        expect_captions(page, "^Recorded, (untrained|iteration)")
        expect(page.locator("figure img:visible")).to_have_count(2)
        advance_until(page, page.locator(SIDES[1]).get_by_text("Recorded, iteration 100", exact=True).is_visible, PACE)
        expect_captions(page, "^Recorded, iteration 100$")  # the end of the recording
        advance_until(page, lambda: bool(page.evaluate("window.concluded")), PACE)
        assert page.evaluate("window.concluded") == "Recorded, iteration 100"
        expect_text(page, "moral", "^The artist on the right learned no 3s: it made the judge prefer bad drawings.$")
        expect(page.locator(".lead")).to_contain_text("the artist’s turns also change the judge")
        assert readouts(page)[2:] == ["Recognized 0 of 64", "64 fooled the judge"]
        for side in SIDES:
            expect(page.locator(f"{side} .tick")).to_have_text(["0", "32", "64", "0", "50", "100"])  # the same axes
            assert (
                page.locator(f"{side} path.line.recognized").evaluate(
                    "path => path.getAttribute('d').split('L').length"
                )
                == 10
            )
        for shown in page.locator("figure :is(img, .chart, .legend)").all():
            assert shown.evaluate("element => element.getBoundingClientRect().bottom") <= 800, "seen without scrolling"
        visible = page.locator("main").inner_text().split()
        assert sum(any(letter.isalpha() for letter in word) for word in visible) <= 80


def test_with_reduced_motion_only_the_end_is_shown(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, controlled=True, reduced_motion=True) as page:
        page.goto("/what-if")
        expect_captions(page, "^Recorded, iteration 100$")


def readouts(page: "Page") -> list[str]:
    """Return the figures under both charts: recognized and mistaken on the left, then on the right."""
    return page.locator("figure [data-readout]").all_text_contents()


@pytest.mark.full
def test_a_real_pair_shows_why_the_judge_is_frozen(browser: "Browser", served: str) -> None:
    with open_page(browser, served) as page:
        page.goto("/what-if")
        expect_text(page, "status", "Press Train both: 200 iterations, in seconds.")
        page.get_by_role("button", name="Train both").click()
        expect_captions(page, "^Iteration [1-9]")
        expect_text(page, "moral", "^The artist on the right learned no 3s")
        expect_text(page, "status", "^Stopped after 200 iterations. Each press trains 200 more.$")
        expect_captions(page, "^Iteration 200$")
        good, _, none, fooled = (int(re.findall(r"\d+", text)[0]) for text in readouts(page))
        assert good > 32
        assert (none, fooled > 60) == (0, True)

        page.reload()
        expect_captions(page, "^Iteration 200$")
        expect_text(page, "moral", "^The artist on the right learned no 3s")
        expect(page.locator("path.line.recognized")).to_have_count(2)
        for line in page.locator("path.line.recognized").all():
            assert (line.get_attribute("d") or "").count("L") == 9, "every 20 iterations there is a saved sheet"


def test_a_pair_is_trained_and_replaced(browser: "Browser", tmp_path: Path) -> None:
    with hosting(tmp_path) as address, open_page(browser, address) as page:
        page.goto("/what-if")
        expect_text(page, "status", "Press Train both: 200 iterations, in seconds.")
        page.get_by_role("button", name="Train both").click()
        expect_text(page, "status", "^Stopped after 200 iterations")
        expect_captions(page, "^Iteration [1-9]")
        page.get_by_text("Another pair").click()
        page.get_by_label("Turns of the artist").fill("1")
        page.locator('[name="digit"]').select_option("1")
        page.reload()  # what was typed stays
        page.get_by_role("button", name="Create").click()
        expect_text(page, "status", "Press Train both")
        expect_captions(page, "^Untrained$")  # not the recorded pair, which has different settings
        expect_text(page, "moral", "^$")
        page.goto("/what-if")
        expect_text(page, "turns", "^Both take one turn each.$")
        expect(page.get_by_label("Turns of the artist")).to_have_value("1")  # of the pair shown
        expect(page.locator('[name="digit"]')).to_have_value("1")
        page.goto("/what-if?digit=12&generator_updates=2")
        expect(page.locator('[name="digit"]')).to_have_value("")
        expect(page.get_by_label("Turns of the artist")).to_have_value("2")
        page.get_by_label("Turns of the artist").fill("9")
        page.get_by_role("button", name="Create").click()
        problem = "^Turns of the artist for each turn of the judge must be a whole number from 1 to 5.$"
        expect_text(page, "problem", problem)
        page.goto("/")
        follow(page.get_by_role("link", name=re.compile("What if")).first)
        expect_text(page, "status", "Press Train both")
