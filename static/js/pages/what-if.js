/**
 * The page "What if?": plays two recorded runs side by side, once. A button plays them
 * again.
 */

import { mount as mountChart, PROGRESS } from "../components/line-chart.js";
import {
  enable,
  finder,
  finders,
  isMotionReduced,
  setText,
  setTexts,
} from "../lib/dom.js";
import { get } from "../lib/server.js";
import { UNLOCKED } from "../logic/judge-lock.js";
import { atEnd, seek, start, tick, toggle } from "../logic/slides.js";
import { pictureAddress, progressUpTo } from "../logic/state.js";
import { count } from "../logic/words.js";

const PACE = 500; // milliseconds per picture

/** Mount both runs. The judge is locked in the left one, unlocked in the right one. */
export function mount(el) {
  const { show, button } = finders(el);
  const play = button("play");
  let slides;
  let sides = [];

  /** Move the slideshow by a function of slides.js, and show both runs. */
  function change(move) {
    if (!slides) return;
    slides = move(slides);
    const { pictures, index, playing } = slides;
    const iteration = pictures[index];
    const ended = !playing && atEnd(slides);
    for (const side of sides) side(iteration);
    const again = ended ? "Play again" : "Play";
    setText(play, playing ? "Pause" : again);
    setTexts(show, {
      at: ended ? "" : `Iteration ${count(iteration)}`,
      moral: ended ? UNLOCKED : "",
    });
  }

  /** Load both runs, and play them. */
  async function begin() {
    const { runs } = await get("/api/what-if/recorded");
    const [{ pictures }] = runs;
    sides = runs.map((run) => mountSide(finder(el, "run")(run.run), run));
    slides = start(pictures, true);
    change(isMotionReduced() ? (now) => seek(now, pictures.length - 1) : (now) => now);
    enable(play, true);
  }

  play.onclick = () => change(toggle);
  setInterval(() => slides?.playing && change((now) => tick(now, false)), PACE);
  begin().catch(({ message }) => {
    show("pair").hidden = true;
    setText(show("problem"), message);
  });
}

/** @param {import("../components/line-chart.js").Row} row */
function readout({ of, recognized, mistaken }) {
  return [`Recognized ${recognized} of ${of}`, `${mistaken} fooled the judge`];
}

/**
 * Return a function that shows one run at an iteration: its sheet, and its chart up to
 * there.
 */
function mountSide(side, run) {
  const image = finder(side, "show")("picture");
  const drawChart = mountChart(side, { ...PROGRESS, height: 112, readout });
  return (iteration) => {
    drawChart(progressUpTo(run, iteration), { until: run.iteration });
    Object.assign(image, {
      src: pictureAddress(run, iteration),
      alt: `64 drawings, iteration ${count(iteration)}.`,
      hidden: false,
    });
  };
}
