"""static/js/components/runs.js in a real browser: what a user can do with a run, by touch and by keyboard."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import numpy as np
import pytest

from gan.runs.run_writer import create
from tests.helpers.browsing import FULL, PATIENCE, expect, expect_text, focus, follow, open_page, scroll_width
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import hosting, make_recorded
from tests.pages.test_access import serious

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a runs folder that contains a trained run made by train.py --seeds."""
    folder = tmp_path_factory.mktemp("runs")
    run = create(folder / "seed-0" / "digit-3", tiny(3, iterations=40))
    for iteration in (0, 20, 40):
        run.save_picture(iteration, np.full((64, 28, 28), 3 * iteration, np.uint8))
    for iteration in (20, 40):
        run.append_metrics({"iteration": iteration, "iterations_per_second": 5})
    return folder


@pytest.fixture(scope="module")
def address(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    recorded = make_recorded(tmp_path_factory.mktemp("recorded") / "run").path
    with hosting(folder, recorded) as address:
        yield address


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    """Return a page in a phone-sized window."""
    post(address, "/api/runs/all-digits/open")
    with open_page(browser, address) as page:
        page.set_viewport_size({"width": 360, "height": 740})
        yield page


def post(address: str, path: str, body: Any = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    request = Request(address + path, content or b"", {"Content-Type": "application/json"}, method="POST")
    with urlopen(request, timeout=120) as response:
        return json.load(response)


def runs(page: "Page") -> "Locator":
    """Expand the list of runs and return it."""
    page.goto("/")
    page.locator(".runs > summary").click()
    return page.locator(".runs")


def row(page: "Page", name: str) -> "Locator":
    return page.locator(".runs li").filter(has=page.locator("strong", has_text=re.compile(f"^{name}$")))


def more(page: "Page", name: str) -> "Locator":
    """Open the menu of a run's row and return the row."""
    line = row(page, name)
    line.locator("summary").click()
    return line


def test_a_row_has_a_button_and_a_menu_that_fit_on_a_phone(page: "Page") -> None:
    fold = runs(page)
    row(page, "seed-0.digit-3").wait_for()
    expect(fold.locator("li strong")).to_have_text(["all-digits", "seed-0.digit-3", "recorded"])
    visible = "button:visible, a:visible, summary:visible"
    in_view = [each.text_content() for each in row(page, "seed-0.digit-3").locator(visible).all()]
    assert in_view == ["Open", "More"]
    choices = more(page, "seed-0.digit-3").locator(visible).all_text_contents()
    assert choices == ["Open", "More", "Name", "Duplicate", "Compare", "Slideshow", "Delete"]
    recorded = more(page, "recorded").locator(visible).all_text_contents()
    assert recorded == ["More", "Duplicate", "Compare", "Slideshow"]
    fold.get_by_text("Other settings").click()
    assert scroll_width(page) == 360
    boxes = [each.bounding_box() for each in row(page, "seed-0.digit-3").locator(visible).all()]
    assert all(box and box["height"] >= 24 for box in boxes), "large enough for a finger"


def test_a_run_is_named_by_keyboard_and_the_title_shows_its_name(page: "Page", folder: Path) -> None:
    runs(page)
    expect(row(page, "all-digits").locator("summary")).to_be_visible()  # shown once its first picture exists
    focus(row(page, "all-digits").locator("summary"))
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Name")
    expect(field).to_be_focused()
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    expect_text(page, "title", r"\(Mine, (digits|fine)\)")
    line = row(page, "Mine")
    expect(line.locator("summary")).to_be_visible()
    expect(line.locator("details")).to_have_attribute("open", "")  # the menu stays open while the list reloads
    assert (folder / "all-digits" / "label.txt").read_text("utf-8") == "Mine\n"
    page.goto("/static/images?run=all-digits")
    expect_text(page, "of", "^: (Mine|all digits)")
    post(page.url.split("/static")[0], "/api/runs/all-digits/name", {"name": None})


def test_duplicate_fills_the_form_with_the_settings_of_a_run(page: "Page", folder: Path) -> None:
    form = runs(page).locator("form")
    more(page, "seed-0.digit-3").get_by_role("button", name="Duplicate").click()
    expect(form.get_by_label("Draw")).to_be_focused()
    expect(form.get_by_label("Draw")).to_have_value("3")
    expect(form).to_contain_text("for all, it takes an hour and 212 MB of disk")
    expect(form.get_by_role("heading", name="A copy of seed-0.digit-3: change what you like")).to_be_visible()
    form.get_by_label("Seed").fill("5")
    form.get_by_label("Batch").fill("4")
    form.get_by_label("Ready").select_option("quick")
    form.get_by_role("button", name="Create").click()
    row(page, "digit-3").wait_for()
    expect_text(page, "status", "Training. Press Stop to pause")
    config = json.loads((folder / "digit-3" / "config.json").read_text("utf-8"))
    assert (config["digit"], config["seed"], config["batch"]) == (3, 5, 4)
    page.goto("/write")  # so that the page does not request a picture of the deleted run
    page.request.post(page.url.replace("/write", "/api/runs/digit-3/delete"))


def test_duplicate_opens_the_form_before_a_slow_server_answers(page: "Page") -> None:
    form = runs(page).locator("form")
    page.route("**/api/new-run*", lambda route: None)  # never answered
    more(page, "seed-0.digit-3").get_by_role("button", name="Duplicate").click()
    expect(form.get_by_label("Draw")).to_be_focused()
    expect(form.get_by_role("heading", name="A copy of seed-0.digit-3")).to_be_in_viewport()


def test_a_refused_duplicate_says_so_in_the_form(browser: "Browser", address: str) -> None:
    with open_page(browser, address, problems_expected=True) as page:
        form = runs(page).locator("form")
        refusal = {"error": "The server has too much to do.", "field": None}
        page.route("**/api/new-run*", lambda route: route.fulfill(status=503, json=refusal))
        more(page, "seed-0.digit-3").get_by_role("button", name="Duplicate").click()
        expect(form.get_by_role("alert")).to_have_text("The server has too much to do.")
        expect(form.get_by_role("heading")).to_be_in_viewport()


def test_a_link_fills_the_form_and_the_server_recommends_the_rest(page: "Page") -> None:
    page.goto("/?new=&digit=3&network=digits&seed=7&gamma=0.25")
    form = page.locator(".runs form")
    expect(form.get_by_label("Seed")).to_have_value("7")
    expect(form.get_by_label("Penalty")).to_have_value("0.25")
    from gan.rules.config import preset

    expect(form.locator('[data-usual="batch"]')).to_have_text(str(preset(3, few=True).batch))
    expect(form.get_by_label("Batch")).to_have_attribute("placeholder", str(preset(3, few=True).batch))
    form.get_by_label("Loss").select_option("classic")
    expect(form.locator('[data-usual="gamma"]')).to_have_text("0")
    expect(form.get_by_role("link")).to_have_attribute("href", re.compile(r"gamma=0\.25"))


def test_the_list_of_runs_follows_the_training(page: "Page", address: str) -> None:
    post(address, "/api/runs/all-digits/reset")
    runs(page)
    expect(row(page, "all-digits")).to_contain_text("iteration 0 ")
    page.get_by_role("button", name="Fun").click()
    expect(row(page, "all-digits")).to_contain_text("iteration 20 ")
    page.get_by_role("button", name="Stop").click()


def test_delete_asks_first_and_opens_another_run(page: "Page", address: str, folder: Path) -> None:
    post(address, "/api/runs", {"digit": 5})
    runs(page)
    more(page, "digit-5").get_by_role("button", name="Delete").click()
    keep = page.get_by_role("button", name="Keep it")
    expect(keep).to_be_focused()
    expect(page.locator('[data-show="deleted"]')).to_contain_text("digit-5 moves to .trash")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert (folder / "digit-5").is_dir()
    row(page, "digit-5").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row(page, "digit-5")).to_have_count(0)
    expect(page.locator(".runs > summary")).to_be_focused()
    assert (folder / ".trash" / "digit-5" / "config.json").is_file()
    expect(page.locator(".runs li em").filter(has_text="open")).to_have_count(1)


def test_the_slideshow_shows_the_run_in_its_address(page: "Page") -> None:
    runs(page)
    follow(more(page, "seed-0.digit-3").get_by_role("link", name="Slideshow"))
    page.wait_for_url("**/static/images?run=seed-0.digit-3")
    expect_text(page, "place", r"picture \d of 3")
    page.get_by_text("Chosen: 40 iterations of the digit 3.").wait_for()
    page.get_by_text("Another run").click()
    follow(page.get_by_role("link", name="Recorded"))
    expect_text(page, "place", r"picture \d of 4")


def test_wrong_settings_and_unknown_runs_are_reported(browser: "Browser", address: str) -> None:
    with open_page(browser, address, problems_expected=True) as page:
        page.goto("/?new=&loss=classic&gamma=0.25")
        form = page.locator(".runs form")
        expect(form.locator('[data-usual="gamma"]')).to_have_text("0")
        form.get_by_role("button", name="Create").click()
        expect(form.get_by_role("alert")).to_contain_text("gamma: expected 0 with the classic loss")
        expect(form.get_by_label("Penalty")).to_have_attribute("aria-invalid", "true")
        page.goto("/slideshow?run=nobody")
        page.get_by_text("There is no run named 'nobody'.").wait_for()
        page.goto("/what-if?left=nobody&right=recorded")
        page.get_by_text("There is no run named 'nobody'.").wait_for()


def test_two_runs_are_compared_at_one_iteration(page: "Page") -> None:
    runs(page)
    follow(more(page, "seed-0.digit-3").get_by_role("link", name="Compare"))
    page.get_by_label("Run on the right").select_option("recorded")
    page.wait_for_url("**/what-if?left=seed-0.digit-3&right=recorded")
    page.get_by_role("button", name=re.compile("Play|Pause")).wait_for()
    slider = page.get_by_role("slider", name="Time")
    focus(slider)
    page.keyboard.press("End")  # stops the show, whichever picture it has reached; Home on the first one would not
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect_text(page, "at", "^Iteration 10$")
    left, right = (page.locator(f'[data-run="{side}"]') for side in ("left", "right"))
    expect(page.get_by_role("option", name="seconds")).to_be_disabled()  # the recorded run has none
    expect(left.locator("[data-show=caption]")).to_have_text("Iteration 0, 0.0 s")
    expect(right.locator("[data-show=caption]")).to_have_text("Iteration 10")
    page.get_by_label("Run on the left").evaluate("select => select.add(new Option('n'.repeat(60)))")  # a long name
    assert scroll_width(page) == 360
    page.get_by_text("Good to know").click()
    page.get_by_text("takes minutes for a digit, an hour for all").wait_for()
    focus(page.get_by_role("button", name="Play"))
    page.keyboard.press("Enter")
    expect_text(page, "at", "^Iteration 40$")
    expect(left.locator("[data-show=caption]")).to_have_text("Iteration 40, 8.0 s")


def test_two_runs_are_compared_at_the_same_time(page: "Page") -> None:
    page.goto("/what-if?left=seed-0.digit-3&right=seed-0.digit-3")
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


def test_a_single_run_is_not_enough_to_compare(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted) as page:
        page.goto("/what-if?left=&right=")
        expect(page.get_by_text("To compare two runs, make another one")).to_be_visible()


def test_the_slideshow_shows_the_run_that_has_learned_most(page: "Page") -> None:
    page.goto("/static/images")  # the open run is untrained
    expect_text(page, "of", "^: the digit 3$")
    expect(page.locator(".which")).to_contain_text("40 iterations of the digit 3")
    page.get_by_role("button", name="Show the run that is open").click()
    expect_text(page, "of", "^: all digits$")


def test_another_run_can_be_opened_when_the_folder_of_the_open_one_is_gone(
    page: "Page", address: str, folder: Path
) -> None:
    post(address, "/api/runs", {"digit": 7})
    runs(page)
    expect_text(page, "title", "the digit 7")
    (folder / "digit-7").rename(folder / ".moved")
    expect_text(page, "status", "The folder of run digit-7 no longer exists")
    expect(row(page, "digit-7")).to_have_count(0)
    other = page.context.new_page()
    other.set_default_timeout(PATIENCE)
    other.goto("/static/images")
    other.locator(".which").get_by_text("The folder of run digit-7 no longer exists").wait_for()
    page.get_by_role("button", name="Open another run").click()
    expect(page.locator(".runs > summary")).to_be_focused()
    row(page, "all-digits").get_by_role("button", name="Open").click()
    expect_text(page, "title", "all digits")
    expect(page.get_by_role("button", name="Open another run")).to_be_hidden()
    other.close()


@FULL
@pytest.mark.parametrize("path", ["/?new=&digit=3", "/what-if?left=&right=", "/static/images?run=recorded"])
def test_axe_finds_nothing_serious(browser: "Browser", address: str, path: str) -> None:
    with open_page(browser, address, bypass_csp=True, color_scheme="dark") as page:
        page.goto(path, wait_until="networkidle")
        for fold in page.locator("summary:visible").all()[::-1]:
            fold.click()
        assert serious(page) == []


def test_viewing_all_pages_creates_no_run(browser: "Browser", tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    with hosting(folder, begun=False) as address:
        page = browser.new_page(base_url=address)
        page.set_default_timeout(PATIENCE)
        for path in ("/what-if", "/static/images", "/guess", "/"):
            page.goto(path)
            if path in ("/what-if", "/"):
                expect_text(page, "status", "^Press")  # wait until the run is ready
        assert not list(folder.iterdir())
        page.get_by_role("button", name="Fun").click()
        expect_text(page, "status", "Training. Press Stop to pause")
        page.get_by_role("button", name="Stop").click()
        expect_text(page, "status", "Stopped at iteration")
        assert [path.name for path in folder.iterdir()] == ["all-digits"]
        page.close()
