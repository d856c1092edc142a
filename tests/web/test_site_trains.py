"""The Train page of the static site, which trains in the browser (static/js/site/trainer.js)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import browsing
from tests.helpers.browsing import FULL, WIDE, Browser, Page, Route, expect, expect_text, press, start_over, unfold
from tests.pages.test_first_sight import words
from tests.web.test_site import BELOW
from tests.web.test_site import address as address  # the fixtures: a host with a site of few recordings
from tests.web.test_site import folder as folder

pytestmark = pytest.mark.page(viewport=WIDE)  # a page of its own, because the browser saves the run
MOST_WORDS = 60
WITHOUT_DATABASE = "IDBFactory.prototype.open = () => { throw new Error('refused'); };"
WITHOUT_SIMD = "WebAssembly.instantiate = () => Promise.reject(new Error('no SIMD'));"
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def train(page: Page, address: str) -> Page:
    """Open the page Train. It may send requests to its own host only."""
    page.route(lambda url: not url.startswith(("http://127.0.0.1:", "data:", "blob:")), lambda route: route.abort())
    page.goto(f"{address}/index.html")
    expect_text(page, "status", r"^Press Fun\.$")
    return page


def train_for(page: Page, iterations: int) -> None:
    unfold(page)
    page.get_by_label("Iterations", exact=True).fill(str(iterations))
    press(page, "Train")


@pytest.fixture
def worker(request: pytest.FixtureRequest, folder: Path) -> Iterator[None]:
    """Let the site's worker begin with a script, the parameter of this fixture."""
    file = folder / BELOW / "static" / "js" / "site" / "trainer.js"
    text = file.read_text("utf-8")
    file.write_text(request.param + text, "utf-8")
    yield
    file.write_text(text, "utf-8")


def test_fun_draws_digits_and_starts_from_noise(train: Page) -> None:
    press(train, "Fun")
    expect_text(train, "status", "^Learned to draw in ")  # nine in ten are recognized
    press(train, "Stop")
    expect_text(train, "read", r"^Recognized: (5[89]|6\d) of 64$")
    expect_text(train, "story", r"^Digits\.$")
    expect_text(train, "preference", r"^\d+ of 64$")
    press(train, "Start from noise")
    expect_text(train, "caption", r"^Iteration \d\d?$")
    press(train, "Stop")
    expect_text(train, "status", "^Stopped at iteration")
    expect(train.get_by_role("button", name="Fun", exact=True)).to_be_visible()


def test_reloading_keeps_the_run_and_the_lock(train: Page) -> None:
    train_for(train, 3)
    expect_text(train, "status", "^Stopped at iteration 3")
    expect_text(train, "read", r"^Recognized: \d+ of 64$")
    press(train, "Unlock the judge")
    expect_text(train, "story", "^Unlocked. Press Fun")
    train.reload()
    expect_text(train, "status", "^Stopped at iteration 3")
    expect(train.get_by_role("button", name="Lock the judge")).to_be_enabled()
    expect_text(train, "read", r"^Recognized: \d+ of 64$")  # also after a reload, before anyone trains
    train_for(train, 20)
    expect_text(train, "status", "^Stopped at iteration 23")
    expect_text(train, "d_change", r"^\d+\.\d+ \(not locked\)$")
    press(train, "Lock the judge")
    train_for(train, 1)
    expect(train.locator('[data-part="progress"] svg .press')).to_have_count(2)
    start_over(train)
    expect_text(train, "status", r"^Press Fun\.$")
    train.reload()
    expect_text(train, "caption", "^Iteration 0, untrained$")


def test_step_trains_turn_by_turn(train: Page) -> None:
    press(train, "Step")
    for said in ("Nobody has learned", "Judge’s turn", "Artist’s turn: the judge is locked", "The artist and its"):
        expect(train.locator('[data-game="turn"]')).to_have_text(re.compile(said))
        expect(train.get_by_role("button", name="Fun", exact=True)).to_be_enabled()  # the run is saved
        press(train, "Next turn")
    expect(train.locator("#game-title")).to_have_text("Iteration 2.")
    expect_text(train, "iteration", "^2$")
    train.get_by_role("button", name="Drawing 6: ").click()  # ends the turns
    expect(train.locator("#game-title")).to_have_text("Drawing 6 (should be a 5).")
    expect(train.get_by_text("real 5")).to_be_visible()


def test_two_presses_train_once(train: Page) -> None:
    unfold(train)
    train.get_by_label("Iterations", exact=True).fill("2")
    train.locator('[data-do="train"]').evaluate("button => { button.click(); button.click(); }")
    expect_text(train, "status", "^Stopped at iteration 2")


