"""The page "What if?" in a real browser: the recorded pair, a pair in training, and two runs compared."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gan.runs.run_writer import create
from tests.helpers.browsing import advance_until, expect, expect_text, focus, open_page, scroll_width, unfold
from tests.helpers.fake_worker import tiny
from tests.helpers.letters import folder_of_letters
from tests.helpers.serving import hosting, make_recorded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PACE = 500  # milliseconds between recorded sheets, as in static/js/pages/what-if.js
SIDES = [f'[data-run="{name}"]' for name in ("what-if-frozen", "what-if-not-frozen")]
NOTE_CONCLUSION = """() => { // what the sheets showed when the conclusion appeared
  const find = (name) => document.querySelector(`[data-show="${name}"]`);
  const note = () => { window.concluded ??= find("caption").textContent; };
  new MutationObserver(note).observe(find("moral"), { childList: true });
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a recorded run and a run that trained 5 iterations per second."""
    runs = tmp_path_factory.mktemp("runs")
    run = create(runs / "digit-3", tiny(3, iterations=40))
    for iteration in (0, 20, 40):
        run.save_picture(iteration, np.full((64, 28, 28), 3 * iteration, np.uint8))
    for iteration in (20, 40):
        run.append_metrics({"iteration": iteration, "iterations_per_second": 5})
    with hosting(runs, make_recorded(tmp_path_factory.mktemp("recorded") / "run").path) as address:
        yield address


def expect_captions(page: "Page", pattern: str) -> None:
    """Wait until the captions of both sheets match."""
    for side in SIDES:
        expect(page.locator(side).locator('[data-show="caption"]')).to_have_text(re.compile(pattern))


def readouts(page: "Page") -> list[str]:
    """Return the figures under both charts: recognized and mistaken on the left, then on the right."""
    return page.locator("figure [data-readout]").all_text_contents()


@pytest.mark.page(viewport={"width": 1280, "height": 800})  # a context of its own, as the clock cannot be removed
def test_a_recorded_pair_plays_until_the_processes_have_started(page: "Page") -> None:
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
    assert readouts(page)[2:] == ["Recognized 0 of 64", "64 fooled the judge"]
    points = "path => path.getAttribute('d').split('L').length"
    for side in SIDES:
        expect(page.locator(f"{side} .tick")).to_have_text(["0", "32", "64", "0", "50", "100"])  # the same axes
        assert page.locator(f"{side} path.line.recognized").evaluate(points) == 10
    for shown in page.locator("figure :is(img, .chart, .legend)").all():
        assert shown.evaluate("element => element.getBoundingClientRect().bottom") <= 800, "seen without scrolling"


@pytest.mark.page(controlled=True, reduced_motion=True)
def test_with_reduced_motion_only_the_end_is_shown(page: "Page") -> None:
    page.goto("/what-if")
    expect_captions(page, "^Recorded, iteration 100$")


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


def test_a_pair_is_trained_and_replaced(page: "Page") -> None:
    page.goto("/what-if")
    expect_text(page, "status", "Press Train both: 200 iterations, in seconds.")
    page.get_by_role("button", name="Train both").click()
    expect_text(page, "status", "^Stopped after 200 iterations")
    expect_captions(page, "^Iteration [1-9]")
    unfold(page, "Another pair")
    turns, digit = page.get_by_label("Turns of the artist"), page.locator('[name="digit"]')
    turns.fill("1")
    digit.select_option("1")
    page.reload()  # what was typed stays
    page.get_by_role("button", name="Create").click()
    expect_text(page, "status", "Press Train both")
    expect_captions(page, "^Untrained$")  # not the recorded pair, which has different settings
    expect_text(page, "moral", "^$")
    page.goto("/what-if")
    expect_text(page, "turns", "^Both take one turn each.$")
    assert (turns.input_value(), digit.input_value()) == ("1", "1")  # of the pair shown
    page.goto("/what-if?digit=12&generator_updates=2")
    expect(turns).to_have_value("2")
    expect(digit).to_have_value("")
    turns.fill("9")
    page.get_by_role("button", name="Create").click()
    problem = "^Turns of the artist for each turn of the judge must be a whole number from 1 to 5.$"
    expect_text(page, "problem", problem)


def test_letters_have_no_charts_of_recognition(browser: "Browser", tmp_path: Path) -> None:
    data = folder_of_letters(tmp_path / "letters", each=4)
    with hosting(tmp_path / "runs", data=data) as address, open_page(browser, address) as page:
        page.goto("/what-if")
        page.get_by_role("button", name="Train both").click()
        expect_text(page, "status", "Stopped after 200 iterations")
        expect(page.locator("figure :is(.chart, .legend):visible")).to_have_count(0)


# Two runs compared


def test_two_runs_are_compared_at_one_iteration_on_a_phone(page: "Page") -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/what-if?left=digit-3&right=")
    page.get_by_label("Run on the right").select_option("recorded")
    page.wait_for_url("**/what-if?left=digit-3&right=recorded")
    page.get_by_role("button", name=re.compile("Play|Pause")).wait_for()
    focus(page.get_by_role("slider", name="Time"))
    page.keyboard.press("End")  # stops the show, whichever picture it has reached; Home on the first one would not
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect_text(page, "at", "^Iteration 10$")
    left, right = (page.locator(f'[data-run="{side}"] [data-show=caption]') for side in ("left", "right"))
    expect(page.get_by_role("option", name="seconds")).to_be_disabled()  # the recorded run has none
    expect(left).to_have_text("Iteration 0, 0.0 s")
    expect(right).to_have_text("Iteration 10")
    page.get_by_label("Run on the left").evaluate("select => select.add(new Option('n'.repeat(60)))")  # a long name
    assert scroll_width(page) == 360
    focus(page.get_by_role("button", name="Play"))
    page.keyboard.press("Enter")
    expect_text(page, "at", "^Iteration 40$")
    expect(left).to_have_text("Iteration 40, 8.0 s")


def test_two_runs_are_compared_at_the_same_time(page: "Page") -> None:
    page.goto("/what-if?left=digit-3&right=digit-3")
    by = page.get_by_label("What each artist had drawn after the same number of")
    expect(by).to_have_value("iterations")
    by.select_option("seconds")
    page.wait_for_url("**&by=seconds")
    page.reload()
    focus(page.get_by_role("slider"))
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect_text(page, "at", r"^4\.0 s$")
    expect(page.locator("[data-show=caption]")).to_have_text(["Iteration 20, 4.0 s"] * 2)
    expect(page.get_by_text("To compare two runs, make another one")).to_be_hidden()
    by.select_option("iterations")
    page.wait_for_url("**&by=iterations")
    expect_text(page, "at", "^Iteration ")


@pytest.mark.page(problems_expected=True)
def test_a_missing_run_is_reported_and_a_single_one_is_not_enough(page: "Page") -> None:
    for path in ("/what-if?left=nobody&right=recorded", "/slideshow?run=nobody"):
        page.goto(path)
        page.get_by_text("There is no run named 'nobody'.").wait_for()
    only = {"runs": [{"id": "a", "recorded": False, "live": True, "iteration": 0}]}
    page.route("**/api/runs", lambda route: route.fulfill(json=only))
    page.goto("/what-if?left=&right=")
    expect(page.get_by_text("To compare two runs, make another one")).to_be_visible()
