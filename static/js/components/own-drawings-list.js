/** The list of things in the dialog "Draw your own", each with its name and drawings. */

import { create, setText } from "../lib/dom.js";
import { chosen, LEAST, named, namesOf, without } from "../logic/drawings.js";
import { count } from "../logic/words.js";
import { drawSmall } from "./drawing-pictures.js";

const SHOWN = 50; // maximum number of drawings of a thing

/**
 * Mount the list.
 * @param {HTMLElement} dialog
 * @param {import("../logic/undo-history.js").History} history
 * @param {() => void} changed called when the user has changed the drawings
 * @returns {() => void} shows the drawings of the history
 */
export function mountThings(dialog, history, changed) {
  const list = dialog.querySelector("ol");
  const template = dialog.querySelector("template");
  const shown = new WeakMap(); // the drawings that each list item shows
  const indexOf = (target) => [...list.children].indexOf(target.closest("li"));

  /** Show a thing: its name, how many drawings there are, and the drawings. */
  function fill(item, thing, name, isChosen) {
    const [radio, field, number, drawings] = item.children;
    radio.checked = isChosen;
    radio.ariaLabel = `Draw ${name}`;
    drawings.ariaLabel = name;
    if (field.value !== thing.name) field.value = thing.name;
    const { length } = thing.drawings;
    const hidden = length > SHOWN ? `, the first ${SHOWN} shown` : "";
    setText(number, `${count(length)}${length < LEAST ? ` of ${LEAST}` : hidden}`);
    if (shown.get(item) === thing.drawings) return;
    shown.set(item, thing.drawings);
    drawings.replaceChildren(...thing.drawings.slice(0, SHOWN).map(buttonFor));
  }

  /** Remove the drawing that was pressed. @param {PointerEvent & {target: HTMLElement}} event */
  function remove({ target }) {
    const button = target.closest("button");
    if (!button) return;
    const all = button.parentElement;
    const place = [...all.children].indexOf(button);
    history.put(without(history.now, indexOf(button), place));
    changed();
    (all.querySelectorAll("button")[place] ?? dialog.querySelector("[data-do=next]"))
      .focus();
  }

  /** Choose or name a thing. @param {InputEvent & {target: HTMLInputElement}} event */
  function edit({ target }) {
    const index = indexOf(target);
    const { type, value } = target;
    history.change(
      (all) => type === "radio" ? chosen(all, index) : named(all, index, value),
      index,
    );
    changed();
  }

  list.onclick = remove;
  list.oninput = edit;
  return () => {
    const { things, at } = history.now;
    const names = namesOf(things);
    while (list.children.length > things.length) list.lastChild.remove();
    while (list.children.length < things.length) {
      list.append(template.content.cloneNode(true));
    }
    things.forEach((thing, index) =>
      fill(list.children[index], thing, names[index], index === at)
    );
    list.classList.toggle("many", things.length > 1);
  };
}

/** Return a button that shows a drawing and removes it. */
function buttonFor(drawing, place) {
  const ariaLabel = `Remove drawing ${place + 1}`;
  const properties = { type: "button", title: "Remove", ariaLabel };
  return create("button", properties, drawSmall(drawing).canvas);
}
