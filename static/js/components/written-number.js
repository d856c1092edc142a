/** The paper with the written number, whose digits can be exchanged for variants. */

import { create, finder, setText, setTexts } from "../lib/dom.js";
import { roving } from "../lib/keys.js";
import { request } from "../lib/server.js";
import { address, blankOthers } from "../logic/write-request.js";

const UNITS = 20; // units of gan/write/strokes_and_pages.py per digit height
const ABOVE = 29; // default units above the first line; see gan/write/strokes_and_pages.py

export function mountPaper(el) {
  const part = finder(el, "part"), find = finder(el, "show"), { style, dataset } = part("page");
  let image = find("picture"), size = 0, mm = 0, above = ABOVE;

  /** Pass the unit size and the picture's position to CSS. */
  function rule() {
    const { offsetLeft, offsetTop } = part("drawn");
    const unit = (size / UNITS) * (image.clientWidth / image.naturalWidth || 1);
    style.cssText = `--unit: ${unit}px; --x: ${offsetLeft}px; --y: ${offsetTop}px; --above: ${above}; --mm: ${mm}; --wide: ${(UNITS * image.naturalWidth) / size}`;
  }
  new ResizeObserver(rule).observe(part("page"));

  return {
    /** Show the SVG of an address; null for an empty sheet. */
    async show(address, alt, params) {
      const next = Object.assign(image.cloneNode(), { alt, hidden: address === null }), { src } = image;
      if (address === null) next.removeAttribute("src");
      else {
        const picture = (await (await request(address)).text()).replace(/<g .*<\/g>/, ""); // the page draws its rules
        next.src = URL.createObjectURL(new Blob([picture], { type: "image/svg+xml" }));
        await next.decode();
      }
      image.replaceWith(next);
      URL.revokeObjectURL(src);
      image = next;
      find("empty").hidden = address !== null;
      Object.assign(dataset, { paper: params.paper, align: params.align });
      above = ABOVE;
      ({ size, digit_mm: mm } = params);
      rule();
    },
    /** Set the position of the first line, in pixels of the picture: tall ink moves it down. */
    fit(baseline) {
      above = baseline / (size / UNITS);
      rule();
    },
  };
}

const WIDE = 1000, HIGH = 1200; // size of a small picture; 1000 is the digit height

/** @param {(position: number, variant: number) => void} choose */
export function mountDigits(el, choose) {
  const part = finder(el, "part"), show = finder(el, "show"), dialog = part("others"), group = part("digits");
  const reach = roving(group, 1), reachForm = roving(part("six"), 3);
  let params, layout, opened;

  const at = (position) => group.querySelector(`[data-position="${position}"]`);

  dialog.onclick = ({ target }) => { if (target === dialog) dialog.close(); }; // a click outside
  dialog.onclose = () => {
    const digit = at(opened);
    if (digit) digit.ariaCurrent = null;
    digit?.focus();
    if (dialog.returnValue) choose(opened, Number(dialog.returnValue));
  };

  /** Offer all variants but the current one; 0 is the default. */
  async function open({ digit, position }) {
    const buttons = [...part("six").children], present = layout.choices.find(([other]) => other === position)?.[1] ?? 0;
    opened = position;
    buttons.forEach((button, index) => {
      button.value = index < present ? index : index + 1;
      button.replaceChildren();
    });
    setTexts(show, { which: `Another ${digit}`, "others-problem": "" });
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
      setText(show("others-problem"), error.message);
    }
  }

  /** Return a picture of a variant of the digit at a position. */
  async function outline(variant, position) {
    const alone = { ...params, number: blankOthers(params.number, position), choices: `${position}:${variant}` };
    const text = await (await request(address(alone, "svg"))).text();
    const drawn = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    drawn.replaceChildren([...drawn.querySelectorAll("path")].at(-1));
    for (const name of ["width", "height", "role", "aria-label"]) drawn.removeAttribute(name);
    return drawn;
  }

  function draw(button, drawn) {
    button.replaceChildren(drawn);
    const { x, y, width, height } = drawn.firstChild.getBBox();
    const wide = Math.max(WIDE, width);
    drawn.setAttribute("viewBox", [x + (width - wide) / 2, y + (height - HIGH) / 2, wide, HIGH].join(" "));
  }

  return {
    /** Place buttons over the digits of a picture. @param {Object} known its JSON */
    show(sent, known) {
      const { width, height, glyphs } = known, focused = document.activeElement.dataset.position;
      [params, layout] = [sent, known];
      group.replaceChildren(...glyphs.filter(({ learned }) => learned).map((glyph) => {
        const { digit, position } = glyph, ariaLabel = `${digit}, character ${position + 1}`;
        const button = create("button", { type: "button", title: `Another ${digit}`, ariaLabel, onclick: () => open(glyph) });
        button.dataset.position = position;
        const { x, y, width: wide, height: high } = glyph.box;
        const sides = { left: x / width, top: y / height, width: wide / width, height: high / height };
        for (const [side, part] of Object.entries(sides)) button.style[side] = `${100 * part}%`;
        button.style.zIndex = Math.round(width / wide); // narrow digits lie above wide ones
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
