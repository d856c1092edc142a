/**
 * A GAN in the plane (templates/points-gan.html): plays the scenes of
 * static/js/logic/points-gan-scenes.js.
 */

import { enable, finders, isMotionReduced, onDrag, setText } from "../lib/dom.js";
import { isChord } from "../lib/keys.js";
import {
  advance,
  begin,
  change,
  EDGE,
  reading,
  SCENES,
} from "../logic/points-gan-scenes.js";
import {
  begin as erase,
  drawPath,
  drawPoints,
  drawRows,
} from "./points-gan-picture.js";

const BUDGET = 8; // milliseconds of training per frame
const PACE = 3; // iterations per frame
// With reduced motion, there are fewer pictures. The text for screen readers always
// changes at this slower pace.
const CALM = 2000; // milliseconds between pictures
const FEW = 40; // iterations between pictures
const KEYS = {
  ArrowLeft: [-0.3, 0],
  ArrowRight: [0.3, 0],
  ArrowUp: [0, 0.3],
  ArrowDown: [0, -0.3],
  " ": [0, 0],
};

/** Mount the scenes of the page Learn in which a GAN draws points. */
export function mount(el) {
  const { part, show: find, button } = finders(el);
  const press = button("press");
  const canvas = part("points");
  const rows = part("rows");
  const select = el.querySelector("select");
  let id;
  let play;
  let seed;
  let presses;
  let running = false;
  let queued = false;
  let own = [];
  let cursor = null;
  let told = 0;

  const isDrawing = () => id === "chase" && select.value === "own";
  const isReady = () => !isDrawing() || own.length > 0;
  const ended = () => play.iteration >= play.scene.limit;

  /** Show the state of the scene: picture, texts and button. */
  function show() {
    const { scene } = play;
    const { dataset } = el.querySelector(`[data-scene="${id}"]`);
    const shownOwn = cursor ? [...own, cursor] : own;
    const blank = isDrawing() && !shownOwn.length;
    if (blank) erase(canvas);
    else if (scene.path) drawPath(canvas, play);
    else drawPoints(canvas, play, isDrawing() ? shownOwn : play.shown);
    if (scene.rows) drawRows(rows, play);
    part("here").hidden = !blank;
    setText(find("reading"), presses ? reading(play).trim() : "");
    const texts = dataset.texts.split("|"); // before and after the second press
    setText(
      el.querySelector(`[data-scene="${id}"] p`),
      texts[scene.then && presses > 1 ? texts.length - 1 : 0],
    );
    const next = dataset.presses.split("|")[presses];
    const again = ended() ? "Play again" : "Continue";
    setText(press, next ?? (running ? "Pause" : again));
    enable(press, isReady());
    if (running && performance.now() - told < CALM) return;
    told = performance.now();
    const said = blank ? part("here").textContent : reading(play, true);
    canvas.ariaLabel = `${dataset.name}. ${said}`;
  }

  /** Begin the scene again, with other random numbers. */
  function restart() {
    presses = 0;
    running = false;
    seed += Number(!isDrawing()); // keep it while the user adds points
    const data = id === "chase" && !isDrawing() ? select.value : null;
    play = begin(id, seed, data, isDrawing() ? own : []);
    show();
  }

  /** Forget the visitor's points. */
  function clear() {
    own = [];
    cursor = null;
  }

  /** Train for a moment, show the result, and go on in the next frame. */
  function frame() {
    const from = performance.now();
    const calm = isMotionReduced();
    for (let i = 0; running && i < (calm ? FEW : PACE); i++) {
      if (!calm && performance.now() >= from + BUDGET) break;
      advance(play);
      running = !ended();
    }
    show();
    queued = running;
    if (!running) return;
    if (calm) setTimeout(frame, CALM);
    else requestAnimationFrame(frame);
  }

  /** Do what the button says: play, change the rules, pause or continue. */
  function go() {
    if (!isReady()) return;
    const steps = play.scene.then ? 2 : 1;
    if (presses >= steps && ended()) restart();
    const { scene } = play;
    running = presses < steps || !running;
    if (presses === 1 && scene.then) {
      change(play);
      scene.limit += play.iteration;
    }
    presses += 1;
    if (queued) show();
    else frame();
  }

  /** Start the scene, unless it has started or motion is reduced. */
  function autoplay() {
    if (!presses && !isDrawing() && !isMotionReduced()) go();
  }

  /**
   * Show and start the scene that the address names. Ignore the addresses of other
   * parts of the page.
   */
  function choose() {
    const name = location.hash.slice(1);
    if (!Object.hasOwn(SCENES, name)) return;
    id = name;
    showScene();
    canvas.scrollIntoView({ block: "nearest" });
    autoplay();
  }

  /** Show the parts of the page that belong to the scene. */
  function showScene() {
    for (const one of el.querySelectorAll("[data-scene]")) {
      one.hidden = one.dataset.scene !== id;
    }
    for (const one of el.querySelectorAll("[data-only]")) {
      one.hidden = !one.dataset.only.split(" ").includes(id);
    }
    for (const link of el.querySelectorAll("li a")) {
      link.ariaCurrent = link.hash === `#${id}` ? "true" : null;
    }
    part("how").hidden = !isDrawing();
    canvas.tabIndex = isDrawing() ? 0 : -1;
    seed = 0;
    restart();
  }

  function add(point) {
    if (!isDrawing() || presses) return;
    own.push(point);
    restart();
  }

  onDrag(canvas, (x, y) => {
    canvas.focus({ preventScroll: true });
    add([EDGE * x, EDGE * y]);
  });
  canvas.onkeydown = (event) => {
    if (!isDrawing() || isChord(event) || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    cursor = (cursor ?? own.at(-1) ?? [0, 0]).map((x, i) =>
      Math.max(-EDGE, Math.min(EDGE, x + KEYS[event.key][i]))
    );
    if (event.key === " ") add(cursor);
    show();
  };
  press.onclick = go;
  button("over").onclick = () => {
    clear();
    restart();
  };
  enable(button("over"), true);
  select.onchange = () => {
    clear();
    showScene();
    autoplay();
  };
  addEventListener("hashchange", choose);
  matchMedia("(prefers-color-scheme: dark)").onchange = show;
  new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && autoplay(), {
    threshold: 0.5,
  }).observe(canvas);
  const linked = location.hash.slice(1);
  id = Object.hasOwn(SCENES, linked) ? linked : "chase";
  showScene();
}
