/** The paper with the written number. */

import { finders } from "../lib/dom.js";
import { request } from "../lib/server.js";

const UNITS = 20; // units of gan/write/strokes_and_pages.py per digit height
// default units above the first line; see gan/write/strokes_and_pages.py
const ABOVE = 29;

/** Mount the sheet of paper that shows the written number. */
export function mountPaper(el) {
  const { part, show: find } = finders(el);
  const { style, dataset } = part("page");
  let image = find("picture");
  let size = 0;
  let above = ABOVE;

  /** Pass the unit size and the picture's position to CSS. */
  function rule() {
    const { offsetLeft, offsetTop } = part("drawn");
    const unit = (size / UNITS) * (image.clientWidth / image.naturalWidth || 1);
    const wide = (UNITS * image.naturalWidth) / size;
    style.cssText =
      `--unit: ${unit}px; --x: ${offsetLeft}px; --y: ${offsetTop}px; --above: ${above}; --wide: ${wide}`;
  }
  new ResizeObserver(rule).observe(part("page"));

  return {
    /** Show the SVG at an address, or an empty sheet if it is null. */
    async show(address, alt, params) {
      const next = Object.assign(image.cloneNode(), { alt, hidden: address === null });
      const { src } = image;
      if (address === null) next.removeAttribute("src");
      else {
        const answer = await request(address);
        const rules = /<g .*<\/g>/; // the lines of the paper, which CSS draws here
        const picture = (await answer.text()).replace(rules, "");
        next.src = URL.createObjectURL(new Blob([picture], { type: "image/svg+xml" }));
        await next.decode();
      }
      image.replaceWith(next);
      URL.revokeObjectURL(src);
      image = next;
      find("empty").hidden = address !== null;
      Object.assign(dataset, { paper: params.paper, align: params.align });
      above = ABOVE;
      ({ size } = params);
      rule();
    },
    /**
     * Set the position of the first line, in pixels of the picture. Tall ink above the
     * line moves it down.
     */
    fit(baseline) {
      above = baseline / (size / UNITS);
      rule();
    },
  };
}
