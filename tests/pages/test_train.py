"""The training page in a real browser: real training, its commands, the lock, and the sheets of a run."""

import json
import re
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from gan.data.pictures import in_base64
from gan.drawings.recognition import Recognition
from gan.runs.sheet_evaluation import Diagnosis, Evaluation
from tests.helpers.browsing import (
    PATIENCE,
    Browser,
    Page,
    Route,
    event_sockets,
    expect,
    expect_bar,
    expect_text,
    expect_written,
    field,
    follow,
    open_page,
    preparing,
    press,
    start_over,
    stop_training,
    unfold,
)
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import end_server, start_server

pytestmark = [pytest.mark.slow, pytest.mark.page(controlled=True)]
SHEET = re.compile("^data:image/png;base64,")
CALM = 2000  # milliseconds between pictures, as in static/js/pages/train.js


@pytest.fixture
def train(page: Page) -> Page:
    """Return the page of an untrained run."""
    page.goto("/")
    expect_text(page, "status", "Press Fun")
    return page


# Training


def test_a_person_trains_views_the_slideshow_and_writes(browser: Browser, served: str) -> None:
    """Use a real server and real training."""
    with open_page(browser, served) as page:
        page.goto("/")
        expect_text(page, "status", "Press Fun")
        expect_text(page, "caption", "Iteration 0, untrained")
        picture = page.locator('[data-show="picture"]')
        page.wait_for_function("image => image.naturalWidth > 200", arg=picture.element_handle())

        press(page, "Fun")
        expect_text(page, "status", "Training. Press Stop to pause")
        expect_text(page, "iteration", r"^([2-9]\d|[\d,]{3,})$")  # 20 or more
        expect_text(page, "caption", r"Iteration [1-9]\d*")
        expect_text(page, "read", r"^Recognized: \d+ of 64$")
        expect_text(page, "d_change", r"0 \(locked\)")
        expect(page.locator('.diagram [data-game="verdict"]')).to_have_text(re.compile(r"^The judge rates \d+ of 64 "))
        for verb in ("Unlock", "Lock"):
            press(page, f"{verb} the judge")
        page.get_by_role("button", name="Unlock the judge").wait_for()
        page.reload()  # training continues without the page
        stop_training(page)
        expect(page.locator('[data-part="progress"] path.press')).to_have_count(2)
        stopped = page.locator('[data-show="iteration"]').text_content()
        page.reload()
        expect_text(page, "status", "Stopped at iteration")
        expect_text(page, "iteration", f"^{stopped}$")
        expect_text(page, "caption", f"^Iteration {stopped}$")
        expect(picture).to_have_attribute("src", SHEET)  # the latest sheet
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


def test_train_adds_the_given_iterations_and_start_over_returns_to_zero(train: Page) -> None:
    unfold(train)
    iterations = train.get_by_role("spinbutton", name="iterations")
    for value in ("0", "2.5", "", "2000000"):
        iterations.fill(value)
        press(train, "Train")
        expect_text(train, "problem", "Iterations must be a whole number from 1 to 1,000,000")
        assert (iterations.input_value(), iterations.get_attribute("aria-invalid")) == (value, "true")
    iterations.fill("7")
    expect_text(train, "problem", "^$")
    assert iterations.get_attribute("aria-invalid") == "false"
    for reached in (7, 14):
        with train.expect_request("**/train") as sent:
            press(train, "Train")
        assert sent.value.post_data_json == {"iterations": "7", "stop_unwatched": True}
        expect_text(train, "status", f"Stopped at iteration {reached}")
        expect_text(train, "caption", f"Iteration {reached}$")
    assert train.evaluate("document.activeElement.dataset.do") == "train"  # the focus has not moved

    press(train, "Start over")
    press(train, "Keep it")
    expect_text(train, "status", "Stopped at iteration 14")
    start_over(train)
    expect_text(train, "status", "Press Fun")
    expect_text(train, "iteration", "^0$")
    expect(train.locator('[data-part="chart"] path.line').first).to_have_attribute("d", "")


def test_space_starts_and_stops_but_not_with_shift(train: Page) -> None:
    posts: list[str] = []
    train.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    train.keyboard.press("Shift+Space")
    train.keyboard.press("Space")
    expect_text(train, "status", "Training. Press Stop to pause")
    train.keyboard.press("Space")
    expect_text(train, "status", "Stopped at iteration")
    assert [command for url in posts if (command := url.rpartition("/")[2]) != "ask"] == ["fun", "pause"]


