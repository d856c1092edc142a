"""The pages in a real browser: real training, the commands on the train page, and what all pages share."""

import re
import urllib.request
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.helpers.browsing import (
    FULL,
    PATIENCE,
    expect,
    expect_text,
    expect_written,
    field,
    follow,
    open_page,
    scroll_width,
    unfold,
)
from tests.helpers.serving import ROOT, end_server, start_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request, Route

pytestmark = pytest.mark.slow
PATHS = {  # each page, and an element that its script fills last
    "/": '[data-show="caption"]:text-matches("Iteration [0-9]")',
    "/what-if": '[data-run="what-if-not-frozen"] [data-show="caption"]:text-matches("iteration [0-9]")',
    "/static/images": '[data-show="place"]:text-matches("picture [0-9]+ of [0-9]")',
    "/guess": '[data-show="place"]:text-matches("Pair 1 of 10")',
    "/write": ".digits button:visible",
    "/mine": '[data-show="status"]:text-matches("Nothing is drawn yet")',
    "/learn": "main[data-mounted]",
}
MENU = ["Train", "What if?", "Slideshow", "Guess", "Write a number", "How it works"]


def test_a_person_trains_views_the_slideshow_and_writes(browser: "Browser", served: str) -> None:
    """Use a real server and real training."""
    with open_page(browser, served) as page:
        page.request.post(f"{served}/api/runs/all-digits/reset")
        page.goto("/")
        expect_text(page, "status", "Press Fun")
        expect_text(page, "caption", "Iteration 0, untrained")
        picture = page.locator('[data-show="picture"]')
        page.wait_for_function("image => image.naturalWidth > 200", arg=picture.element_handle())

        page.get_by_role("button", name="Fun").click()
        expect_text(page, "status", "Training. Press Stop to pause")
        expect_text(page, "iteration", r"^([2-9]\d|[\d,]{3,})$")  # 20 or more
        expect_text(page, "caption", r"Iteration [1-9]\d*")
        expect_text(page, "read", r"^Recognized: \d+ of 64$")
        expect_text(page, "d_change", r"0 \(locked\)")
        page.reload()  # training continues without the page
        page.get_by_role("button", name="Stop").click()
        expect_text(page, "status", "Stopped at iteration")
        stopped = page.locator('[data-show="iteration"]').text_content()
        page.reload()
        expect_text(page, "status", "Stopped at iteration")
        expect_text(page, "iteration", f"^{stopped}$")
        expect_text(page, "caption", f"^Iteration {stopped}$")
        expect(picture).to_have_attribute("src", re.compile("^data:image/png;base64,"))  # the latest sheet
        expect(page.locator('[data-part="chart"] path.line')).to_have_count(2)

        with page.expect_websocket(lambda socket: "/api/events" in socket.url) as socket:
            follow(page.get_by_role("link", name="Slideshow").first)
        assert socket.value.url.endswith("/api/events")  # without previews
        expect_text(page, "place", r"picture \d+ of [1-9]\d+")
        page.keyboard.press("End")
        last = int(page.locator("input[type=range]").get_attribute("max") or 0)
        expect_text(page, "place", f"picture {last + 1} of {last + 1}")
        page.keyboard.press("ArrowLeft")
        expect_text(page, "place", f"picture {last} of {last + 1}")
        page.keyboard.press("Home")
        expect_text(page, "label", "Iteration 0")

        follow(page.get_by_role("link", name="Write a number").first)
        expect_written(page, r"\d{4}-\d\d-\d\d")  # today's date
        field(page).fill("31415")
        expect_written(page, "31415")


def test_train_adds_the_given_iterations_and_start_over_returns_to_zero(page: "Page") -> None:
    page.goto("/")
    expect_text(page, "status", "Press Fun|Stopped")
    unfold(page)
    before = int(page.locator('[data-show="iteration"]').text_content() or 0)
    iterations = page.get_by_role("spinbutton", name="iterations")
    for value in ("0", "2.5", "", "2000000"):
        iterations.fill(value)
        page.get_by_role("button", name="Train", exact=True).click()
        expect_text(page, "problem", "Iterations must be a whole number from 1 to 1,000,000")
        assert (iterations.input_value(), iterations.get_attribute("aria-invalid")) == (value, "true")
    iterations.fill("7")
    expect_text(page, "problem", "^$")
    assert iterations.get_attribute("aria-invalid") == "false"
    with page.expect_request("**/train") as sent:
        page.get_by_role("button", name="Train", exact=True).click()
    assert sent.value.post_data_json == {"iterations": "7", "stop_unwatched": True}
    expect_text(page, "status", f"Stopped at iteration {before + 7}")
    expect_text(page, "caption", f"Iteration {before + 7}$")
    assert page.evaluate("document.activeElement.dataset.do") == "train"  # the focus has not moved

    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Keep it").click()
    expect_text(page, "status", f"Stopped at iteration {before + 7}")
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    expect_text(page, "status", "Press Fun")
    expect_text(page, "iteration", "^0$")
    expect(page.locator('[data-part="chart"] path.line').first).to_have_attribute("d", "")
    expect(page.locator('[data-part="chart"] .chart')).to_contain_text("The first losses come after 2 iterations")


