/**
 * Keep the run of the page in the browser's database, IndexedDB, so that reloading the
 * page continues it.
 *
 * @typedef {Object} SavedRun
 * @property {ArrayBuffer} kept weights, moments and latents
 * @property {number} iteration
 * @property {number[]} times of the two Adams
 * @property {number} random the state of the random numbers
 * @property {import("./gan.js").GanConfig} config
 * @property {import("./files.js").Drawings} [own]
 * @property {import("../logic/state.js").ProgressRow[]} progress
 * @property {Object[]} metrics
 * @property {number} trained milliseconds
 * @property {number|null} most seconds until nine in ten were recognized
 */

// every site on a host has its own
const NAME = `digits of ${new URL("../../..", import.meta.url).pathname}`;
const STORE = "run";
const LATEST = "latest";
const PREVIOUS = "previous";

let database = null;

const open = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });

/**
 * Run a request in one transaction, and resolve when it is complete. Throws if the
 * browser forbids it.
 */
async function inTransaction(mode, request) {
  database ??= open();
  const transaction = (await database).transaction(STORE, mode);
  const asked = request(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** Replace the saved run, and the one before if it is given. */
export const saveRun = (run, previous) =>
  inTransaction("readwrite", (store) => {
    if (previous !== undefined) store.put(previous, PREVIOUS);
    return store.put(run, LATEST);
  });

/** Return a saved run, or undefined if there is none. */
export const loadRun = (key = LATEST) =>
  inTransaction("readonly", (store) => store.get(key)).catch(() => undefined);

/**
 * Return the run that drew well before the saved one, or null.
 * @param {number} size of `kept`
 */
export const loadPrevious = (size) =>
  loadRun(PREVIOUS).then((run) => (isSound(run, size) && !run.own ? run : null));

/**
 * Whether a saved run is one of this version's network.
 * @param {number} size of `kept`
 */
export const isSound = (run, size) => run?.kept?.byteLength === size;
