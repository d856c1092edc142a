/** Forms sent as JSON, with validation messages next to the form. */

import { count } from "../logic/words.js";

/**
 * Return the fields of a form by their names.
 * @returns {Record<string, HTMLInputElement & {selectedIndex?: number}>} inputs and
 *   selects
 */
export const fieldsOf = (form) => form.elements;

/**
 * Return the values of a form by field name; an empty field is null.
 * @returns {Record<string, string|boolean|null>}
 */
export function formValues(form) {
  /** @type {ReturnType<typeof formValues>} */
  const values = {};
  for (const { name, type, value, checked } of form.elements) {
    if (name) values[name] = type === "checkbox" ? checked : value || null;
  }
  return values;
}

/**
 * Return the name of the first number field with an invalid value, and a message, or
 * undefined if all are valid. A field with a placeholder may be empty.
 */
export function invalid(form) {
  const bad = [...form.elements].find(({ type, value, validity, placeholder }) =>
    type === "number" && ((!value && !placeholder) || !validity.valid)
  );
  if (!bad) return undefined;
  const [least, most] = [bad.min, bad.max].map((bound) => count(Number(bound)));
  const whole = bad.step === "any" ? "" : "whole ";
  const bounds = bad.max ? `from ${least} to ${most}` : `of at least ${least}`;
  return {
    field: bad.name,
    message: `${bad.labels[0].textContent.trim()} must be a ${whole}number ${bounds}.`,
  };
}

/**
 * Validate and send a form when it is submitted.
 * @param {HTMLFormElement} form contains an element `.problem`, which shows errors,
 * unless `problem` is given
 * @param {(values: ReturnType<typeof formValues>) => Promise<void>} send may throw an Error with the `field`
 * it is about
 * @returns {(action: () => Promise<void>) => Promise<void>} runs another action and
 * shows its error in the same place
 */
export function onSubmit(form, send, problem = form.querySelector(".problem")) {
  /** @param {{message: string, field?: string}} error */
  function complain({ message, field }) {
    problem.textContent = message;
    for (const element of form.querySelectorAll("input, select, textarea")) {
      element.ariaInvalid = String(element.getAttribute("name") === field);
    }
  }
  async function attempt(action) {
    complain({ message: "" });
    await action().catch(complain);
  }
  form.addEventListener("input", () => complain({ message: "" }));
  form.onsubmit = (event) => {
    event.preventDefault();
    const error = invalid(form);
    if (error) complain(error);
    else attempt(() => send(formValues(form)));
  };
  return attempt;
}