def test_space_starts_and_stops_but_not_with_shift(page: "Page") -> None:
    page.goto("/")
    expect_text(page, "status", "Press Fun|Stopped")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.keyboard.press("Shift+Space")
    page.keyboard.press("Space")
    expect_text(page, "status", "Training. Press Stop to pause")
    page.keyboard.press("Space")
    expect_text(page, "status", "Stopped at iteration")
    assert [url.rpartition("/")[2] for url in posts] == ["fun", "pause"]


def test_the_primary_button_is_the_one_named_in_the_readme_and_keeps_its_place(page: "Page") -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/")
    expect_text(page, "status", "Press Fun|Stopped")
    assert page.locator("button.primary").all_text_contents() == ["Fun"]
    assert "Press **Fun**" in (ROOT / "README.md").read_text("utf-8")
    status, boxes = page.locator('[data-show="status"]'), []
    for text in ("Short.", "Up to here."):
        status.evaluate("(line, text) => { line.textContent = text; }", text)
        boxes.append(page.locator('[data-do="fun"]').bounding_box())
    assert boxes[0] == boxes[1]
    assert boxes[0]
    assert boxes[0]["width"] > 300


def test_a_new_run_sends_the_settings_of_the_form(page: "Page") -> None:
    page.goto("/")
    expect_text(page, "status", "Press Fun|Stopped")
    unfold(page, "Runs")
    page.locator("details li").filter(has_text="all-digits").wait_for()

    # The default network is too slow for a test, so this function checks and answers the requests. At any time, the
    # page may also request the list of runs from the same address with GET.
    def answer(route: "Route") -> None:
        if route.request.method == "POST":
            route.fulfill(status=201, json={"id": "digit-3"})
        else:
            route.fallback()

    def is_creation(request: "Request") -> bool:
        return request.method == "POST" and request.url.endswith("/api/runs")

    page.route("**/api/runs", answer)
    page.route("**/api/runs/digit-3/fun", answer)
    with page.expect_request(is_creation) as request, page.expect_request("**/api/runs/digit-3/fun"):
        page.get_by_role("combobox", name="Draw").select_option("3")
        unfold(page, "Other settings")
        page.get_by_label("Lock the judge").uncheck()
        page.get_by_role("button", name="Create").click()
    recommended = dict.fromkeys(("generator_updates", "gamma", "learning_rate", "batch"))
    settings = {"digit": "3", "network": "quick", "seed": "0", "loss": "relativistic", "freeze": False}
    assert request.value.post_data_json == settings | recommended


@pytest.mark.parametrize("width", [pytest.param(320, marks=FULL), 390, pytest.param(1280, marks=FULL)])
def test_no_page_is_wider_than_its_window(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path, filled in PATHS.items():
        page.goto(path)
        page.locator(filled).first.wait_for()  # includes what the scripts add
        assert scroll_width(page) <= width, path


@pytest.mark.parametrize("width", [320, *(pytest.param(width, marks=FULL) for width in (360, 390, 430, 1280))])
def test_the_menu_fits_on_one_line(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/learn")
    nav = page.get_by_role("navigation", name="Pages")
    boxes = [link.bounding_box() for link in nav.get_by_role("link").all()]
    assert len({box and box["y"] for box in boxes}) == 1
    assert all(box and box["height"] >= 24 for box in boxes), "large enough for a finger"
    assert min(b["x"] - a["x"] - a["width"] for a, b in pairwise(boxes) if a and b) >= 6
    for name in MENU:
        assert nav.get_by_role("link", name=name, exact=True).count() == 1, "screen readers get the whole name"


class MainText(HTMLParser):
    """Collect the text of a page's main part, including collapsed sections."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.inside = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside |= tag == "main"

    def handle_data(self, data: str) -> None:
        self.text += data if self.inside else ""


def test_how_it_works_introduces_the_letters_g_and_d(hosted: str) -> None:
    parser = MainText()
    with urllib.request.urlopen(f"{hosted}/learn") as response:
        parser.feed(response.read().decode())
    for name, letter in (("artist", "G"), ("judge", "D")):
        first = re.search(rf"\b{name}\b.{{0,4}}", " ".join(parser.text.split()))
        assert first
        assert first[0] == f"{name} ({letter})"


def training_process(server: int) -> psutil.Process:
    """Return the server's child process that holds the run's lock."""
    children = psutil.Process(server).children()
    (worker,) = [child for child in children if any(file.path.endswith(".lock") for file in child.open_files())]
    return worker


@pytest.mark.full
def test_the_page_reports_a_killed_worker_and_a_lost_server_and_recovers(browser: "Browser", tmp_path: Path) -> None:
    process, address = start_server(tmp_path)
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(address)
        expect_text(page, "status", "Press Fun")
        page.get_by_role("button", name="Fun").click()
        expect_text(page, "status", "Training. Press Stop to pause")
        training_process(process.pid).kill()
        expect_text(page, "status", "was killed")
        page.get_by_role("button", name="Fun").click()
        expect_text(page, "status", "Training. Press Stop to pause")
        assert end_server(process) == ""
        expect_text(page, "status", "connection to the server is lost")
        assert page.get_by_role("button", name="Fun").is_disabled()
        assert page.locator(".stop").count() == 0  # there is nothing to stop
        process, again = start_server(tmp_path, int(address.rpartition(":")[2]))
        assert again == address
        expect_text(page, "status", "Stopped at iteration")
    finally:
        page.close()
        process.terminate()
        process.communicate(timeout=120)
