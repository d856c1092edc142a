/** The line to the server: events in over a WebSocket that connects again, commands out by POST. */

import { framed } from "./dom.js";
import { initial, reduce } from "../logic/state.js";

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
