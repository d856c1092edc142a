/** Estimates how long digits take in this browser, from the first iterations. */

const NEEDED = 180; // iterations until nine in ten are recognized (docs/notebook.md)
const MEASURED = 10; // iterations, but not the first, which takes a second longer

export class TimeEstimate {
  first = null; // iteration and milliseconds of training when it began
  seconds = null; // until digits, from the beginning of training

  /**
   * Return the seconds of training until digits, or null if they are not known or over.
   * @param {number} iteration
   * @param {number} trained milliseconds
   */
  at(iteration, trained) {
    this.first ??= { iteration, trained };
    const done = iteration - this.first.iteration;
    if (done >= MEASURED && this.seconds === null) {
      const each = (trained - this.first.trained) / done;
      this.seconds = (trained + (NEEDED - iteration) * each) / 1000;
    }
    return iteration < NEEDED ? this.seconds : null;
  }
}
