"""gan/web/site: the pages as static files, served below a path, in a real browser."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from gan.data import head, load
from gan.runs.run import Run
from gan.web.routes.learn_and_guess import EDGE
from gan.web.site import recordings
from gan.web.site.__main__ import PAGES, main, relative, write_site
from tests.helpers import browsing
from tests.helpers.browsing import (
    FULL,
    Page,
    button,
    expect,
    expect_shown,
    expect_text,
    link_to,
    press,
    resize,
    unfold,
)
from tests.helpers.static_host import QuietHost, hosting_files
from tests.pages.test_access import words

pytestmark = [pytest.mark.slow, pytest.mark.page(reduced_motion=True)]
MOST_BYTES = 5_200_000
MOST_WORDS = 50
BELOW = "x/y"  # the path of the site on its host
FEW = {
    "TURNS": 2,
    "HANDWRITINGS": 1,
    "FORMS": 2,
    "DRAWINGS": 2,
    "REALS": 1,
    "STEP": EDGE,
    "FIRST": 300,
}
SMALL = {
    "channels": (4, 4),
    "hidden_generator": (8,),
    "hidden_discriminator": 8,
    "batch": 4,
    "metrics_every": 2,
}
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a host with a small site, which trains a small network."""
    root = tmp_path_factory.mktemp("host")
    data = head(load(), 50)
    pictures = Run.pictures
    setup = recordings.trainer_setup
    with pytest.MonkeyPatch.context() as patch:
        for name, value in FEW.items():
            patch.setattr(recordings, name, value)
        patch.setattr(recordings, "load", lambda: data)
        # the first and the last
        patch.setattr(
            Run, "pictures", lambda run: pictures(run)[:: len(pictures(run)) - 1]
        )
        patch.setattr(
            recordings,
            "trainer_setup",
            lambda: setup() | {"config": setup()["config"] | SMALL},
        )
        write_site(root / BELOW)
    return root


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Host the site, and yield its address."""
    with hosting_files(folder) as host:
        yield f"{host}/{BELOW}"


@pytest.fixture
def site(page: Page, address: str) -> Iterator[str]:
    """Yield the address, and assert that the page requests nothing after its load."""
    late: list[str] = []
    loaded = threading.Event()

    def note(request: Any) -> None:
        if request.is_navigation_request():
            loaded.clear()
        elif loaded.is_set() and request.url.startswith("http"):
            late.append(request.url)

    page.on("request", note)
    page.on("load", lambda _: loaded.set())
    yield address
    page.remove_listener("request", note)
    assert late == []


def test_the_slideshow_goes_to_every_picture(page: Page, site: str) -> None:
    page.goto(f"{site}/slideshow.html")
    browsing.focus(page.get_by_role("slider", name="Picture"))
    page.keyboard.press("End")
    expect_text(page, "label", "^Iteration 2,000$")
    expect_text(page, "of", "all digits")
    page.get_by_role("button", name="Drawing 2: ").click()
    reading = page.locator('[data-ask="reading"]')
    expect(reading).to_have_text(re.compile("The classifier sees a 1"))
    expect(page.get_by_text("Save as GIF")).to_be_hidden()


def test_the_recorded_pair_plays(page: Page, site: str) -> None:
    page.goto(f"{site}/what-if.html")
    expect_text(page, "moral", "^Unlocked: the artist now changes the judge, too")
    link = link_to(page, "open the lock on the Train page")
    expect(link).to_have_attribute("href", "index.html")


def test_a_climb_is_played(page: Page, site: str) -> None:
    page.goto(f"{site}/guess.html")
    pairs = page.evaluate("""async () => {
        const { pair } = await import("./static/js/site/real-or-drawn.js");
        const { recorded } = await import("./static/js/site/recorded-answers.js");
        const reals = recorded("reals to guess").map(({ ink }) => ink);
        return Array.from({ length: 64 }, () => {
          const { person, left, right } = pair({ rung: "1" });
          return { person, left: reals.includes(left), right: reals.includes(right) };
        });
      }""")
    assert {pair["person"] for pair in pairs} == {"left", "right"}
    assert all(
        pair["left"] == (pair["person"] == "left") != pair["right"] for pair in pairs
    )
    expect_text(page, "place", "^Pair 1 of 10, the artist after 0 iterations$")
    page.keyboard.press("ArrowLeft")
    press(page, "Next")
    expect_text(page, "place", "^Pair 2 of 10, the artist after ")


def test_a_number_is_written_and_saved(page: Page, site: str, tmp_path: Path) -> None:
    page.goto(f"{site}/write.html")
    browsing.field(page).fill("12.50 €")
    browsing.expect_written(page, "12.50 €")
    unfold(page, "Save and share")
    for form, start in (("png", b"\x89PNG"), ("svg", b"<svg "), ("animated", b"<svg ")):
        with page.expect_download() as saved:
            page.locator(f'[data-download="{form}"]').click()
        saved.value.save_as(tmp_path / form)
        assert (tmp_path / form).read_bytes().startswith(start)
    assert (tmp_path / "svg").read_text("utf-8").count("<path") == 6
    expect_text(page, "link", f"^{re.escape(site)}/write.html\\?number=")


def test_how_it_works_answers_without_a_server(page: Page, site: str) -> None:
    page.goto(f"{site}/learn.html")
    press(page, "One turn")
    expect_shown(page, "Nobody has learned")
    expect(page.locator(".problem:not(:empty)")).to_have_count(0)
    page.locator('.disk [name="x"]').fill(str(EDGE))
    expect(page).to_have_url(re.compile(rf"/learn\.html\?seed=0&x={EDGE}&y=0#place$"))
    expect(page.locator(".problem:not(:empty)")).to_have_count(0)
    link_to(page, "Build it yourself").click()
    link_to(page, "Teach the judge").click()
    file = "docs/course/exercise_6_judges_turn.py"
    expect(page.get_by_role("heading", name=file)).to_be_visible()


@pytest.mark.parametrize("name", [name for name, _ in PAGES.values()])
def test_pages_fit_the_screen_and_link_to_files(
    page: Page, address: str, folder: Path, name: str
) -> None:
    page.goto(f"{address}/{name}")
    for width in (390, 1280):
        resize(page, width, 844)
        assert browsing.scroll_width(page) == width
    links = page.locator("a[href]:not([hidden], [hidden] *)").evaluate_all(
        "links => links.map(({ href }) => href)"
    )
    files = {re.split("[#?]", link)[0] for link in links if "/api/" not in link}
    assert files
    for file in files:
        assert (folder / BELOW / file.removeprefix(f"{address}/")).is_file(), file


def test_the_site_says_how_to_serve_it_and_addresses_are_relative(folder: Path) -> None:
    readme = (folder / BELOW / "README.txt").read_text("utf-8")
    assert "python3 -m http.server" in readme
    for path in (folder / BELOW).glob("*.html"):
        assert not re.search(r'(href|src)="(/|http)', path.read_text("utf-8")), path
    assert relative('<a href="/course#files">') == '<a href="course.html#files">'
    with pytest.raises(ValueError, match="/mine is not on the site"):
        relative('<a href="/mine">')


@FULL
def test_the_site_is_small_and_links_to_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site"
    assert main(["-o", str(site), "--program", "https://example.org/gan"]) == 0
    for page in ("course", "lesson"):
        text = (site / f"{page}.html").read_text("utf-8")
        assert 'href="https://example.org/gan"' in text
    sizes = [path.stat().st_size for path in site.rglob("*") if path.is_file()]
    assert sum(sizes) < MOST_BYTES
    assert capsys.readouterr().out.startswith(str(site))


def test_other_folders_are_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").touch()
    assert main(["-o", str(tmp_path)]) == 2
    assert "expected a new folder or an earlier site" in capsys.readouterr().err
    assert main(["-o", str(tmp_path / "new"), "--program", "/gan"]) == 2
    expected = "expected an address such as https://example.org/gan, received /gan"
    assert expected in capsys.readouterr().err


# The page Train, which trains in the browser (static/js/site/worker.js)


def open_train(page: Page, address: str) -> None:
    """Open the page Train without a saved run."""
    origin = address.removesuffix(f"/{BELOW}")
    session = page.context.new_cdp_session(page)
    session.send(
        "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "indexeddb"}
    )
    session.detach()
    page.goto(f"{address}/index.html")


@pytest.fixture
def train(page: Page, address: str) -> Iterator[Page]:
    """Return the page Train with an untrained run, which requests nothing from other
    hosts.
    """
    urls: set[str] = set()

    def note(request: Any) -> None:
        urls.add(request.url)

    page.on("request", note)
    open_train(page, address)
    expect_text(page, "caption", "^Iteration 0, untrained$")
    yield page
    page.remove_listener("request", note)
    assert not [url for url in urls if not url.startswith((address, "data:", "blob:"))]


def train_for(page: Page, iterations: int) -> None:
    unfold(page)
    page.get_by_label("Iterations", exact=True).fill(str(iterations))
    press(page, "Train")


@pytest.mark.page(reduced_motion=False)
def test_reloading_keeps_the_run_and_the_lock(train: Page) -> None:
    train_for(train, 3)
    expect_text(train, "status", "^Stopped at iteration 3")
    press(train, "Unlock the judge")
    expect_text(train, "story", "^Unlocked. Press Go on")
    train.reload()
    expect_text(train, "status", "^Stopped at iteration 3")
    expect(button(train, "Lock the judge")).to_be_enabled()
    # also after a reload, before anyone trains
    expect_text(train, "read", r"^Recognized: \d+ of 64$")
    names = train.evaluate(
        "async () => (await indexedDB.databases()).map(({ name }) => name)"
    )
    assert names == [f"digits of /{BELOW}/"]  # other sites on the host have other runs
    train_for(train, 1)
    expect_text(train, "status", "^Stopped at iteration 4")
    expect_text(train, "d_change", r"^\d+\.\d+ \(not locked\)$")
    browsing.renew(train)
    expect_text(train, "caption", r"^Iteration \d\d+$")
    press(train, "Stop")
    expect(train.locator('[data-part="progress"] svg .press')).to_have_count(0)


RECORD = """const post = self.postMessage.bind(self);
  self.postMessage = (event) => {
    const { type, iteration, d_loss, g_loss } = event;
    if (type === "metrics") losses.push([iteration, d_loss, g_loss]);
    post(event);
  };
  self.losses = [];"""


def test_a_link_repeats_the_losses_of_a_run_and_its_presses(train: Page) -> None:
    train.workers[0].evaluate(RECORD)
    for verb, stop in (("Unlock", 4), ("Lock", 8), ("Unlock", 12)):
        train_for(train, 4)
        expect_text(train, "status", f"^Stopped at iteration {stop}")
        press(train, f"{verb} the judge")
    losses = train.workers[0].evaluate("losses")
    link = train.locator('[data-part="link"]')
    expect(link).to_have_attribute("href", re.compile("4%2C8%2C12$"))
    href = link.get_attribute("href") or ""
    train.goto(urljoin(train.url, href.replace("digit=", "digit=3")))
    expect_text(train, "caption", "^Iteration 12$")  # its worker has begun
    expect_shown(
        train,
        "This link asks for the digit 3, which needs the program; this page plays all "
        "digits",
    )
    train.workers[0].evaluate(RECORD)
    press(train, "Play this run")
    expect(train).to_have_url(re.compile("/index.html$"))
    expect_text(train, "iteration", r"^(1[3-9]|[2-9]\d|[\d,]{3,})$")
    press(train, "Stop")
    expect_text(train, "status", "^Stopped at iteration")
    assert train.workers[0].evaluate("losses")[:6] == losses
    expect(train.locator('[data-part="progress"] svg .press')).to_have_count(3)


def test_train_has_few_words_at_first_and_steps_turn_by_turn(train: Page) -> None:
    resize(train, 1280, 800)
    title = train.locator("#game-title")
    # before anyone trains
    expect(title).to_have_text("Drawing 4 (should be a 3).")
    seen = words(train)
    assert len(seen) <= MOST_WORDS, " ".join(seen)
    policy = train.locator("meta[http-equiv]").get_attribute("content") or ""
    assert re.findall(r"'\S*(?:eval|inline)\S*'", policy) == ["'wasm-unsafe-eval'"]
    press(train, "One turn")
    artist = "Artist’s turn: the judge is locked"
    for said in ("Nobody has learned", "Judge’s turn", artist, "The artist and its"):
        expect(train.locator('[data-game="turn"]')).to_have_text(re.compile(said))
        # the run is saved
        expect(button(train, "Go on")).to_be_enabled()
        press(train, "Next turn")
    expect(title).to_have_text("Iteration 2. Drawing 4 (should be a 3).")
    expect_text(train, "iteration", "^2$")
    train.get_by_role("button", name="Drawing 6: ").click()  # ends the turns
    expect(title).to_have_text("Drawing 6 (should be a 5).")
    expect_shown(train, "real 5")


def test_a_hidden_page_pauses_and_goes_on(train: Page) -> None:
    train.evaluate(HIDE, True)
    train_for(train, 3)
    expect_text(train, "status", "^Training up to iteration 3")
    for name in ("Unlock", "Lock") * 3:  # the worker answers, but does not train
        press(train, f"{name} the judge")
    expect(button(train, "Unlock the judge")).to_be_visible()
    expect_text(train, "iteration", "^0$")
    train.evaluate(HIDE, False)
    expect_text(train, "status", "^Stopped at iteration 3")
    train.evaluate(HIDE, True)
    press(train, "Go on")
    press(train, "Stop")
    expect_text(train, "status", "^Stopped at iteration 3")


CREATE = """async ([seed, names, iterations]) => {
    const { createOn, send } = await import("./static/js/site/transport.js");
    const labels = Uint8Array.from({ length: 12 }, (_, i) => i % names.length);
    const pixels = Uint8Array.from({ length: 12 * 784 }, (_, i) => i * i * seed);
    const own = { names, labels, pixels };
    const post = (path, body) =>
      send(`/api/runs${path}`, { method: "POST", body: JSON.stringify(body) });
    const create = () => (names.length ? createOn(own, seed) : post("", { seed }));
    if (iterations) create(); // the next one takes its place
    const { id } = await (await create()).json();
    if (iterations) await post(`/${id}/train`, { iterations });
  }"""


def test_a_run_on_drawings_takes_the_place_of_a_run_on_digits_and_back(
    train: Page,
) -> None:
    def expect_run(iteration: int, data: str, title: str) -> None:
        expect_text(train, "status", "^(Stopped at|Here are 64 of yours)")
        expect_text(train, "iteration", f"^{iteration}$")
        expect_text(train, "data", f"^{data}$")
        expect(train.locator("#game-title")).to_have_text(title)
        assert len(train.workers) == 1

    # before anything was said about a drawing
    train.evaluate(CREATE, [5, ["<b>" * 13 + "!", "star"], 2])
    expect_run(2, "12 drawings of yours", "Drawing 4 (should be star).")
    train.reload()
    expect_run(2, "12 drawings of yours", "Drawing 4 (should be star).")
    train.get_by_role("button", name="Drawing 5: ").click()
    expect(train.locator("#game-title")).to_have_text(
        f"Drawing 5 (should be {'<b>' * 13}!)."
    )
    press(train, "One turn")
    train.evaluate(CREATE, [6, ["heart"], 4])  # while an iteration is shown
    expect_run(4, "12 drawings of yours", "Drawing 5 (should be heart).")
    browsing.renew(train)
    expect_text(train, "caption", "^Iteration 0, untrained$")
    train.evaluate(CREATE, [7, ["sun", "moon"], 0])
    train.reload()  # at once
    expect_text(train, "caption", "^Iteration 0, untrained$")
    expect(train.locator("#game-title")).to_have_text("Drawing 4 (should be moon).")
    train.evaluate(CREATE, [6, [], 1])  # of digits
    expect_run(1, "5,000 digits of MNIST", "Drawing 4 (should be a 3).")
    train.reload()
    expect_run(1, "5,000 digits of MNIST", "Drawing 4 (should be a 3).")
    train.evaluate(CREATE, [6, [], 0])  # the worker stays
    expect_text(train, "caption", "^Iteration 0, untrained$")


def test_data_that_fails_to_load_can_be_loaded_again(
    page: Page, address: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def expect_failure(file: str, reason: str) -> None:
        says = rf"^{file} could not be loaded: {reason}\. Press Fun to try again\.$"
        expect_text(page, "status", says)

    first = folder / BELOW / "data" / "digits-first.bin"
    content = first.read_bytes()
    first.write_bytes(b"damaged")
    open_train(page, address)
    train_for(page, 1)
    expect_failure(first.name, "it is damaged")
    first.unlink()
    press(page, "Train")
    expect_failure(first.name, "this host answered 404")
    first.write_bytes(content)
    monkeypatch.setattr(QuietHost, "silent", "/classifier.bin")
    press(page, "Train")
    # each start loads it again and removes the message
    for stop in (1, 2):
        expect_text(page, "iteration", f"^{stop}$")
        expect_failure("classifier.bin", "this host does not answer")
        expect(button(page, "Go on")).to_be_enabled()  # the run has stopped
        if stop == 2:
            monkeypatch.undo()
        press(page, "Train")
    expect_text(page, "status", "^Stopped at iteration 3")
    expect_text(page, "read", r"^Recognized: \d+ of 64$")


WITHOUT_MODULES = """const { Worker } = window;
      window.Worker = class extends Worker {
        constructor(url, options) { super(`${url}/missing`, options); }
      };"""


@pytest.mark.parametrize("script", [WITHOUT_MODULES, "delete window.Worker;"])
@pytest.mark.page(viewport=browsing.WIDE, problems_expected=True)
def test_a_browser_without_workers_says_so(
    page: Page, address: str, script: str
) -> None:
    page.add_init_script(script)
    page.goto(f"{address}/index.html")
    expect_text(page, "status", "^This browser can’t train here: .* Try another")


def test_a_second_tab_trains_when_the_first_one_is_left(train: Page) -> None:
    train_for(train, 2)
    second = train.context.new_page()
    second.goto(train.url)
    expect_text(second, "status", "^Another tab trains this network. Close that tab")
    assert second.workers == []
    expect_text(train, "status", "^Stopped at iteration 2")
    train.goto("about:blank")
    expect_text(second, "status", "^Stopped at iteration 2")
    second.close()
    train.go_back()
    expect_text(train, "status", "^Stopped at iteration 2")


# The page Train with its own network and all digits


@pytest.fixture(scope="module")
def large(folder: Path, address: str) -> str:
    """Return the address of a site with a complete page Train."""
    write_site(folder / "large", {"trainer": recordings.RECORDINGS["trainer"]})
    return address.replace(BELOW, "large")


@FULL
@pytest.mark.page(viewport=browsing.WIDE)
def test_fun_draws_digits_and_a_new_network_begins_with_noise(
    page: Page, large: str
) -> None:
    page.goto(f"{large}/index.html")
    press(page, "Fun")
    expect_text(page, "status", "^Learned to draw in ")  # nine in ten are recognized
    press(page, "Stop")
    expect_text(page, "read", r"^Recognized: (5[89]|6\d) of 64$")
    expect_text(page, "story", r"^Digits\.$")
    expect_text(page, "preference", r"^\d+ of 64$")
    browsing.renew(page)
    expect_text(page, "caption", r"^Iteration \d\d?$")
