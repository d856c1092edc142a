/** The sheet on which a number is shown: pictures change without a blink, and the rules go on to the sheet's edges. */

import { finder, say, sayAll, svg } from "../lib/dom.js";
import { roving } from "../lib/keys.js";
import { ask } from "../lib/server.js";
import { address, alike } from "../logic/number.js";

const UNITS = 20; // of gan/write/page.py to a digit's height
const ABOVE = 29; // of them above the first line, mostly: gan/write/page.py

/** @param {HTMLElement} el the page */
export function mountPaper(el) {
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

/** The digits of a picture as places to be pressed, and six others of the handwriting for the one that is. */

const WIDE = 1000, HIGH = 1200; // of a small picture; 1000 to a digit's height

/** @param {HTMLElement} el the page @param {(position: number, variant: number) => void} choose hears of another form */
export function mountDigits(el, choose) {
  const part = finder(el, "part"), show = finder(el, "show"), dialog = part("others"), group = part("digits");
  const reach = roving(group, 1), reachForm = roving(part("six"), 3);
  let wish, told, opened;

  const at = (position) => group.querySelector(`[data-position="${position}"]`);

  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside it
  dialog.addEventListener("close", () => {
    const digit = at(opened);
    if (digit) digit.ariaCurrent = null;
    digit?.focus();
    if (dialog.returnValue) choose(opened, Number(dialog.returnValue));
  });

  /** Offer all forms but the present one, 0 being what is written unasked. */
  async function open({ digit, position }) {
    const buttons = [...part("six").children], present = told.choices.find(([other]) => other === position)?.[1] ?? 0;
    opened = position;
    buttons.forEach((button, index) => {
      button.value = index < present ? index : index + 1;
      button.replaceChildren();
    });
    sayAll(show, { which: `Another ${digit}`, "others-problem": "" });
    const { left, right, bottom } = at(position).getBoundingClientRect();
    dialog.style.cssText = `--middle: ${(left + right) / 2}px; --below: ${bottom + 10}px`;
    dialog.returnValue = "";
    at(position).ariaCurrent = "true";
    reachForm(buttons[0]);
    dialog.showModal();
    try {
      await Promise.all(buttons.map(async (button) => {
        const drawn = await outline(button.value, position);
        if (opened === position) draw(button, drawn);
      }));
    } catch (error) {
      say(show("others-problem"), error.message);
    }
  }

  /** The outline of the digit at a position in another form, as path data. */
  async function outline(variant, position) {
    const alone = { ...wish, number: alike(wish.number, position), choices: `${position}:${variant}`, paper: "plain" };
    const text = await (await ask(address(alone, "svg"))).text();
    return [...new DOMParser().parseFromString(text, "image/svg+xml").querySelectorAll("path")].at(-1).getAttribute("d");
  }

  function draw(button, d) {
    const drawn = svg("svg", {}), path = svg("path", { d, fill: told.ink });
    drawn.append(path);
    button.replaceChildren(drawn);
    const { x, y, width, height } = path.getBBox();
    drawn.setAttribute("viewBox", [x + (width - WIDE) / 2, y + (height - HIGH) / 2, WIDE, HIGH].join(" "));
  }

  return {
    /** Lay the places over a picture. @param {Object} known what the server tells of it */
    show(asked, known) {
      const { width, height, glyphs } = known, focused = document.activeElement.dataset.position;
      [wish, told] = [asked, known];
      group.replaceChildren(...glyphs.filter(({ learned }) => learned).map((glyph) => {
        const button = document.createElement("button"), ariaLabel = `${glyph.digit}, character ${glyph.position + 1}`;
        Object.assign(button, { type: "button", title: `Another ${glyph.digit}`, ariaLabel });
        button.dataset.position = glyph.position;
        button.addEventListener("click", () => open(glyph));
        const { x, y, width: wide, height: high } = glyph.box;
        const sides = { left: x / width, top: y / height, width: wide / width, height: high / height };
        for (const [side, part] of Object.entries(sides)) button.style[side] = `${100 * part}%`;
        button.style.zIndex = Math.round(width / wide); // a 1 above its neighbours
        return button;
      }));
      reach(at(focused) ?? group.firstChild);
      at(focused)?.focus();
    },
    hide() {
      group.replaceChildren();
    },
  };
}
