/**
 * Scores of the page "Real or drawn?". Pure.
 * @typedef {{name: string, asked: string, picture: string|null}} Opponent
 * @typedef {Object<string, [number, number]>} Totals by what was asked: right pairs, all pairs
 */

const TELLS = 0.8; // coins have 8 of 10 right, or more, once in 18 rounds

/** Totals with one round more. @param {Totals} totals */
export function added(totals, asked, right, of) {
  const [before, all] = totals[asked] ?? [0, 0];
  return { ...totals, [asked]: [before + right, all + of] };
}

/** The share of right answers, or null. */
export function share(totals, asked) {
  return totals[asked] ? totals[asked][0] / totals[asked][1] : null;
}

/** The first picture with which a person did no better than coins may. @param {Opponent[]} ladder */
export function failedAt(ladder, totals) {
  return ladder.find(({ asked, picture }) => picture && (share(totals, asked) ?? 1) < TELLS) ?? {};
}

/** How a round went, in words. @param {number|null} judge */
export function verdict(right, judge, of) {
  return {
    score: `${right} of ${of} right. ${right < TELLS * of ? "A coin may do as well." : "You can tell."}`,
    judge: judge === null ? "No judge (D) was kept with these drawings." : `The judge (D): ${judge} of ${of}.`,
  };
}
