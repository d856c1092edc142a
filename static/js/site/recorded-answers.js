/**
 * Holds the server's answers, which gan/web/site/recordings.py recorded. The files in
 * data/ add them at load.
 */

const known = {};

export const record = (answers) => Object.assign(known, answers);

/** @param {string} name an address of the server, or another name */
export const recorded = (name) => known[name];
