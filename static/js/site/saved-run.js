/** Keep the run of the page in the browser's database, IndexedDB, so that reloading the page continues it. */

import { MOST, MOST_THINGS } from "../logic/drawings.js";

const NAME = `digits of ${new URL("../../..", import.meta.url).pathname}`; // every site on a host has its own
const STORE = "run", LATEST = "latest", PREVIOUS = "previous";

let database = null;

const open = () => new Promise((resolve, reject) => {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  opening.onsuccess = () => resolve(opening.result);
  opening.onerror = () => reject(opening.error);
});

/** Run a request in one transaction, and resolve when it is complete. Throws if the browser forbids it. */
async function inTransaction(mode, request) {
  database ??= open();
  const transaction = (await database).transaction(STORE, mode), asked = request(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** Replace the saved run, and the one before if it is given. */
export const saveRun = (run, previous) => inTransaction("readwrite", (store) => {
  if (previous !== undefined) store.put(previous, PREVIOUS);
  return store.put(run, LATEST);
});

/** Return a saved run, or undefined if there is none. */
export const loadRun = (key = LATEST) => inTransaction("readonly", (store) => store.get(key)).catch(() => undefined);

/** Return the run that drew well before the saved one, or null. @param {number} size of `kept` */
export const loadPrevious = (size) => loadRun(PREVIOUS).then((run) => (isSound(run, size) && !run.own ? run : null));

const LONGEST = 10_000, LARGEST = 1e9; // of arrays and of counts
const PIXELS = 28 * 28;

const isTime = (number) => Number.isFinite(number) && number >= 0 && number <= LARGEST;
const isCount = (number) => Number.isInteger(number) && isTime(number);
const areAll = (list, is) => Array.isArray(list) && list.length <= LONGEST && [...list].every(is);

/** Whether a saved run can go on. @param {number} size of `kept` */
export function isSound(run, size) {
  try {
    const { kept, iteration, times, random, config: { seed, freeze_switches: switches }, own, progress, metrics, trained, most } = run;
    return kept.byteLength === size && new Float32Array(kept).every(Number.isFinite)
      && [iteration, ...times].every(isCount) && times.length === 2 && Number.isInteger(random) && Number.isInteger(seed)
      && areAll(switches, (at, place) => isCount(at) && !(at <= switches[place - 1]))
      && areAll(progress, (row) => [row.iteration, row.of, row.recognized, row.mistaken, ...Object.values(row)].every(isCount) && row.of > 0)
      && areAll(metrics, (row) => [row.iteration, row.d_loss, row.g_loss, row.d_change, ...Object.values(row)].every(Number.isFinite))
      && isTime(trained) && (most === null || isTime(most)) && (own === undefined || areComplete(own));
  } catch {
    return false;
  }
}

/** Whether every drawing has a label, and every label a drawing. */
function areComplete({ names, labels, pixels }) {
  return labels.length <= MOST && pixels.length === PIXELS * labels.length && [labels, pixels].every((bytes) => bytes instanceof Uint8Array)
    && names.length <= MOST_THINGS && areAll(names, (name, label) => typeof name === "string" && labels.includes(label)) && Math.max(...labels) === names.length - 1;
}
