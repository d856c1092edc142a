/** The connection to the server: events over a WebSocket that reconnects, commands by POST. */

import { finder, oncePerFrame } from "./dom.js";
import { connect as socketTo, send } from "./transport.js";
import { furthest } from "../logic/slides.js";
import { chooseRun, initial, reduce } from "../logic/state.js";
import { runNotice } from "../logic/words.js";

const FIRST_WAIT = 500; // milliseconds before reconnecting; doubled each time
export const LONGEST_WAIT = 5000;

/** In the body of a command that starts training: pause it when all pages have been closed for a long time. */
export const STOP_UNWATCHED = { stop_unwatched: true };

/** Send a command and report it to `tell`. Return the answer, if it is carried out. Throws errors about a field of the body. */
export async function command(tell, address, name, body) {
  tell({ type: "asked", command: name });
  try {
    return await post(`${address}/${name}`, body);
  } catch (error) {
    const ofForm = body?.[error.field] !== undefined;
    tell({ type: "refused", message: ofForm ? null : error.message });
    if (ofForm) throw error;
  }
}

/**
 * Pass all events from an address to `tell`, and reconnect when the connection is lost. A refused socket gives no
 * reason. If the server now requires another token, reload the page, which asks for it.
 * @returns {() => void} ends the connection
 */
export function listen(tell, address) {
  let wait = FIRST_WAIT, socket = null, ended = false;
  async function knock() {
    const answer = await send("/healthz").catch(() => null);
    if (answer?.status === 401) location.reload();
  }
  function connect() {
    if (ended) return;
    socket = socketTo(address);
    socket.addEventListener("open", () => ended && socket.close());
    socket.addEventListener("message", (message) => {
      wait = FIRST_WAIT;
      if (!ended) tell(JSON.parse(message.data));
    });
    socket.addEventListener("close", ({ reason }) => {
      if (ended) return;
      tell({ type: "connection", connection: "lost", reason });
      if (!reason) knock();
      setTimeout(connect, wait);
      wait = Math.min(2 * wait, LONGEST_WAIT);
    });
  }
  connect();
  return () => {
    ended = true;
    if (socket.readyState === WebSocket.OPEN) socket.close(); // browsers warn about closing it earlier
  };
}

/** Whether the server still compiles what a request needs. */
async function isPreparing() {
  const answer = await send("/healthz").then((response) => response.json()).catch(() => ({}));
  return answer.ready === false;
}

/**
 * Request an address. If the server says when, retry: a few times, or as long as it prepares. Throws an Error with the
 * server's message and its `field`.
 */
export async function request(address, options = {}, tries = 5) {
  let response;
  try {
    response = await send(address, options);
  } catch {
    throw Object.assign(new Error("The server does not answer. Is it still running?"), { gone: true });
  }
  if (response.ok) return response;
  const wait = 1000 * response.headers.get("Retry-After"), preparing = wait && await isPreparing();
  if (wait && (tries > 1 || preparing)) {
    await new Promise((done) => setTimeout(done, preparing ? Math.min(wait, LONGEST_WAIT) : wait)); // it may be ready earlier
    return request(address, options, preparing ? tries : tries - 1);
  }
  const reply = await response.json().catch(() => ({ error: `The server answered ${response.status}.` }));
  throw Object.assign(new Error(reply.error), { field: reply.field });
}

export async function get(address) {
  return (await request(address)).json();
}

/** POST a JSON body, if any, and return the JSON of the response. */
export async function post(address, body) {
  const json = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await request(address, { method: "POST", ...json })).json();
}

/** @typedef {import("../logic/state.js").State} State */

/**
 * Follow the live run, and show it or the recorded run. A page with data-chooses shows the run that its address names,
 * otherwise the one that has learned most.
 * @param {HTMLElement} el the page; its data-recorded names the recorded run, if one is bundled
 * @param {(shown: State, own: State) => void} show
 * @param {boolean} watch whether the server also sends the live sheets
 */
export function followShown(el, show, watch = false) {
  const strip = finder(el, "part")("which"), watching = "watching" in document.body.dataset;
  const chooses = el.dataset.chooses !== undefined;
  let linked = chooses ? new URLSearchParams(location.search).get("run") : null;
  let own = initial(), recorded = null, choice = null, fault = "";

  function draw() {
    const shown = chooseRun(own, recorded, choice) === "recorded" ? { ...recorded, connection: own.connection } : own;
    if (strip) describe(shown);
    show(shown, own);
  }

  function describe(shown) {
    const alone = recorded === null || recorded.run === own.run;
    strip.hidden = alone && fault === "";
    const { text, other } = runNotice(shown, own, watching, recorded);
    strip.classList.toggle("recorded", text !== "");
    const gone = chooses && own.state === "missing" ? own.error : ""; // other pages show this error elsewhere
    strip.querySelector("span").textContent = [fault || text, gone].join(" ").trim();
    strip.querySelector("button").textContent = other;
    strip.querySelector("button").hidden = alone;
  }

  strip?.querySelector("button").addEventListener("click", () => {
    choice = chooseRun(own, recorded, choice) === "own" ? "recorded" : "own";
    draw();
  });
  const drawSoon = oncePerFrame(draw);
  function tell(event) {
    const state = reduce(own, event);
    if (linked === null && own.run !== null && state.run !== own.run) choice = "own"; // show a run that was created or opened
    if (linked !== null && state.listed !== own.listed) load(linked); // it may have more pictures now
    own = state;
    drawSoon();
  }

  function load(name) {
    get(`/api/runs/${encodeURIComponent(name)}`).then((snapshot) => {
      [recorded, fault] = [reduce(initial(), snapshot), ""];
    }).catch(({ message }) => {
      if (linked !== null) [recorded, fault] = [null, message]; // the page works without the recorded run
    }).finally(draw);
  }
  async function begin() {
    if (chooses) linked ??= await get("/api/runs").then(({ runs }) => furthest(runs), () => null);
    if (linked !== null) choice = "recorded";
    const name = linked ?? el.dataset.recorded;
    if (name) load(name);
    listen(tell, watch ? "/api/events?watch=1" : "/api/events");
  }
  begin();
  draw();
  return {
    own: () => own,
    /** Send a command to the live run. */
    command: (name, body) => command(tell, `/api/runs/${own.run}`, name, body),
    /** Create a run, which becomes the live one. */
    create: (settings) => command(tell, "/api", "runs", settings),
  };
}
