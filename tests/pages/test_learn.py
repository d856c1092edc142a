"""The page "How it works" in a real browser: the GAN in the plane, latents, turns, and
the disk.
"""

import re

import pytest

from tests.helpers.browsing import (
    Locator,
    Page,
    box_of,
    button,
    expect,
    expect_shown,
    focus,
    link_to,
    press,
    resize,
    scroll_width,
)

# scenes do not start by themselves
pytestmark = [pytest.mark.slow, pytest.mark.page(reduced_motion=True)]
IDS = ["chase", "freeze", "collapse", "circle"]
# milliseconds between pictures for reduced motion, as in
# static/js/components/points-gan.js
CALM = 2000


def plane(page: Page) -> Locator:
    return page.get_by_role("region", name="A GAN in the plane")


def expect_picture(page: Page, pattern: str) -> None:
    """Wait until the description of the plane's picture matches."""
    expect(plane(page).locator("canvas").first).to_have_attribute(
        "aria-label", re.compile(pattern)
    )


def expect_reading(page: Page, pattern: str) -> None:
    expect(plane(page).locator("[data-show=reading]")).to_have_text(re.compile(pattern))


def test_every_scene_has_an_address_one_sentence_and_one_button(page: Page) -> None:
    resize(page, 1280, 800)
    page.goto("/learn")
    links = plane(page).locator("li a")
    expect(plane(page).locator("canvas").first).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollHeight / innerHeight") <= 5
    for id, link in zip(IDS, links.all(), strict=True):
        link.click()
        expect(page).to_have_url(re.compile(f"#{id}$"))
        expect(link).to_have_attribute("aria-current", "true")
        expect(plane(page).locator(".primary:visible")).to_have_count(1)
        expect_picture(page, r"\. Iteration 0\. ")


@pytest.mark.page(reduced_motion=False)
def test_a_scene_plays_when_it_is_in_view_or_chosen(page: Page) -> None:
    page.goto("/learn")
    expect_reading(page, r"^Iteration [1-9]\d*\.$")
    link_to(plane(page), "What if the judge isn’t locked?").click()
    button(plane(page), "Lock the judge").wait_for()
    expect_reading(page, r"^Iteration [1-9]")


def test_the_sentence_follows_the_second_press(page: Page) -> None:
    page.goto("/learn#freeze")
    said = plane(page).locator("[data-scene=freeze] p")
    for name, sentence in (
        ("Start unlocked", r"Now the artist’s turn changes the judge, too\."),
        ("Lock the judge", "Locked: "),
        ("Start over", "Now the artist’s turn"),
    ):
        press(plane(page), name)
        expect(said).to_have_text(re.compile(f"^{sentence}"))


@pytest.mark.page(
    viewport={"width": 320, "height": 700}, has_touch=True, reduced_motion=True
)
def test_visitors_draw_their_own_points_by_keyboard_mouse_or_touch(page: Page) -> None:
    page.goto("/learn")
    plane(page).get_by_label("Real points").select_option("own")
    start = button(plane(page), "Start")
    here = page.get_by_text("Draw here")
    picture = plane(page).locator("canvas").first
    ink = (
        "canvas => canvas.getContext('2d').getImageData(0, 0, 960, "
        "960).data.some(Boolean)"
    )
    picture.click(button="right")
    assert not picture.evaluate(ink), "no point is left, nor added by the right button"
    for by in ("keyboard", "mouse", "touch"):
        expect(here).to_be_visible()
        expect(start).to_have_attribute("aria-disabled", "true")
        if by == "keyboard":
            focus(picture)
            for key in ("ArrowUp", "ArrowLeft", " "):
                page.keyboard.press(key)
        else:
            (picture.tap if by == "touch" else picture.click)(
                position={"x": 60, "y": 60}
            )
        expect(here).to_be_hidden()
        expect(start).to_have_attribute("aria-disabled", "false")
        start.click()
        expect_reading(page, r"^Iteration [1-9]")
        press(plane(page), "Start over")
    expect(here).to_be_visible()
    assert scroll_width(page) == 320


