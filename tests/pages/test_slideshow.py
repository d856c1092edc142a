"""The slideshow and the recorded run in a real browser: playing, following a drawing,
labels.

The page's clock is stopped.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gan.runs.judge_ratings import write_ratings
from gan.runs.run_writer import create
from tests.helpers.browsing import (
    Page,
    box_of,
    button,
    expect,
    expect_text,
    focus,
    link_to,
    post,
    press,
    resize,
    stop_training,
    unfold,
)
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import RECORDED_ITERATIONS, hosting, make_recorded
from tests.pages.test_train_diagram import SCALE, place

pytestmark = [pytest.mark.slow, pytest.mark.page(controlled=True)]
SHOW = 3000  # milliseconds, enough to play the whole slideshow
# milliseconds before the address shows the position, as in static/js/pages/slideshow.js
REST = 300


def record(folder: Path, **changes: Any) -> Path:
    """Create a recorded run with ratings, and return its folder."""
    run = make_recorded(folder / "recorded", **changes)
    for iteration in RECORDED_ITERATIONS:
        write_ratings(run, iteration, SCALE)
    return run.path


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    runs = tmp_path_factory.mktemp("runs")
    create(runs / "digit-4", tiny(4))
    with hosting(
        runs, record(tmp_path_factory.mktemp("shipped"), freeze_switches=(15, 20))
    ) as address:
        yield address


@pytest.fixture
def slides(page: Page) -> Page:
    """Return the slideshow, paused at iteration 20."""
    return go_to(page, "?iteration=20")


def go_to(page: Page, query: str) -> Page:
    page.goto(f"/slideshow{query}")
    expect_text(page, "place", r"picture \d of 4")
    return page


def expect_followed(page: Page, drawing: int, iteration: int) -> None:
    """Wait until the page shows an enlarged drawing as it was at an iteration."""
    expect(page.locator(".ask")).to_be_visible()
    expect(place(page, drawing)).to_have_attribute("aria-current", "true")
    expect_text(page, "label", f"^Iteration {iteration}$")
    page.wait_for_function(
        """(paper) => {
          const copy = new OffscreenCanvas(28, 28).getContext("2d");
          copy.drawImage(document.querySelector(".ask canvas"), 0, 0);
          const { data } = copy.getImageData(0, 0, 28, 28);
          const expected = (index) => index % 4 === 3 ? 255 : paper;
          return data.every((value, index) => value === expected(index));
        }""",
        arg=255 - 3 * drawing - iteration,
    )


def expect_place(page: Page, query: str) -> None:
    """Expect the position in the address after the slideshow has rested for REST
    milliseconds.
    """
    page.clock.run_for(REST)
    expect(page).to_have_url(re.compile(re.escape(f"/slideshow{query}") + "$"))


# Playing


def test_space_plays_after_a_click_and_presses_a_button_focused_by_keyboard(
    page: Page,
) -> None:
    go_to(page, "")
    play = page.locator('[data-do="play"]')
    back = button(page, "One picture back")

    def run_to_the_end() -> None:
        page.clock.run_for(SHOW)
        expect_text(page, "place", "picture 4 of 4")
        expect(play).to_have_text("Play")

    page.clock.run_for(SHOW)
    expect_text(page, "place", "picture 1 of 4")  # nobody has pressed Play
    play.click()
    run_to_the_end()
    unfold(page, "More")
    expect(link_to(page, "Save as GIF")).to_have_attribute(
        "href", "/api/runs/recorded/film.gif"
    )
    back.click()
    expect_text(page, "place", "picture 3 of 4")
    page.keyboard.press("Space")
    expect(play).to_have_text("Pause")  # Space did not press the other button again
    run_to_the_end()

    focus(back)
    for key, number in (("Space", 3), ("Enter", 2)):
        page.keyboard.press(key)
        expect_text(page, "place", f"picture {number} of 4")
    expect(play).to_have_text("Play")

    page.get_by_role("slider").click()  # clicks its middle; the slider ignores Space
    expect_text(page, "place", "picture [23] of 4")
    expect(play).to_have_text("Play")
    page.keyboard.press("Space")
    run_to_the_end()
    focus(page.get_by_label("Speed"))
    page.keyboard.press("Home")  # handled by the select element
    expect_text(page, "place", "picture 4 of 4")


def test_the_charts_show_all_pictures_and_presses_of_the_lock_and_a_click_leads_to_one(
    slides: Page,
) -> None:
    progress = slides.locator('[data-part="progress"]')
    three = re.compile(r"^M[\d. ]+(L[\d. ]+){2}$")
    # an untrained sheet has no reading
    expect(progress.locator("path.line.recognized")).to_have_attribute("d", three)
    expect(progress.locator("path.press")).to_have_count(2)
    expect(progress).to_contain_text("Recognized: 63 of 64")
    expect_text(slides, "place", "^Unlocked, picture 3")
    unfold(slides, "Losses")
    for part in ("chart", "progress"):
        chart = slides.locator(f'[data-part="{part}"] .chart')
        chart.scroll_into_view_if_needed()
        width = box_of(chart)["width"]
        for iteration, share in ((40, 1.0), (10, 0.25), (0, 0.0)):
            # 40 and 64 come from MARGIN in static/js/logic/chart.js
            x = 40 + share * (width - 64)
            chart.click(position={"x": x, "y": 100})
            expect_text(slides, "label", f"^Iteration {iteration}$")
            expect_text(slides, "place", "^picture")
            expect_place(slides, f"?iteration={iteration}")


# Following a drawing


def test_a_clicked_drawing_is_followed_until_a_second_click_and_while_the_show_plays(
    slides: Page,
) -> None:
    panel = slides.locator(".ask")
    expect_text(slides, "ask", "^Click a drawing to follow it")
    expect(panel).to_be_hidden()
    requests: list[str] = []
    slides.on("request", lambda request: requests.append(request.url))
    place(slides, 13).click()
    expect_followed(slides, 13, 20)
    expect(panel.locator('[data-ask="title"]')).to_have_text("Drawing 14")
    reading = panel.locator('[data-ask="reading"]')
    expect(reading).to_have_text("The classifier sees a 3, 95 % sure.")
    expect(panel.locator('[data-ask="nearest"]')).to_have_text(re.compile(r"^real \d$"))
    sheet = box_of(slides.locator(".drawn"))
    large = box_of(panel.locator("canvas"))
    assert large["width"] > 2 * sheet["width"] / 8
    assert large["x"] > sheet["x"] + sheet["width"], "beside the sheet"
    expect_place(slides, "?iteration=20&drawing=13")
    # moves on the sheet; the picture does not change
    slides.keyboard.press("ArrowLeft")
    expect(place(slides, 12)).to_be_focused()
    expect_text(slides, "label", "^Iteration 20$")
    slides.keyboard.press("Enter")
    expect_followed(slides, 12, 20)
    button(panel, "Close").press("Enter")
    expect(place(slides, 12)).to_be_focused()
    for drawing in (50, 50):
        place(slides, drawing).click()
    expect(panel).to_be_hidden()
    assert slides.locator(".places [aria-current]").count() == 0
    expect_text(slides, "ask", "^Click a drawing to follow it")
    expect_place(slides, "?iteration=20")

    place(slides, 7).click()
    expect_followed(slides, 7, 20)
    slides.keyboard.press("Space")  # Space still plays after a click
    slides.clock.run_for(SHOW)
    expect_followed(slides, 7, 40)
    expect(button(slides, "Play")).to_be_visible()
    # without an iteration, the link leads to the start
    expect_place(slides, "?drawing=7")
    slides.get_by_role("slider").press("Home")
    expect_followed(slides, 7, 0)
    expect(reading).to_have_text("There is no classifier.")
    assert not [url for url in requests if url.endswith("/ask")], (
        "there is no judge to ask"
    )
    slides.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_a_link_leads_to_a_drawing_of_a_picture(page: Page) -> None:
    go_to(page, "?iteration=12&drawing=5")
    expect_followed(page, 5, 10)
    expect_text(
        page, "arrived", r"^Iteration 12 has no picture\. The nearest one is 10\.$"
    )
    expect(page.locator('[data-do="play"]')).to_have_text("Play")


@pytest.mark.page(
    controlled=False, viewport={"width": 360, "height": 740}, has_touch=True
)
def test_on_a_phone_the_drawing_and_the_play_button_are_in_view(slides: Page) -> None:
    place(slides, 20).tap()
    expect_followed(slides, 20, 20)
    for part in ('[data-do="play"]', ".ask canvas"):
        box = box_of(slides.locator(part))
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 740


# Labels


def test_drawings_that_are_not_recognized_are_marked(slides: Page) -> None:
    expect(slides.locator(".labels text")).to_have_text(["?"])
    expect_text(slides, "read", "^Recognized: 63 of 64$")
    written = slides.locator('[data-show="read"] .written')
    assert [
        mark.evaluate("mark => mark.style.getPropertyValue('--digit')")
        for mark in written.all()
    ] == ["6", "3"]
    expect_text(slides, "key", r"^\?: hard to read\.$")
    expect_text(
        slides,
        "legend",
        "^Recognized: a third network, the classifier, is at least 90 % sure of a "
        "digit",
    )
    expect_text(
        slides, "spoken", r"Row by row: 0 1 2 3 4 5 6 7; .*; 6 7 8 9 0 1 2 unsure\."
    )
    assert (
        slides.locator('[data-show="picture"]').get_attribute("aria-describedby")
        == "spoken"
    )


# The training page of a server with a recorded run


PLACES = """async () => {
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  const chart = ".progress .chart";
  const names = ["button", ".paper", ".diagram", ".progress", chart, ".fold"];
  return names.flatMap((name) => {
    const element = document.querySelector(`main ${name}`);
    const { x, y, width } = element.getBoundingClientRect();
    return [x, y + scrollY, width];
  });
}"""


def places(page: Page) -> list[float]:
    """Return where parts of the page are in windows of three widths."""
    found: list[float] = []
    for width in (1280, 768, 390):
        resize(page, width, 900)
        found += page.evaluate(PLACES)
    return found


def test_fun_moves_nothing_and_the_users_run_is_shown_from_then_on(page: Page) -> None:
    page.goto("/")
    page.clock.run_for(SHOW)
    # the recorded run plays in the slideshow only
    expect_text(page, "caption", "^Iteration 0, untrained$")
    expect_text(page, "story", r"^Noise\.$")
    before = places(page)
    with page.expect_request("**/fun") as sent:
        press(page, "Fun")
    assert sent.value.post_data_json is None
    expect_text(page, "caption", r"^Iteration [1-9]\d*")
    assert places(page) == pytest.approx(before, abs=1)
    stop_training(page)
    assert places(page) == pytest.approx(before, abs=1)
    page.goto("/slideshow")
    expect_text(page, "label", "^Iteration 0$")
    expect_text(page, "of", "^: all digits$")
    page.goto("/")
    # the page does not load it while it is deleted
    page.get_by_alt_text(re.compile("Iteration 20$")).wait_for()
    post(page, "/api/runs/all-digits/reset")
    expect_text(page, "caption", "^Iteration 0, untrained$")  # the user's own run
