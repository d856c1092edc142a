/** Adds picture files to the drawings of the dialog "Draw your own". */

import { finders, setText } from "../lib/dom.js";
import { decoded, inOrder } from "../lib/picture-files.js";
import { leftOut, noRoom } from "../logic/drawing-advice.js";
import { added } from "../logic/drawings.js";
import { count } from "../logic/words.js";

/**
 * Mount the buttons and the drop target that add picture files.
 * @param {HTMLElement} dialog
 * @param {import("../logic/undo-history.js").History} history
 * @param {() => void} draw shows the drawings
 * @param {() => void} changed called when there are more drawings
 * @param {(problem: string) => void} complain shows a problem, or "" for none
 */
export function mountFiles(dialog, history, draw, changed, complain) {
  const { show, button } = finders(dialog);
  /** @type {NodeListOf<HTMLInputElement>} */
  const inputs = dialog.querySelectorAll("[type=file]");
  const [files, folder] = inputs;
  /** @type {import("../lib/picture-files.js").Chosen[]} */
  let queue = [];

  /**
   * Queue files, and add all pictures of the queue to the history when they are
   * decoded, unless the user forgets the drawings meanwhile.
   */
  async function add(chosen) {
    const files = queue;
    const problem = noRoom(history.now, [...files, ...chosen]);
    const isFirst = files.length === 0;
    complain(problem);
    if (problem) return;
    files.push(...chosen);
    if (!isFirst) return;
    draw();
    const { at } = history.now;
    const pictures = [];
    /** @type {Record<string, string[]>} files by the reason why they are left out */
    const left = {};
    for (const [place, { file, label }] of files.entries()) {
      setText(show("adding"), `Adding ${count(place + 1)} of ${count(files.length)}`);
      const { pixels, reason } = await decoded(file);
      if (files !== queue) return;
      if (pixels) {
        pictures.push({ label, picture: btoa(String.fromCharCode(...pixels)) });
      } else (left[reason] ??= []).push(file.name);
    }
    forget();
    const late = noRoom(history.now, pictures); // the user may have drawn meanwhile
    if (late || pictures.length === 0) draw();
    else {
      history.put(added(history.now, pictures, at));
      changed();
    }
    const fault = show("fault").textContent;
    complain([fault, late, leftOut(left)].filter(Boolean).join(" "));
  }

  /** Empty the queue. */
  function forget() {
    queue = [];
    setText(show("adding"), "");
  }

  for (const [name, input] of Object.entries({ add: files, folder })) {
    button(name).disabled = false;
    button(name).onclick = () => input.click();
    input.onchange = () => {
      add(inOrder(input.files));
      input.value = ""; // so that the same files can be chosen again
    };
  }
  button("folder").hidden = !("webkitdirectory" in folder);
  for (const name of ["dragover", "dragleave", "drop"]) {
    dialog.addEventListener(name, (/** @type {DragEvent} */ event) => {
      // Selected text can be dragged, too.
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      dialog.classList.toggle("over", name === "dragover");
      if (name === "drop") add(inOrder(event.dataTransfer.files));
    });
  }
  return { forget, isBusy: () => queue.length > 0 };
}
