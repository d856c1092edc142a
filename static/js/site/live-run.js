/**
 * The run that trains in the page: its worker takes the place of the server.
 *
 * @typedef {Object} Setup what a worker needs to begin; config, limits and files are
 *   from gan/web/site/recordings.py
 * @property {import("./gan.js").GanConfig} config
 * @property {number[]} limits for each digit, the largest distance at which a drawing
 *   is near a real one
 * @property {{first: string, rest: string, classifier: string}} urls
 * @property {string} run its name
 * @property {import("./training-files.js").Drawings} [own] drawings to learn from
 * @property {boolean} [isNew] whether to replace the saved run
 * @property {number|null} [drawing] the one that the page asks about
 * @property {boolean} [held] whether the page is hidden, which pauses training
 */

import { recorded } from "./recorded-answers.js";

const socket = new EventTarget(); // the page's only connection

const ELSEWHERE = "Another tab trains this network. Close that tab to go on here.";
// Milliseconds to wait for the lock. A page that reloads still has it for a moment.
const PATIENCE = 500;

let owns = false; // whether no other tab may train and save the run of this site
let worker = null;
let begun = 0; // number of workers begun
let isOwn = false; // whether the run trains on the user's drawings
let drawing = null; // the drawing that the page asks about

const listen = (event) =>
  socket.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(event) }));

/**
 * Start the worker as soon as no other tab trains, and return the connection that sends
 * the worker's events.
 */
export function connectToWorker() {
  const start = () => {
    owns = true;
    begin().then(({ error }) => error && refuse(error));
    return new Promise(() => {}); // keeps the lock
  };
  const alone =
    navigator.locks?.request(new URL("../../..", import.meta.url).pathname, start) ??
      Promise.reject();
  alone.catch(start); // the browser lacks or forbids locks
  setTimeout(() => owns || refuse(ELSEWHERE), PATIENCE);
  document.addEventListener(
    "visibilitychange",
    () => worker?.postMessage({ command: "hold", hidden: document.hidden }),
  );
  return socket;
}

const cannot = (reason) =>
  `This browser can’t train here: ${reason}. Try another browser.`;
function fault() {
  if (!owns) return ELSEWHERE;
  return !globalThis.Worker && cannot("it has no workers");
}
const refuse = (message) => listen({ type: "refused", message });

/**
 * Replace the present worker by a new one, and wait for the new worker's first event.
 * It saves a new run before that event.
 * @param {{own?: import("./training-files.js").Drawings, seed?: number, freeze_switches?:
 * number[], isNew?: boolean}} run with isNew, it replaces the saved one
 * @returns {Promise<{id?: string, error?: string}>}
 */
export async function begin({ seed, freeze_switches = [], ...run } = {}) {
  const id = `in-this-page-${++begun}`; // distinguishes the runs of this page
  if (fault()) return { error: fault() };
  worker?.terminate();
  worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  isOwn = !run.isNew || run.own !== undefined; // the saved run may be on drawings
  const { config, limits, files } = recorded("trainer");
  const urls = {};
  for (const [name, file] of Object.entries(files)) {
    urls[name] = new URL(`../../../data/${file}`, import.meta.url).href;
  }
  worker.onmessage = ({ data }) => {
    // Only the snapshot tells whether a saved run is on drawings.
    if (data.type === "snapshot") isOwn = data.config.names.length > 0;
    listen(data);
  };
  worker.onerror = ({ message }) => refuse(cannot(message || "it refuses"));
  worker.postMessage({
    command: "begin",
    run: id,
    config: { ...config, seed: seed ?? config.seed, freeze_switches },
    limits,
    urls,
    drawing,
    held: document.hidden,
    ...run,
  });
  await new Promise((done) => socket.addEventListener("message", done, { once: true }));
  return { id };
}

/** Begin a new run on digits. Reuse a worker that has already loaded the digits. */
export function create(seed, freeze_switches) {
  const run = { seed, freeze_switches };
  return isOwn ? begin({ ...run, isNew: true }) : post("reset", run);
}

/** Pass a command to the worker. @param {string} command */
export function post(command, body) {
  if (command === "ask") ({ drawing } = body);
  if (!worker) return { error: fault() };
  worker.postMessage({ command, ...body });
  return { id: `in-this-page-${begun}`, command };
}