def test_a_hidden_page_pauses_and_goes_on(train: Page) -> None:
    train.evaluate(HIDE, True)
    train_for(train, 3)
    expect_text(train, "status", "^Training up to iteration 3")
    for name in ("Unlock", "Lock") * 3:  # the worker answers, but does not train
        press(train, f"{name} the judge")
    expect(train.get_by_role("button", name="Unlock the judge")).to_be_visible()
    expect_text(train, "iteration", "^0$")
    train.evaluate(HIDE, False)
    expect_text(train, "status", "^Stopped at iteration 3")


def test_pausing_while_data_loads_cancels_the_start(train: Page) -> None:
    held: list[Route] = []
    train.route("**/digits-first.bin", lambda route: held.append(route))
    press(train, "Fun")
    expect_text(train, "status", "^Starting the training process")
    train.workers[0].evaluate("self.onmessage({ data: { command: 'pause' } })")
    expect_text(train, "status", r"^Press Fun\.$")
    train_for(train, 2)
    for route in held:
        route.continue_()
    expect_text(train, "status", "^Stopped at iteration 2")


@pytest.mark.page(problems_expected=True)
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 404}, "this host answered 404"),
        ({"body": b"damaged"}, "it is damaged"),
        (None, "this host does not answer"),
    ],
)
def test_data_that_fails_to_load_can_be_loaded_again(train: Page, answer: Any, reason: str) -> None:
    for file in ("digits-first.bin", "classifier.bin"):
        train.route(f"**/{file}", lambda route: route.fulfill(**answer) if answer else route.abort())
        train_for(train, 1)
        expect_text(train, "status", rf"^{file} could not be loaded: {reason}\. Press Fun to try again\.$")
        train.unroute(f"**/{file}")
    train_for(train, 1)
    expect_text(train, "status", "^Stopped at iteration 2")
    expect_text(train, "read", r"^Recognized: \d+ of 64$")


@pytest.mark.parametrize(
    ("worker", "note"),
    [(WITHOUT_DATABASE, "This browser doesn’t save the run"), (WITHOUT_SIMD, "training takes ten times as long")],
    indirect=["worker"],
)
@pytest.mark.usefixtures("worker")
def test_a_browser_without_a_feature_trains_and_says_so(page: Page, address: str, note: str) -> None:
    page.goto(f"{address}/index.html")
    train_for(page, 1)
    expect_text(page, "status", "^Stopped at iteration 1")
    expect_text(page, "diagnosis", note)


@pytest.mark.page(problems_expected=True)
@pytest.mark.parametrize("worker", ["import './missing.js';"], indirect=True)
@pytest.mark.usefixtures("worker")
def test_a_browser_without_module_workers_says_so(page: Page, address: str) -> None:
    page.goto(f"{address}/index.html")
    expect_text(page, "status", r"^This page can’t train: .*\. Try another browser\.$")


def test_train_has_few_words_at_first_sight(browser: Browser, address: str) -> None:
    with browsing.open_page(browser, address, viewport={"width": 1280, "height": 800}) as page:
        page.goto(f"{address}/index.html")
        expect_text(page, "caption", "untrained")
        seen = words(page)
        assert len(seen) <= MOST_WORDS, " ".join(seen)
        policy = page.locator("meta[http-equiv]").get_attribute("content") or ""
        assert re.findall(r"'\S*(?:eval|inline)\S*'", policy) == ["'wasm-unsafe-eval'"]


@FULL
def test_opening_the_lock_ruins_and_locking_mends(train: Page) -> None:
    found: dict[int, list[int]] = {600: [], 800: []}
    for seed in range(3):
        train.workers[0].evaluate("seed => self.onmessage({ data: { command: 'reset', seed } })", seed)
        expect_text(train, "iteration", "^0$")
        train_for(train, 400)
        for iteration, name in ((600, "Unlock"), (800, "Lock")):
            expect_text(train, "status", f"^Stopped at iteration {iteration - 200}")
            press(train, f"{name} the judge")
            train_for(train, 200)
            expect_text(train, "status", f"^Stopped at iteration {iteration}")
            expect_text(train, "caption", f"^Iteration {iteration}$")
            read = train.locator('[data-show="read"]').text_content() or ""
            found[iteration].append(int(re.findall(r"\d+", read)[0]))
    assert sorted(found[600])[1] <= 20, found
    assert sorted(found[800])[1] >= 55, found
