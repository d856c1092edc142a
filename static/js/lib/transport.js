/** How pages reach the server. A static site has static/js/site/transport.js in this place (gan/web/site). */

import { npz } from "../logic/npz.js";

/** Send a request. @returns {Promise<Response>} */
export const send = (address, options) => fetch(address, options);

/** Create a run on the user's drawings. @param {Object} drawings as `npz` takes them @returns {Promise<Response>} */
export function createOn(drawings, seed) {
  const base64 = btoa(npz(drawings).reduce((text, byte) => text + String.fromCharCode(byte), ""));
  const body = JSON.stringify({ files: { "drawings.npz": base64 }, network: "quick", seed });
  return send("/api/images", { method: "POST", headers: { "Content-Type": "application/json" }, body });
}

/** Open a connection for events. @returns {WebSocket} */
export const connect = (address) => new WebSocket(`ws://${location.host}${address}`);
