"""Pages with `?kiosk`, which start over when a visitor has left."""

import pytest

from tests.helpers import browsing
from tests.helpers.browsing import Page, expect, expect_text, post

READ = (
    "() => [localStorage.drawings, sessionStorage.drawings, "
    "sessionStorage.used].map((one) => one ?? null)"
)
LEADS_AWAY = (
    "main :is([href*='.py'], [href*='course'], [download], [data-download], "
    "[data-copy], input[type=file])"
)


# the page may ask about a drawing of the run before
@pytest.mark.page(controlled=True, problems_expected=True)
def test_a_kiosk_starts_over_90_seconds_after_a_visitor_left(page: Page) -> None:
    with page.expect_response("**/api/runs") as first:
        page.goto("/?kiosk")
    made = first.value.json()["id"]
    page.wait_for_function("() => sessionStorage.kiosk === 'on'", polling=100)
    page.clock.run_for(200_000)  # nobody has come
    browsing.start_training(page)
    page.evaluate("() => { localStorage.drawings = sessionStorage.drawings = '{}'; }")
    page.goto("/guess")  # the tab remembers that it is a kiosk
    page.clock.run_for(80_000)
    page.mouse.move(9, 9)
    page.clock.run_for(80_000)
    assert page.url.endswith("/guess")
    with (
        page.expect_response("**/delete") as deleted,
        page.expect_response("**/api/runs") as second,
    ):
        page.clock.run_for(11_000)
    assert deleted.value.url.endswith(f"/api/runs/{made}/delete")
    made = second.value.json()["id"]
    expect_text(page, "caption", "^Iteration 0, untrained$")
    assert page.evaluate(READ) == [None, None, None]
    page.goto("/write")
    post(page, f"/api/runs/{made}/delete")
    post(page, "/api/runs/all-digits/open")


# this server has no recorded run to guess from
@pytest.mark.page(problems_expected=True, reduced_motion=True)
@pytest.mark.parametrize(
    "path", ["/what-if", "/static/images", "/guess", "/write", "/mine", "/learn"]
)
def test_a_kiosk_leads_nowhere_else(page: Page, path: str) -> None:
    page.goto(f"{path}?kiosk")
    for fold in page.locator("summary:visible").all():
        fold.click()
    expect(page.locator(LEADS_AWAY).filter(visible=True)).to_have_count(0)
    assert page.get_by_role("link", name="Train", exact=True).is_visible()
