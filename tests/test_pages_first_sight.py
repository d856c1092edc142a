"""What is seen of a page first, in a real browser: the menu, the players' names, few controls, whom a key obeys."""

import re
import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import FULL, open_page, expect_text, unfold
from serving import hosting, make_recorded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGES = ["/", "/what-if", "/static/images", "/guess", "/learn"]
MENU = ["Train", "What if?", "Slideshow", "Guess", "Write a number", "How it works"]
CONTROLS = "main :is(button, select, input, a, summary):visible"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with a recorded run."""
    folder = tmp_path_factory.mktemp("shipped") / "recorded"
    make_recorded(folder)
    with hosting(tmp_path_factory.mktemp("runs"), recorded=folder) as address:
        yield address


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    with open_page(browser, address) as page:
        yield page


class Text(HTMLParser):
    """The text of a page's main part, folds included, without what only a machine reads."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.inside = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside |= tag == "main"

    def handle_data(self, data: str) -> None:
        self.text += data if self.inside else ""


def test_how_it_works_names_the_players_with_their_letters(address: str) -> None:
    parser = Text()
    with urllib.request.urlopen(f"{address}/learn") as answer:
        parser.feed(answer.read().decode())
    for name, letter in (("artist", "G"), ("judge", "D")):
        first = re.search(rf"\b{name}\b.{{0,4}}", " ".join(parser.text.split()))
        assert first
        assert first[0] == f"{name} ({letter})"


@pytest.mark.parametrize("width", [320, *(pytest.param(width, marks=FULL) for width in (360, 390, 430, 1280))])
def test_the_menu_is_one_line(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/learn")
    nav = page.get_by_role("navigation", name="Pages")
    links = nav.get_by_role("link").all()
    boxes = [link.bounding_box() for link in links]
    assert len({box and box["y"] for box in boxes}) == 1
    assert all(box and box["height"] >= 24 for box in boxes), "large enough for a finger"
    gaps = [b["x"] - a["x"] - a["width"] for a, b in pairwise(boxes) if a and b]
    assert min(gaps) >= 6
    for name in MENU:
        assert nav.get_by_role("link", name=name, exact=True).count() == 1, "whole for who hears it"


def test_on_a_phone_the_button_stays_where_it_is_whatever_is_said(page: "Page") -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/")
    status = page.locator('[data-show="status"]')
    boxes = []
    for said in ("Short.", "Up to here."):
        status.evaluate("(line, said) => { line.textContent = said; }", said)
        boxes.append(page.locator('[data-do="fun"]').bounding_box())
    assert boxes[0] == boxes[1]
    assert boxes[0]
    assert boxes[0]["width"] > 300


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=FULL)])
def test_the_slideshow_has_a_picture_a_button_and_three_controls_at_most(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/static/images")
    expect_text(page, "place", r"picture \d of 4")
    named = """all => all.filter((one) => one.parentElement.offsetWidth && one.parentElement.offsetHeight)
      .map((one) => (one.ariaLabel ?? one.textContent).trim())"""  # at one moment: they come and go while it plays
    said = [name for name in page.locator(CONTROLS).evaluate_all(named) if "Drawing" not in name]
    assert said[0] == "Show your own run"
    assert said[1] == "Picture"
    assert re.fullmatch("Play|Pause", said[2])
    folds = ["Go to an iteration, step, speed, labels", "Losses", "Save as GIF or CSV", "Another run"]
    assert said[3:] == folds
    box = page.get_by_role("button", name=re.compile("^(Play|Pause)$")).bounding_box()
    assert box
    assert box["height"] >= 48
    assert box["y"] + box["height"] <= 900, "in sight"
    for fold in folds:
        unfold(page, fold)
    one_line = page.get_by_label("Speed").evaluate("""select => {
      const word = select.parentElement.firstChild, range = document.createRange();
      range.selectNode(word);
      const { top, bottom } = range.getBoundingClientRect(), box = select.getBoundingClientRect();
      return top < box.bottom && box.top < bottom;
    }""")
    assert one_line, "the speed stands beside its name"
    assert "a falling loss does not mean better drawings" in (page.locator('[data-part="chart"]').text_content() or "")


def test_space_plays_after_a_click_and_presses_what_the_keyboard_has_reached(page: "Page") -> None:
    from playwright.sync_api import expect

    page.goto("/static/images")
    expect_text(page, "place", "picture 4 of 4")
    play = page.locator('[data-do="play"]')
    expect(play).to_have_text("Play")
    switch = page.locator(".which button")
    switch.click()
    expect_text(page, "label", "^Iteration 0$")
    switch.click()
    expect_text(page, "place", "picture 4 of 4")
    expect(play).to_have_text("Play")  # the whole show has played
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(switch).to_have_text("Show your own run")  # it was not pressed again
    expect_text(page, "place", "picture [234] of 4")
    expect_text(page, "place", "picture 4 of 4")

    expect(play).to_have_text("Play")
    page.keyboard.press("Home")
    switch.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(switch).to_be_focused()
    page.keyboard.press("Space")
    expect(switch).to_have_text("Show a run made earlier")
    page.keyboard.press("Enter")
    expect(switch).to_have_text("Show your own run")
    expect_text(page, "place", "picture 4 of 4")

    slider = page.get_by_role("slider")
    slider.click()  # its middle; it has no use for Space
    expect_text(page, "place", "picture [23] of 4")
    expect(play).to_have_text("Play")
    page.keyboard.press("Space")
    expect_text(page, "place", "picture 4 of 4")
    page.get_by_text("step, speed").click()
    page.get_by_label("Speed").focus()
    page.keyboard.press("Home")  # the select's own
    expect_text(page, "place", "picture 4 of 4")


def test_the_list_of_runs_follows_the_training(browser: "Browser", tmp_path: Path) -> None:
    with hosting(tmp_path) as address, open_page(browser, address) as page:
        train_and_look_at_the_list(page)


def train_and_look_at_the_list(page: "Page") -> None:
    from playwright.sync_api import expect

    page.goto("/")
    expect_text(page, "status", "Press Fun")
    unfold(page, "Runs")
    row = page.locator("details li").filter(has_text="all-digits")
    expect(row).to_contain_text("iteration 0 ")
    page.get_by_role("button", name="Fun").click()
    expect_text(page, "iteration", r"^([1-9]\d|[\d,]{3,})$")
    expect(row).to_contain_text(re.compile(r"iteration [1-9][\d,]+ "))
    page.get_by_role("button", name="Stop").click()
    expect_text(page, "status", "Stopped at iteration")
    expect(row).to_contain_text(f"iteration {page.locator('[data-show=iteration]').text_content()} ")