@pytest.mark.page(controlled=True, reduced_motion=True)
def test_with_reduced_motion_the_picture_changes_every_two_seconds(page: Page) -> None:
    page.goto("/learn#circle")
    names = ("Start", "Calm the judge", "Pause", "Continue")
    start, calm, pause, resume = [button(plane(page), name) for name in names]
    start.press("Enter")
    for waited, iteration in ((0, 40), (CALM - 1, 40), (1, 80)):
        page.clock.run_for(waited)
        expect_reading(page, rf"^Iteration {iteration}\. .*: 1\.\d\d\.$")
    calm.press("Enter")
    pause.press("Enter")
    expect(resume).to_be_focused()
    page.keyboard.press("Enter")
    page.clock.run_for(24 * CALM)
    expect_reading(page, r": 0\.0\d\.$")
    press(plane(page), "Play again")
    expect_reading(page, "^Iteration 40. ")
    press(plane(page), "Start over")
    expect_picture(page, "Iteration 0. Distance .*: 1.50")


# Latents and turns


@pytest.mark.page(viewport={"width": 320, "height": 700}, problems_expected=True)
def test_turns_are_played_on_a_phone_after_one_failed(page: Page) -> None:
    page.goto("/learn")
    page.route(
        "**/api/turns?*",
        lambda route: route.fulfill(status=500, json={"error": "It failed."}),
        times=1,
    )
    box = page.locator(".diagram")
    turn = page.locator('[data-game="turn"]')
    expect(box).to_be_hidden()
    step = page.locator('[data-do="step"]')
    step.click()
    expect_shown(page, "It failed.")
    for said in (
        "Nobody has learned",
        "Judge’s turn",
        "Artist’s turn: the judge is locked",
    ):
        step.click()
        expect(turn).to_contain_text(said)
    expect(box.locator('[data-game="title"]')).to_have_text(
        "Iteration 1. Drawing 4 (should be a 3)."
    )
    expect(box.locator(".scale circle")).to_have_count(128)
    assert scroll_width(page) == 320
    press(page, "Close")
    expect(box).to_be_hidden()
    step.click()
    expect(turn).to_contain_text("Nobody has learned")


# The disk


def digits(page: Page) -> list[str]:
    """Wait until the ten digits are drawn, and return their pictures.

    Blank ones are all alike.
    """
    page.wait_for_function("""() => {
      const canvases = [...document.querySelectorAll(".around canvas")];
      return new Set(canvases.map((one) => one.toDataURL())).size === 10;
    }""")
    return list(
        page.locator(".around canvas").evaluate_all(
            "all => all.map((one) => one.toDataURL())"
        )
    )


def expect_place(page: Page, seed: int, x: int, y: int) -> None:
    """Wait until the address contains the seed and the coordinates."""
    expect(page).to_have_url(re.compile(rf"/learn\?seed={seed}&x={x}&y={y}#place$"))


def test_a_link_leads_to_a_place_and_keys_move_it(page: Page) -> None:
    page.goto("/learn?seed=7&x=45&y=-25#place")
    there = digits(page)
    with page.expect_response("**/api/place?seed=7&x=40&y=-30") as response:
        page.goto("/learn?seed=7&x=40&y=-30#place")
    assert response.value.ok
    first = page.get_by_label("First direction")
    second = page.get_by_label("Second direction")
    assert first.input_value() == "40"
    assert second.input_value() == "-30"
    focus(first)
    with page.expect_response("**/api/place?seed=7&x=45&y=-25"):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowUp")
    expect(second).to_be_focused()
    expect_place(page, 7, 45, -25)
    page.wait_for_function(
        """seen => document.querySelector(".around canvas").toDataURL() === seen""",
        arg=there[0],
    )
    assert digits(page) == there, "the same place, the same digits"
    page.reload()
    expect(first).to_have_value("45")


def test_the_point_is_dragged_within_the_disk_and_directions_are_replaced(
    page: Page,
) -> None:
    with page.expect_response("**/api/place?*"):  # wait until the script has started
        page.goto("/learn#place")
    disk = page.locator(".disk")
    disk.scroll_into_view_if_needed()
    box = box_of(disk)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y)
    page.mouse.move(x + 300, y - 300, steps=4)  # beyond the edge of the disk
    page.mouse.up()
    expect_place(page, 0, 70, 70)
    expect(page.get_by_label("First direction")).to_have_value("70")
    page.mouse.move(x, y)
    expect_place(page, 0, 70, 70)
    press(page, "New directions")
    expect(page).to_have_url(re.compile(r"/learn\?seed=[1-9]\d*&x=70&y=70#place$"))
