/** The one script of every page: mounts what the page asks for by name. */

const main = document.querySelector("main[data-page]");
if (main) {
  const { mount } = await import(`./pages/${main.dataset.page}.js`);
  mount(main);
  main.dataset.mounted = ""; // from now on buttons can be pressed: static/paper.css
}
