/** Estimates from the first iterations how long training takes to draw digits. */

const NEEDED = 180; // iterations until nine in ten are recognized (docs/notebook.md)
const MEASURED = 10; // iterations, after the first, which takes a second longer

export class TimeEstimate {
  first = null; // iteration and milliseconds of training at the first call of `at`
  seconds = null; // estimated time from the beginning of training to digits

  /**
   * Return the estimated seconds from the beginning of training to digits, or null if
   * they are not known yet or have passed.
   * @param {number} iteration
   * @param {number} trained milliseconds of training
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
