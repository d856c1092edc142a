"""The page "Real or drawn?" in a real browser: a round by keys and by hand, its score, the ladder, what goes wrong."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from browsing import open_page, expect_text, stop_clock
from fake_worker import tiny
from serving import hosting

from gan.runs.run_writer import create

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Response

SIDES = ("left", "right")
SEEN = 1500  # milliseconds, a little more than a page shows which one it was


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose recorded run has three pictures that can be played against."""
    folder = tmp_path_factory.mktemp("shipped") / "recorded"
    run = create(folder, tiny(3, iterations=40))
    for iteration in (0, 10, 40):
        run.save_picture(iteration, np.random.default_rng(iteration).integers(0, 256, (64, 28, 28), np.uint8))
    with hosting(tmp_path_factory.mktemp("runs"), recorded=folder) as address:
        yield address


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    with open_page(browser, address) as page:
        stop_clock(page)
        yield page


def truth(page: "Page", begun: Any, number: int) -> str:
    """The side that a person wrote."""
    return str(page.request.get(f"/api/guess/{begun['round']}/{number}").json()["person"])


def is_round(response: "Response") -> bool:
    return "/api/guess/round" in response.url


def play(page: "Page", begun: Any, wrong: int = 0, by_hand: bool = False) -> None:
    """Play a round to its end, with so many wrong answers at its beginning."""
    for number in range(10):
        expect_text(
            page,
            "place",
            f"^Pair {number + 1} of 10" + (f", {max(0, number - wrong)} right so far$" if number else "$"),
        )
        side = SIDES.index(truth(page, begun, number)) ^ (number < wrong)
        if by_hand:
            page.locator(".guess button").nth(side).click()
        else:
            page.keyboard.press("12"[side])
        expect_text(page, "said", f"^{'Wrong.' if number < wrong else 'Correct!'} A person wrote the")
        page.clock.fast_forward(SEEN)
    page.get_by_role("button", name="Again").wait_for()


def test_first_there_are_two_pictures_that_are_buttons_and_one_fold(page: "Page") -> None:
    page.goto("/guess")
    expect_text(page, "place", "Pair 1 of 10")
    expect_text(page, "who", "Ten bundled networks, one per digit")
    controls = page.locator("main :is(button, summary, input, select, a):visible").all()
    names = [one.get_attribute("aria-label") or one.text_content() or "" for one in controls]
    assert len(names) == 3
    assert re.fullmatch(r"The left \d", names[0])
    assert names[2] == "Other opponents, and your scores"
    assert "person" not in (page.locator(".guess").get_attribute("class") or "")
    assert page.locator("img.person, button.person").count() == 0, "nothing tells before the answer"


def test_a_round_by_keys_alone_and_its_score(page: "Page") -> None:
    from playwright.sync_api import expect

    with page.expect_response(is_round) as answer:
        page.goto("/guess")
    play(page, answer.value.json(), wrong=3)
    expect_text(page, "score", "^7 of 10 right. That could be guessing.$")
    expect_text(page, "judge", r"^The judge: \d+ of 10 right\.$")
    assert [one.strip() for one in page.locator(".ten li").all_text_contents()] == ["wrong"] * 3 + ["right"] * 7
    expect(page.locator(".ten img.person")).to_have_count(10)
    expect(page.get_by_role("button", name="Again")).to_be_focused()
    expect(page.get_by_role("button", name="Harder")).to_be_hidden()
    with page.expect_response(is_round) as answer:
        page.keyboard.press("Enter")
    expect_text(page, "place", "Pair 1 of 10")
    expect(page.locator(".guess button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect_text(page, "said", "A person wrote the")
    page.clock.fast_forward(SEEN)
    expect_text(page, "place", "Pair 2 of 10")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect_text(page, "said", "A person wrote the")
    page.clock.fast_forward(SEEN)
    expect_text(page, "place", "Pair 3 of 10")


def test_by_hand_down_the_ladder_to_where_one_fails_and_the_browser_remembers(page: "Page") -> None:
    from playwright.sync_api import expect

    page.set_viewport_size({"width": 390, "height": 800})
    with page.expect_response(is_round) as answer:
        page.goto("/guess")
    play(page, answer.value.json(), by_hand=True)
    expect_text(page, "score", "^10 of 10 right. You can tell.$")
    with page.expect_response(is_round) as answer:
        page.get_by_role("button", name="Easier").click()
    expect_text(page, "who", "^Recorded run, iteration 40$")
    play(page, answer.value.json(), wrong=5, by_hand=True)
    page.get_by_text("Other opponents, and your scores").click()
    lines = [r"iteration 0–$", r"iteration 10–$", "iteration 405 of 10$", "each10 of 10$"]
    expect(page.locator(".rungs li")).to_have_text([re.compile(line) for line in lines])
    expect_text(page, "failed", "^Recorded run, iteration 40$")
    sheet = page.locator('[data-show="sheet"]')
    expect(sheet).to_have_attribute("src", "/api/runs/recorded/images/40.png")
    page.reload()
    page.get_by_text("Other opponents, and your scores").click()
    expect(page.locator(".rungs li").nth(3)).to_contain_text("10 of 10")
    page.get_by_role("button", name="iteration 10").click()
    expect_text(page, "who", "^Recorded run, iteration 10$")
    expect(page.locator(".guess img").first).to_be_in_viewport()


def test_a_double_press_answers_once_and_another_round_ends_the_one_before(page: "Page") -> None:
    page.goto("/guess")
    expect_text(page, "place", "Pair 1 of 10")
    page.keyboard.press("1")
    page.keyboard.press("1")
    page.keyboard.press("2")
    expect_text(page, "said", "A person wrote the")
    page.clock.fast_forward(SEEN)
    expect_text(page, "place", "Pair 2 of 10")
    page.keyboard.press("1")
    expect_text(page, "said", "A person wrote the")
    page.get_by_text("Other opponents, and your scores").click()
    page.get_by_role("button", name="iteration 10").click()
    expect_text(page, "place", "Pair 1 of 10")
    page.clock.fast_forward(SEEN)  # when the next pair of the old round would have come
    expect_text(page, "place", "Pair 1 of 10")


def test_what_the_server_refuses_is_said_and_can_be_tried_again(browser: "Browser", address: str) -> None:
    page = browser.new_context(base_url=address).new_page()
    page.goto("/guess")
    expect_text(page, "place", "Pair 1 of 10")
    refusal = {"error": "This round is over.", "field": "round"}
    page.route(re.compile("/api/guess/[0-9a-f]+/"), lambda route: route.fulfill(status=404, json=refusal))
    page.keyboard.press("1")
    expect_text(page, "problem", "^This round is over.$")
    page.unroute_all()
    page.keyboard.press("1")
    expect_text(page, "place", "Pair 2 of 10")
    expect_text(page, "problem", "^$")
    page.context.close()


def test_the_judges_score_stands_beside_ones_own(page: "Page") -> None:
    def with_judge(route: Any) -> None:
        told = route.fetch().json()
        route.fulfill(json=told | {"judge": told["person"]})

    page.route(re.compile("/api/guess/[0-9a-f]+/"), with_judge)
    with page.expect_response(is_round) as answer:
        page.goto("/guess")
    play(page, answer.value.json(), wrong=2)
    expect_text(page, "score", "^8 of 10 right.")
    expect_text(page, "judge", r"^The judge: 10 of 10 right\.$")
