/**
 * Sends requests to the server. In a static site, static/js/site/transport.js replaces
 * this module (gan/web/site).
 */

import { npz } from "../logic/npz.js";

/** Send a request. @returns {Promise<Response>} */
export const send = (address, options) => fetch(address, options);

/**
 * Create a run on the user's drawings.
 * @param {import("../logic/npz.js").TrainingData} drawings
 * @returns {Promise<Response>}
 */
export const createOn = (drawings, seed) =>
  send(`/api/images?network=quick&seed=${seed}`, {
    method: "POST",
    body: npz(drawings),
  });

/** Open a connection for events, with TLS if the page has it. @returns {WebSocket} */
export const connect = (address) =>
  new WebSocket(location.origin.replace("http", "ws") + address);
