/** How pages reach the server. A static site has static/js/site/transport.js in this place (gan/web/site). */

/** Send a request. @returns {Promise<Response>} */
export const send = (address, options) => fetch(address, options);

/** Open a connection for events. @returns {WebSocket} */
export const connect = (address) => new WebSocket(`ws://${location.host}${address}`);
