"""Help for tests of the page that writes a number: its field, what it asks the server for, what its address tells."""

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote_plus, urlparse

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def field(page: "Page") -> "Locator":
    return page.get_by_label("Type a number.")


def asked(page: "Page") -> list[dict[str, str]]:
    """What the server is asked for from now on, each picture by the names of its options."""
    found: list[dict[str, str]] = []

    def note(url: str) -> None:
        if "/api/write?" in url:
            found.append({name: value for name, [value] in parse_qs(urlparse(url).query).items()})

    page.on("request", lambda request: note(request.url))
    return found


def told(page: "Page", **wanted: str) -> None:
    """Wait until the page's address has these options."""
    from playwright.sync_api import expect

    for name, value in wanted.items():
        expect(page).to_have_url(re.compile(rf"[?&]{name}={re.escape(quote_plus(value))}(&|$)"))
