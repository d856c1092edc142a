"""The slideshow in a real browser: playing, following a drawing, going to an iteration, saving. Its clock is paused."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from gan.drawings.recognition import Reading
from gan.runs.evaluation import Evaluation
from gan.runs.run_writer import create
from tests.helpers.browsing import FULL, expect, expect_text, focus, open_page, scroll_width, unfold
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import hosting
from tests.pages.test_access import serious

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.slow
ITERATIONS = (0, 10, 20, 40)
READ = Evaluation(Reading(tuple(drawing % 10 for drawing in range(64)), (0.95,) * 64))
SHOW = 3000  # milliseconds, enough to play the whole slideshow
REST = 300  # milliseconds before the address shows the position, as in static/js/pages/slideshow.js


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a recorded run in which every pixel of drawing n has an ink value of 3 n + iteration."""
    run = create(tmp_path_factory.mktemp("shipped") / "recorded", tiny(None, iterations=40))
    for iteration in ITERATIONS:
        inks = (3 * np.arange(64) + iteration).astype(np.uint8)
        run.save_picture(iteration, np.tile(inks[:, None, None], (1, 28, 28)), READ if iteration else Evaluation())
        run.append_metrics({"iteration": iteration, "d_loss": 0.5, "g_loss": 1.5, "told_apart": 0.75, "d_change": 0.0})
    with hosting(tmp_path_factory.mktemp("runs"), recorded=run.path) as address:
        yield address


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    """Yield the slideshow, paused at iteration 20."""
    with open_page(browser, address, controlled=True) as page:
        yield go_to(page, "?iteration=20")


def go_to(page: "Page", query: str) -> "Page":
    page.goto(f"/static/images{query}")
    expect_text(page, "place", r"picture \d of 4")
    return page


def place(page: "Page", drawing: int) -> "Locator":
    return page.locator(".places button").nth(drawing)


def panel(page: "Page") -> "Locator":
    return page.locator(".ask")


def expect_followed(page: "Page", drawing: int, iteration: int) -> None:
    """Wait until the page shows an enlarged drawing as it was at an iteration."""
    expect(panel(page)).to_be_visible()
    expect(place(page, drawing)).to_have_attribute("aria-current", "true")
    expect_text(page, "label", f"^Iteration {iteration}$")
    page.wait_for_function(
        """(paper) => {
          const copy = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true });
          copy.drawImage(document.querySelector(".ask canvas"), 0, 0);
          const { data } = copy.getImageData(0, 0, 28, 28);
          return data.every((value, index) => value === (index % 4 === 3 ? 255 : paper));
        }""",
        arg=255 - 3 * drawing - iteration,
    )


def expect_place(page: "Page", query: str) -> None:
    """Expect the position in the address after the slideshow has rested for REST milliseconds."""
    page.clock.run_for(REST)
    expect(page).to_have_url(re.compile(re.escape(f"/static/images{query}") + "$"))


def test_space_plays_after_a_click_and_presses_a_button_focused_by_keyboard(page: "Page") -> None:
    go_to(page, "")
    play, switch = page.locator('[data-do="play"]'), page.locator(".which button")

    def run_to_the_end() -> None:
        page.clock.run_for(SHOW)
        expect_text(page, "place", "picture 4 of 4")
        expect(play).to_have_text("Play")

    page.clock.run_for(SHOW)
    expect_text(page, "place", "picture 1 of 4")  # nobody has pressed Play
    play.click()
    run_to_the_end()
    switch.click()
    expect_text(page, "label", "^Iteration 0$")
    switch.click()
    expect_text(page, "place", "picture 1 of 4")
    page.keyboard.press("Space")
    expect(switch).to_have_text("Show your own run")  # unchanged: Space did not press it again
    expect(play).to_have_text("Pause")
    run_to_the_end()

    focus(switch)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(switch).to_be_focused()
    page.keyboard.press("Space")
    expect(switch).to_have_text("Show a run made earlier")
    page.keyboard.press("Enter")
    expect(switch).to_have_text("Show your own run")
    expect_text(page, "place", "picture 1 of 4")

    page.get_by_role("slider").click()  # clicks its middle; the slider ignores Space
    expect_text(page, "place", "picture [23] of 4")
    expect(play).to_have_text("Play")
    page.keyboard.press("Space")
    run_to_the_end()
    page.get_by_text("step, speed").click()
    focus(page.get_by_label("Speed"))
    page.keyboard.press("Home")  # handled by the select element
    expect_text(page, "place", "picture 4 of 4")


