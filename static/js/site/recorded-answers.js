/**
 * Holds answers of the server, recorded by gan/web/site/recordings.py. The scripts in
 * data/ add them when a page loads.
 */

const known = {};

export const record = (answers) => Object.assign(known, answers);

/** @param {string} name an address of the server, or another name */
export const recorded = (name) => known[name];
