/**
 * The state of the live run as a page knows it, and how events change it. Pure
 * functions.
 *
 * @typedef {{digit: number|null, names: string[], seed: number, freeze: boolean,
 * freeze_switches: number[], loss: string, network: string, gamma: number,
 *            learning_rate: number, generator_updates: number, batch: number,
 * metrics_every: number, channels: number[]}} Config
 * @typedef {Object} Sheet `SheetEvent` in gan/runs/messages.py
 * @typedef {{iteration: number, of: number, recognized: number, mistaken: number|null}}
 * ProgressRow
 * @typedef {{connection: "connecting"|"open"|"lost", reason: string, run: string|null,
 * recorded: boolean,
 *            config: Config|null, state: string, iteration: number, target:
 * number|null, data: string|null, version: string,
 *            label: string|null, listed: number, pictures: number[], sheet: Sheet|null,
 *            answer: import("./drawing-labels.js").Answer|null, turns:
 * import("./learning-turn-phases.js").Turns|null, metrics: Object[], progress: ProgressRow[], error:
 * string|null, note: string, expected?: number|null, previous?: boolean, asked:
 * string|null}} State
 */

export const PNG = "data:image/png;base64,";

/**
 * States in which the training process is not ready yet. Commands sent now are carried
 * out as soon as it is.
 */
export const BEGINNING = ["starting", "compiling"];

/**
 * Points kept for the chart. Beyond that, every second point is dropped, so older parts
 * get sparser.
 */
const MOST_POINTS = 2000;

/** Return the state before the first event. @returns {State} */
export function initial() {
  return {
    connection: "connecting",
    reason: "",
    run: null,
    recorded: false,
    config: null,
    state: "starting",
    iteration: 0,
    target: null,
    data: "",
    version: "0",
    label: null,
    listed: 0,
    pictures: [],
    sheet: null,
    answer: null,
    turns: null,
    metrics: [],
    progress: [],
    error: null,
    note: "",
    asked: null,
  };
}

/**
 * Apply an event from the server or from the page ("connection", "asked", "refused").
 * @param {State} state
 * @returns {State}
 */
export function reduce(state, event) {
  if (event.type === "snapshot") {
    const { type: _, ...known } = event;
    return {
      ...state,
      ...known,
      sheet: null,
      answer: null,
      turns: null,
      connection: "open",
      asked: null,
    };
  }
  if (event.type === "connection") {
    return {
      ...state,
      connection: event.connection,
      reason: event.reason ?? "",
      asked: null,
    };
  }
  // the list of runs changed
  if (event.type === "runs") return { ...state, listed: state.listed + 1 };
  if (event.type === "asked") {
    return { ...state, asked: event.command, turns: null, error: null };
  }
  if (event.type === "refused") return { ...state, asked: null, error: event.message };
  if (event.run !== state.run) return state; // a late event of the previous run
  const later = {
    ...state,
    iteration: Math.max(state.iteration, event.iteration ?? 0),
  };
  switch (event.type) {
    case "state":
      return {
        ...state,
        state: event.state,
        iteration: event.iteration,
        target: event.target,
        data: event.data ?? state.data,
        config: state.config &&
          {
            ...state.config,
            freeze_switches: event.freeze_switches ?? state.config.freeze_switches,
          },
        asked: BEGINNING.includes(event.state) ? state.asked : null,
      };
    case "metrics":
      return withMetrics(later, event);
    case "picture":
      return withPicture(later, event.iteration);
    case "sheet":
      return withSheet(later, event);
    case "iteration": // only sent by static sites
      return { ...later, expected: event.expected };
    case "label":
      return { ...state, label: event.label };
    case "answer":
    case "turns":
      return { ...later, [event.type]: event };
    case "note": // only sent by static sites; the server sends errors
      return { ...state, note: event.message };
    case "error":
      return { ...state, error: event.message, asked: null };
    default:
      return state;
  }
}

/**
 * Return a run without the planned presses of the lock after its present iteration.
 * @template {{config: Config|null, iteration: number}} Run
 * @param {Run} run
 * @returns {Run}
 */
export function reached(run) {
  const { config, iteration } = run;
  if (!config?.freeze_switches) return run;
  const freeze_switches = config.freeze_switches.filter((at) => at <= iteration);
  return { ...run, config: { ...config, freeze_switches } };
}

/** Add a row of metrics, unless it is already known from the snapshot. */
function withMetrics(state, event) {
  if (state.metrics.at(-1)?.iteration >= event.iteration) return state;
  return { ...state, metrics: thinned([...state.metrics, event]) };
}

function withPicture(state, iteration) {
  if (state.pictures.includes(iteration)) return state;
  return { ...state, pictures: [...state.pictures, iteration].sort((a, b) => a - b) };
}

/** Replace the sheet by one that is not older, and add its figures to the progress. */
function withSheet(state, event) {
  if (state.sheet?.iteration > event.iteration) return state;
  return {
    ...state,
    sheet: event,
    previous: event.previous,
    progress: withProgress(state.progress, event),
  };
}

/** If there are too many rows, drop every second one, but not the last. */
export function thinned(rows) {
  return rows.length > MOST_POINTS
    ? rows.filter((_, index) => index % 2 === (rows.length - 1) % 2)
    : rows;
}

/** Add the figures of a sheet to the progress, unless the run is untrained. */
export function withProgress(progress, { iteration, reading }) {
  if (iteration === 0 || !reading?.read) return progress;
  const of = reading.read.length;
  const recognized = reading.read.filter(Boolean).length;
  const mistaken = reading.prefers_real === null ? null : of - reading.prefers_real;
  const others = progress.filter((row) => row.iteration !== iteration);
  return thinned(
    [...others, { iteration, of, recognized, mistaken }].sort((a, b) =>
      a.iteration - b.iteration
    ),
  );
}

/** Return the figures of all sheets up to an iteration. @param {State} state */
export function progressUpTo({ progress }, iteration) {
  return progress.filter((row) => row.iteration <= iteration);
}

/**
 * Return the iteration of the picture to show: the newest saved one or the live sheet.
 * While a run trains, the live sheet wins, because a reset may delete saved pictures.
 * @param {State} state
 */
export function newest({ state, pictures, sheet }) {
  const kept = pictures.at(-1);
  return sheet && (state === "training" || !(kept > sheet.iteration))
    ? sheet.iteration
    : kept;
}

/** Return the live sheet if it is from this iteration, or null. */
export function watched({ sheet }, iteration) {
  return sheet?.iteration === iteration ? sheet : null;
}

/**
 * Return the address of a picture: a data URL for the live sheet and for pictures that
 * came with the snapshot, else the address of a saved picture.
 */
export function pictureAddress(state, iteration) {
  const png = watched(state, iteration)?.png ?? state.pngs?.[iteration];
  return png ? `${PNG}${png}` : keptAddress(state, `${iteration}.png`);
}

/** Return the address of a saved file; its version lets the browser cache it. */
export function keptAddress({ run, version }, file) {
  return `/api/runs/${run}/images/${file}?v=${version}`;
}

/** Whether the losses are no longer numbers. */
export function diverged(state) {
  const { d_loss, g_loss } = state.metrics.at(-1) ?? {};
  return d_loss === null || g_loss === null;
}
