"""axe-core finds no serious accessibility barrier on any page, light or dark, wide or narrow."""

from typing import TYPE_CHECKING

import pytest

from tests.helpers.browsing import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGES = ["/", "/what-if", "/static/images", "/guess", "/write", "/mine", "/learn", "/source/gan/plain/training.py"]


def serious(page: "Page") -> list[str]:
    """Return the problems that axe rates serious or worse, each with the first offending element."""
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    violations = Axe().run(page).response["violations"]
    grave = [rule for rule in violations if rule["impact"] in ("serious", "critical")]
    return sorted(f"{rule['id']}: {rule['nodes'][0]['html'][:100]}" for rule in grave)


@pytest.mark.full
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(browser: "Browser", hosted: str, path: str, scheme: str, width: int) -> None:
    # Bypass the page's content security policy, because it blocks scripts from elsewhere, including axe.
    context = browser.new_context(base_url=hosted, bypass_csp=True, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path, wait_until="networkidle")
    for fold in page.locator("summary:visible").all():
        fold.click()
    if path == "/learn":
        page.get_by_role("button", name="Step").click()
        page.get_by_text("Nobody has learned").wait_for()
        page.get_by_role("button", name="Check a gradient").click()
        page.get_by_text("The largest error is").wait_for()
    if path == "/guess":
        page.get_by_text("Pair 1 of 10").wait_for()
        page.keyboard.press("1")
        page.get_by_text("A person wrote the").wait_for()
    violations = serious(page)
    context.close()
    assert violations == []


def test_axe_reports_missing_texts_and_pale_colours(browser: "Browser") -> None:
    page = browser.new_page()
    page.set_content('<main><h1>A</h1><img src="x"><p style="color: #ccc; background: #fff">pale</p></main>')
    rules = [line.partition(":")[0] for line in serious(page)]
    page.close()
    assert {"color-contrast", "image-alt"} <= set(rules)
