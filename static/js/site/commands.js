/** Carries out commands of the page, as gan/runs/session.py does. */

/**
 * Carry out one command, and wait until it is done.
 * @param {import("./training-session.js").Session} session
 * @param {{command: string, iterations?: number|string, drawing?: number|null,
 * seed?: number, freeze_switches?: number[]}} message
 */
export async function execute(session, message) {
  switch (message.command) {
    case "fun":
      return session.start();
    case "train":
      return session.start(Number(message.iterations));
    case "pause":
      return session.pause();
    case "reset":
      return session.reset(message.seed, message.freeze_switches);
    case "back":
      return session.back();
    case "step":
      return session.step(message.drawing);
    case "ask":
      return session.ask(message.drawing);
    case "lock":
    case "unlock":
      return session.switchFreezing(message.command === "lock");
    case "save":
      await session.save();
      session.report(session.run.state); // the page waits for an event
  }
}