def training_process(server: int) -> psutil.Process:
    """Return the server's child process that holds the run's lock."""
    children = psutil.Process(server).children()
    (worker,) = [child for child in children if any(file.path.endswith(".lock") for file in child.open_files())]
    return worker


@pytest.mark.full
def test_the_page_reports_a_killed_worker_and_a_lost_server_and_recovers(browser: Browser, tmp_path: Path) -> None:
    process, address = start_server(tmp_path)
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(address)
        expect_text(page, "status", "Press Fun")
        press(page, "Fun")
        expect_text(page, "status", "Training. Press Stop to pause")
        training_process(process.pid).kill()
        expect_text(page, "status", "was killed")
        press(page, "Fun")
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
        end_server(process)


def test_the_bar_is_shown_until_training_is_ready(train: Page) -> None:
    status = train.locator('[data-show="status"]')

    def send(event: dict[str, Any]) -> None:
        event_sockets(train)[-1].send(json.dumps(event | {"run": "all-digits"}))

    state = {"type": "state", "iteration": 0, "target": None, "data": None}
    send(state | {"state": "compiling"})
    send(preparing(7, "training"))
    event_sockets(train)[-1].send(json.dumps(preparing(20, "writer")))
    expect_bar(train, 7)
    expect(status).to_have_text("Preparing the program.")  # only for screen readers
    train.route("**/fun", lambda route: route.fulfill(status=202, json={}))
    press(train, "Fun")
    expect_bar(train, 7, ", then training")
    send(state | {"state": "idle"})
    expect(train.get_by_role("progressbar")).to_be_hidden()


# Sheets


def evaluation(recognized: int, ailment: Diagnosis | None = None) -> Any:
    """Return the evaluation of a sheet with this many of its 64 drawings recognized."""
    confidence = (1.0,) * recognized + (0.1,) * (64 - recognized)
    reading = Recognition(tuple(drawing % 10 for drawing in range(64)), confidence)
    return Evaluation(reading, (True,) * 64, 35, ailment).fields(tiny(None, labels=True))


def send_sheet(page: Page, iteration: int, reading: Any = None) -> None:
    """Send a sheet, as the server does during training. Each iteration has a different picture."""
    png = in_base64(Image.new("L", (242, 242), iteration % 256))
    event = {"type": "sheet", "run": "all-digits", "iteration": iteration, "png": png, "reading": reading}
    event_sockets(page)[-1].send(json.dumps(event | {"drawn_at": 0, "half_after": None, "most_after": None}))
    expect_text(page, "iteration", f"^{iteration}$")


def test_sheets_are_shown_without_requests_and_start_over_removes_them(train: Page) -> None:
    press(train, "Fun")
    expect_text(train, "status", "Training. Press Stop to pause")
    picture = train.locator('[data-show="picture"]')
    expect(picture).to_have_attribute("src", re.compile(r"/20\.png"))  # after the caption
    expect_text(train, "caption", "^Iteration 20$")
    requests: list[str] = []
    train.on("request", lambda request: requests.append(request.url))
    for iteration in (21, 22):
        send_sheet(train, iteration, evaluation(12, "blank"))
        expect_text(train, "caption", f"^Iteration {iteration}$")
    expect(picture).to_have_attribute("src", SHEET)
    expect_text(train, "read", "^Recognized: 12 of 64$")
    expect_text(train, "legend", "^Recognized: a third network, the classifier, is at least 90 % sure")
    expect_text(train, "preference", "^35 of 64$")
    expect_text(train, "diagnosis", r"^The (artist|judge) .*\.$")
    assert train.locator(".labels text").count() == 0  # labels do not help when so few are recognized
    expect(train.locator('[data-do="labels"]')).to_be_hidden()
    assert [url for url in requests if "/images/" in url] == []

    start_over(train)
    expect_text(train, "status", "Press Fun")
    expect_text(train, "caption", "Iteration 0, untrained")
    for part in ("read", "diagnosis"):
        expect_text(train, part, "^$")


# The lock


def send(page: Page, kind: str, **fields: Any) -> None:
    event_sockets(page)[-1].send(json.dumps({"type": kind, "run": "all-digits"} | fields))