def test_a_click_follows_a_drawing_and_a_second_click_stops(page: "Page") -> None:
    expect_text(page, "ask", "^Click a drawing to follow it")
    expect(panel(page)).to_be_hidden()
    place(page, 13).click()
    expect_followed(page, 13, 20)
    expect(panel(page).locator('[data-ask="title"]')).to_have_text("Drawing 14")
    expect(panel(page).locator('[data-ask="reading"]')).to_have_text("The classifier sees a 3, 95 % sure.")
    expect(panel(page).locator('[data-ask="nearest"]')).to_have_text(re.compile(r"^real \d$"))
    expect(panel(page)).to_contain_text("This picture has no judge")
    sheet, large = page.locator(".drawn").bounding_box(), panel(page).locator("canvas").bounding_box()
    assert sheet
    assert large
    assert large["width"] > 2 * sheet["width"] / 8
    assert large["x"] > sheet["x"] + sheet["width"], "beside the sheet"
    expect_place(page, "?iteration=20&drawing=13")
    page.keyboard.press("ArrowLeft")  # moves on the sheet
    expect(place(page, 12)).to_be_focused()
    place(page, 50).click()
    expect_followed(page, 50, 20)
    place(page, 50).click()
    expect(panel(page)).to_be_hidden()
    assert page.locator(".places [aria-current]").count() == 0
    expect_text(page, "ask", "^Click a drawing to follow it")
    expect_place(page, "?iteration=20")


def test_a_drawing_is_followed_while_the_show_plays(page: "Page") -> None:
    place(page, 7).click()
    expect_followed(page, 7, 20)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.keyboard.press("Space")  # Space still plays after a click
    page.clock.run_for(SHOW)
    expect_followed(page, 7, 40)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect_place(page, "?drawing=7")  # without an iteration, the link leads to the start
    page.get_by_role("slider").press("Home")
    expect_followed(page, 7, 0)
    expect(panel(page).locator('[data-ask="reading"]')).to_have_text("There is no classifier.")
    assert not [url for url in requests if url.endswith("/ask")], "there is no judge to ask"
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()


def test_the_keyboard_moves_over_the_sheet_and_follows_a_drawing(page: "Page") -> None:
    focus(place(page, 0))
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect_followed(page, 9, 20)
    expect(place(page, 9)).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel(page)).to_be_hidden()
    page.keyboard.press("Enter")
    expect_followed(page, 9, 20)
    panel(page).get_by_role("button", name="Close").press("Enter")
    expect(panel(page)).to_be_hidden()
    expect(place(page, 9)).to_be_focused()
    page.keyboard.press("Home")  # moves on the sheet; the picture does not change
    expect(place(page, 0)).to_be_focused()
    expect_text(page, "label", "^Iteration 20$")


def test_a_link_leads_to_a_drawing_of_a_picture(page: "Page") -> None:
    go_to(page, "?iteration=12&drawing=5")
    expect_followed(page, 5, 10)
    expect_text(page, "arrived", r"^Iteration 12 has no picture\. The nearest one is 10\.$")
    expect(page.locator('[data-do="play"]')).to_have_text("Play")
    page.locator(".which button").click()  # switches to the user's own run
    expect_text(page, "arrived", "^$")
    page.locator(".which button").click()
    expect_followed(page, 5, 0)  # the link applies only once
    expect_place(page, "?drawing=5")


def test_a_typed_iteration_leads_to_the_nearest_picture(page: "Page") -> None:
    unfold(page, "Go to an iteration")
    field = page.get_by_label("Iteration", exact=True)
    expect(field).to_have_value("20")
    field.fill("33")
    field.press("Enter")
    expect_text(page, "label", "^Iteration 40$")
    expect_text(page, "arrived", r"^Iteration 33 has no picture\. The nearest one is 40\.$")
    expect_place(page, "?iteration=33")
    field.fill("10")
    page.get_by_role("button", name="Go", exact=True).click()
    expect_text(page, "label", "^Iteration 10$")
    expect_text(page, "arrived", "^$")
    expect_place(page, "?iteration=10")
    for wrong in ("", "-1", "2.5"):
        field.fill(wrong)
        field.press("Enter")
        expect(page.locator("#go-problem")).to_have_text(re.compile("^Iteration must be a whole number from 0 to"))
        expect(field).to_have_attribute("aria-invalid", "true")
    expect_text(page, "label", "^Iteration 10$")


