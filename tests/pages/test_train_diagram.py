"""The diagram of the training page in a real browser: both networks at work on a
drawing, turn by turn.

A fake judge answers about drawings.
"""

import json
import re
from collections.abc import Iterator

import pytest
from PIL import Image

from gan.data.images_and_sheets import in_base64
from gan.runs.messages import Scale
from tests.helpers import browsing
from tests.helpers.browsing import (
    Locator,
    Page,
    Request,
    button,
    expect,
    expect_text,
    post,
    press,
    resize,
    send_event,
    send_snapshot,
    send_state,
)

pytestmark = [pytest.mark.slow, pytest.mark.page(controlled=True)]


FIRST = 3  # the drawing shown at first
SCALE: Scale = {
    "drawn": [index / 64 - 1 for index in range(63)] + [None],
    "real": [index / 32 - 1 for index in range(64)],
}


class Judge:
    """A fake judge that answers the page's questions about drawings with canned
    explanations.
    """

    scale = SCALE

    def __init__(self, page: Page) -> None:
        self.page = page
        self.questions: list[int] = []
        page.on("request", self.receive)

    def receive(self, request: Request) -> None:
        if request.url.endswith("/ask"):
            self.questions.append(json.loads(request.post_data or "")["drawing"])
            self.explain(0)

    def explain(self, iteration: int, scale: Scale | None = None) -> None:
        """Send an explanation of the drawing that was asked about.

        A scale also holds for later questions.
        """
        self.scale = scale or self.scale
        png = in_base64(Image.new("L", (28, 28), iteration))
        explanation = {
            "iteration": iteration,
            "drawing": self.questions[-1],
            "asked": None,
            "digit": 3,
            "confidence": 0.95,
            "sure": 0.9,
            "near": True,
            "real_digit": 3,
            "scale": self.scale,
            "png": dict.fromkeys(("drawing", "real", "gradient"), png),
        }
        send_event(self.page, "answer", **explanation)


@pytest.fixture
def judge(page: Page) -> Iterator[Judge]:
    """Open the page of an untrained run, and wait until the diagram shows its first
    drawing.
    """
    judge = Judge(page)
    page.goto("/")
    expect_drawing(page, FIRST)
    yield judge
    page.remove_listener("request", judge.receive)


def diagram(page: Page) -> Locator:
    return page.locator(".diagram")


def place(page: Page, drawing: int) -> Locator:
    return page.locator(".places button").nth(drawing)


def expect_game(page: Page, **parts: str) -> None:
    """Wait until the texts of the given parts of the diagram match."""
    for part, pattern in parts.items():
        expect(diagram(page).locator(f'[data-game="{part}"]')).to_have_text(
            re.compile(pattern)
        )


def expect_drawing(page: Page, drawing: int) -> None:
    """Wait until the diagram shows a drawing."""
    expect(diagram(page)).to_be_visible()
    expect_game(page, title=f"^Drawing {drawing + 1}\\b", nearest=r"^real \d$")
    expect(place(page, drawing)).to_have_attribute("aria-current", "true")
    expect(page.locator(".places [aria-current]")).to_have_count(1)