def test_a_press_of_the_lock_is_sent_shown_and_marked(train: Page) -> None:
    posts: list[str] = []

    def take(route: Route) -> None:
        posts.append(route.request.url.rpartition("/")[2])
        route.fulfill(status=202, json={})

    train.route(re.compile("/(un)?lock$"), take)
    press(train, "Fun")
    expect_text(train, "status", "Training. Press Stop to pause")
    send_sheet(train, 400, evaluation(60))
    expect_text(train, "story", r"^Digits\.$")
    assert train.evaluate("document.getAnimations().length") == 3, "the pulses"
    marks = train.locator('[data-part="progress"] path.press')
    for verb, other, switches, said in (
        ("Unlock", "Lock", [400], "^Unlocked: the artist changes the judge instead of its drawings"),
        ("Lock", "Unlock", [400, 600], "^Locked again: "),
    ):
        press(train, f"{verb} the judge")
        train.keyboard.press("Enter")  # waits for the answer of the worker
        send(train, "lock", iteration=switches[-1], freeze_switches=switches)
        button = train.get_by_role("button", name=f"{other} the judge", exact=True)
        expect(button).to_be_focused()
        expect(button).to_have_text(other)
        expect(button.locator(".lock:visible")).to_have_class(f"lock {'shut' if verb == 'Lock' else 'open'}")
        for later in range(1, 6):
            send_sheet(train, switches[-1] + later, evaluation(0))
        expect_text(train, "story", said)
        expect(marks).to_have_count(len(switches))
    assert posts == ["unlock", "lock"]


def test_a_press_that_the_worker_cannot_carry_out_is_reported(train: Page) -> None:
    train.route("**/unlock", lambda route: route.fulfill(status=202, json={}))
    press(train, "Unlock the judge")
    send(train, "error", message="The disk is full.")
    send(train, "lock", iteration=0, freeze_switches=[])
    expect_text(train, "status", r"^The disk is full\.$")
    expect(train.get_by_role("button", name="Unlock the judge")).to_be_enabled()


@pytest.mark.page(reduced_motion=True)
def test_with_reduced_motion_the_picture_changes_every_two_seconds(train: Page) -> None:
    unfold(train)
    state = {"type": "state", "run": "all-digits", "target": None}
    event_sockets(train)[-1].send(json.dumps(state | {"state": "training", "iteration": 100}))
    expect_text(train, "status", "Training. Press Stop to pause")
    expect(train.locator(".diagram")).to_have_class(re.compile("running"))
    assert train.evaluate("document.getAnimations().length") == 0
    send_sheet(train, 101)
    train.clock.fast_forward(CALM)
    send_sheet(train, 102)
    expect_text(train, "caption", "^Iteration 102$")
    send_sheet(train, 103)
    send_sheet(train, 104)
    expect_text(train, "caption", "^Iteration 102$")  # too soon for another picture
    train.clock.fast_forward(CALM)
    send_sheet(train, 105)
    expect_text(train, "caption", "^Iteration 105$")
    send_sheet(train, 106)
    event_sockets(train)[-1].send(json.dumps(state | {"state": "idle", "iteration": 106}))
    expect_text(train, "caption", "^Iteration 106$")


def test_a_network_is_offered_for_writing_once_its_digits_are_recognized(train: Page) -> None:
    own = train.get_by_role("link", name="Write with your network")
    # Fewer than nine in ten are not enough. Once offered, it stays for a moment, to avoid flicker.
    for iteration, recognized, offered in ((100, 57, False), (101, 58, True), (102, 30, True), (103, 0, False)):
        send_sheet(train, iteration, evaluation(recognized))
        expect_text(train, "read", f"^Recognized: {recognized} of 64$")
        expect(own).to_be_visible(visible=offered)
        if offered:
            expect(own).to_have_attribute("href", "/write?run=all-digits")


def test_a_network_that_draws_well_is_kept_and_a_new_one_starts(train: Page) -> None:
    train.route("**/api/runs", lambda route: route.fulfill(status=201, json={"id": "all-digits"}))
    send_sheet(train, 100, evaluation(58))
    new = train.get_by_role("button", name="Start from noise")
    with train.expect_request("**/all-digits/fun"), train.expect_request("**/api/runs") as created:
        new.click()
    settings = json.loads(created.value.post_data or "")
    assert (settings["digit"], settings["freeze"], settings["loss"]) == (None, True, "relativistic")
    expect_text(train, "status", "^Training")
    send_sheet(train, 101, evaluation(58))
    send(train, "state", state="idle", iteration=101, target=None)
    for name in ("Start from noise", "Write with your network", "Save film"):
        expect(train.get_by_text(name, exact=True)).to_be_visible()
    press(train, "Continue")
    expect_text(train, "status", "^Training")
    expect(train.get_by_role("button", name="Stop")).to_be_focused()
