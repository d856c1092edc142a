"""The pages in a real browser: a person trains, stops, looks at the slideshow, writes a number."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import PATIENCE, looking_at, says, unfold
from serving import end_server, start_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route


@pytest.fixture
def page(browser: "Browser", served: str) -> Iterator["Page"]:
    with looking_at(browser, served) as page:
        yield page


def written(page: "Page", number: str) -> "Locator":
    """Wait until that number, a pattern, is shown in handwriting."""
    from playwright.sync_api import expect

    picture = page.locator('[data-show="picture"]')
    expect(picture).to_have_attribute("alt", re.compile(f"^{number} in handwriting$"))
    assert picture.evaluate("image => image.naturalWidth") > 50
    return picture


def test_a_person_trains_looks_and_writes(page: "Page") -> None:
    page.goto("/")
    says(page, "status", "Press Fun")
    says(page, "caption", "Iteration 0, untrained")
    assert page.locator('[data-show="picture"]').evaluate("image => image.naturalWidth > 200")

    page.get_by_role("button", name="Fun").click()
    says(page, "status", "Training until you press Stop")
    says(page, "iteration", r"^([2-9]\d|[\d,]{3,})$")  # 20 or more
    says(page, "caption", r"Iteration [1-9]\d*")
    says(page, "d_change", r"0 \(frozen\)")
    page.reload()  # training goes on without the page, and the page finds it again
    page.get_by_role("button", name="Stop").click()
    says(page, "status", "Stopped at iteration")
    stopped = page.locator('[data-show="iteration"]').text_content()
    page.reload()
    says(page, "status", "Stopped at iteration")
    assert page.locator('[data-show="iteration"]').text_content() == stopped  # it did not go on
    assert page.locator(".chart path.line").count() == 2

    page.get_by_role("link", name="Slideshow").first.click()
    says(page, "place", r"picture \d+ of [1-9]\d+")
    page.keyboard.press("End")
    last = int(page.locator("input[type=range]").get_attribute("max") or 0)
    says(page, "place", f"picture {last + 1} of {last + 1}")
    page.keyboard.press("ArrowLeft")
    says(page, "place", f"picture {last} of {last + 1}")
    page.keyboard.press("Home")
    says(page, "label", "Iteration 0")

    page.get_by_role("link", name="Write a number").first.click()
    written(page, r"\d{4}-\d\d-\d\d")  # today
    page.get_by_label("Number").fill("31415")
    written(page, "31415")


def test_train_does_so_many_iterations_and_reset_begins_anew(page: "Page") -> None:
    page.goto("/")
    says(page, "status", "Press Fun|Stopped")
    unfold(page)
    before = int(page.locator('[data-show="iteration"]').text_content() or 0)
    page.get_by_role("spinbutton", name="iterations").fill("7")
    page.get_by_role("button", name="Train", exact=True).click()
    says(page, "status", f"Stopped at iteration {before + 7}")
    says(page, "caption", f"Iteration {before + 7}$")  # a stop keeps its picture
    assert page.evaluate("document.activeElement.dataset.do") == "train"  # the keyboard is where it was

    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Keep it").click()
    says(page, "status", f"Stopped at iteration {before + 7}")
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset").click()
    says(page, "status", "Press Fun")
    says(page, "iteration", "^0$")
    assert page.locator(".chart path.line").first.get_attribute("d") == ""
    assert "The first losses come after 2 iterations" in (page.locator(".chart").text_content() or "")


@pytest.mark.parametrize("value", ["0", "-5", "2.5", "", "2000000"])
def test_a_bad_number_of_iterations_is_named_and_kept(page: "Page", value: str) -> None:
    page.goto("/")
    says(page, "status", "Press Fun|Stopped")
    unfold(page)
    page.get_by_role("spinbutton", name="iterations").fill(value)
    page.get_by_role("button", name="Train", exact=True).click()
    says(page, "problem", "iterations must be a whole number from 1 to 1,000,000")
    field = page.get_by_role("spinbutton", name="iterations")
    assert (field.input_value(), field.get_attribute("aria-invalid")) == (value, "true")
    field.fill("5")
    says(page, "problem", "^$")
    assert field.get_attribute("aria-invalid") == "false"


def test_space_starts_and_stops_but_not_together_with_another_key(page: "Page") -> None:
    page.goto("/")
    says(page, "status", "Press Fun|Stopped")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    page.keyboard.press("Shift+Space")
    page.keyboard.press("Space")
    says(page, "status", "Training until you press Stop")
    page.keyboard.press("Space")
    says(page, "status", "Stopped at iteration")
    assert [url.rpartition("/")[2] for url in asked] == ["fun", "pause"]  # nothing for the first two together


def test_a_character_that_cannot_be_written_is_named_and_the_text_kept(page: "Page") -> None:
    page.goto("/write?number=12&seed=5")
    written(page, "12")
    page.get_by_label("Number").fill("12,5")
    says(page, "problem", "“,” cannot be written")
    assert page.get_by_label("Number").input_value() == "12,5"
    assert page.get_by_text("Download PNG").get_attribute("href") is None
    page.get_by_label("Number").fill("125")
    says(page, "problem", "^$")
    with page.expect_download() as download:
        page.get_by_text("Download SVG").click()
    assert download.value.suggested_filename == "125.svg"


def test_a_bad_seed_is_marked_where_it_stands(page: "Page") -> None:
    page.goto("/write")
    written(page, r"\d{4}-\d\d-\d\d")
    page.get_by_label("Seed").fill("-1")
    says(page, "seed-problem", "^The seed must be a whole number from 0 to 4,294,967,295.$")
    assert page.get_by_label("Seed").get_attribute("aria-invalid") == "true"
    assert page.get_by_label("Number").get_attribute("aria-invalid") == "false"
    page.get_by_label("Seed").fill("1")
    says(page, "seed-problem", "^$")
    page.goto("/write?number=12&seed=5&hand=three")  # there is no such hand
    written(page, "12")
    assert page.get_by_label("Written by").input_value() == "one"
    page.get_by_label("Written by").select_option("ten")
    says(page, "lead", "^Ten networks")


def test_what_is_typed_before_the_script_runs_is_kept(page: "Page") -> None:
    held: list[Route] = []
    page.route("**/static/js/write.js", lambda route: held.append(route))
    page.goto("/write", wait_until="commit")
    page.get_by_label("Number").fill("27")
    while not held:
        page.wait_for_timeout(10)
    held[0].continue_()
    written(page, "27")


def test_a_number_wider_than_its_sheet_says_so_and_can_be_seen_in_full_size(page: "Page") -> None:
    from playwright.sync_api import expect

    line, button = page.locator(".fit"), page.locator(".fit button")
    picture, size = page.locator('[data-show="picture"]'), page.get_by_label("Size")
    page.goto("/write?number=3&size=96")
    written(page, "3")
    expect(line).to_be_hidden()
    page.goto("/write?number=31415926535897932384&size=96")
    written(page, "31415926535897932384")
    expect(line).to_contain_text("to fit the sheet")
    said = line.text_content() or ""
    size.fill("200")
    expect(line).not_to_contain_text(said)
    assert picture.evaluate("image => image.clientWidth < image.naturalWidth")
    button.click()
    assert picture.evaluate("image => image.clientWidth === image.naturalWidth")
    assert page.locator(".page").evaluate("page => page.scrollWidth > page.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    button.click()
    assert picture.evaluate("image => image.clientWidth < image.naturalWidth")


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


def test_new_handwriting_is_another_picture_and_its_address_brings_it_back(page: "Page") -> None:
    from playwright.sync_api import expect

    page.goto("/write?number=3")
    picture = written(page, "3")
    first = picture.get_attribute("src") or ""
    page.get_by_role("button", name="New handwriting").click()
    expect(picture).not_to_have_attribute("src", first)
    seed = page.get_by_label("Seed").input_value()
    assert f"seed={seed}" in page.url
    page.reload()
    expect(page.get_by_label("Number")).to_have_value("3")
    expect(page.get_by_label("Seed")).to_have_value(seed)


def test_a_run_of_one_digit_is_made_and_the_first_opened_again(page: "Page") -> None:
    page.goto("/")
    says(page, "status", "Press Fun|Stopped")
    unfold(page, "Runs")
    runs = page.locator("details li")
    runs.filter(has_text="all-digits").wait_for()
    # What the form sends by default is a full-sized network, too slow for a test: it is only asked what it would send.
    with page.expect_request("**/api/runs") as asked:
        page.route("**/api/runs", lambda route: route.fulfill(status=201, json={"id": "digit-3"}))
        page.get_by_role("combobox", name="Draw").select_option("3")
        page.get_by_label("Freeze D").uncheck()
        page.get_by_role("button", name="Make it").click()
    assert asked.value.post_data_json == {"digit": "3", "network": "quick", "seed": "0", "freeze": False}


@pytest.mark.parametrize("path", ["/", "/what-if", "/static/images", "/write", "/learn"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_is_wider_than_its_window(page: "Page", path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path, wait_until="networkidle")  # with what the scripts put there
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_lost_connection_is_said_and_found_again(browser: "Browser", tmp_path: Path) -> None:
    process, address = start_server(tmp_path)
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(address)
        says(page, "status", "Press Fun")
        assert end_server(process) == ""
        says(page, "status", "connection to the server is lost")
        assert page.get_by_role("button", name="Fun").is_disabled()
        process, again = start_server(tmp_path, int(address.rpartition(":")[2]))
        assert again == address
        says(page, "status", "Press Fun")
    finally:
        page.close()
        process.terminate()
        process.communicate(timeout=120)
