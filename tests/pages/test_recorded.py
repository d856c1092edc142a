"""Pages with a recorded run in a real browser: which run they show, and the labels on its drawings."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from gan.pretrained import RECORDED
from gan.runs.run_writer import create
from tests.helpers.browsing import FULL, expect, expect_text, open_page, scroll_width, unfold
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import hosting, make_recorded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CONTROLS = "main :is(button, select, input, a, summary):visible"
FOLDS = ["Go to an iteration, step, speed, labels", "Losses", "Save as GIF or CSV", "Another run"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a recorded run with eleven drawings per picture."""
    folder = tmp_path_factory.mktemp("shipped") / "recorded"
    make_recorded(folder)
    runs = tmp_path_factory.mktemp("runs")
    create(runs / "digit-4", tiny(4))
    with hosting(runs, recorded=folder) as address:
        yield address


def test_the_recorded_run_is_shown_first_and_labelled(page: "Page") -> None:
    page.goto("/")
    expect_text(page, "status", r"^Press Fun\. Watch noise turn ")
    expect_text(page, "caption", "Recorded, iteration 40")  # the recording plays to its end
    unfold(page)
    expect_text(page, "own", "the numbers of your own run, not of the recorded one")
    numbers = page.locator('[data-part="numbers"]')
    for name, value in (("iteration", "0"), ("preference", "–"), ("d_change", "–")):
        expect_text(page, name, f"^{value}$")
    expect(numbers.locator(".chart path.line").first).to_have_attribute("d", "")
    expect(numbers).to_contain_text("thick lines are smoothed")
    unfold(page, "Runs")
    expect(page.locator(".which")).to_contain_text("Recorded: 40 iterations of all digits")
    page.get_by_role("button", name="Show your own run").click()
    expect_text(page, "caption", "Iteration 0, untrained")
    expect(page.locator('[data-show="own"]')).to_be_hidden()
    page.get_by_role("button", name="Show a run made earlier").click()
    expect_text(page, "caption", "Recorded, iteration")

    page.goto("/static/images")
    expect_text(page, "place", r"picture \d of 4")
    expect(page.locator(".lead")).to_have_text("What the artist drew as it learned: all digits.")
    page.keyboard.press("End")
    expect_text(page, "label", "Iteration 40")
    expect(page.locator(".progress path.line").first).to_have_attribute("d", re.compile("."))


def test_labels_are_drawn_and_can_be_switched_off(page: "Page") -> None:
    page.goto("/static/images?iteration=40")
    unfold(page, "labels")
    labels, switch = page.locator(".labels text"), page.get_by_label("Labels")
    expect(labels).to_have_count(11)
    expect(labels).to_have_text([*"0123456789", "?"])
    expect_text(page, "read", "^Recognized: 10 of 11$")
    written = page.locator('[data-show="read"] .written')
    assert [mark.evaluate("mark => mark.style.getPropertyValue('--digit')") for mark in written.all()] == ["1", "0"]
    expect_text(page, "key", r"^\?: unsure\.$")
    expect_text(page, "legend", "^Recognized: a third network, the classifier, is at least 90 % sure of a digit")
    expect_text(page, "spoken", r"Row by row: 0 1 2 3; 4 5 6 7; 8 9 unsure\.")
    assert page.locator('[data-show="picture"]').get_attribute("aria-describedby") == "spoken"
    switch.uncheck()
    expect(labels).to_have_count(0)
    expect_text(page, "key", "^$")
    page.goto("/")  # the browser stores the choice
    expect_text(page, "caption", "Recorded, iteration")
    expect(page.get_by_label("Labels")).not_to_be_checked()
    expect(labels).to_have_count(0)
    unfold(page)
    page.get_by_label("Labels").check()
    expect(labels).to_have_count(11)


