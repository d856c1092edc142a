/**
 * The Web Worker of a site without a server: trains a run in the page, with the
 * commands and events of the server's worker (gan/runs/messages.py).
 */

import { allocateMemory } from "./allocate-memory.js";
import { execute } from "./commands.js";
import { Session } from "./training-session.js";

const SLOW =
  "This browser lacks WebAssembly’s SIMD, so training takes ten times as long.";

/** @type {Session|null} */
let session = null;
let before = Promise.resolve();

const tell = (event) => self.postMessage(event);
const fail = ({ message }) => tell({ type: "refused", message });

async function begin(setup) {
  const { memory, isFast } = await allocateMemory();
  session = new Session(memory, setup, tell);
  await session.open();
  if (!isFast) session.note(SLOW);
}

// Errors of the training loop, for which no command waits.
self.addEventListener("unhandledrejection", ({ reason }) => fail(reason));

/** Carry out commands one after another. The first one begins the session. */
self.onmessage = ({ data }) => {
  const { command } = data;
  if (command === "hold") return session?.loop.hold(data.hidden);
  if (command === "pause") session?.cancel();
  before = before.then(() => command === "begin" ? begin(data) : execute(session, data))
    .catch(fail);
};
