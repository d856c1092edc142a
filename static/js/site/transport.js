/**
 * Replaces static/js/lib/transport.js in a static site (gan/web/site): answers requests
 * of the pages from recordings, and trains in a worker.
 */

import { begin, connectToWorker, create, post } from "./live-run.js";
import { describe } from "./explain-saved-drawing.js";
import { pair } from "./real-or-drawn.js";
import { recorded } from "./recorded-answers.js";
import { write } from "./writer.js";

/**
 * Answers that are computed: patterns of the path, each with a function of the
 * pattern's groups and the query or body.
 * @type {[RegExp, (groups: string[], given: Record<string, any>) => unknown][]}
 */
const ANSWERS = [
  [
    /^\/api\/runs$/,
    (
      _,
      { seed, freeze_switches },
    ) => (seed === undefined
      ? recorded("/api/runs")
      : create(Number(seed), freeze_switches)),
  ],
  [/^\/api\/new-run$/, () => recorded("trainer").config],
  [
    /^\/api\/runs\/in-this-page-\d+\/([a-z]+)$/,
    ([command], body) => post(command, body),
  ],
  [/^\/api\/write$/, (_, query) => write(query)],
  [/^\/api\/guess$/, (_, query) => pair(query)],
  [
    /^\/api\/runs\/recorded\/images\/(\d+)\/(\d+)\.json$/,
    ([iteration, drawing]) => describe(Number(iteration), Number(drawing)),
  ],
  [
    /^\/api\/turns$/,
    (_, { iteration }) =>
      recorded(`/api/turns/${((iteration - 1) % recorded("turns")) + 1}`),
  ],
  [/^\/api\/place$/, (_, { x, y }) => recorded(`/api/place/${nearest(x, y)}`)],
];

/** Return the recorded point of the disk near a point, as in its recording's name. */
function nearest(...point) {
  const step = recorded("step");
  const [x, y] = point.map((one) => step * Math.round(one / step));
  const inside = Math.hypot(x, y) <= recorded("edge");
  return (inside ? [x, y] : point.map((one) => step * Math.trunc(one / step))).join(
    "/",
  );
}

/**
 * Answer a request. A recording that is a string is a PNG in base64.
 * @param {string} address
 * @param {{method?: string, body?: string}} [options]
 * @returns {Promise<Response>}
 */
export async function send(address, { method, body = "{}" } = {}) {
  const { pathname, searchParams } = new URL(address, location.origin);
  const [pattern, find] = ANSWERS.find(([one]) => one.test(pathname)) ?? [];
  const given = method === "POST" ? JSON.parse(body) : Object.fromEntries(searchParams);
  const found = find
    ? await find(pattern.exec(pathname).slice(1), given)
    : recorded(pathname);
  if (found === undefined) {
    return Response.json({ error: "This page has no recording of that." }, {
      status: 404,
    });
  }
  if (typeof found === "string") {
    return new Response(Uint8Array.from(atob(found), (one) => one.charCodeAt(0)));
  }
  return found instanceof Blob ? new Response(found) : answered(found);
}

const answered = (found) => Response.json(found, { status: found.error ? 409 : 200 });

/**
 * Return a connection to the run that trains in the page. If the site has no trainer,
 * the connection sends the recorded run once, as the open run.
 */
export function connect(address) {
  if (recorded("trainer")) return connectToWorker();
  const socket = new EventTarget();
  const data = JSON.stringify(recorded("/api/runs/recorded"));
  if (data && address.startsWith("/api/events")) {
    setTimeout(() => socket.dispatchEvent(new MessageEvent("message", { data })));
  }
  return socket;
}

/**
 * Begin a new run on the user's drawings.
 * @param {import("./training-files.js").Drawings} own
 * @returns {Promise<Response>}
 */
export const createOn = async (own, seed) =>
  answered(await begin({ own, seed, isNew: true }));

document.addEventListener("click", async (event) => {
  if (!(event.target instanceof Element)) return;
  /** @type {HTMLAnchorElement|null} a link to download an answer of the server */
  const link = event.target.closest('a[href^="/api/"]');
  if (!link) return;
  event.preventDefault();
  const href = URL.createObjectURL(
    await (await send(link.getAttribute("href"))).blob(),
  );
  Object.assign(document.createElement("a"), { href, download: link.download }).click();
});
