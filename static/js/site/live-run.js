/** The run that trains in the page: connects the worker to the page like the server's. */

import { recorded } from "./recordings.js";

const RUN = "in-this-page";

let worker = null;

/** Return a connection that sends the events of the worker, which starts now. */
export function connectToWorker() {
  const socket = new EventTarget();
  const listen = (event) => socket.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(event) }));
  worker = new Worker(new URL("./trainer.js", import.meta.url), { type: "module" });
  const { config, limits, files } = recorded("trainer");
  const urls = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, new URL(`../../../data/${file}`, import.meta.url).href]));
  worker.onmessage = ({ data }) => listen({ run: RUN, ...data });
  worker.onerror = ({ message }) => listen({ type: "refused", message: `This page can’t train: ${message || "the browser refuses it"}. Try another browser.` });
  worker.postMessage({ command: "begin", config, limits, urls });
  document.addEventListener("visibilitychange", () => worker.postMessage({ command: "hold", hidden: document.hidden }));
  return socket;
}

/** Pass a command to the worker. @param {string} command */
export function post(command, body) {
  worker.postMessage({ command, ...body });
  return { id: RUN, command };
}
