"""The training page in a real browser: real training, its commands, the lock, and the
sheets of a run.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gan.data.images_and_sheets import in_base64
from gan.drawings.recognition import Recognition
from gan.runs.evaluation_record import Diagnosis, Evaluation
from tests.helpers import browsing, commands
from tests.helpers.browsing import (
    Browser,
    Page,
    button,
    expect,
    expect_text,
    link_to,
    post,
    press,
    send_event,
    send_snapshot,
    send_state,
    start_training,
)
from tests.helpers.fake_worker import FakeTrainer, tiny
from tests.helpers.serving import assert_fields, hosting

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


def test_a_person_trains_and_views_the_slideshow(browser: Browser, served: str) -> None:
    """Use a real server and real training."""
    with browsing.open_page(browser, served, is_new=True, reduced_motion=True) as page:
        page.goto("/")
        picture = page.locator('[data-show="picture"]')
        page.wait_for_function(
            "image => image.naturalWidth > 200", arg=picture.element_handle()
        )
        start_training(page)
        expect_text(page, "iteration", r"^([2-9]\d|[\d,]{3,})$")  # 20 or more
        expect_text(page, "caption", r"Iteration [1-9]\d*")
        expect_text(page, "read", r"^Recognized: \d+ of 64$")
        expect_text(page, "d_change", r"0 \(locked\)")
        expect(page.locator(".diagram .scale circle")).to_have_count(128)
        for verb in ("Unlock", "Lock"):
            press(page, f"{verb} the judge")
        button(page, "Unlock the judge").wait_for()
        page.reload()  # training continues without the page
        browsing.stop_training(page)
        expect(page.locator('[data-part="progress"] path.press')).to_have_count(2)
        stopped = page.locator('[data-show="iteration"]').text_content() or ""
        picture_of_stop = (
            f"{served}/api/runs/all-digits/images/{stopped.replace(',', '')}.png"
        )
        commands.wait_for(
            lambda: page.request.get(picture_of_stop).ok,
            "the picture, which is saved after the stop,",
        )
        page.reload()
        expect_text(page, "status", "Stopped at iteration")
        expect_text(page, "iteration", f"^{stopped}$")
        expect_text(page, "caption", f"^Iteration {stopped}$")
        expect(picture).to_have_attribute("src", SHEET)  # the latest sheet
        expect(page.locator('[data-part="chart"] path.line')).to_have_count(2)

        with page.expect_websocket(
            lambda socket: "/api/events" in socket.url
        ) as socket:
            browsing.follow(link_to(page, "Slideshow").first)
        assert socket.value.url.endswith("/api/events")  # without previews
        expect_text(page, "place", r"picture 1 of \d+")


def test_space_and_train_train_and_a_reset_returns_to_zero(train: Page) -> None:
    posts: list[str] = []
    train.on(
        "request",
        lambda request: posts.append(request.url) if request.method == "POST" else None,
    )
    train.keyboard.press("Shift+Space")
    train.keyboard.press("Space")
    expect_text(train, "status", "Training. Press Stop to pause")
    train.keyboard.press("Space")
    expect_text(train, "status", "Stopped at iteration 20")
    assert [
        command for url in posts if (command := url.rpartition("/")[2]) != "ask"
    ] == ["fun", "pause"]

    browsing.unfold(train)
    iterations = train.get_by_role("spinbutton", name="iterations")
    for value in ("0", "2.5", "", "2000000"):
        iterations.fill(value)
        press(train, "Train")
        expect_text(
            train, "problem", "Iterations must be a whole number from 1 to 1,000,000"
        )
        assert iterations.input_value() == value
        assert iterations.get_attribute("aria-invalid") == "true"
    iterations.fill("7")
    expect_text(train, "problem", "^$")
    assert iterations.get_attribute("aria-invalid") == "false"
    for reached in (27, 34):
        with train.expect_request("**/train") as sent:
            press(train, "Train")
        assert sent.value.post_data_json == {"iterations": "7"}
        expect_text(train, "status", f"Stopped at iteration {reached}")
        # it is deleted only after it was loaded
        train.get_by_alt_text(re.compile(f"Iteration {reached}$")).wait_for()
    # the focus has not moved
    assert train.evaluate("document.activeElement.dataset.do") == "train"

    post(train, "/api/runs/all-digits/reset")
    expect_text(train, "status", "Press Fun")
    expect_text(train, "iteration", "^0$")
    expect(train.locator('[data-part="chart"] path.line').first).to_have_attribute(
        "d", ""
    )


@pytest.mark.page(problems_expected=True)
def test_the_page_reports_a_lost_worker_and_a_lost_server_and_recovers(
    page: Page, tmp_path: Path
) -> None:
    status = page.locator('[data-show="status"]')
    with hosting(tmp_path) as address:
        page.goto(address)
        start_training(page)
        FakeTrainer.made[-1].die()
        expect_text(page, "status", "The training process ended unexpectedly")
        start_training(page)
    expect_text(page, "status", "connection to the server is lost")
    assert button(page, "Go on").is_disabled()
    assert page.locator(".stop").count() == 0  # there is nothing to stop
    with hosting(tmp_path, port=int(address.rpartition(":")[2])):
        browsing.advance_until(
            page,
            status.get_by_text("Stopped at iteration 40").is_visible,
            browsing.SECONDS,
        )


def test_the_seconds_are_counted_until_training_is_ready(train: Page) -> None:
    status, preparing = (
        train.locator(f'[data-show="{name}"]') for name in ("status", "preparing")
    )
    send_state(train, "compiling", 0)
    expect(preparing).to_have_text("Preparing, once, about half a minute: 0 s")
    expect(status).to_have_text("Preparing the program.")  # only for screen readers
    assert browsing.box_of(status)["width"] == 1
    train.route("**/fun", lambda route: route.fulfill(status=202, json={}))
    press(train, "Fun")
    counts = preparing.get_by_text("half a minute, then training: 2 s")
    browsing.advance_until(train, counts.is_visible, browsing.SECONDS)
    send_state(train, "idle", 0)
    expect(preparing).to_be_hidden()


# Sheets


def evaluation(recognized: int, ailment: Diagnosis | None = None) -> Any:
    """Return the evaluation of a sheet with this many of its 64 drawings recognized."""
    confidence = (1.0,) * recognized + (0.1,) * (64 - recognized)
    reading = Recognition(tuple(drawing % 10 for drawing in range(64)), confidence)
    return Evaluation(reading, (True,) * 64, 35, ailment).fields(
        tiny(None, labels=True)
    )


def send_sheet(page: Page, iteration: int, reading: Any = None) -> None:
    """Send a sheet, as the server does during training.

    Each iteration has a different picture.
    """
    png = in_base64(Image.new("L", (242, 242), iteration % 256))
    times = {"drawn_at": 0, "most_after": None}
    send_event(page, "sheet", iteration=iteration, png=png, reading=reading, **times)
    expect_text(page, "iteration", f"^{iteration}$")


def test_sheets_are_shown_without_requests_and_a_reset_removes_them(
    train: Page,
) -> None:
    start_training(train)
    picture = train.locator('[data-show="picture"]')
    # after the caption
    expect(picture).to_have_attribute("src", re.compile(r"/20\.png"))
    expect_text(train, "caption", "^Iteration 20$")
    requests: list[str] = []
    train.on("request", lambda request: requests.append(request.url))
    for iteration in (21, 22):
        send_sheet(train, iteration, evaluation(12, "blank"))
        expect_text(train, "caption", f"^Iteration {iteration}$")
    expect(picture).to_have_attribute("src", SHEET)
    expect_text(train, "read", "^Recognized: 12 of 64$")
    expect_text(
        train,
        "legend",
        "^Recognized: a third network, the classifier, is at least 90 % sure",
    )
    expect_text(train, "preference", "^35 of 64$")
    expect_text(train, "diagnosis", r"^The (artist|judge) .*\.$")
    # labels do not help when so few are recognized
    assert train.locator(".labels text").count() == 0
    assert [url for url in requests if "/images/" in url] == []

    post(train, "/api/runs/all-digits/reset")
    expect_text(train, "status", "Press Fun")
    expect_text(train, "caption", "Iteration 0, untrained")
    for part in ("read", "diagnosis"):
        expect_text(train, part, "^$")


def test_no_drawing_is_framed_before_the_sheet_has_loaded(page: Page) -> None:
    page.route(re.compile(r"/images/0\.png"), lambda route: None)
    page.goto("/", wait_until="commit")
    expect_text(page, "caption", "^Iteration 0, untrained$")
    assert page.locator(".places").is_hidden()


# A run on the user's own pictures

OWN = {
    "digit": 0,
    "names": ["star/1"],
    "network": "quick",
    "freeze": True,
    "freeze_switches": [],
    "channels": [4, 8],
}


@pytest.fixture
def own(train: Page) -> Page:
    """Return the page of such a run, which has stopped, with the fold Details open."""
    more: dict[str, Any] = {
        "label": None,
        "metrics": [],
        "progress": [],
        "error": None,
        "version": "0",
    }
    data = "10 images of runs/label-0/data.npz"
    send_snapshot(train, 300, OWN, data=data, **more)
    read = {
        "digits": None,
        "read": None,
        "near": None,
        "asked": None,
        "prefers_real": 12,
        "ailment": "alike",
    }
    send_sheet(train, 300, read)
    browsing.unfold(train)
    expect_text(train, "caption", "^Iteration 300$")
    return train


def send_run_on_digits(page: Page) -> None:
    send_snapshot(page, 0, OWN | {"names": []}, data="")


def test_a_run_on_own_pictures_has_words_without_digits(own: Page) -> None:
    expect(own.get_by_role("heading", level=1)).to_have_text(
        "Two networks learn to draw yours.", use_inner_text=True
    )
    expect_text(own, "status", "^Here are 64 of yours, ready to save.$")
    expect(button(own, "Go on")).to_be_enabled()
    expect_text(own, "data", "^10 pictures of yours$")
    expect_text(own, "title", r"^\(star/1, quick\)$")
    expect_text(own, "preference", "^12 of 64$")
    expect_text(own, "diagnosis", "^The artist draws the same one again and again.")
    words = ".opening, .by-now, .diagram, .diagnosis, [data-part=numbers]"
    assert not [
        text
        for text in own.locator(words).all_inner_texts()
        if "digit" in text.replace("Digits again", "").lower()
    ]
    expect(own.locator("[alt*=digit]:visible")).to_have_count(0)
    send_run_on_digits(own)
    heading = own.get_by_role("heading", level=1)
    expect(heading).to_have_text(
        "Two networks learn to draw digits, here, now.", use_inner_text=True
    )
    expect(own.locator(".diagram").get_by_alt_text("The real digit")).to_be_attached()


def test_the_sheet_of_own_pictures_is_saved_four_times_as_large(
    own: Page, tmp_path: Path
) -> None:
    expect(link_to(own, "Save film")).to_have_attribute(
        "href", "/api/runs/all-digits/film.gif"
    )
    with own.expect_download() as download:
        press(own, "Save picture")
    assert download.value.suggested_filename == "star-1-64.png"
    download.value.save_as(tmp_path / "sheet.png")
    saved = Image.open(tmp_path / "sheet.png").convert("L")
    assert saved.size == (968, 968)
    assert saved.getextrema() == (44, 44), "as the sheet of iteration 300"
    send_run_on_digits(own)
    for name in ("Save picture", "Save film"):
        expect(own.get_by_text(name)).to_be_hidden()


# The lock


def test_a_press_of_the_lock_is_sent_shown_and_marked_unless_the_worker_fails(
    train: Page,
) -> None:
    posts: list[str] = []

    def take(route: browsing.Route) -> None:
        posts.append(route.request.url.rpartition("/")[2])
        route.fulfill(status=202, json={})

    train.route(re.compile("/(un)?lock$"), take)
    start_training(train)
    send_sheet(train, 400, evaluation(60))
    expect_text(train, "story", r"^Digits\.$")
    assert train.evaluate("document.getAnimations().length") == 3, "the pulses"
    marks = train.locator('[data-part="progress"] path.press')
    for verb, other, switches, said in (
        (
            "Unlock",
            "Lock",
            [400],
            "^Unlocked: the artist now changes the judge, too",
        ),
        ("Lock", "Unlock", [400, 600], "^Locked again: "),
    ):
        press(train, f"{verb} the judge")
        train.keyboard.press("Enter")  # waits for the answer of the worker
        send_state(train, "training", switches[-1], freeze_switches=switches)
        lock = button(train, f"{other} the judge")
        expect(lock).to_be_focused()
        expect(lock).to_have_text(other)
        expect(lock.locator(".lock:visible")).to_have_class(
            f"lock {'shut' if verb == 'Lock' else 'open'}"
        )
        for later in range(1, 6):
            send_sheet(train, switches[-1] + later, evaluation(0))
        expect_text(train, "story", said)
        expect(marks).to_have_count(len(switches))
    with train.expect_response("**/unlock"):
        press(train, "Unlock the judge")
    send_event(train, "error", message="The disk is full.")
    send_state(train, "training", 605, freeze_switches=[400, 600])
    expect_text(train, "status", r"^The disk is full\.$")
    expect(button(train, "Unlock the judge")).to_be_enabled()
    assert posts == ["unlock", "lock", "unlock"]


@pytest.mark.page(reduced_motion=True)
def test_with_reduced_motion_the_picture_changes_every_two_seconds(train: Page) -> None:
    browsing.unfold(train)
    send_state(train, "training", 100)
    expect_text(train, "status", "Training. Press Stop to pause")
    expect(train.locator(".diagram")).to_have_class(re.compile("running"))
    assert train.evaluate("document.getAnimations().length") == 0
    steps = (
        (0, 101, "0, untrained"),
        (CALM, 102, "102"),
        (0, 103, "102"),
        (CALM, 104, "104"),
        (0, 105, "104"),
    )
    for waited, iteration, shown in steps:
        train.clock.fast_forward(waited)
        send_sheet(train, iteration)
        expect_text(train, "caption", f"^Iteration {shown}$")
    send_state(train, "idle", 105)
    expect_text(train, "caption", "^Iteration 105$")


def test_a_network_that_draws_well_writes_and_is_kept_while_a_new_one_starts(
    train: Page,
) -> None:
    own = link_to(train, "Write numbers")
    # Fewer than nine in ten are not enough. Once offered, it stays for a moment, to
    # avoid flicker.
    for iteration, recognized, offered in (
        (100, 57, False),
        (101, 58, True),
        (102, 30, True),
        (103, 0, False),
    ):
        send_sheet(train, iteration, evaluation(recognized))
        expect_text(train, "read", f"^Recognized: {recognized} of 64$")
        expect(own).to_be_visible(visible=offered)
        if offered:
            expect(own).to_have_attribute("href", "/write?run=all-digits")

    train.route(
        "**/api/runs",
        lambda route: route.fulfill(status=201, json={"id": "all-digits"}),
    )
    send_sheet(train, 104, evaluation(58))
    send_state(train, "idle", 104)
    press(train, "New network")
    expect_text(train, "loss-of", "stays among the runs")
    press(train, "Keep it")
    with (
        train.expect_request("**/all-digits/fun"),
        train.expect_request("**/api/runs") as created,
    ):
        browsing.renew(train)
    settings: Any = created.value.post_data_json
    assert_fields(settings, digit=None, freeze=True, loss="relativistic")
    expect_text(train, "status", "^Training")
    send_sheet(train, 105, evaluation(58))
    send_state(train, "idle", 105)
    for name in ("New network", "Write numbers", "Save film"):
        expect(train.get_by_text(name, exact=True).first).to_be_visible()
    with train.expect_request("**/all-digits/fun"):
        button(train, "Go on").dblclick()  # counts once
    expect_text(train, "status", "^Training")
    train.route("**/back", lambda route: route.fulfill(status=202, json={}))
    with train.expect_request("**/back") as asked:
        send_snapshot(train, 3, OWN, previous=True)
        press(train, "Back to the last network")
    assert asked.value.post_data is None