@FULL
@pytest.mark.parametrize("path", ["/", "/static/images?iteration=40"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_is_wider_than_its_window(page: "Page", path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    expect_text(page, "read", "^Recognized")
    assert scroll_width(page) <= width


def test_with_reduced_motion_the_last_picture_is_shown(browser: "Browser", address: str) -> None:
    with open_page(browser, address, reduced_motion=True) as page:
        page.goto("/")
        expect_text(page, "caption", "Recorded, iteration 40")
        page.goto("/static/images")
        expect_text(page, "label", "Iteration 0")
        expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_an_opened_run_is_shown_at_once(page: "Page") -> None:
    page.goto("/")
    expect_text(page, "caption", "Recorded, iteration")
    unfold(page, "Runs")
    for name in ("digit-4", "all-digits"):
        page.get_by_role("button", name=f"Open {name}").click()
        page.get_by_role("button", name=f"Open {name}").wait_for(state="hidden")  # wait until the run is open
        expect_text(page, "caption", "Iteration 0, untrained")
        expect(page.get_by_role("button", name="Show a run made earlier")).to_be_visible()


def test_the_users_run_is_shown_as_soon_as_it_trains(browser: "Browser", tmp_path: Path) -> None:
    recorded = make_recorded(tmp_path / "recorded").path
    with hosting(tmp_path / "runs", recorded=recorded) as address, open_page(browser, address) as page:
        page.goto("/")
        expect_text(page, "caption", "Recorded, iteration")
        with page.expect_request("**/fun") as sent:
            page.get_by_role("button", name="Fun").click()
        assert sent.value.post_data_json == {"stop_unwatched": True}
        expect_text(page, "caption", r"^Iteration [1-9]\d*")
        page.get_by_role("button", name="Stop").click()
        expect_text(page, "status", "Stopped at iteration")
        page.reload()
        expect_text(page, "caption", r"^Iteration [1-9]\d*")
        page.goto("/static/images")
        expect_text(page, "label", "^Iteration")
        expect(page.locator(".which")).not_to_contain_text("Recorded")
        page.get_by_role("button", name="Show a run made earlier").click()
        expect_text(page, "place", r"picture \d of 4")
        page.get_by_role("button", name="Show your own run").click()
        page.get_by_role("button", name="Show a run made earlier").wait_for()
        page.goto("/")
        expect_text(page, "status", "Stopped at iteration")
        unfold(page)
        page.get_by_role("button", name="Start over").click()
        page.get_by_role("dialog").get_by_role("button", name="Start over").click()
        expect_text(page, "caption", "^Iteration 0, untrained$")  # the user's own run


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=FULL)])
def test_the_slideshow_has_few_controls_in_view(browser: "Browser", address: str, width: int) -> None:
    with open_page(browser, address, controlled=True) as page:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/static/images")
        expect_text(page, "place", r"picture \d of 4")
        names = """all => all.filter((one) => one.parentElement.offsetWidth && one.parentElement.offsetHeight)
          .map((one) => (one.ariaLabel ?? one.textContent).trim())"""
        controls = [name for name in page.locator(CONTROLS).evaluate_all(names) if "Drawing" not in name]
        assert controls == ["Show your own run", "Picture", "Play", *FOLDS]
        box = page.get_by_role("button", name="Play").bounding_box()
        assert box
        assert box["height"] >= 48
        assert box["y"] + box["height"] <= 900
        for fold in FOLDS:
            unfold(page, fold)
        one_line = page.get_by_label("Speed").evaluate("""select => {
          const word = select.parentElement.firstChild, range = document.createRange();
          range.selectNode(word);
          const { top, bottom } = range.getBoundingClientRect(), box = select.getBoundingClientRect();
          return top < box.bottom && box.top < bottom;
        }""")
        assert one_line, "the speed is beside its label"
        assert "a falling loss does not mean better drawings" in (
            page.locator('[data-part="chart"]').text_content() or ""
        )


def test_the_slideshow_uses_the_whole_width(page: "Page") -> None:
    page.goto("/static/images")
    expect_text(page, "place", r"picture \d of 4")
    edges = page.evaluate("""() => [".show .paper", ".show .beside", "main h1"].map((name) => {
      const { left, right, bottom } = document.querySelector(name).getBoundingClientRect();
      return { left, right, bottom };
    })""")
    paper, beside, title = edges
    assert paper["left"] == title["left"]
    assert beside["right"] == title["right"]
    assert paper["right"] < beside["left"]
    assert paper["bottom"] <= 900, "the picture fits the window"


