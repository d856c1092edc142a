/** The sheet on which a number is shown: pictures change without a blink, and the rules go on to the sheet's edges. */

import { ask } from "../lib/server.js";
import { finder } from "../lib/dom.js";

const UNITS = 20; // of gan/write/page.py to a digit's height
const ABOVE = 29; // of them above the first line, mostly: gan/write/page.py

/** @param {HTMLElement} el the page */
export function mount(el) {
  const part = finder(el, "part"), find = finder(el, "show"), { style, dataset } = part("page");
  let image = find("picture"), size = 0, above = ABOVE;

  /** Tell the style where the picture lies, and how large a unit is. */
  function rule() {
    const { offsetLeft, offsetTop } = part("drawn");
    const unit = (size / UNITS) * (image.clientWidth / image.naturalWidth || 1);
    style.cssText = `--unit: ${unit}px; --x: ${offsetLeft}px; --y: ${offsetTop}px; --above: ${above}`;
  }
  new ResizeObserver(rule).observe(part("page"));

  return {
    /** Show the SVG at an address; null for an empty sheet. Throws what `ask` does. */
    async show(address, alt, wish) {
      const next = Object.assign(image.cloneNode(), { alt, hidden: address === null }), { src } = image;
      if (address === null) next.removeAttribute("src");
      else {
        next.src = URL.createObjectURL(await (await ask(address)).blob());
        await next.decode();
      }
      image.replaceWith(next);
      URL.revokeObjectURL(src);
      image = next;
      find("empty").hidden = address !== null;
      Object.assign(dataset, { paper: wish.paper, align: wish.align });
      above = ABOVE;
      size = Number(wish.size);
      rule();
    },
    /** Where the first line is, in pixels of the picture: ink that is higher than usual moves it down. */
    fit(baseline) {
      above = baseline / (size / UNITS);
      rule();
    },
  };
}
