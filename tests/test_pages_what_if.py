"""The page "What if?" in a real browser, with real networks: the moral of the program is seen, not told."""

import re
from typing import TYPE_CHECKING

from browsing import looking_at, says

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_a_person_sees_why_the_judge_is_frozen(browser: "Browser", served: str) -> None:
    from playwright.sync_api import expect

    with looking_at(browser, served) as page:
        page.goto("/what-if")
        says(page, "status", "Press Train both")
        expect(page.locator("figure img:visible")).to_have_count(2)
        page.get_by_role("button", name="Train both").click()
        says(page, "moral", "^The right artist learned no 3s")
        page.get_by_role("button", name="Stop").click()
        says(page, "status", "goes on from here")
        says(page, "preference", r"prefers the drawing: on the left \d+ of 64 times, on the right 6[1-4] of 64$")
        frozen, loose = (page.locator(f'[data-run="{name}"]') for name in ("what-if-frozen", "what-if-not-frozen"))
        assert int((frozen.locator('[data-show="good"]').text_content() or "0").split()[0]) > 32
        assert (loose.locator('[data-show="good"]').text_content() or "").startswith("0 of 64")

        page.reload()
        says(page, "moral", "^The right artist learned no 3s")  # what was seen is there again
        page.get_by_text("Another pair").click()
        page.get_by_label("Turns of the artist").fill("1")
        page.get_by_label("Draw").select_option("1")
        page.get_by_role("button", name="Make it").click()
        says(page, "status", "Press Train both")
        says(page, "moral", "^$")
        page.get_by_label("Turns of the artist").fill("9")
        page.get_by_role("button", name="Make it").click()
        assert page.get_by_label("Turns of the artist").evaluate("field => field.validity.rangeOverflow")
        page.goto("/")
        page.get_by_role("link", name=re.compile("What if")).first.click()
        says(page, "status", "Press Train both")
