/** A form as a request: its fields in JSON; what is wrong with one, or refused, stands beside it. */

import { count } from "../logic/words.js";

/** The wish of a form, by the names of its fields; a field that is empty says null. @param {HTMLFormElement} form */
export function wish(form) {
  const named = [...form.elements].filter(({ name }) => name);
  return Object.fromEntries(named.map(({ name, type, value, checked }) => [name, type === "checkbox" ? checked : value || null]));
}

/** The first field that is no number within its bounds, by its label; undefined where all are. One with a placeholder may be empty. */
function fault(form) {
  const bad = [...form.elements].find(({ type, value, validity, placeholder }) => type === "number" && ((!value && !placeholder) || !validity.valid));
  if (!bad) return undefined;
  const [least, most] = [bad.min, bad.max].map((bound) => count(Number(bound))), whole = bad.step === "any" ? "" : "whole ";
  const bounds = bad.max ? `from ${least} to ${most}` : `of at least ${least}`;
  return { field: bad.name, message: `${bad.labels[0].textContent.trim()} must be a ${whole}number ${bounds}.` };
}

/**
 * @param {HTMLFormElement} form with a `.problem`, unless another is given
 * @param {(wish: Object) => Promise<void>} send may throw an Error with the `field` it is about
 * @returns {(send: () => Promise<void>) => Promise<void>} does something else whose complaint stands there, too
 */
export function onSubmit(form, send, problem = form.querySelector(".problem")) {
  function complain({ message, field }) {
    problem.textContent = message;
    for (const element of form.elements) {
      if (element.type !== "submit") element.ariaInvalid = String(element.name === field);
    }
  }
  async function attempt(action) {
    complain({ message: "" });
    await action().catch(complain);
  }
  form.addEventListener("input", () => complain({ message: "" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = fault(form);
    if (wrong) complain(wrong);
    else attempt(() => send(wish(form)));
  });
  return attempt;
}
