"""static/js/components/plane.js on the page "How it works", in a real browser."""

import re
from typing import TYPE_CHECKING

import pytest

from tests.helpers.browsing import expect, focus, open_page, scroll_width

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

IDS = ["chase", "arrows", "freeze", "log", "circle", "collapse", "spiral", "penalty", "best", "digits"]
CALM = 2000  # milliseconds between pictures for reduced motion, as in static/js/components/plane.js


def plane(page: "Page") -> "Locator":
    return page.get_by_role("region", name="A GAN in the plane")


def picture(page: "Page") -> "Locator":
    return plane(page).locator("canvas").first


def test_every_scene_has_an_address_one_sentence_and_one_button(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted) as page:
        page.goto("/learn")
        links = plane(page).locator("li a")
        expect(links).to_have_count(len(IDS))
        assert [link.get_attribute("href") for link in links.all()] == [f"#{id}" for id in IDS]
        for id, link in zip(IDS, links.all(), strict=True):
            link.click()
            expect(page).to_have_url(re.compile(f"#{id}$"))
            expect(link).to_have_attribute("aria-current", "true")
            expect(plane(page).locator(".primary:visible")).to_have_count(1)
            expect(plane(page).locator("h2:visible")).to_have_text(link.text_content() or "")
            expect(picture(page)).to_have_attribute("aria-label", re.compile(r"\. Iteration 0\. "))
        expect(plane(page).get_by_role("link", name="Watch it on digits")).to_have_attribute("href", "#one-iteration")


def test_a_press_starts_and_another_pauses(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted) as page:
        page.goto("/learn#circle")
        plane(page).get_by_role("button", name="Start", exact=True).press("Enter")
        plane(page).get_by_role("button", name="Pause").press("Enter")
        expect(plane(page).get_by_role("button", name="Continue")).to_be_focused()
        expect(plane(page).locator("[data-show=reading]")).to_have_text(re.compile(r"^Iteration [1-9].*: 1\.\d\d\.$"))
        plane(page).get_by_role("button", name="Start over").click()
        expect(picture(page)).to_have_attribute("aria-label", re.compile("Iteration 0. Distance .*: 1.50"))


def test_turns_alternate(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted) as page:
        page.goto("/learn#arrows")
        for name, iteration in (("The judge’s turn", 5), ("The artist’s turn", 10), ("The judge’s turn", 15)):
            plane(page).get_by_role("button", name=name).click()
            expect(picture(page)).to_have_attribute("aria-label", re.compile(f"Iteration {iteration}. "))


def test_the_sentence_follows_the_second_press(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted) as page:
        page.goto("/learn#freeze")
        said = plane(page).locator("[data-scene=freeze] p")
        expect(said).to_have_text(re.compile(r"^Now the artist’s turn changes the judge, too\."))
        plane(page).get_by_role("button", name="Start unlocked").click()
        plane(page).get_by_role("button", name="Lock the judge").click()
        expect(said).to_have_text(re.compile("^Locked: "))
        plane(page).get_by_role("button", name="Start over").click()
        expect(said).to_have_text(re.compile("^Now the artist’s turn"))


@pytest.mark.parametrize("keyboard", [True, False])
def test_visitors_draw_their_own_points(browser: "Browser", hosted: str, keyboard: bool) -> None:
    with open_page(browser, hosted) as page:
        page.set_viewport_size({"width": 320, "height": 700})
        page.goto("/learn#chase")
        plane(page).get_by_label("Real points").select_option("own")
        start = plane(page).get_by_role("button", name="Start", exact=True)
        expect(start).to_have_attribute("aria-disabled", "true")
        if keyboard:
            focus(picture(page))
            for key in ("ArrowUp", "ArrowLeft", " "):
                page.keyboard.press(key)
        else:
            picture(page).click(position={"x": 60, "y": 60})
        expect(start).to_have_attribute("aria-disabled", "false")
        assert scroll_width(page) == 320
        start.click()
        expect(plane(page).locator("[data-show=reading]")).to_have_text(re.compile(r"^Iteration [1-9]"))


def test_with_reduced_motion_the_picture_changes_every_two_seconds(browser: "Browser", hosted: str) -> None:
    with open_page(browser, hosted, controlled=True, reduced_motion=True) as page:
        page.goto("/learn#circle")
        plane(page).get_by_role("button", name="Start", exact=True).click()
        said = plane(page).locator("[data-show=reading]")
        expect(said).to_have_text(re.compile("^Iteration 40. "))
        page.clock.run_for(CALM - 1)
        expect(said).to_have_text(re.compile("^Iteration 40. "))
        page.clock.run_for(1)
        expect(said).to_have_text(re.compile("^Iteration 80. "))
