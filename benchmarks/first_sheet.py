"""What a person sees who presses Fun: `python -m benchmarks.first_sheet`.

A server with kernels compiled and its training process idle, a headless Chromium with the page open, a new run for each
seed. From the press of the button: seconds to the first sheet that has changed, to half of a sheet read, to nine in ten
read, as the page itself counts. And of every sheet how long it took from drawn, in the training process, to shown: the
browser has painted it.
"""

import json
import math
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from benchmarks.contest.programs import run_program, server
from benchmarks.contest.race import ContestError
from benchmarks.contest.report import Figures, Table, add_save, run
from gan.command import Parser, whole

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HINT = 'pip install -e ".[test]", and a Chromium'
SETTLE_SECONDS = 1.0  # from an idle run to the press: the page has come to rest, too
COMPILE_MS = 120_000.0  # a hang, where a page says nothing for so long
SHARES = {"half": 0.5, "nine_in_ten": 0.9}  # of a sheet, read
COUNTED = re.compile(r"(\d+) of (\d+)")

# Notes when Fun was pressed, when every sheet was drawn, and every picture with what the page says of it, once painted.
NOTES = """
window.notes = { pressed: null, drawn: {}, shown: [] };
const now = () => performance.timeOrigin + performance.now();
window.WebSocket = class extends WebSocket {
  constructor(...words) {
    super(...words);
    this.addEventListener("message", ({ data }) => {
      const event = JSON.parse(data);
      if (event.type === "sheet") notes.drawn[`data:image/png;base64,${event.png}`] = 1000 * event.drawn_at;
    });
  }
};
addEventListener("click", ({ target }) => {
  if (target.dataset.do === "fun") notes.pressed ??= now();
}, true);
addEventListener("DOMContentLoaded", () => {
  const image = document.querySelector('[data-show="picture"]'), read = document.querySelector('[data-show="read"]');
  new MutationObserver(() => requestAnimationFrame(() => {
    const { src } = image, said = read.textContent, { port1, port2 } = new MessageChannel();
    port1.onmessage = () => notes.shown.push({ at: now(), said, drawn: notes.drawn[src] ?? null });
    port2.postMessage(null); // comes after the paint that this frame ends with
  })).observe(image, { attributeFilter: ["src"] });
});
"""


@contextmanager
def opened(address: str, script: str = NOTES) -> Iterator["Page"]:
    """The page in a Chromium, and this script in it before its own; ContestError where there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise ContestError(f"expected a browser to look with, found no playwright; {HINT}") from None
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    with sync_playwright() as driver:
        path = found or driver.chromium.executable_path  # what `playwright install chromium` puts there
        if not Path(path).exists():
            raise ContestError(f"expected a Chromium, found none of {', '.join(CHROMIUM_NAMES)}; {HINT}")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(COMPILE_MS)
        page.add_init_script(script)
        page.goto(address)
        yield page
        browser.close()


def make_run(address: str, wish: Figures) -> str:
    """Make a new run, as the form of the page does; its name."""
    body = json.dumps(wish).encode()
    with urlopen(Request(f"{address}/api/runs", body, {"Content-Type": "application/json"})) as answer:
        return str(json.load(answer)["id"])


def read_share(said: str) -> float:
    """The part of a sheet that is read, from what the page says: "Recognized: 58 of 64"."""
    found = COUNTED.match(said)
    return int(found[1]) / int(found[2]) if found else 0.0


def figures(notes: Figures) -> Figures:
    """Seconds from the press to what was seen, None for what was not; milliseconds of every sheet, drawn to shown."""
    watched = [shown for shown in notes["shown"] if shown["drawn"] is not None]  # not those of the recorded run
    after = [shown for shown in watched if shown["at"] > notes["pressed"]]
    seconds = [(shown["at"] - notes["pressed"]) / 1000 for shown in after]
    each = list(zip(seconds, [read_share(shown["said"]) for shown in after], strict=True))
    row: Figures = {"first": seconds[0] if seconds else None}
    row |= {name: next((at for at, share in each if share >= part), None) for name, part in SHARES.items()}
    return row | {"delays_ms": [shown["at"] - shown["drawn"] for shown in after]}


def watch(page: "Page", address: str, wish: Figures, longest: float) -> Figures:
    """Make a run, if one is wished for, press Fun, look until nine in ten are read or the time is over, and stop."""
    if wish:
        make_run(address, wish)
    page.reload()  # empty notes
    page.get_by_text("Press Fun").wait_for()
    page.wait_for_timeout(1000 * SETTLE_SECONDS)
    page.get_by_role("button", name="Fun").click()
    end, row = time.monotonic() + longest, Figures()
    while row.get("nine_in_ten") is None and time.monotonic() < end:
        page.wait_for_timeout(500)
        row = figures(page.evaluate("notes"))
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped at iteration").wait_for()
    return row


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that so large a part of them does not exceed."""
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)] if values else math.inf


