"""Time what a user sees after pressing Fun: `python -m benchmarks.first_sheet`.

The server has compiled kernels and an idle training process. A headless Chromium shows the page, and each seed gets a
new run. The benchmark measures the time from pressing the button to the first new sheet, to the first sheet with half
its drawings recognized, and to the first with nine in ten. It also measures each sheet's delay from drawing in the
training process to painting in the browser.
"""

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from benchmarks.command_line import Figures, Options, Table, main_of, print_machine
from benchmarks.crowd_clients import percentile
from benchmarks.programs import browser_page, compile_kernels, server, wait_until_idle
from gan.cli.command_line import digit_or_any, whole

if TYPE_CHECKING:
    from playwright.sync_api import Page

SETTLE_SECONDS = 1.0  # for an idle run to settle before the press
EVENTS = {"first": 0.0, "half": 0.5, "nine_in_ten": 0.9}  # the least share of a sheet's drawings that is recognized

# This script records when Fun was pressed, when each sheet was drawn and painted, and the fraction recognized on it.
NOTES = """
window.notes = { pressed: null, drawn: {}, shown: [] };
const now = () => performance.timeOrigin + performance.now();
window.WebSocket = class extends WebSocket {
  constructor(...words) {
    super(...words);
    this.addEventListener("message", ({ data }) => {
      const event = JSON.parse(data);
      if (event.type === "sheet") notes.drawn[`data:image/png;base64,${event.png}`] = event;
    });
  }
};
addEventListener("click", ({ target }) => {
  if (target.dataset.do === "fun") notes.pressed ??= now();
}, true);
addEventListener("DOMContentLoaded", () => {
  const image = document.querySelector('[data-show="picture"]');
  new MutationObserver(() => requestAnimationFrame(() => {
    const { drawn_at, reading } = notes.drawn[image.src] ?? {}, { port1, port2 } = new MessageChannel();
    if (drawn_at === undefined) return; // a sheet of the recorded run
    const read = reading?.read ?? [], share = read.filter(Boolean).length / (read.length || 1);
    port1.onmessage = () => notes.shown.push({ at: now(), share, drawn: 1000 * drawn_at });
    port2.postMessage(null); // arrives after the paint that ends this frame
  })).observe(image, { attributeFilter: ["src"] });
});
"""


def figures(notes: Figures) -> Figures:
    """Return the seconds from the press to each event, infinity if it did not happen, and every sheet's delay in ms."""
    after = [shown for shown in notes["shown"] if shown["drawn"] > notes["pressed"]]
    each = [((shown["at"] - notes["pressed"]) / 1000, shown["share"]) for shown in after]
    events = {name: next((at for at, share in each if share >= part), math.inf) for name, part in EVENTS.items()}
    return events | {"delays_ms": [shown["at"] - shown["drawn"] for shown in after]}


def watch(page: "Page", address: str, options: Figures, longest: float) -> Figures:
    """Press Fun, wait until nine in ten drawings are recognized or time is up, then stop. Return the figures.

    If there are options, create a run with them first.
    """
    if options:
        body = json.dumps(options).encode()
        urlopen(Request(f"{address}/api/runs", body, {"Content-Type": "application/json"})).close()
    wait_until_idle(address)
    page.reload()  # clears the notes
    page.wait_for_timeout(1000 * SETTLE_SECONDS)
    fun = page.locator('[data-do="fun"]')  # pressing it again stops training
    fun.click()
    end, row = time.monotonic() + longest, Figures()
    while row.get("nine_in_ten", math.inf) == math.inf and time.monotonic() < end:
        page.wait_for_timeout(500)
        row = figures(page.evaluate("notes"))
    fun.click()
    wait_until_idle(address)
    return row


def cells(name: object, row: Figures) -> list[str]:
    delays = [percentile(row["delays_ms"], part) for part in (0.5, 0.95)]
    shown = ["-" if row[event] == math.inf else f"{row[event]:.2f}" for event in EVENTS]
    return [str(name), *shown, *(f"{ms:.0f}" for ms in delays), str(len(row["delays_ms"]))]


def medians(rows: Sequence[Figures]) -> Figures:
    """Return the medians over the seeds, and the delays of all seeds together."""
    middle = {event: statistics.median(row[event] for row in rows) for event in EVENTS}
    return middle | {"delays_ms": [ms for row in rows for ms in row["delays_ms"]]}


def measure(asked: argparse.Namespace) -> None:
    """Watch a new run for each seed.

    With --empty, start a server on an empty folder each time instead, where pressing Fun creates the run.
    """
    print_machine()
    compile_kernels()
    columns = {"seed": 6, "first sheet, s": 6, "half recognized, s": 6, "nine in ten, s": 6}
    table = Table(columns | {"drawn to shown, ms": 6, "95 %": 6, "sheets": 6})
    options = {"digit": asked.digit, "network": "quick"}
    rows: list[Figures] = []
    for some in [[seed] for seed in asked.seeds] if asked.empty else [asked.seeds]:
        with tempfile.TemporaryDirectory() as runs, server(Path(runs)) as (address, _):
            with browser_page(address, NOTES) as page:
                for seed in some:
                    rows.append(watch(page, address, {} if asked.empty else options | {"seed": seed}, asked.seconds))
                    table.row(cells(seed, rows[-1]))
    table.row(cells("median", medians(rows)))


OPTIONS: Options = {
    "--seeds": {"type": whole(0, 2**32 - 1), "nargs": "+", "default": [0, 1, 2, 3, 4], "metavar": "S"},
    "--digit": {"type": digit_or_any, "help": "(default any)"},
    "--seconds": {"type": whole(1, 3600), "default": 30, "help": "for each seed, at most (default 30)"},
    "--empty": {
        "action": "store_true", "help": "begin in an empty folder: the first press makes a quick run of all digits"
    },
}  # fmt: skip


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
