/** The script of every page: loads and mounts the module of pages/ that it names. */

import { begin } from "./lib/kiosk.js";

const main = document.querySelector("main[data-page]");
if (main instanceof HTMLElement) {
  const { mount } = await import(`./pages/${main.dataset.page}.js`);
  mount(main);
  main.dataset.mounted = ""; // buttons can be pressed now; see static/paper.css
}
begin();