def cells(name: object, row: Figures) -> list[str]:
    """A row of the table."""
    times = [row[what] for what in ("first", *SHARES)]
    delays = [percentile(row["delays_ms"], part) for part in (0.5, 0.95)]
    shown = ["-" if seconds is None else f"{seconds:.2f}" for seconds in times]
    return [str(name), *shown, *(f"{ms:.0f}" for ms in delays), str(len(row["delays_ms"]))]


def medians(rows: Sequence[Figures]) -> Figures:
    """The median seed; what was not seen came later than all that was. The delays are those of all sheets."""
    found: Figures = {"delays_ms": [ms for row in rows for ms in row["delays_ms"]]}
    for what in ("first", *SHARES):
        middle = statistics.median(math.inf if row[what] is None else row[what] for row in rows)
        found[what] = None if math.isinf(middle) else middle
    return found


@contextmanager
def looked_at() -> Iterator[tuple[str, "Page"]]:
    """A server over an empty folder, and its page."""
    with tempfile.TemporaryDirectory() as runs, server(Path(runs)) as address, opened(address) as page:
        yield address, page


def measure(wish: Figures, seeds: Sequence[int], longest: float, empty: bool = False) -> list[Figures]:
    """Watch a run of each seed and print what was seen; with `empty` as often the run that the first Fun begins."""
    run_program("-m", "nnet.fast.warm")
    columns = {"seed": 6, "first sheet, s": 6, "half read, s": 6, "nine in ten, s": 6}
    table = Table(columns | {"drawn to shown, ms": 6, "95 %": 6, "sheets": 6})
    rows: list[Figures] = []
    for some in [[seed] for seed in seeds] if empty else [seeds]:
        with looked_at() as (address, page):
            for seed in some:
                asked = {} if empty else wish | {"seed": seed}
                rows.append({"seed": seed, **wish, **watch(page, address, asked, longest)})
                table.row(cells(seed, rows[-1]))
    table.row(cells("median", medians(rows)))
    return rows


def wish_of(arguments: Any) -> Figures:
    """What is asked of a new run."""
    digit = None if arguments.digit == "any" else int(arguments.digit)
    return {"digit": digit, "network": arguments.network}


def build_parser() -> Parser:
    """The command line."""
    parser = Parser("python -m benchmarks.first_sheet", description="What a person sees who presses Fun.")
    parser.add_argument("--seeds", type=whole(0, 2**32 - 1), nargs="+", default=[0, 1, 2, 3, 4], metavar="S")
    parser.add_argument("--digit", choices=["any", *"0123456789"], default="any")
    parser.add_argument("--network", choices=["quick", "digits"], default="quick")
    parser.add_argument("--seconds", type=whole(1, 3600), default=30, help="to look at most, for each seed (30)")
    begun = "the folder has no run: the first Fun begins it, quick and of all digits, as often as there are seeds"
    parser.add_argument("--empty", action="store_true", help=begun)
    add_save(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m benchmarks.first_sheet`; returns the exit code, 1 if it cannot go on."""
    return run(
        "first_sheet",
        build_parser(),
        argv,
        lambda asked: measure(wish_of(asked), asked.seeds, float(asked.seconds), asked.empty),
    )


if __name__ == "__main__":
    sys.exit(main())
