/** The line to the server: events in over a WebSocket that connects again, commands out by POST. */

import { finder, framed } from "./dom.js";
import { initial, reduce } from "../logic/state.js";
import { count, runTitle } from "../logic/words.js";

const FIRST_WAIT = 500; // milliseconds before connecting again; doubled each time
const LONGEST_WAIT = 5000;

/**
 * Keep a state up to date. `show` is called after every change, at most once a frame.
 * @param {(state: import("../logic/state.js").State) => void} show
 * @param {boolean} watch whether the state is to have the sheet that is watched, too
 */
export function follow(show, watch) {
  let state = initial();
  const draw = framed(() => show(state));
  function tell(event) {
    state = reduce(state, event);
    draw();
  }
  listen(tell, watch ? "/api/events?watch=1" : "/api/events");
  show(state);
  return {
    state: () => state,
    command: (name, body) => command(tell, `/api/runs/${state.run}`, name, body),
  };
}

/** Send a command; a page is told that it was asked, and whether refused. What was wrong with the body is thrown. */
export async function command(tell, address, name, body) {
  tell({ type: "asked", command: name });
  try {
    await post(`${address}/${name}`, body);
  } catch (error) {
    const ofForm = body?.[error.field] !== undefined;
    tell({ type: "refused", message: ofForm ? null : error.message });
    if (ofForm) throw error;
  }
}

/**
 * Hear all that is told at an address, and of the connection, made again when lost. A server that was started anew has
 * other links; a socket is not told why it is refused, so the page asks, and the page that asks for a link takes its place.
 */
export function listen(tell, address) {
  let wait = FIRST_WAIT;
  async function knock() {
    const answer = await fetch("/healthz").catch(() => null);
    if (answer?.status === 401) location.reload();
  }
  function connect() {
    const socket = new WebSocket(`ws://${location.host}${address}`);
    socket.addEventListener("message", (message) => {
      wait = FIRST_WAIT;
      tell(JSON.parse(message.data));
    });
    socket.addEventListener("close", ({ reason }) => {
      tell({ type: "connection", connection: "lost", reason });
      if (!reason) knock();
      setTimeout(connect, wait);
      wait = Math.min(2 * wait, LONGEST_WAIT);
    });
  }
  connect();
}

/** Ask the server, again where it says when. Throws an Error with its own words, and the `field` they are about. */
export async function ask(address, options = {}, tries = 5) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new Error("The server does not answer. Is it still running?");
  }
  if (response.ok) return response;
  const wait = 1000 * response.headers.get("Retry-After");
  if (wait && tries > 1) {
    await new Promise((done) => setTimeout(done, wait));
    return ask(address, options, tries - 1);
  }
  const said = await response.json().catch(() => ({ error: `The server answered ${response.status}.` }));
  throw Object.assign(new Error(said.error), { field: said.field });
}

/** Its JSON. */
export async function get(address) {
  return (await ask(address)).json();
}

/** POST, with a JSON body where there is one; gives the answer's JSON. */
export async function post(address, body) {
  const json = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await ask(address, { method: "POST", ...json })).json();
}

/**
 * Which run a page shows: the person's own, or the recorded one while there is nothing of their own to see. A page that
 * lets one choose shows any run that its address names, open or not.
 */

/** @typedef {import("../logic/state.js").State} State */

/**
 * Follow the live run, and show it or the recorded one.
 * @param {HTMLElement} el the page; its data-recorded names the recorded run, where one ships; with data-chooses its address
 *   may name another in place of that
 * @param {(shown: State, own: State) => void} show
 * @param {boolean} watch whether the live run is to be watched, sheet by sheet
 */
export function followShown(el, show, watch = false) {
  const strip = finder(el, "part")("which"), watching = "watching" in document.body.dataset;
  const asked = el.dataset.chooses === undefined ? null : new URLSearchParams(location.search).get("run");
  let own = initial(), recorded = null, wish = asked === null ? null : "recorded", fault = "";

  function draw() {
    const shown = choose(own, recorded, wish) === "recorded" ? { ...recorded, connection: own.connection } : own;
    const alone = recorded === null || recorded.run === own.run;
    strip.hidden = alone && fault === "";
    const { text, other } = which(shown, own, watching, recorded);
    strip.classList.toggle("recorded", text !== "");
    const gone = el.dataset.chooses !== undefined && own.state === "missing" ? own.error : ""; // the other page says it elsewhere
    strip.querySelector("span").textContent = [fault || text, gone].join(" ").trim();
    strip.querySelector("button").textContent = other;
    strip.querySelector("button").hidden = alone;
    show(shown, own);
  }

  strip.querySelector("button").addEventListener("click", () => {
    wish = choose(own, recorded, wish) === "own" ? "recorded" : "own";
    draw();
  });
  const live = follow((state) => {
    if (asked === null && own.run !== null && state.run !== own.run) wish = "own"; // another run was made or opened: it is to be seen
    if (asked !== null && state.listed !== own.listed) load(asked); // it may have gone on
    own = state;
    draw();
  }, watch);
  function load(name) {
    get(`/api/runs/${encodeURIComponent(name)}`).then((snapshot) => {
      [recorded, fault] = [reduce(initial(), snapshot), ""];
    }).catch(({ message }) => {
      if (asked !== null) [recorded, fault] = [null, message]; // without the recorded one the page is whole
    }).finally(draw);
  }
  const name = asked ?? el.dataset.recorded;
  if (name) load(name);
  return {
    own: live.state,
    /** Send a command to the live run, and look at it. */
    command(...words) {
      wish = "own";
      return live.command(...words);
    },
  };
}
