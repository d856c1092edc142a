"""static/js/pages/guess.js in a real browser: a round by keyboard and by mouse, its score, the opponents, errors."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest

from gan.runs.run_writer import create
from tests.helpers.browsing import Page, Response, Route, expect, expect_text, unfold
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import hosting

pytestmark = pytest.mark.page(controlled=True)
FAILING = pytest.mark.page(problems_expected=True)
SIDES = ("left", "right")
PNG = "data:image/png;base64,"
FOLD = "Other opponents, pixels, and your scores"
RETRY = 1500  # milliseconds, slightly longer than the page waits before it asks again
ANSWER = re.compile("/api/guess/[0-9a-f]+/")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a recorded run with three pictures as opponents."""
    folder = tmp_path_factory.mktemp("shipped") / "recorded"
    run = create(folder, tiny(3, iterations=40))
    for iteration in (0, 10, 40):
        run.save_picture(iteration, np.random.default_rng(iteration).integers(0, 256, (64, 28, 28), np.uint8))
    with hosting(tmp_path_factory.mktemp("runs"), recorded=folder) as address:
        yield address


def open_game(page: Page) -> Any:
    """Open the page, and return the game that the server rendered into it."""
    page.goto("/guess")
    expect_text(page, "place", "Pair 1 of 10")
    return json.loads(page.locator(".guess").get_attribute("data-game") or "")


def solution(page: Page, game: Any, number: int) -> str:
    """Return the side with the digit that a person wrote."""
    return str(page.request.get(urljoin(page.url, f"/api/guess/{game['round']}/{number}")).json()["person"])


def is_round(response: Response) -> bool:
    return "/api/guess/round" in response.url


def expect_pair(page: Page, pair: Any) -> None:
    """Wait until exactly the two pictures of a pair are visible. They have no height before they are loaded."""
    images = page.locator(".guess img:visible")
    for number, side in enumerate(SIDES):
        expect(images.nth(number)).to_have_attribute("src", PNG + pair[side])
    expect(images).to_have_count(2)


def expect_next(page: Page) -> None:
    """Wait until the answer is shown. It stays until the player asks for the next pair."""
    expect_text(page, "said", "A person wrote the")
    expect(page.get_by_role("button", name="Next")).to_be_focused()
    page.clock.fast_forward(60_000)
    expect_text(page, "said", "A person wrote the")


def play(page: Page, game: Any, wrong: int = 0, click: bool = False) -> None:
    """Play a round to its end, beginning with a given number of wrong answers."""
    for number in range(10):
        score = f", {max(0, number - wrong)} right so far" if number else ""
        expect_text(page, "place", f"^Pair {number + 1} of 10{score}$")
        side = SIDES.index(solution(page, game, number)) ^ (number < wrong)
        if click:
            page.locator(".guess button").nth(side).click()
        else:
            page.keyboard.press("12"[side])
        expect_text(page, "said", f"^{'Wrong.' if number < wrong else 'Correct!'} A person wrote the")
        verdicts = ["wrong"] * min(wrong, number + 1) + ["right"] * max(0, number + 1 - wrong)
        expect(page.locator(".dots span")).to_have_class(verdicts + [""] * (9 - number))
        expect(page.locator(".guess button").nth(side)).to_have_class(f"paper {verdicts[-1]}")
        expect(page.locator(".guess button.person")).to_have_count(int(number < wrong))
        page.get_by_role("button", name="Next").click() if click else page.keyboard.press("Enter")
    page.get_by_role("button", name="Again").wait_for()


@FAILING
def test_the_first_pair_is_part_of_the_page_and_does_not_move(page: Page) -> None:
    frames = """() => [...document.querySelectorAll(".guess button, .dots, .fold")]
      .map((one) => JSON.stringify(one.getBoundingClientRect()))"""
    page.route("**/main.js", lambda route: route.abort())
    page.goto("/guess", wait_until="commit")
    page.wait_for_load_state("load")
    expect(page.locator(".guess img:visible")).to_have_count(2)
    before = page.evaluate(frames)
    page.unroute_all()
    rounds: list[str] = []
    page.on("request", lambda request: rounds.append(request.url) if "/api/guess" in request.url else None)
    expect_pair(page, open_game(page)["pairs"][0])
    assert page.evaluate(frames) == before
    assert rounds == []
    assert page.locator("img.person, button.person").count() == 0, "no hint before the answer"


def test_the_page_requests_a_round_that_the_server_could_not_render(page: Page) -> None:
    def without_game(route: Route) -> None:
        route.fulfill(body=re.sub("data-game='.*?'", "", route.fetch().text()), content_type="text/html")

    page.route("**/guess", without_game)
    with page.expect_response(is_round) as response:
        page.goto("/guess")
    expect_text(page, "said", "^Against: Ten bundled networks, one per digit.$")
    expect_pair(page, response.value.json()["pairs"][0])