def test_the_diagram_shows_the_drawing_that_is_clicked_or_chosen_by_keyboard(
    page: Page, judge: Judge
) -> None:
    expect(page.locator(".scale circle")).to_have_count(63 + 64)
    expect(page.locator(".scale circle.drawn.chosen")).to_have_count(1)
    place(page, 13).click()
    expect_drawing(page, 13)
    assert judge.questions == [FIRST, 13]
    page.wait_for_function("""() => { // the dots glide
      const mean = (kind) => {
        const dots = [...document.querySelectorAll(`.scale circle.${kind}`)];
        const tops = dots.map((dot) => dot.getBoundingClientRect().top);
        return tops.reduce((sum, top) => sum + top, 0) / tops.length;
      };
      return mean("real") < mean("drawn") - 10;
    }""")
    place(page, 63).click()
    expect_drawing(page, 63)
    # its rating is no number
    expect(page.locator(".scale circle.chosen")).to_have_count(0)

    for key in ("Home", "ArrowRight", "ArrowDown", "ArrowDown", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(place(page, 17)).to_be_focused()
    assert page.locator('.places [tabindex="0"]').count() == 1
    page.keyboard.press("Enter")
    expect_drawing(page, 17)
    expect(place(page, 17)).to_be_focused()
    expect_game(page, heard=r"^Drawing 18\. The classifier sees a 3")
    page.keyboard.press("Space")  # presses the button instead of starting training
    expect_text(page, "status", "Press Fun|Stopped")


def test_a_run_on_own_pictures_lays_a_drawing_over_the_nearest(
    page: Page, judge: Judge
) -> None:
    compared = page.locator(".compared")
    expect(compared).to_be_hidden()
    config = {"digit": 0, "names": ["star"], "freeze": True, "channels": [4, 8]}
    send_snapshot(page, 20, config, pictures=[0], progress=[])
    expect(compared.get_by_role("figure")).to_have_text(
        ["Drawn", "Nearest of yours", "Both"]
    )
    place(page, 9).click()
    expect_game(page, title="^Drawing 10")
    judge.explain(30)
    expect(page.locator(".progress")).to_be_hidden()
    png = in_base64(Image.new("L", (28, 28), 30))
    for name in ("drawing", "real"):
        expect(
            compared.locator(f'[data-answer="{name}"][src$="{png}"]:visible')
        ).to_have_count(2)


def test_a_newer_answer_is_shown_and_another_run_is_asked_about_too(
    page: Page, judge: Judge
) -> None:
    newer: Scale = {"drawn": [0.0] * 64, "real": [0.0] * 64}
    judge.explain(50, newer)
    expect(page.locator(".scale circle")).to_have_count(64 + 64)
    assert judge.questions == [FIRST]
    place(page, 9).click()
    expect_drawing(page, 9)
    with page.expect_response(re.compile("/digit-3/ask$")):
        # after the judge has noted the question
        post(page, "/api/runs", {"digit": 3})
    assert judge.questions[-1] == 9
    # so that the page does not request a picture of the deleted run
    page.goto("/write")
    post(page, "/api/runs/digit-3/delete")


MISPLACED = """flow => { // the parts that stick out of their box, or cover another part
  const edges = (one) => one.getBoundingClientRect();
  const names = ".box, .drawing .paper, .real .paper, .scale, .return";
  const parts = [...flow.querySelectorAll(names)];
  const meet = (a, b, from, to) => a[from] < b[to] && b[from] < a[to];
  const covers = (a, b) => meet(a, b, "left", "right") && meet(a, b, "top", "bottom");
  const within = (a, b, from, to) => a[from] <= b[from] && b[to] <= a[to];
  const contains = (a, b) =>
    within(a, b, "left", "right") && within(a, b, "top", "bottom");
  const buttons = [...flow.querySelectorAll(".box button")];
  const outside = buttons.filter((one) =>
    one.checkVisibility() && !contains(edges(one.closest(".box")), edges(one)));
  const covered = parts.filter((one) =>
    parts.some((other) => one !== other && covers(edges(one), edges(other))));
  return [...outside, ...covered].map((one) => one.className);
}"""


def test_the_diagram_fits_the_window(page: Page, judge: Judge) -> None:
    for width, height in ((1280, 800), (768, 1024), (320, 700)):
        resize(page, width, height)
        assert browsing.scroll_width(page) <= width
        for part in (
            ".box.g h2",
            '.seen img[data-answer="drawing"]',
            ".box.d h2",
            ".padlock",
            ".return",
            ".scale",
        ):
            expect(page.locator(part)).to_be_visible()
        assert page.locator(".flow").evaluate(MISPLACED) == []
        chart = browsing.box_of(page.locator(".progress .chart"))
        assert width < 1280 or chart["y"] + chart["height"] <= height, (
            "it is in view without scrolling"
        )


def test_on_a_phone_the_sheet_stays_in_sight_until_the_diagram_has_passed(
    page: Page, judge: Judge
) -> None:
    resize(page, 390, 844)
    diagram(page).evaluate("diagram => diagram.scrollIntoView()")
    expect(page.locator("main.passed")).to_be_visible()
    page.wait_for_function("() => document.getAnimations().length === 0")
    sheet, lock = (
        browsing.box_of(page.locator(part)) for part in (".sheet .paper", ".padlock")
    )
    assert 180 < sheet["height"] < 220
    assert sheet["y"] >= 0
    assert sheet["y"] + sheet["height"] < lock["y"] < 844 - lock["height"]
    resize(page, 390, 590)
    expect(page.locator(".sheet")).to_have_css("position", "static")


def test_a_judge_that_is_fooled_can_be_locked(page: Page, judge: Judge) -> None:
    heal = button(page, "Lock it and heal")
    config = {
        "digit": None,
        "freeze": False,
        "loss": "relativistic",
        "channels": [4, 8],
    }
    progress = [{"iteration": 50, "of": 64, "recognized": 31, "mistaken": 0}]
    send_snapshot(page, 50, config, pictures=[0], progress=progress)
    expect(button(page, "Lock the judge")).to_be_enabled()
    for real, is_fooled in ((57, False), (58, True)):
        judge.explain(
            50 + real,
            scale={"drawn": [*[1.0] * real, *[0.0] * (64 - real)], "real": []},
        )
        expect(heal).to_be_visible(visible=is_fooled)
    with page.expect_request("**/lock"), page.expect_request("**/fun"):
        heal.click()
    # the server's run, whose judge is locked, has answered
    expect_text(page, "iteration", "^20$")
    send_state(page, "training", 70, freeze_switches=[70])
    expect(heal).to_be_hidden()
    browsing.stop_training(page)


def test_a_press_explains_the_colours_of_the_hints(page: Page, judge: Judge) -> None:
    page.get_by_role("button", name="hints").click()
    expect_game(page, hints=r"^Purple: add ink\. Green: erase\.$")
    expect(diagram(page).locator('[data-game="hints"]')).to_be_visible()


# Turn by turn


def expect_rest(page: Page) -> None:
    """Wait until the diagram shows the run again."""
    expect_game(page, turn="^$")
    expect(button(page, "One turn")).to_be_visible()
    expect(page.locator(".diagram .lock.shut")).to_be_visible()


def test_step_continues_the_run_and_its_sheet_waits_for_the_artist(
    page: Page, judge: Judge
) -> None:
    step = page.locator('[data-do="step"]')
    box = diagram(page)
    for said, turn, iteration, shown in (
        ("Nobody has learned", "start", 1, "0, untrained"),
        ("Judge’s turn", "judge", 1, "0, untrained"),
        ("Artist’s turn: the judge is locked", "artist", 1, "0, untrained"),
        ("The artist and its drawing changed", "artist", 1, "1"),
        ("Judge’s turn", "judge", 2, "1"),
    ):
        step.click()
        expect_game(
            page, turn=f"^{said}", title=rf"^Iteration {iteration}\. Drawing 4 "
        )
        expect(box).to_have_attribute("data-turn", turn)
        expect_text(page, "caption", f"^Iteration {shown}$")
        ghosts = int(said.startswith(("Judge’s turn", "The artist and")))
        expect(page.locator(".ghost")).to_have_count(ghosts)
        expect(step).to_have_text("Next turn")
    press(page, "Unlock the judge")
    expect_game(
        page, turn=r"^Judge’s turn.*\. The lock counts from the next iteration\.$"
    )
    send_state(page, "idle", 2, freeze_switches=[])
    place(page, 8).click()
    expect_drawing(page, 8)
    expect_rest(page)
    expect_text(page, "caption", "^Iteration 2$")
    step.click()
    expect_game(page, turn="^Judge’s turn", title=r"^Iteration 3\. Drawing 9 ")
    post(page, "/api/runs/all-digits/step")  # by another page
    expect_text(page, "iteration", "^4$")
    expect_rest(page)
