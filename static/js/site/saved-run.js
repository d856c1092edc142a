/** Keep the run of the page in the browser's database, IndexedDB, so that reloading the page continues it. */

const NAME = `digits of ${new URL("../../..", import.meta.url).pathname}`; // every site on a host has its own
const STORE = "run", KEY = "latest";

let database = null;

const open = () => new Promise((resolve, reject) => {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  opening.onsuccess = () => resolve(opening.result);
  opening.onerror = () => reject(opening.error);
});

/** Run a request in one transaction, and resolve when it is complete. Throws if the browser forbids it, or has no space left. */
async function inTransaction(mode, request) {
  database ??= open();
  const transaction = (await database).transaction(STORE, mode), asked = request(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** @param {Object} run replaces the saved one */
export const saveRun = (run) => inTransaction("readwrite", (store) => store.put(run, KEY));

/** Return the saved run, or undefined if there is none. */
export const loadRun = () => inTransaction("readonly", (store) => store.get(KEY));