def test_a_round_is_played_by_keyboard_and_scored(page: Page) -> None:
    def judge_as_person(route: Route) -> None:
        result = route.fetch().json()
        route.fulfill(json=result | {"judge": result["person"]})

    page.route(ANSWER, judge_as_person)
    game = open_game(page)
    play(page, game, wrong=3)
    expect_text(page, "score", "^7 of 10 right. That could be guessing.$")
    expect_text(page, "judge", r"^The judge: 10 of 10 right\.$")
    assert [one.strip() for one in page.locator(".pairs li").all_text_contents()] == ["wrong"] * 3 + ["right"] * 7
    expect(page.locator(".pairs img.person:visible")).to_have_count(10)
    last = page.locator(".pairs img:visible").last
    expect(last).to_have_attribute("src", PNG + game["pairs"][9]["right"])
    unfold(page, FOLD)
    page.get_by_label("28 × 28, as scanned").check()
    expect(last).to_have_attribute("src", PNG + game["pairs"][9]["pixels"]["right"])
    expect(page.get_by_role("button", name="Harder")).to_be_hidden()
    page.get_by_role("button", name="Again").press("Enter")
    for pair, keys in enumerate((("Enter",), ("Tab", "Space")), 1):
        expect_text(page, "place", f"Pair {pair} of 10")
        expect(page.locator(".guess button").first).to_be_focused()
        for key in keys:
            page.keyboard.press(key)
        expect_next(page)
        page.keyboard.press(keys[-1])
    expect_text(page, "place", "Pair 3 of 10")


def test_easier_opponents_are_listed_with_scores_that_the_browser_keeps(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    play(page, open_game(page), click=True)
    expect_text(page, "score", "^10 of 10 right. You can tell.$")
    with page.expect_response(is_round) as response:
        page.get_by_role("button", name="Easier").click()
    expect_text(page, "said", "^Against: Recorded run, iteration 40.$")
    play(page, response.value.json(), wrong=5, click=True)
    page.get_by_text(FOLD).click()
    lines = ["iteration 0–$", "iteration 10–$", "iteration 405 of 10$", "one per digit10 of 10$"]
    expect(page.locator(".rungs li")).to_have_text([re.compile(line) for line in lines])
    expect_text(page, "failed", "^Recorded run, iteration 40$")
    sheet = page.locator('[data-show="sheet"]')
    expect(sheet).to_have_attribute("src", "/api/runs/recorded/images/40.png")
    page.reload()
    page.get_by_text(FOLD).click()
    expect(page.locator(".rungs li").nth(3)).to_contain_text("10 of 10")
    page.get_by_role("button", name="iteration 10").click()
    expect_text(page, "said", "^Against: Recorded run, iteration 10.$")
    expect(page.locator('.rungs [aria-current="true"]')).to_have_text("Recorded run, iteration 10")
    expect(page.locator(".guess img").first).to_be_in_viewport()


def test_the_pixels_show_the_same_pair_and_the_browser_keeps_the_switch(page: Page) -> None:
    pair = open_game(page)["pairs"][0]
    rounds: list[str] = []
    unfold(page, FOLD)
    switch = page.get_by_label("28 × 28, as scanned")
    assert not switch.is_checked()
    expect_pair(page, pair)
    page.on("request", lambda request: rounds.append(request.url) if "/api/guess/" in request.url else None)
    switch.check()
    expect_pair(page, pair["pixels"])
    image = page.locator(".guess img:visible").first
    expect(image).to_have_js_property("naturalWidth", 28)
    expect(image).to_have_css("image-rendering", "pixelated")
    expect_text(page, "place", "^Pair 1 of 10$")
    assert page.locator("img.person, button.person").count() == 0
    assert rounds == [], "switching requests nothing"
    page.reload()
    expect(switch).to_be_checked()


def test_a_double_press_answers_once_and_an_answer_for_an_old_round_is_ignored(page: Page) -> None:
    open_game(page)
    for key in "112":
        page.keyboard.press(key)
    expect_next(page)
    page.keyboard.press("Enter")
    expect_text(page, "place", "Pair 2 of 10")
    expect(page.locator(".dots .right, .dots .wrong")).to_have_count(1)

    held: list[Route] = []
    page.route(ANSWER, lambda route: held.append(route), times=1)
    with page.expect_request(ANSWER):
        page.keyboard.press("1")
    unfold(page, FOLD)
    page.get_by_role("button", name="iteration 10").click()
    expect_text(page, "place", "Pair 1 of 10$")
    with page.expect_response(ANSWER) as old:
        held[0].continue_()
    old.value.finished()
    page.keyboard.press("1")
    expect_next(page)
    expect(page.locator(".dots .right, .dots .wrong")).to_have_count(1)
    page.keyboard.press("Enter")
    expect_text(page, "place", "^Pair 2 of 10")


@FAILING
def test_a_refusal_is_shown_and_the_answer_can_be_repeated(page: Page) -> None:
    open_game(page)
    refusal = {"error": "This round is over.", "field": "id"}
    page.route(ANSWER, lambda route: route.fulfill(status=404, json=refusal), times=1)
    page.keyboard.press("1")
    expect_text(page, "problem", "^This round is over.$")
    page.keyboard.press("1")
    expect_next(page)
    page.keyboard.press("Enter")
    expect_text(page, "place", "Pair 2 of 10")
    expect_text(page, "problem", "^$")


@FAILING
def test_a_round_that_a_restart_lost_is_followed_by_a_new_one(page: Page, address: str) -> None:
    open_game(page)
    page.route(ANSWER, lambda route: route.abort())
    page.keyboard.press("1")
    expect_text(page, "problem", "^The server does not answer.")
    page.unroute_all()
    # No server knows a round named 0.
    page.route(ANSWER, lambda route: route.continue_(url=f"{address}/api/guess/0/0"), times=1)
    with page.expect_response(is_round):
        page.clock.fast_forward(RETRY)
    expect_text(page, "problem", "^This round is over: the server was restarted")
    page.keyboard.press("1")
    expect_text(page, "said", "A person wrote the")
