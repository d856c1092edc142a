/** A number taken along: files, the clipboard, and the link, command and call that make it again. */

import { ask } from "../lib/server.js";
import { address, command, fileName } from "../logic/number.js";
import { finder, say, sayAll } from "../lib/dom.js";

const SAID = 2000; // milliseconds for which a button says that it has copied

/** @param {HTMLElement} el the page; its data-runs and data-python are for the command */
export function mount(el) {
  const show = finder(el, "show"), part = finder(el, "part"), buttons = [...el.querySelectorAll("[data-copy]")];

  for (const button of buttons) {
    const said = button.textContent;
    button.addEventListener("click", async () => {
      say(show("problem-copying"), "");
      try {
        await (button.dataset.copy === "picture" ? copyPicture(show("call").textContent) : copyText(show(button.dataset.copy)));
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = said; }, SAID);
      } catch (error) {
        say(show("problem-copying"), error.message);
      }
    });
  }

  /** Offer a number; null for none. @param {import("../logic/number.js").Wish|null} wish as the page has it, and as it asks the server */
  return (wish, asked = wish) => {
    for (const link of el.querySelectorAll("[data-download]")) {
      const { download: format, more, ending } = link.dataset;
      if (wish === null) link.removeAttribute("href");
      else Object.assign(link, { href: address(asked, format) + (more ?? ""), download: fileName(wish.number, ending) });
    }
    for (const button of buttons) button.disabled = wish === null;
    part("copies").hidden = wish === null; // what stands there is of a number before
    show("nothing").hidden = wish !== null;
    if (wish === null) return;
    sayAll(show, {
      link: `${location.origin}/write?${new URLSearchParams(wish)}`, command: command(asked, el.dataset),
      call: location.origin + address(asked, "png"),
    });
  };
}

/** Safari wants the promise of a picture, within the click. */
async function copyPicture(from) {
  if (!window.ClipboardItem) throw new Error("This browser copies no pictures: download it.");
  await navigator.clipboard.write([new ClipboardItem({ "image/png": ask(from).then((answer) => answer.blob()) })]);
}

/** A page from another computer, without https, may not write to the clipboard. */
async function copyText(element) {
  getSelection().selectAllChildren(element);
  if (!navigator.clipboard) throw new Error("It is selected: copy it with Ctrl+C.");
  await navigator.clipboard.writeText(element.textContent);
}
