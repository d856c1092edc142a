/** Draws sheets of a run in the page, evaluates them, and explains a drawing. */

import { explain } from "./explain.js";
import { sheetPng } from "./pictures.js";

const SHEET_SHARE = 0.2; // maximum share of the time that sheets take
const OFTEN = 100; // minimum number of milliseconds between sheets
const MOST = 0.9; // share of a sheet whose recognition is timed

const now = () => performance.now();

export class Previews {
  due = 0; // time of the next sheet, by `now`

  /**
   * @param {import("./training-session.js").Session} session
   * @param {number|null} drawing the drawing that the page asks about
   */
  constructor(session, drawing) {
    this.session = session;
    this.drawing = drawing;
  }

  /** Draw and send a sheet, and explain the drawing that is asked about. */
  async show() {
    const begun = now();
    const { session, session: { trainer } } = this;
    const { iteration } = trainer;
    const { drawings, reading, answer } = this.look(trainer, session.data.evaluator);
    if (session.most === null && drawsWell(reading)) {
      session.most = trainer.trained / 1000;
      if (session.hasPrevious) session.save(null);
    }
    // Send nothing about a run that was started over meanwhile.
    const tell = (event) => trainer === session.trainer && session.tell(event);
    tell({
      type: "sheet",
      iteration,
      png: await sheetPng(drawings),
      reading,
      most_after: session.most,
      previous: session.hasPrevious,
    });
    if (answer) tell(await answer);
    this.due = begun + Math.max(OFTEN, (now() - begun) / SHEET_SHARE);
  }

  /** Draw and evaluate a sheet, without waiting, so that training cannot change it. */
  look(trainer, evaluator) {
    const { memory, gan, iteration, latents } = trainer;
    return memory.freeing(() => {
      const [drawings] = gan.average.forward(latents);
      const reading = evaluator?.reader && iteration > 0
        ? evaluator.evaluate(
          drawings,
          evaluator.verdicts(gan.discriminator, drawings),
        )
        : null;
      const answer = evaluator && this.drawing !== null
        ? explain(trainer, evaluator, reading, this.drawing)
        : null;
      return { drawings: drawings.data.slice(), reading, answer };
    });
  }
}

function drawsWell(reading) {
  if (!reading) return false;
  return reading.read.filter(Boolean).length >= MOST * reading.read.length;
}
