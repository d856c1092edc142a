/** What all pages do with their elements. */

/** Finds a part of an element by its name: finder(el, "show")("status") has data-show="status". */
export function finder(el, kind) {
  return (name) => el.querySelector(`[data-${kind}="${name}"]`);
}

/** Change a text only where it differs, so that a screen reader is not told the same twice. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The same for several parts, by their names. @param {(name: string) => Element} find @param {Record<string, string>} texts */
export function sayAll(find, texts) {
  for (const [name, text] of Object.entries(texts)) say(find(name), text);
}

/**
 * A button with `disabled` would lose the keyboard's focus while it waits: this one keeps it, and does nothing.
 * The templates have them disabled, for before the script runs they would send their form, or a press would be lost.
 */
export function enable(button, can) {
  button.disabled = false;
  button.ariaDisabled = String(!can);
}

/** What a button says, which command it gives, whether it can. */
export function offer(button, text, command, can) {
  button.textContent = text;
  button.classList.toggle("stop", command === "pause");
  enable(button, can);
}

/** Show a page's sentence about the present state, and its kind for the eye. @param {{kind: string, text: string}} said */
export function note(element, { kind, text }) {
  say(element, text);
  element.className = `notice ${kind}`;
}

/** Ask in a dialog; `act` is called if it closes by the button of that value. */
export function confirm(dialog, value, act) {
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === value && act(), { once: true });
  dialog.showModal();
}

/** Call `draw` before the next frame, once however often it is asked for. @param {() => void} draw */
export function framed(draw) {
  let waits = false;
  return () => {
    if (!waits) requestAnimationFrame(() => { waits = false; draw(); });
    waits = true;
  };
}

/** Whether a person wants no motion. */
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * What the browser keeps; in "sessionStorage" what this tab does, until it is closed. It may be told to keep nothing:
 * then every page begins anew.
 * @param {"localStorage"|"sessionStorage"} where
 */
export function remembered(where = "localStorage") {
  try {
    return window[where];
  } catch {
    return {};
  }
}

/** An element of SVG. */
export function svg(name, attributes, text = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.textContent = text;
  return node;
}
