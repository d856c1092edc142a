"""static/js/components/game.js in a real browser: the diagram of both networks at work on a drawing.

The judge's answers are canned. tests/pages/test_train.py uses real networks.
"""

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from gan.data.pictures import in_base64
from gan.runs.messages import Scale
from tests.helpers.browsing import (
    box_of,
    event_sockets,
    expect,
    expect_text,
    focus,
    scroll_width,
    unfold,
)

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

FIRST = 3  # the drawing shown at first
MAPS = in_base64(Image.fromarray(np.arange(42 * 50, dtype=np.uint8).reshape(42, 50)))
SCALE: Scale = {
    "drawn": [index / 64 - 1 for index in range(63)] + [None],
    "real": [index / 32 - 1 for index in range(64)],
}
pytestmark = pytest.mark.page(controlled=True)


class Judge:
    """A fake judge that answers the page's questions about drawings with canned explanations."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.questions: list[int] = []
        page.route("**/ask", self.receive)

    def receive(self, route: "Route") -> None:
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
def judge(page: "Page", address: str) -> Judge:
    """Open the page of an untrained run, and wait until the diagram shows its first drawing."""
    page.request.post(f"{address}/api/runs/all-digits/reset")
    judge = Judge(page)
    page.goto("/")
    expect_text(page, "ask", "Click any drawing")
    expect_drawing(page, FIRST)
    return judge


def diagram(page: "Page") -> "Locator":
    return page.locator(".diagram")


def place(page: "Page", drawing: int) -> "Locator":
    return page.locator(".places button").nth(drawing)


def expect_game(page: "Page", **parts: str) -> None:
    """Wait until the texts of the given parts of the diagram match."""
    for part, pattern in parts.items():
        expect(diagram(page).locator(f'[data-game="{part}"]')).to_have_text(re.compile(pattern))


def expect_drawing(page: "Page", drawing: int) -> None:
    """Wait until the diagram shows a drawing."""
    expect(diagram(page)).to_be_visible()
    expect_game(page, title=f"^Drawing {drawing + 1}\\b", nearest=r"^real \d$")
    expect_game(page, verdict=r"^The judge rates \d+ of 64 real digits above it\.$")
    expect(place(page, drawing)).to_have_attribute("aria-current", "true")
    expect(page.locator(".places [aria-current]")).to_have_count(1)


def test_the_diagram_shows_one_drawing_and_follows_a_click(judge: Judge) -> None:
    page = judge.page
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


def test_every_map_is_drawn_in_its_place(judge: Judge) -> None:
    page = judge.page
    left_edges = {"g7": 0, "g14": 7, "d14": 21, "d7": 35, "latent": 42}
    for name, x in left_edges.items():
        side = 8 if name == "latent" else int(name[1:])
        selector, column = f'[data-map="{name}"]', [(x + 50 * row) % 256 for row in range(2 * side)]
        page.wait_for_function(f"given => ({COLUMN})(given)[{side - 1}] === {column[side - 1]}", arg=[selector, 0])
        found = page.evaluate(COLUMN, [selector, 0])
        assert found[:side] == column[:side]
        if name != "latent":
            assert found[side] == 0, "a gap"
            assert found[side + 1 : 2 * side + 1] == column[side:]


def test_the_details_show_the_layers_large(judge: Judge) -> None:
    page = judge.page
    unfold(page)
    rows, shapes = page.locator(".layers li"), ("7 × 7 × 8", "14 × 14 × 4", "14 × 14 × 4", "7 × 7 × 8")
    files = ("dense", "conv", "conv", "conv")
    for number, (left, shape, file) in enumerate(zip((0, 7, 21, 35), shapes, files, strict=True)):
        expect(rows.nth(number)).to_contain_text(shape)
        expect(rows.nth(number).get_by_role("link")).to_have_attribute("href", f"/source/nnet/{file}.py")
        side = int(shape.split()[0])
        canvas = f".layers li:nth-child({number + 1}) canvas"
        starts = [page.evaluate(COLUMN, [canvas, x])[0] for x in (0, side + 1, 2 * side + 2)]
        assert starts == [(left + 50 * side * channel) % 256 for channel in range(3)]
    page.get_by_role("button", name="Step").click()
    expect(rows.first).to_contain_text("7 × 7 × 32")  # of the new network


def test_the_keyboard_moves_over_the_sheet(judge: Judge) -> None:
    page = judge.page
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


def test_newer_answers_replace_older_ones(judge: Judge) -> None:
    page = judge.page
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


def test_another_run_is_asked_about_too(judge: Judge, address: str) -> None:
    page = judge.page
    place(page, 9).click()
    expect_drawing(page, 9)
    with page.expect_request(re.compile("/digit-3/ask$")):
        page.request.post(f"{address}/api/runs", data={"digit": 3})
    assert judge.questions[-1] == 9
    page.goto("/write")  # so that the page does not request a picture of the deleted run
    page.request.post(f"{address}/api/runs/digit-3/delete")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (768, 1024), (320, 700)])
def test_the_diagram_fits_the_window(judge: Judge, width: int, height: int) -> None:
    page = judge.page
    page.set_viewport_size({"width": width, "height": height})
    assert scroll_width(page) <= width
    for part in ('.box [data-map="d7"]', '.latent [data-map="latent"]'):
        expect(page.locator(part)).to_be_visible(visible=width > 760)
    for part in (".box.g h2", '.seen img[data-answer="drawing"]', ".box.d h2", ".scale"):
        expect(page.locator(part)).to_be_visible()
    if width == 1280:
        box = box_of(page.locator(".progress .chart"))
        assert box["y"] + box["height"] <= height, "the chart is in view without scrolling"


# Turn by turn


def expect_rest(page: "Page") -> None:
    """Wait until the diagram shows the run again, and a sentence leads to Step."""
    expect_game(page, turn=r"^Step plays a new network’s turns\.$")
    expect(page.get_by_role("button", name="Next turn")).to_be_hidden()
    expect(page.locator(".diagram .lock:visible")).to_have_count(0)


def test_step_plays_one_turn_after_the_other_and_returns_to_the_run(judge: Judge) -> None:
    page = judge.page
    step, box = page.get_by_role("button", name="Step"), diagram(page)
    for said, turn in (
        ("Nobody has learned", "start"),
        ("Judge’s turn", "judge"),
        ("Artist’s turn: the judge is locked", "artist"),
        ("The artist changed", "artist"),
        ("Judge’s turn", "judge"),
    ):
        step.click()
        expect_game(page, turn=f"^{said}")
        expect(box).to_have_attribute("data-turn", turn)
        expect(page.locator(".lock.shut")).to_be_visible(visible="locked" in said)
        expect(page.locator(".lock.open")).to_be_visible(visible="locked" not in said)
        ghosts = int(said in ("Judge’s turn", "The artist changed"))
        expect(page.locator(".ghost", has_text="before")).to_have_count(ghosts)
    expect(page.locator(".progress")).to_be_hidden()  # of the run, not of the new network
    expect_text(page, "ask", r"^Dimmed: the run\. The turns are those of a new network\.$")
    judge.explain(20)
    expect_game(page, title=r"^A new network, iteration 2\.$", verdict="^Drawing 4 ")  # answers about the run wait
    place(page, 8).click()
    expect_game(page, turn="^Judge’s turn", title=r"^A new network, iteration 2\.$", verdict="^Drawing 9 ")
    page.get_by_role("button", name="Next turn").click()
    expect_game(page, turn="^Artist’s turn", verdict="^Drawing 9 ")
    page.get_by_role("button", name="Back to the run").click()
    expect_drawing(page, 8)
    expect_rest(page)
    expect_text(page, "ask", "^Click any drawing")


def test_slow_plays_by_itself_until_paused_and_fun_ends_it(judge: Judge) -> None:
    page = judge.page
    page.get_by_role("button", name="Slow").click()
    expect_game(page, turn="^Nobody has learned")
    for said in ("Judge’s turn", "Artist’s turn", "The artist changed"):
        page.clock.run_for(2500)
        expect_game(page, turn=f"^{said}")
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(10_000)
    expect_game(page, turn="^The artist changed")
    page.get_by_role("button", name="Fun").click()
    expect_rest(page)
    page.get_by_role("button", name="Stop").click()
    expect_text(page, "status", "Stopped at iteration")


@pytest.mark.page(problems_expected=True)
def test_a_refused_turn_is_reported(page: "Page") -> None:
    page.route("**/api/turns?*", lambda route: route.fulfill(status=500, json={"error": "It failed."}))
    page.goto("/")
    page.get_by_role("button", name="Step").click()
    expect_game(page, problem=r"^It failed\.$")
