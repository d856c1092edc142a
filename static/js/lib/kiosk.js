/**
 * `?kiosk`, for a museum: nothing leads away (static/pages.css), and the pages start
 * over when a visitor has left.
 */

import { DRAWINGS, oneAtATime, randomSeed, storage } from "./dom.js";

const AWAY = 90_000; // milliseconds
const memory = storage("sessionStorage"); // kiosk: "over" until Train has a new run

if (/[?&]kiosk/.test(location.search)) memory.kiosk ??= "over";
if (memory.kiosk) document.documentElement.dataset.kiosk = "";

/** Begin a new run on Train, as soon as the page can. */
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
 * Forget the visitor's drawings and go to the first page, after a while without use.
 */
function startOver() {
  if (!(Date.now() - memory.used > AWAY)) return; // also if nobody has come
  delete storage()[DRAWINGS];
  for (const one of ["drawings", "used"]) delete memory[one];
  memory.kiosk = "over";
  location.replace(document.querySelector(".brand").getAttribute("href"));
}

/** Begin the mode for exhibitions, if the address asked for it. */
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
