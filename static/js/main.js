/** The one script of every page: mounts what the page asks for by name. */

const main = document.querySelector("main[data-page]");
if (main) {
  const { mount } = await import(`./${main.dataset.page}.js`);
  mount(main);
  main.dataset.mounted = ""; // what a test waits for before it presses a button
}
