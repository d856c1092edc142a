/**
 * Kiosk mode for a museum, requested by `?kiosk`: no link leads away from the pages
 * (static/pages.css), and they start over when a visitor has left.
 */

import { DRAWINGS, oneAtATime, randomSeed, storage } from "./dom.js";

const AWAY = 90_000; // milliseconds without use after which a visitor has left
// memory.kiosk is "over" until the page Train has a new run, then "on".
const memory = storage("sessionStorage");

if (/[?&]kiosk/.test(location.search)) memory.kiosk ??= "over";
if (memory.kiosk) document.documentElement.dataset.kiosk = "";

/** On the page Train, begin a new run for the next visitor, and delete the old runs. */
async function renew() {
  const train = document.querySelector("[data-page=train]:not(.watching)");
  if (memory.kiosk !== "over" || !train) return;
  const { post } = await import("./server.js");
  const made = Object.keys(memory).filter((key) => key.startsWith("/"));
  await post("/api/runs", { seed: randomSeed() });
  memory.kiosk = "on";
  for (const run of made) {
    delete memory[run];
    await post(`${run}/delete`);
  }
}

/**
 * If the visitor has left, forget the drawings and open the first page.
 */
function startOver() {
  // Before the first use, `used` is undefined, and the difference is NaN.
  if (!(Date.now() - memory.used > AWAY)) return;
  delete storage()[DRAWINGS];
  for (const one of ["drawings", "used"]) delete memory[one];
  memory.kiosk = "over";
  location.replace(document.querySelector(".brand").getAttribute("href"));
}

/** Begin kiosk mode, if the address has requested it. */
export function begin() {
  if (!memory.kiosk) return;
  for (const link of document.querySelectorAll("main [href*='.py']")) {
    link.removeAttribute("href");
  }
  for (const name of ["pointerdown", "pointermove", "keydown"]) {
    addEventListener(name, () => {
      memory.used = Date.now();
    }, true);
  }
  setInterval(startOver, 1000);
  const tries = oneAtATime(() => renew().catch(() => undefined));
  tries();
  setInterval(tries, 1000);
}
