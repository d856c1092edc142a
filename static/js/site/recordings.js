/** What the server answered when the site was written (gan/web/site/recordings.py); files in data/ put it here. */

const known = {};

export const record = (answers) => Object.assign(known, answers);

/** @param {string} name an address of the server, or another name */
export const recorded = (name) => known[name];
