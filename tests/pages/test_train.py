"""The training page in a real browser: real training, its commands, the sheets of a run, and the diagram.

The diagram shows both networks at work on a drawing. Its tests have a fake judge; the first test has real networks.
"""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from gan.data.pictures import in_base64
from gan.drawings.recognition import Recognition
from gan.runs.messages import Scale
from gan.runs.sheet_evaluation import Diagnosis, Evaluation
from tests.helpers.browsing import (
    PATIENCE,
    Browser,
    Locator,
    Page,
    Route,
    box_of,
    event_sockets,
    expect,
    expect_bar,
    expect_text,
    expect_written,
    field,
    focus,
    follow,
    open_page,
    post,
    preparing,
    press,
    scroll_width,
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
        process.terminate()
        process.communicate(timeout=120)


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
    expect(diagram(train)).to_have_class(re.compile("running"))
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


# The diagram

FIRST = 3  # the drawing shown at first
MAPS = in_base64(Image.fromarray(np.arange(42 * 50, dtype=np.uint8).reshape(42, 50)))
SCALE: Scale = {
    "drawn": [index / 64 - 1 for index in range(63)] + [None],
    "real": [index / 32 - 1 for index in range(64)],
}


class Judge:
    """A fake judge that answers the page's questions about drawings with canned explanations."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.questions: list[int] = []
        page.route("**/ask", self.receive)

    def receive(self, route: Route) -> None:
        self.questions.append(json.loads(route.request.post_data or "")["drawing"])
        route.fulfill(status=202, json={})
        self.explain(0)

    def explain(self, iteration: int, run: str = "all-digits", prefers_real: int = 35) -> None:
        """Send an explanation of the drawing that was asked about."""
        png = in_base64(Image.new("L", (28, 28), iteration))
        explanation = {
            "type": "answer", "run": run, "iteration": iteration, "drawing": self.questions[-1],
            "asked": None, "digit": 3, "confidence": 0.95, "sure": 0.9, "near": True, "real_digit": 3,
            "prefers_real": prefers_real, "would_prefer_real": 2, "of": 64, "scale": SCALE,
            "png": dict.fromkeys(("drawing", "real", "wanted", "gradient"), png) | {"maps": MAPS},
        }  # fmt: skip
        event_sockets(self.page)[-1].send(json.dumps(explanation))


@pytest.fixture
def judge(page: Page) -> Judge:
    """Open the page of an untrained run, and wait until the diagram shows its first drawing."""
    judge = Judge(page)
    page.goto("/")
    expect_drawing(page, FIRST)
    return judge


def diagram(page: Page) -> Locator:
    return page.locator(".diagram")


def place(page: Page, drawing: int) -> Locator:
    return page.locator(".places button").nth(drawing)


def expect_game(page: Page, **parts: str) -> None:
    """Wait until the texts of the given parts of the diagram match."""
    for part, pattern in parts.items():
        expect(diagram(page).locator(f'[data-game="{part}"]')).to_have_text(re.compile(pattern))


def expect_drawing(page: Page, drawing: int) -> None:
    """Wait until the diagram shows a drawing."""
    expect(diagram(page)).to_be_visible()
    expect_game(page, title=f"^Drawing {drawing + 1}\\b", nearest=r"^real \d$")
    expect_game(page, verdict=r"^The judge rates \d+ of 64 real digits above it\.$")
    expect(place(page, drawing)).to_have_attribute("aria-current", "true")
    expect(page.locator(".places [aria-current]")).to_have_count(1)


def test_the_diagram_shows_one_drawing_and_follows_a_click(page: Page, judge: Judge) -> None:
    expect(page.locator(".scale circle")).to_have_count(63 + 64)
    expect(page.locator(".scale circle.drawn.chosen")).to_have_count(1)
    place(page, 13).click()
    expect_drawing(page, 13)
    assert judge.questions == [FIRST, 13]
    page.wait_for_function("""() => { // the dots glide
      const mean = (kind) => {
        const dots = [...document.querySelectorAll(`.scale circle.${kind}`)];
        return dots.reduce((sum, dot) => sum + dot.getBoundingClientRect().top, 0) / dots.length;
      };
      return mean("real") < mean("drawn") - 10;
    }""")
    place(page, 63).click()
    expect_drawing(page, 63)
    expect(page.locator(".scale circle.chosen")).to_have_count(0)  # its rating is no number


COLUMN = """([name, x]) => { // grey levels from top to bottom, read from a copy, which is fast
  const canvas = document.querySelector(name), { width, height } = canvas;
  const pen = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  return Array.from({ length: height }, (_, row) => pen.getImageData(x, row, 1, 1).data[0]);
}"""


def test_every_map_is_drawn_in_its_place(page: Page, judge: Judge) -> None:
    left_edges = {"g14": 7, "d14": 21, "latent": 42}
    for name, x in left_edges.items():
        side = 8 if name == "latent" else 14
        for channel in range(1 if name == "latent" else 3):
            selector = f'.flow [data-map="{name}"][data-channel="{channel}"]'
            column = [(x + 50 * row) % 256 for row in range(side * channel, side * channel + side)]
            page.wait_for_function(f"given => ({COLUMN})(given)[{side - 1}] === {column[-1]}", arg=[selector, 0])
            assert page.evaluate(COLUMN, [selector, 0]) == column


def test_the_details_show_every_layer(page: Page, judge: Judge) -> None:
    unfold(page)
    rows, shapes = page.locator(".layers li"), ("7 × 7 × 8", "14 × 14 × 4", "14 × 14 × 4", "7 × 7 × 8")
    files = ("dense", "conv", "conv", "conv")
    for number, (left, shape, file) in enumerate(zip((0, 7, 21, 35), shapes, files, strict=True)):
        expect(rows.nth(number)).to_contain_text(shape)
        expect(rows.nth(number).get_by_role("link")).to_have_attribute("href", f"/source/nnet/{file}.py")
        side = int(shape.split()[0])
        canvases = [f".layers li:nth-child({number + 1}) [data-channel='{channel}']" for channel in range(3)]
        starts = [page.evaluate(COLUMN, [canvas, 0])[0] for canvas in canvases]
        assert starts == [(left + 50 * side * channel) % 256 for channel in range(3)]
    send_state(page, 60)
    page.get_by_role("button", name="Step").click()
    expect(rows.first).to_contain_text("7 × 7 × 32")  # of the new network


def test_the_keyboard_moves_over_the_sheet(page: Page, judge: Judge) -> None:
    focus(place(page, FIRST))
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(place(page, 19)).to_be_focused()
    assert page.locator('.places [tabindex="0"]').count() == 1
    page.keyboard.press("Enter")
    expect_drawing(page, 19)
    expect(place(page, 19)).to_be_focused()
    expect_game(page, heard=r"^Drawing 20\. The judge rates 35 of 64 real digits above it\. The classifier sees a 3")
    page.keyboard.press("Space")  # presses the button instead of starting training
    expect_text(page, "status", "Press Fun|Stopped")


def test_newer_answers_replace_older_ones(page: Page, judge: Judge) -> None:
    expect_game(page, verdict="35 of 64")
    for iteration, prefers_real in ((20, 30), (30, 12)):
        judge.explain(iteration, prefers_real=prefers_real)
        expect_game(page, verdict=f" {prefers_real} of 64")
    judge.explain(40, run="other", prefers_real=1)
    judge.explain(50, prefers_real=2)
    expect_game(page, verdict=" 2 of 64")
    assert judge.questions == [FIRST]
    unfold(page, "What the judge wants")
    expect(page.locator('[data-wish="after"]')).to_contain_text("prefers the real digit 2 of 64 times")
    expect(page.locator('[data-part="wishes"] img')).to_have_count(3)


def test_another_run_is_asked_about_too(page: Page, judge: Judge) -> None:
    place(page, 9).click()
    expect_drawing(page, 9)
    with page.expect_response(re.compile("/digit-3/ask$")):  # after the judge has noted the question
        post(page, "/api/runs", {"digit": 3})
    assert judge.questions[-1] == 9
    page.goto("/write")  # so that the page does not request a picture of the deleted run
    post(page, "/api/runs/digit-3/delete")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (768, 1024), (320, 700)])
def test_the_diagram_fits_the_window(page: Page, judge: Judge, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    assert scroll_width(page) <= width
    expect(page.locator(".box canvas:visible")).to_have_count(7 if width > 760 else 6)
    for part in (".box.g h2", '.seen img[data-answer="drawing"]', ".box.d h2", ".padlock", ".return", ".scale"):
        expect(page.locator(part)).to_be_visible()
    if width == 1280:
        box = box_of(page.locator(".progress .chart"))
        assert box["y"] + box["height"] <= height, "the chart is in view without scrolling"


# Turn by turn


def send_state(page: Page, iteration: int) -> None:
    """Send the state of the idle run at an iteration."""
    state = {"type": "state", "run": "all-digits", "state": "idle", "iteration": iteration, "target": None}
    event_sockets(page)[-1].send(json.dumps(state))
    expect_text(page, "iteration", f"^{iteration}$")


def expect_rest(page: Page) -> None:
    """Wait until the diagram shows the run again."""
    expect_game(page, turn="^$")
    expect(page.get_by_role("button", name="Step")).to_be_visible()
    expect(page.get_by_role("button", name="Back to your network")).to_be_hidden()
    expect(page.locator(".diagram .lock.shut")).to_be_visible()


def test_step_continues_the_run_and_its_sheet_waits_for_the_artist(page: Page, judge: Judge) -> None:
    step, box = page.locator('[data-do="step"]'), diagram(page)
    for said, turn, iteration, shown in (
        ("Nobody has learned", "start", 1, "0, untrained"),
        ("Judge’s turn", "judge", 1, "0, untrained"),
        ("Artist’s turn: the judge is locked", "artist", 1, "0, untrained"),
        ("The artist and its drawing changed", "artist", 1, "1"),
        ("Judge’s turn", "judge", 2, "1"),
    ):
        step.click()
        expect_game(page, turn=f"^{said}", title=rf"^Iteration {iteration}\.$", verdict="^Drawing 4 ")
        expect(box).to_have_attribute("data-turn", turn)
        expect_text(page, "caption", f"^Iteration {shown}$")
        expect(page.locator(".lock.shut")).to_be_visible(visible="locked" in said)
        expect(page.locator(".lock.open")).to_be_hidden()
        ghosts = int(said.startswith(("Judge’s turn", "The artist and")))
        expect(page.locator(".ghost")).to_have_count(ghosts)
        expect(step).to_have_text("Next turn")
    expect(page.get_by_role("button", name="Back to your network")).to_be_hidden()
    place(page, 8).click()
    expect_drawing(page, 8)
    expect_rest(page)
    expect_text(page, "caption", "^Iteration 2$")
    step.click()
    expect_game(page, turn="^Judge’s turn", title=r"^Iteration 3\.$", verdict="^Drawing 9 ")
    post(page, "/api/runs/all-digits/step")  # by another page
    expect_text(page, "iteration", "^4$")
    expect_rest(page)


def test_step_of_a_trained_run_plays_a_new_network_and_returns(page: Page, judge: Judge) -> None:
    send_state(page, 60)
    step, picture = page.locator('[data-do="step"]'), page.locator('[data-show="picture"]')
    own = picture.get_attribute("src") or ""
    for said, shown in (
        ("Nobody has learned", "0, untrained"),
        ("Judge’s turn", "0, untrained"),
        ("Artist’s turn", "0, untrained"),
        ("The artist and its drawing changed", "1"),
        ("Judge’s turn", "1"),
    ):
        step.click()
        expect_game(page, turn=f"^{said}")
        expect_text(page, "caption", f"^New network, iteration {shown}$")
        expect(picture).not_to_have_attribute("src", own)
    judge.explain(60)  # explanations of the run wait
    expect_game(page, title=r"^A new network, iteration 2\.$", verdict="^Drawing 4 ")
    place(page, 8).click()
    expect_game(page, turn="^Judge’s turn", title=r"^A new network, iteration 2\.$", verdict="^Drawing 9 ")
    page.get_by_role("button", name="Back to your network").click()
    expect(step).to_be_focused()
    expect_drawing(page, 8)
    expect_rest(page)
    expect(picture).to_have_attribute("src", own)


def test_slow_plays_by_itself_until_paused_and_fun_ends_it(page: Page, judge: Judge) -> None:
    page.get_by_role("button", name="Slow").click()
    expect_game(page, turn="^Nobody has learned")
    for said in ("Judge’s turn", "Artist’s turn", "The artist and", "Judge’s turn"):
        page.clock.run_for(2500)
        expect_game(page, turn=f"^{said}")
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(10_000)
    expect_game(page, turn="^Judge’s turn", title=r"^Iteration 2\.$")
    page.get_by_role("button", name="Fun").click()
    expect_rest(page)
    expect_text(page, "caption", "^Iteration 22$")
    stop_training(page)


@pytest.mark.page(problems_expected=True)
def test_a_refused_turn_is_reported_and_may_be_repeated(page: Page) -> None:
    for address in ("**/step", "**/api/turns?*"):
        page.route(address, lambda route: route.fulfill(status=500, json={"error": "It failed."}))
    page.goto("/")
    page.get_by_role("button", name="Slow").click()
    expect_text(page, "status", r"^It failed\.$")
    page.get_by_role("button", name="Slow").wait_for()
    page.unroute("**/step")
    page.get_by_role("button", name="Step").click()
    expect_game(page, turn="^Nobody has learned")
    send_state(page, 60)
    page.get_by_role("button", name="Step").click()
    expect_game(page, problem=r"^It failed\.$")