def test_a_click_on_the_chart_leads_to_its_iteration(page: "Page") -> None:
    unfold(page, "Losses")
    expect(page.locator('[data-part="chart"]')).to_contain_text("a falling loss does not mean better drawings")
    for part in ("chart", "progress"):
        chart = page.locator(f'[data-part="{part}"] .chart')
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box
        for iteration, share in ((40, 1.0), (10, 0.25), (0, 0.0)):
            x = 40 + share * (box["width"] - 64)  # 40 and 64 come from MARGIN in static/js/logic/chart.js
            chart.click(position={"x": x, "y": 100})
            expect_text(page, "label", f"^Iteration {iteration}$")
            expect_place(page, f"?iteration={iteration}")


def test_the_chart_shows_all_pictures_of_the_run_that_is_shown(page: "Page") -> None:
    progress, three = page.locator('[data-part="progress"]'), re.compile(r"^M[\d. ]+(L[\d. ]+){2}$")
    expect(progress.locator("path.faint.recognized")).to_have_attribute("d", three)  # an untrained sheet has no reading
    expect(progress).to_contain_text("Recognized: 64 of 64")
    page.locator(".which button").click()
    expect(progress).to_have_class(re.compile("empty"))
    page.locator(".which button").click()
    page.keyboard.press("End")
    place(page, 13).click()
    expect(progress.locator(".chart")).to_be_hidden()


def test_space_plays_after_a_click_on_the_switch_of_the_labels(page: "Page") -> None:
    unfold(page, "labels")
    switch, label = page.get_by_label("Labels"), page.locator("label").filter(has_text="Labels")
    for click in (switch.click, lambda: label.click(position={"x": 50, "y": 10})):
        before = switch.is_checked()
        click()
        page.keyboard.press("Space")
        expect(page.locator('[data-do="play"]')).to_have_text("Pause")
        page.keyboard.press("Space")
        assert switch.is_checked() != before, "the click switched it, and Space did not"


def saved(page: "Page", name: str, tmp_path: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_text(name, exact=True).click()
    download.value.save_as(tmp_path / download.value.suggested_filename)
    return tmp_path / download.value.suggested_filename


def test_sheet_drawing_and_metrics_are_saved(page: "Page", tmp_path: Path) -> None:
    unfold(page, "Save as GIF or CSV")
    sheet = saved(page, "Save as GIF", tmp_path)
    expect_text(page, "saving", r"^Saved: recorded\.gif\.$")
    place(page, 13).click()
    drawing = saved(page, "Save drawing 14 as GIF", tmp_path)
    table = saved(page, "Save figures as CSV", tmp_path)
    assert [file.name for file in (sheet, drawing, table)] == [
        "recorded.gif",
        "recorded-drawing-14.gif",
        "recorded-metrics.csv",
    ]
    for file, width in ((sheet, 484), (drawing, 256)):
        with Image.open(file) as gif:
            assert (gif.format, gif.n_frames, gif.width) == ("GIF", 4, width)  # type: ignore[attr-defined]
    assert [row["iteration"] for row in csv.DictReader(table.read_text().splitlines())] == ["0", "10", "20", "40"]


def test_a_refused_save_is_reported(browser: "Browser", address: str) -> None:
    with open_page(browser, address, problems_expected=True) as page:
        go_to(page, "?iteration=20")
        refusal = {"error": "Run recorded has no whole picture.", "field": "id"}
        page.route("**/film.gif", lambda route: route.fulfill(status=404, json=refusal))
        unfold(page, "Save as GIF or CSV")
        page.get_by_role("button", name="Save as GIF").click()
        expect_text(page, "saving", refusal["error"])
        expect(page.get_by_role("button", name="Save as GIF")).to_have_attribute("aria-disabled", "false")


@FULL
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_serious_while_a_drawing_is_followed(
    browser: "Browser", address: str, scheme: str, width: int
) -> None:
    with open_page(browser, address, bypass_csp=True, color_scheme=scheme) as page:
        page.set_viewport_size({"width": width, "height": 740})
        go_to(page, "?iteration=33&drawing=20")
        expect_followed(page, 20, 40)
        for fold in page.locator("summary").all():
            fold.click()
        assert serious(page) == []
        assert scroll_width(page) <= width


def test_on_a_phone_the_drawing_and_the_play_button_are_in_view(browser: "Browser", address: str) -> None:
    with open_page(browser, address, viewport={"width": 360, "height": 740}, has_touch=True) as page:
        go_to(page, "?iteration=20")
        place(page, 20).tap()
        expect_followed(page, 20, 20)
        boxes = [page.locator(one).bounding_box() for one in ('[data-do="play"]', ".ask canvas")]
        for box in boxes:
            assert box
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= 740
