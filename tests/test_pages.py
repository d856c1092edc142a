"""The pages in a real browser: a person trains, stops, looks at the slideshow, writes a number."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from browsing import FULL, PATIENCE, open_page, expect_text, unfold, expect_written
from serving import end_server, start_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def page(browser: "Browser", hosted: str) -> Iterator["Page"]:
    with open_page(browser, hosted) as page:
        yield page


def test_a_person_trains_looks_and_writes(browser: "Browser", served: str) -> None:
    """With a real server and a real training."""
    with open_page(browser, served) as page:
        page.request.post("/api/runs/all-digits/reset")
        train_look_and_write(page)


def train_look_and_write(page: "Page") -> None:
    page.goto("/")
    expect_text(page, "status", "Press Fun")
    expect_text(page, "caption", "Iteration 0, untrained")
    assert page.locator('[data-show="picture"]').evaluate("image => image.naturalWidth > 200")

    page.get_by_role("button", name="Fun").click()
    expect_text(page, "status", "Training. Press Stop to pause")
    expect_text(page, "iteration", r"^([2-9]\d|[\d,]{3,})$")  # 20 or more
    expect_text(page, "caption", r"Iteration [1-9]\d*")
    expect_text(page, "d_change", r"0 \(locked\)")
    page.reload()  # training goes on without the page, and the page finds it again
    page.get_by_role("button", name="Stop").click()
    expect_text(page, "status", "Stopped at iteration")
    stopped = page.locator('[data-show="iteration"]').text_content()
    page.reload()
    expect_text(page, "status", "Stopped at iteration")
    assert page.locator('[data-show="iteration"]').text_content() == stopped  # it did not go on
    assert page.locator(".chart path.line").count() == 2

    page.get_by_role("link", name="Slideshow").first.click()
    expect_text(page, "place", r"picture \d+ of [1-9]\d+")
    page.keyboard.press("End")
    last = int(page.locator("input[type=range]").get_attribute("max") or 0)
    expect_text(page, "place", f"picture {last + 1} of {last + 1}")
    page.keyboard.press("ArrowLeft")
    expect_text(page, "place", f"picture {last} of {last + 1}")
    page.keyboard.press("Home")
    expect_text(page, "label", "Iteration 0")

    page.get_by_role("link", name="Write a number").first.click()
    expect_written(page, r"\d{4}-\d\d-\d\d")  # today
    page.get_by_label("Type a number").fill("31415")
    expect_written(page, "31415")


def test_train_does_so_many_iterations_and_reset_begins_anew(page: "Page") -> None:
    page.goto("/")
    expect_text(page, "status", "Press Fun|Stopped")
    unfold(page)
    before = int(page.locator('[data-show="iteration"]').text_content() or 0)
    page.get_by_role("spinbutton", name="iterations").fill("7")
    page.get_by_role("button", name="Train", exact=True).click()
    expect_text(page, "status", f"Stopped at iteration {before + 7}")
    expect_text(page, "caption", f"Iteration {before + 7}$")  # a stop keeps its picture
    assert page.evaluate("document.activeElement.dataset.do") == "train"  # the keyboard is where it was

    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Keep it").click()
    expect_text(page, "status", f"Stopped at iteration {before + 7}")
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    expect_text(page, "status", "Press Fun")
    expect_text(page, "iteration", "^0$")
    assert page.locator(".chart path.line").first.get_attribute("d") == ""
    assert "The first losses come after 2 iterations" in (page.locator(".chart").text_content() or "")


def test_a_bad_number_of_iterations_is_named_and_kept(page: "Page") -> None:
    page.goto("/")
    expect_text(page, "status", "Press Fun|Stopped")
    unfold(page)
    field = page.get_by_role("spinbutton", name="iterations")
    for value in ("0", "-5", "2.5", "", "2000000"):
        field.fill(value)
        page.get_by_role("button", name="Train", exact=True).click()
        expect_text(page, "problem", "iterations must be a whole number from 1 to 1,000,000")
        assert (field.input_value(), field.get_attribute("aria-invalid")) == (value, "true")
        field.fill("5")
        expect_text(page, "problem", "^$")
        assert field.get_attribute("aria-invalid") == "false"


def test_space_starts_and_stops_but_not_together_with_another_key(page: "Page") -> None:
    page.goto("/")
    expect_text(page, "status", "Press Fun|Stopped")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    page.keyboard.press("Shift+Space")
    page.keyboard.press("Space")
    expect_text(page, "status", "Training. Press Stop to pause")
    page.keyboard.press("Space")
    expect_text(page, "status", "Stopped at iteration")
    assert [url.rpartition("/")[2] for url in asked] == ["fun", "pause"]  # nothing for the first two together


def test_the_button_that_the_readme_names_is_the_filled_one(page: "Page") -> None:
    page.goto("/")
    assert page.locator("button.primary").all_text_contents() == ["Fun"]
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    assert "Press **Fun**" in readme


def test_the_slideshow_uses_the_whole_width(page: "Page") -> None:
    page.goto("/static/images")
    page.locator('[data-show="show"]').wait_for()
    edges = page.evaluate("""() => [".show .paper", ".show .beside", "main h1"].map((name) => {
      const { left, right, bottom } = document.querySelector(name).getBoundingClientRect();
      return { left, right, bottom };
    })""")
    paper, beside, title = edges
    assert paper["left"] == title["left"]
    assert beside["right"] == title["right"]
    assert paper["right"] < beside["left"]
    assert paper["bottom"] <= 900, "the picture fits the window"


def test_a_run_of_one_digit_is_made_and_the_first_opened_again(page: "Page") -> None:
    page.goto("/")
    expect_text(page, "status", "Press Fun|Stopped")
    unfold(page, "Runs")
    runs = page.locator("details li")
    runs.filter(has_text="all-digits").wait_for()
    # What the form sends by default is a full-sized network, too slow for a test: it is only asked what it would send.
    with page.expect_request("**/api/runs") as asked, page.expect_request("**/api/runs/digit-3/fun"):
        page.route("**/api/runs", lambda route: route.fulfill(status=201, json={"id": "digit-3"}))
        page.route("**/api/runs/digit-3/fun", lambda route: route.fulfill(status=202, json={"id": "digit-3"}))
        page.get_by_role("combobox", name="Draw").select_option("3")
        unfold(page, "Other settings")
        page.get_by_label("Lock the judge").uncheck()
        page.get_by_role("button", name="Create").click()
    recommended = dict.fromkeys(("generator_updates", "gamma", "learning_rate", "batch"))
    wish = {"digit": "3", "network": "quick", "seed": "0", "loss": "relativistic", "freeze": False}
    assert asked.value.post_data_json == wish | recommended


@pytest.mark.parametrize("path", ["/", "/what-if", "/static/images", "/guess", "/write", "/mine", "/learn"])
@pytest.mark.parametrize("width", [pytest.param(320, marks=FULL), 390, pytest.param(1280, marks=FULL)])
def test_no_page_is_wider_than_its_window(page: "Page", path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path, wait_until="networkidle")  # with what the scripts put there
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def training(server: int) -> psutil.Process:
    """The process that trains: of those that the server has started the one that holds the run's lock."""
    children = psutil.Process(server).children()
    (found,) = [child for child in children if any(file.path.endswith(".lock") for file in child.open_files())]
    return found


@pytest.mark.full
def test_a_lost_training_and_a_lost_connection_are_said_and_gone_on_with(browser: "Browser", tmp_path: Path) -> None:
    process, address = start_server(tmp_path)
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(address)
        expect_text(page, "status", "Press Fun")
        page.get_by_role("button", name="Fun").click()
        expect_text(page, "status", "Training. Press Stop to pause")
        training(process.pid).kill()
        expect_text(page, "status", "was killed")
        page.get_by_role("button", name="Fun").click()  # nothing trains any more
        expect_text(page, "status", "Training. Press Stop to pause")
        assert end_server(process) == ""
        expect_text(page, "status", "connection to the server is lost")
        assert page.get_by_role("button", name="Fun").is_disabled()  # no Stop, which would stop nothing
        assert page.locator(".stop").count() == 0
        process, again = start_server(tmp_path, int(address.rpartition(":")[2]))
        assert again == address
        expect_text(page, "status", "Stopped at iteration")
    finally:
        page.close()
        process.terminate()
        process.communicate(timeout=120)
