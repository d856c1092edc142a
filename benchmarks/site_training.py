"""Time the training in the pages of the static site: `python -m benchmarks.site_training`.

A headless Chromium opens the site on a local host and presses Fun. Each seed gets a new browser profile. The benchmark
measures the time until half, and nine in ten, of a sheet are recognized, and the time of an iteration.
"""

import argparse
import math
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.command_line import Figures, Options, Table, main_of, print_machine
from benchmarks.programs import browser_page
from gan.cli.command_line import whole
from gan.web.site.__main__ import write_site

EVENTS = {"half": 0.5, "nine_in_ten": 0.9}  # the least share of a sheet's drawings that is recognized
SETTLE_SECONDS = 1.0

# This script records when Fun was pressed, and every sheet of the worker.
NOTES = """
window.notes = { pressed: null, sheets: [] };
window.Worker = class extends Worker {
  constructor(...words) {
    super(...words);
    this.addEventListener("message", ({ data: { type, iteration, reading } }) => {
      const share = (reading?.read ?? []).filter(Boolean).length / 64;
      if (type === "sheet") notes.sheets.push({ at: performance.now(), iteration, share });
    });
  }
};
addEventListener("click", ({ target }) => {
  if (target.dataset.do === "fun") notes.pressed ??= performance.now();
}, true);
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *values: object) -> None:
        """Print nothing."""


@contextmanager
def host(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine, and yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def figures(notes: Figures) -> Figures:
    """Return the seconds from the press to each event, infinity if it did not happen, and the ms of an iteration."""
    sheets = [sheet for sheet in notes["sheets"] if sheet["at"] > notes["pressed"]]
    after = [((sheet["at"] - notes["pressed"]) / 1000, sheet["share"]) for sheet in sheets]
    events = {name: next((at for at, share in after if share >= part), math.inf) for name, part in EVENTS.items()}
    iterations = sheets[-1]["iteration"] - sheets[0]["iteration"] if sheets else 0
    return events | {"ms": (sheets[-1]["at"] - sheets[0]["at"]) / iterations if iterations else math.inf}


def watch(folder: Path, seed: int, longest: float) -> Figures:
    """Press Fun with a seed, and return the figures when nine in ten are recognized or time is up."""
    data = folder / "data" / "trainer.js"
    before = data.read_text("utf-8")
    data.write_text(before.replace('"seed":0', f'"seed":{seed}'), "utf-8")
    with host(folder) as address, browser_page(f"{address}/index.html", NOTES) as page:
        page.wait_for_timeout(1000 * SETTLE_SECONDS)
        page.locator('[data-do="fun"]').click()
        end, row = time.monotonic() + longest, Figures()
        while row.get("nine_in_ten", math.inf) == math.inf and time.monotonic() < end:
            page.wait_for_timeout(500)
            row = figures(page.evaluate("notes"))
    data.write_text(before, "utf-8")
    return row


def measure(asked: argparse.Namespace) -> None:
    print_machine()
    table = Table({"seed": 6, "half recognized, s": 6, "nine in ten, s": 6, "iteration, ms": 6})
    rows = list[Figures]()
    with tempfile.TemporaryDirectory() as folder:
        write_site(Path(folder))
        for seed in asked.seeds:
            rows.append(watch(Path(folder), seed, asked.seconds))
            table.row([seed, *(f"{number:.1f}" for number in rows[-1].values())])
    table.row(
        [
            "median",
            *(f"{statistics.median(column):.1f}" for column in zip(*(row.values() for row in rows), strict=True)),
        ]
    )


OPTIONS: Options = {
    "--seeds": {"type": whole(0, 2**32 - 1), "nargs": "+", "default": [0, 1, 2, 3, 4], "metavar": "S"},
    "--seconds": {"type": whole(1, 3600), "default": 120, "help": "for each seed, at most (default 120)"},
}


main = main_of(measure, OPTIONS)

if __name__ == "__main__":
    sys.exit(main())
