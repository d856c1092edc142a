/**
 * Saves the run of the page in the browser's database, IndexedDB, so that it continues
 * after the page is reloaded.
 *
 * @typedef {Object} SavedRun
 * @property {ArrayBuffer} kept weights, Adam's moments and latents
 * @property {number} iteration
 * @property {number[]} times the steps of both Adam optimizers
 * @property {number} random the state of the random generator
 * @property {import("./gan.js").GanConfig} config
 * @property {import("./training-files.js").Drawings} [own]
 * @property {import("../logic/state.js").ProgressRow[]} progress
 * @property {Object[]} metrics
 * @property {number} trained milliseconds of training
 * @property {number|null} most seconds of training until nine in ten drawings were
 *   recognized, or null before
 */

// Sites on the same host share databases, so the name contains the path.
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
 * Run a request in a transaction, and resolve with its result when the transaction is
 * complete. Throws if the browser forbids the database.
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

/** Replace the saved run and, unless `previous` is undefined, the previous run. */
export const saveRun = (run, previous) =>
  inTransaction("readwrite", (store) => {
    if (previous !== undefined) store.put(previous, PREVIOUS);
    return store.put(run, LATEST);
  });

/** Return a saved run, or undefined if there is none. */
export const loadRun = (key = LATEST) =>
  inTransaction("readonly", (store) => store.get(key)).catch(() => undefined);

/**
 * Return the previous run, which drew well and was replaced by the saved one, or null.
 * @param {number} size expected bytes of `kept`
 */
export const loadPrevious = (size) =>
  loadRun(PREVIOUS).then((run) => (isSound(run, size) && !run.own ? run : null));

/**
 * Whether a saved run fits the networks of this version.
 * @param {number} size expected bytes of `kept`
 */
export const isSound = (run, size) => run?.kept?.byteLength === size;
