/**
 * The connection to the server: events over a WebSocket that reconnects, commands by
 * POST.
 */

import { storage } from "./dom.js";
import { connect as socketTo, createOn, send } from "./transport.js";

const FIRST_WAIT = 500; // milliseconds before reconnecting; doubled each time
export const LONGEST_WAIT = 5000;

/**
 * Send a command, report it and its failure to `tell`, and return the answer. Only
 * throws an error that is about a field of the body.
 */
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
 * Pass all events from an address to `tell`, and reconnect when the connection is lost.
 * A refused WebSocket gives no reason, so ask /healthz whether the server now requires
 * another token. If it does, reload the page, which asks for the token.
 */
export function listen(tell, address) {
  let wait = FIRST_WAIT;
  async function knock() {
    const answer = await send("/healthz").catch(() => null);
    if (answer?.status === 401) location.reload();
  }
  /** Open the socket, and reopen it whenever it closes. */
  function connect() {
    const socket = socketTo(address);
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

/** Whether the server still compiles what a request needs. */
export async function isPreparing() {
  try {
    const response = await send("/healthz");
    return (await response.json()).ready === false;
  } catch {
    return false;
  }
}

/**
 * Send a request. If the response has Retry-After, retry: up to `tries` times, or for
 * as long as the server is preparing. Throws an Error with the server's message and the
 * `field` that it is about.
 * @param {() => Promise<Response>} ask sends the request
 */
async function answer(ask, tries = 5) {
  let response;
  try {
    response = await ask();
  } catch {
    const error = new Error("The server does not answer. Is it still running?");
    throw Object.assign(error, { gone: true });
  }
  const made = response.headers.get("Location");
  const memory = storage("sessionStorage");
  if (made && memory.kiosk) memory[made] = "made"; // lib/kiosk.js deletes the run
  if (response.ok) return response;
  const wait = 1000 * Number(response.headers.get("Retry-After"));
  const preparing = wait && await isPreparing();
  if (wait && (tries > 1 || preparing)) {
    // The server may be ready before Retry-After.
    const pause = preparing ? Math.min(wait, LONGEST_WAIT) : wait;
    await new Promise((done) => setTimeout(done, pause));
    return answer(ask, preparing ? tries : tries - 1);
  }
  const unsaid = { error: `The server answered ${response.status}.` };
  const { error, field } = await response.json().catch(() => unsaid);
  throw Object.assign(new Error(error), { field });
}

export const request = (address, options) => answer(() => send(address, options));

export async function get(address) {
  return (await request(address)).json();
}

/** POST a JSON body, if any, and return the JSON of the response. */
export async function post(address, body) {
  const json = body &&
    { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await request(address, { method: "POST", ...json })).json();
}

/** Create a run on the user's drawings. @returns {Promise<{id: string}>} */
export const createOnDrawings = async (drawings, seed) =>
  (await answer(() => createOn(drawings, seed))).json();
