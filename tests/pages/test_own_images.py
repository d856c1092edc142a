"""The form for your own pictures in a real browser."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.browsing import expect, open_page
from tests.helpers.letters import folder_of_letters
from tests.helpers.serving import hosting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow


def test_a_dropped_folder_becomes_a_run(browser: "Browser", tmp_path: Path) -> None:
    letters = folder_of_letters(tmp_path / "letters", each=2)
    with hosting(tmp_path / "runs") as address, open_page(browser, address) as page:
        page.goto("/")
        page.locator(".runs > summary").click()
        form = page.locator(".runs form")
        form.get_by_text("Your own pictures").click()
        form.get_by_role("button", name="Create and train").click()
        expect(form.get_by_role("alert")).to_contain_text("No pictures are chosen.")
        form.get_by_label("Folder").set_input_files(letters)
        form.get_by_role("button", name="Create and train").click()
        expect(form.get_by_role("status")).to_contain_text("Images: A 2, B 2, C 2. With fewer than 100")
    config = json.loads((tmp_path / "runs" / "all-labels" / "config.json").read_text("utf-8"))
    assert (config["names"], config["batch"]) == (["A", "B", "C"], 6)


def test_what_if_shows_no_empty_charts_for_letters(browser: "Browser", tmp_path: Path) -> None:
    data = folder_of_letters(tmp_path / "letters", each=4)
    with hosting(tmp_path / "runs", data=data) as address, open_page(browser, address) as page:
        page.goto("/what-if")
        page.get_by_role("button", name="Train both").click()
        expect(page.locator('[data-show="status"]')).to_contain_text("Stopped after 200 iterations")
        expect(page.locator("figure :is(.chart, .legend):visible")).to_have_count(0)


def test_too_many_megabytes_are_refused_before_they_are_sent(browser: "Browser", hosted: str, tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(bytes(25_000_000))
    with open_page(browser, hosted) as page:
        page.goto("/")
        page.locator(".runs > summary").click()
        form = page.locator(".runs form")
        form.get_by_text("Your own pictures").click()
        form.get_by_label("Or .npz file").set_input_files(tmp_path / "a.npz")
        form.get_by_role("button", name="Create and train").click()
        expect(form.get_by_role("alert")).to_have_text(
            "These files have 25 MB. Choose at most 24 MB: fewer or smaller pictures."
        )