@pytest.mark.parametrize("gaps", [3, 57, 100, 1000])
def test_ticks_can_be_told_apart(page: "Page", gaps: int) -> None:
    page.goto("/static/images")
    expect_text(page, "place", r"picture \d of 4")
    copy = "(ticks, gaps) => { ticks.after(ticks.cloneNode()); ticks.nextSibling.style.setProperty('--gaps', gaps); }"
    page.locator(".ticks").evaluate(copy, gaps)
    ticks = page.locator(".ticks").last
    picture = np.asarray(Image.open(io.BytesIO(ticks.screenshot())).convert("L"))[4].astype(int)
    found = np.flatnonzero(picture < picture.max() - 40)  # a tick between two pixels is paler
    starts = found[np.diff(found, prepend=-9) > 1]
    gap = (len(picture) - 1) / gaps
    every = max(1, np.ceil(8 / gap))
    assert len(starts) == int(gaps // every) + 1
    assert starts == pytest.approx(np.arange(len(starts)) * every * gap, abs=1.5)


WORDS = """() => { // words in sight of the page, without numbers and marks
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), texts = [];
  while (walk.nextNode()) {
    const of = walk.currentNode.parentElement, box = of.getBoundingClientRect();
    const seen = of.checkVisibility({ visibilityProperty: true }) && box.width && !of.closest(".unseen, .labels");
    if (seen && box.top < innerHeight) texts.push(walk.currentNode.data);
  }
  return texts.join(" ").split(/\\s+/).filter((word) => /[a-z]/i.test(word));
}"""


def test_the_training_page_has_few_words_at_first_sight(browser: "Browser", tmp_path: Path) -> None:
    with hosting(tmp_path, recorded=RECORDED) as address, open_page(browser, address, reduced_motion=True) as page:
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto("/")
        expect_text(page, "caption", "Recorded, iteration 2,000")
        page.get_by_text("real digits above it").wait_for()
        page.get_by_text("fooled the judge").wait_for()
        words = page.evaluate(WORDS)
        assert 40 < len(words) <= 60, " ".join(words)


PLACES = """() => ["button", ".paper", ".diagram", ".progress", ".progress .chart", ".fold"].map((name) => {
  const { x, y, width } = document.querySelector(`main ${name}`).getBoundingClientRect();
  return [x, y + scrollY, width];
}).flat()"""


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_the_recorded_run_gives_way_to_ones_own_without_a_jump(browser: "Browser", tmp_path: Path, width: int) -> None:
    with hosting(tmp_path, recorded=RECORDED) as address, open_page(browser, address) as page:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/")
        expect_text(page, "status", "^Press Fun")
        expect_text(page, "caption", "Recorded, iteration")
        page.get_by_text("real digits above it").wait_for()
        page.get_by_text("fooled the judge").wait_for()
        before = page.evaluate(PLACES)
        page.get_by_role("button", name="Fun").click()
        expect_text(page, "caption", r"^Iteration [1-9]")
        assert page.evaluate(PLACES) == pytest.approx(before, abs=1)
        page.get_by_role("button", name="Stop").click()
        expect_text(page, "status", "Stopped at iteration")
        assert page.evaluate(PLACES) == pytest.approx(before, abs=1)


def test_the_recording_waits_while_turns_are_played(browser: "Browser", tmp_path: Path) -> None:
    with hosting(tmp_path, recorded=RECORDED) as address, open_page(browser, address) as page:
        page.clock.install()
        page.goto("/")
        page.get_by_text("real digits above it").wait_for()
        page.get_by_role("button", name="Step").click()
        expect(page.locator("main")).to_have_class(re.compile("replaying"))
        caption = page.locator('[data-show="caption"]').inner_text()
        page.clock.run_for(60_000)
        expect_text(page, "caption", f"^{caption}$")
        page.locator('[data-do="leave"]').click()
        page.clock.run_for(60_000)
        expect_text(page, "caption", "^Recorded, iteration 2,000$")
