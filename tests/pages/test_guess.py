"""static/js/pages/guess.js in a real browser: a climb by keyboard and by mouse, its
end, errors.
"""

import re
from collections.abc import Iterator

import numpy as np
import pytest

from gan.runs.run_writer import create
from gan.web.services.real_or_drawn import person_side
from tests.helpers.browsing import (
    Page,
    Route,
    button,
    expect,
    expect_text,
    press,
    resize,
)
from tests.helpers.fake_worker import tiny
from tests.helpers.serving import hosting

pytestmark = pytest.mark.page(controlled=True)
SIDES = ("left", "right")
KEYS = ("ArrowLeft", "ArrowRight")
RETRY = 1500  # milliseconds, slightly longer than the page waits before it asks again
PAIR = "**/api/guess?*"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a recorded run with three pictures as rungs."""
    folder = tmp_path_factory.mktemp("shipped") / "recorded"
    run = create(folder, tiny(3, iterations=40))
    for iteration in (0, 10, 40):
        run.save_picture(
            iteration,
            np.random.default_rng(iteration).integers(0, 256, (64, 28, 28), np.uint8),
        )
    with hosting(tmp_path_factory.mktemp("runs"), recorded=folder) as address:
        yield address


def open_climb(page: Page) -> int:
    """Open the page, and return the seed of its climb."""
    with page.expect_request(PAIR) as request:
        page.goto("/guess")
    expect_text(page, "place", "^Pair 1 of 10, the artist after 0 iterations$")
    return int(re.findall(r"seed=(\d+)&pair=0&rung=0$", request.value.url)[0])


def expect_next(page: Page) -> None:
    """Wait until the answer is shown.

    It stays until the player asks for the next pair.
    """
    for _ in range(2):
        expect_text(page, "said", "A person wrote the")
        expect(button(page, "Next")).to_be_focused()
        page.clock.fast_forward(60_000)


def answer(
    page: Page, seed: int, number: int, correct: bool = True, click: bool = False
) -> None:
    """Answer a pair and check what the page says about it."""
    expect_text(page, "place", f"^Pair {number + 1} of 10")
    expect(page.locator(".guess figcaption")).to_have_text(["", ""])
    person = person_side(seed, number)
    side = SIDES.index(person) ^ (not correct)
    if click:
        page.locator(".guess figure button").nth(side).click()
    else:
        page.keyboard.press(KEYS[side])
    expect_text(
        page,
        "said",
        f"^{'Correct!' if correct else 'Wrong.'} A person wrote the one on the "
        f"{person}.$",
    )
    verdict = "correct" if correct else "wrong"
    expect(page.locator(".dots span").nth(number)).to_have_class(verdict)
    expect(page.locator(".guess figure button").nth(side)).to_have_class(
        f"paper {verdict}"
    )
    expect(page.locator(".guess figure .correct")).to_have_count(1)
    expect(page.locator(".guess figcaption").nth(SIDES.index(person))).to_have_text(
        "a person"
    )
    press(page, "Next") if click else page.keyboard.press("Enter")


def test_the_first_pair_does_not_move_the_page(page: Page) -> None:
    frames = """() => [...document.querySelectorAll(".guess button, .dots")]
      .map((one) => JSON.stringify(one.getBoundingClientRect()))"""
    held: list[Route] = []
    page.route(PAIR, lambda route: held.append(route))
    with page.expect_request(PAIR):
        page.goto("/guess")
    before = page.evaluate(frames)
    with page.expect_response(PAIR) as response:
        held[0].continue_()
    for image, side in zip(page.locator(".guess img").all(), SIDES, strict=True):
        expect(image).to_have_attribute(
            "src", f"data:image/png;base64,{response.value.json()[side]}"
        )
    assert page.evaluate(frames) == before
    assert page.locator("figure :is(.correct, .wrong)").count() == 0, (
        "no hint before the answer"
    )


def test_a_climb_by_keyboard_ends_above_the_pair_that_fooled_last(page: Page) -> None:
    seed = open_climb(page)
    rungs = page.locator(".rungs li")
    expect(rungs).to_have_text(["0", "10", "40"])
    answer(page, seed, 0)
    expect(rungs.nth(0)).to_have_class("passed")
    for number in range(1, 9):
        expect_text(
            page, "place", f"^Pair {number + 1} of 10, the artist after 10 iterations$"
        )
        fooled = page.locator(".guess img").first.get_attribute("src")
        answer(page, seed, number, correct=False)
    answer(page, seed, 9)
    expect_text(page, "score", "^You climbed to iteration 10")
    expect(page.locator('[data-show="score"] .written')).to_have_count(2)
    expect_text(page, "said", "^This pair fooled you last.$")
    expect(page.locator(".rungs [aria-current]")).to_have_text("10")
    expect(page.locator(".guess button.wrong")).to_have_count(1)
    assert page.locator(".guess img").first.get_attribute("src") == fooled, (
        "not the pair that was answered last"
    )
    button(page, "Climb again").press("Enter")
    for pair, keys in enumerate((("Enter",), ("Tab", "Space")), 1):
        expect_text(page, "place", f"Pair {pair} of 10")
        expect(page.locator(".guess button").first).to_be_focused()
        for key in keys:
            page.keyboard.press(key)
        expect_next(page)
        page.keyboard.press(keys[-1])
    expect_text(page, "place", "Pair 3 of 10")


def test_a_climb_ends_above_the_top_rung(page: Page) -> None:
    resize(page, 390, 800)
    seed = open_climb(page)
    for number in range(3):
        answer(page, seed, number, click=True)
        # it would look chosen
        expect(page.locator(".guess figure :focus-visible")).to_have_count(0)
    expect_text(page, "score", "^You climbed past iteration 40")
    expect(page.locator(".rungs .passed")).to_have_count(3)
    press(page, "Climb again")
    expect_text(page, "place", "^Pair 1 of 10, the artist after 0 iterations$")
    expect(page.locator(".rungs .passed")).to_have_count(0)


@pytest.mark.page(problems_expected=True)
def test_a_double_press_answers_once_and_a_pair_that_was_lost_is_requested_again(
    page: Page,
) -> None:
    open_climb(page)
    for key in (*KEYS, KEYS[0]):
        page.keyboard.press(key)
    expect_next(page)
    page.route(PAIR, lambda route: route.abort())
    page.keyboard.press("Enter")
    expect_text(page, "problem", "^The server does not answer.")
    page.unroute_all()
    page.clock.fast_forward(RETRY)
    expect_text(page, "place", "Pair 2 of 10")
    expect_text(page, "problem", "^$")
    expect(page.locator(".dots .correct, .dots .wrong")).to_have_count(1)
