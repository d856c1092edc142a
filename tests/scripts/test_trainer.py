"""A run in the page of a site without a server, in a real browser: its state after
interruptions, and its figures as in Python.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan.data import head, load
from gan.data.images_and_sheets import to_unit
from gan.data.nearest import Near, nearest_distances
from gan.drawings.recognition import open_recognizer
from gan.rules.run_config import preset
from gan.web.site import recordings
from tests.helpers.browsing import Page
from tests.helpers.digits import SAMPLE
from tests.helpers.serving import ROOT, assert_fields, png_pixels
from tests.helpers.static_host import hosting_files

ASKED = np.arange(64) % 10
SMALL: dict[str, Any] = {
    "latent": 3,
    "channels": (2, 2),
    "hidden_generator": (2,),
    "hidden_discriminator": 2,
}
CONFIG = asdict(
    preset(
        None,
        network="quick",
        gamma=0.0,
        batch=4,
        generator_updates=2,
        metrics_every=3,
        **SMALL,
    )
)
SESSION = """const { execute } = await import("/static/js/site/commands.js");
    const { Session } = await import("/static/js/site/training-session.js");
    const { saveRun } = await import("/static/js/site/saved-run.js");
    const { allocateMemory } = await import("/static/js/site/allocate-memory.js");
    // what happens in a run, between iterations, and after it
    let begun;
    let between;
    let stopped = () => run;
    let clock = 0;
    performance.now = () => clock; // only iterations take time: 1 ms, 2 ms, and so on
    const events = [];
    const presses = {
      2: ["unlock", "lock", "unlock"],
      3: ["unlock"],
      4: ["lock"],
      7: [],
    };
    class Trained extends Session {
      constructor(memory, setup) {
        super(memory, setup, (event) => events.push(event));
        this.data.loading = Promise.resolve();
        this.data.digits = {
          pixels: Uint8Array.from({ length: 10 * 784 }, (_, i) => i * i),
          labels: [...Array(10).keys()],
        };
        this.data.evaluator = {
          reader: true,
          verdicts: () => null,
          evaluate: () => ({
            read: Array(64).fill(this.trainer.iteration >= 5),
            prefers_real: 60,
          }),
        };
      }
      execute(message) {
        return execute(this, message);
      }
      iterate() {
        super.iterate();
        clock += this.trainer.iteration;
        queueMicrotask(() => between?.());
      }
      async settle() {
        await super.settle();
        this.settled();
      }
      async train(iterations) {
        const end = new Promise((resolve) => { this.settled = resolve; });
        await this.execute({ command: "train", iterations });
        await begun?.();
        await end;
      }
      get numbers() {
        const { iteration, times, random, config, trained } = this.trainer.saved();
        const { metrics, progress } = this.run;
        const losses = metrics.map((row) => [row.iteration, row.d_loss, row.g_loss]);
        const { most } = this;
        const kept = weights(this); // and moments and latents
        const figures = { iteration, times, random, trained, most };
        return { kept, config, progress, losses, ...figures };
      }
    }
    const weights = ({ trainer: { memory, size } }) =>
      [...new Float32Array(memory.buffer, 0, size / 4)];
    const opened = async (setup, Kind = Session) => {
      const { memory } = await allocateMemory();
      const send = (event) => events.push(event);
      const session = new Kind(memory, { config, ...setup }, send);
      await session.open();
      return session;
    };
    const reopened = () => opened({}, Trained);
    await saveRun(undefined);
    let run = await reopened();"""
UNINTERRUPTED = """between = () => {
      const commands = presses[run.trainer.iteration] ?? [];
      for (const command of commands) run.execute({ command });
    };
    await run.train(7);"""
INTERRUPTED = """for (const [stop, commands] of Object.entries(presses)) {
      while (run.trainer.iteration < stop) {
        await run.train(stop - run.trainer.iteration);
        const { iteration } = run.trainer;
        run = await stopped();
        if (run.trainer.iteration < iteration) throw new Error("iterations are lost");
      }
      for (const command of commands) await run.execute({ command });
      run = await stopped();
    }"""
INTERRUPTIONS = {
    "Train is pressed twice": "begun = () => "
    "run.execute({ command: 'train', iterations: 9 });",
    "the page is reloaded": "stopped = reopened;",
    "the page is hidden": """begun = async () => {
      const { iteration } = run.trainer;
      run.loop.hold(true);
      for (let turn = 0; turn < 5; turn++) {
        await new Promise((resolve) => setTimeout(resolve));
      }
      if (run.trainer.iteration > iteration) throw new Error("it trains while hidden");
      for (const hidden of [false, true, false]) run.loop.hold(hidden);
    };""",
    "the hidden page is closed": """stopped = reopened;
    between = () => {
      if (run.trainer.iteration !== 6) return;
      run.loop.hold(true);
      run.settled();
    };""",
}
Run = Callable[[str], Any]


def of_type(events: list[Any], kind: str) -> list[Any]:
    return [event for event in events if event["type"] == kind]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with hosting_files(ROOT) as address:
        yield address


@pytest.fixture
def run(page: Page) -> Run:
    """Return a function that runs JavaScript with the helpers above and a new session,
    `run`.
    """
    page.goto("/")
    return lambda body: page.evaluate(
        f"async (config) => {{ {SESSION} {body} }}", CONFIG
    )


def test_an_interrupted_run_equals_an_uninterrupted_one(run: Run) -> None:
    expected = run(f"{UNINTERRUPTED} return run.numbers;")
    kept = expected.pop("kept")
    sheets = expected.pop("progress")
    for name, interruption in INTERRUPTIONS.items():
        found = run(f"{interruption} {INTERRUPTED} return run.numbers;")
        np.testing.assert_array_equal(found.pop("kept"), kept, name)
        # more are drawn when it stops
        assert [one for one in found.pop("progress") if one in sheets] == sheets, name
        assert found == expected, name


def test_a_switch_of_the_lock_resets_adam_and_lets_the_artist_change_the_judge(
    run: Run,
) -> None:
    replay = """const found = run.numbers, told = [...events];
        await run.execute({ command: "reset", seed: 0, freeze_switches: [2, 4] });
        between = null;
        const saved = (await reopened()).trainer.config; // with presses to come
        await run.train(7);
        return [found, told, run.numbers, saved];"""
    found, events, replayed, saved = run(UNINTERRUPTED + replay)
    assert replayed == found
    assert found["config"]["freeze_switches"] == saved["freeze_switches"] == [2, 4]
    assert found["times"] == [3 * CONFIG["generator_updates"], 7]
    # the fifth iteration is not counted
    assert found["most"] == 0.001 * (1 + 2 + 3 + 4)
    sheets = [
        (one["iteration"], one["recognized"], one["mistaken"])
        for one in found["progress"]
    ]
    assert sheets == [(1, 0, 4), (3, 0, 4), (5, 64, 4), (7, 64, 4)]
    unlocked, locked = of_type(events, "metrics")
    assert unlocked["iteration"] == 3
    assert unlocked["d_change"] > 0
    assert unlocked["iterations_per_second"] == pytest.approx(2 / 0.003)
    assert locked["iteration"] == 6
    assert locked["d_change"] == 0
    assert locked["iterations_per_second"] == pytest.approx(3 / 0.012)


def test_a_reset_run_is_saved_and_sends_no_older_sheet(run: Run) -> None:
    reset = """await new Promise((resolve) => {
          // while a sheet is drawn
          between = () => resolve(run.execute({ command: "reset", seed: 3 }));
          run.train(1);
        });
        const reset = run.numbers, saved = (await reopened()).numbers;
        return [events, reset, saved];"""
    events, reset, saved = run(UNINTERRUPTED + reset)
    assert reset == saved
    assert 8 not in [sheet["iteration"] for sheet in of_type(events, "sheet")]


def test_a_run_that_diverges_says_so_and_fun_starts_over(run: Run) -> None:
    diverge = """await run.train(2);
        Object.values(run.trainer.gan.generator.parameters())[0].data[0] = NaN;
        events.length = 0;
        await run.train(5);
        const at = run.trainer.iteration, { state } = run.run;
        const saved = (await reopened()).trainer.iteration;
        await run.train(4);
        return { events, at, state, saved, ended: run.trainer.iteration };"""
    found = run(diverge)
    assert_fields(found, at=3, state="idle", saved=2, ended=4)
    events = found["events"]
    assert [line["iteration"] for line in of_type(events, "metrics")] == [3, 3]
    seeds = [snapshot["config"]["seed"] for snapshot in of_type(events, "snapshot")]
    assert seeds == [0, 1]


def test_iterations_are_counted_and_the_time_of_digits_is_estimated(run: Run) -> None:
    counted = run(
        "await run.train(21); return events.filter(({ type }) => type === 'iteration');"
    )
    # later ones take 16 ms
    expected = [(10, None), (14, None), (18, None), (21, 0.231 + (180 - 21) * 0.016)]
    assert [(one["iteration"], one["expected"]) for one in counted] == expected


def test_a_network_that_draws_well_comes_back_until_the_next_one_does(run: Run) -> None:
    replace = """const sheet = () => events.findLast(({ type }) => type === "sheet");
        const offered = () => sheet().previous;
        await run.train(5);
        const kept = run.numbers, offers = [offered()];
        await run.execute({ command: "reset", seed: 3 });
        await run.train(1);
        run = await reopened();
        await run.execute({ command: "reset", seed: 4 });
        offers.push(offered());
        await run.execute({ command: "back" });
        const back = [run.numbers, (await reopened()).numbers];
        offers.push(offered());
        await run.execute({ command: "reset", seed: 5 });
        await run.train(5);
        run = await reopened();
        await run.execute({ command: "back" });
        return [kept, back, [...offers, offered()], run.trainer.iteration];"""
    kept, back, offers, iteration = run(replace)
    assert back == [kept, kept]
    assert offers == [False, True, False, False]
    assert iteration == 5


# Training on the user's drawings

NAMES = ["star", "<b>", "heart"]
LABELS = [0, 1, 2, 1, 1, 0, 1]
DRAWN = SAMPLE.images[::700][:7]
OWN = """const bytes = (values) => Uint8Array.from(values);
    const own = {
      names: ["star", "<b>", "heart"],
      labels: bytes(LABELS),
      pixels: bytes(PIXELS),
    };
    const train = (session, iterations) => {
      for (let i = 0; i < iterations; i++) session.iterate();
      return session.settle();
    };
    events.length = 0;""".replace("LABELS", str(LABELS)).replace(
    "PIXELS", str(DRAWN.ravel().tolist())
)


def test_a_run_on_drawings_sends_no_figures_but_explains(run: Run) -> None:
    body = """const session = await opened({ own, isNew: true, drawing: 4 });
        await session.step(2);
        await session.ask(6);
        await session.reset(8);
        return [events, [...session.data.evaluator.real.data]];"""
    events, real = run(OWN + body)
    snapshots = of_type(events, "snapshot")
    assert [snapshot["config"]["seed"] for snapshot in snapshots] == [0, 8]
    for snapshot in snapshots:
        assert_fields(snapshot["config"], names=NAMES, digit=None, bend=True)
        assert_fields(snapshot, data="7 drawings of yours", progress=[])
    for sheet in of_type(events, "sheet"):
        assert_fields(sheet, reading=None, most_after=None)
    [turns] = of_type(events, "turns")
    answers = of_type(events, "answer")
    assert [(one["drawing"], one["iteration"]) for one in answers] == [
        (4, 0),
        (4, 1),
        (6, 1),
        (6, 0),
    ]
    for one in (turns, *answers):
        label = one["drawing"] % 3
        assert_fields(one, asked=label, names=NAMES)
        own = DRAWN[np.array(LABELS) == label]
        for png in (frame["png"] for frame in one.get("frames", [one])):
            drawing, shown = (
                255 - png_pixels(png[name])[..., 0] for name in ("drawing", "real")
            )
            place = nearest_distances(drawing[None], own)[1][0]
            assert (shown == own[place]).all()
    for answer in answers:
        label = answer["drawing"] % 3
        assert_fields(answer, real_digit=label, digit=None, near=None)
    rows = [np.flatnonzero(np.array(LABELS) == index % 3) for index in range(64)]
    beside = [places[index // 3 % len(places)] for index, places in enumerate(rows)]
    np.testing.assert_allclose(real, to_unit(DRAWN[beside]).ravel(), atol=1e-6)


def test_a_run_on_drawings_goes_on_after_a_reload(run: Run) -> None:
    body = """const whole = await opened({ own, isNew: true });
        await train(whole, 4);
        await train(await opened({ own, isNew: true }), 2); // replaces the saved run
        const again = await opened({});
        await train(again, 2);
        const pixels = new Uint8Array(784);
        const blank = { names: ["star"], labels: bytes([0]), pixels };
        const { trainer, data } = await opened({ own: blank, isNew: true });
        return [
          weights(whole),
          weights(again),
          again.trainer.iteration,
          trainer.config.digit,
          data.evaluator.asked,
        ];"""
    whole, again, *others = run(OWN + body)
    np.testing.assert_array_equal(again, whole)
    assert others == [4, 0, [0] * 64]


def test_a_run_on_drawings_keeps_the_network_of_digits_that_drew_well(run: Run) -> None:
    body = """await run.train(5);
        await run.train(1); // saved after a sheet that draws well
        const kept = run.numbers;
        await train(await opened({ own, isNew: true }), 1);
        run = await opened({ isNew: true }, Trained);
        const { previous } = events.findLast(({ type }) => type === "snapshot");
        await run.execute({ command: "back" });
        return [kept, run.numbers, previous];"""
    kept, back, offered = run(OWN + body)
    assert back == kept
    assert offered is True


@pytest.fixture(scope="module")
def sheet() -> Any:
    """Return 64 images: real digits, then ever noisier ones, then digits of another
    class.
    """
    data = SAMPLE
    rng = np.random.default_rng(3)
    rows = [rng.choice(np.flatnonzero(data.labels == digit)) for digit in ASKED]
    noise = (
        rng.integers(0, 256, (64, 28, 28)) * np.linspace(0, 1, 64)[:, None, None] ** 2
    )
    images = np.maximum(data.images[rows], noise.astype(np.uint8))
    images[-8:] = data.images[rows[:8]]
    return images


def data_url(content: bytes) -> str:
    return f"data:;base64,{base64.b64encode(content).decode()}"


def test_a_sheet_is_evaluated_as_in_python(
    page: Page, sheet: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = head(load(), 50)
    monkeypatch.setattr(recordings, "load", lambda: data)
    monkeypatch.setattr(recordings, "FIRST", 300)
    setup = recordings.trainer_setup()
    recordings.write_trainer_data(tmp_path)
    script = """async ({ images, limits, files }) => {
        const { allocateMemory } = await import("/static/js/site/allocate-memory.js");
        const { buildClassifier, inflated, joined, loadDigits } =
          await import("/static/js/site/training-files.js");
        const { Evaluator } = await import("/static/js/site/evaluate-sheet.js");
        const { memory } = await allocateMemory();
        const first = await loadDigits(files.first);
        const rest = await loadDigits(files.rest);
        const weights = await inflated(files.classifier);
        const reader = { limits, classifier: buildClassifier(memory, weights) };
        const evaluator = new Evaluator(memory, joined(first, rest), [], reader);
        const bytes = new Uint8Array(await (await fetch(images)).arrayBuffer());
        const units = Array.from(bytes, (value) => value / 127.5 - 1);
        const drawings = memory.copy(units, 64, 28, 28, 1);
        const verdicts = {
          drawn: new Float64Array(64),
          real: Float64Array.from({ length: 64 }, (_, i) => i % 3 - 1),
        };
        const text = (image) =>
          btoa(String.fromCharCode(...image.map((x) => Math.round(127.5 * (x + 1)))));
        const nearest = evaluator.nearest(drawings).map(({ distance, image }) =>
          ({ distance, image: text(image) }));
        return { ...evaluator.evaluate(drawings, verdicts), nearest };
      }"""
    page.goto("/")
    files = {
        name: data_url((tmp_path / file).read_bytes())
        for name, file in setup["files"].items()
    }
    given = {"images": data_url(sheet.tobytes()), "files": files}
    found = page.evaluate(script, given | {"limits": setup["limits"]})
    recognize = open_recognizer()
    near = Near(data)
    expected = recognize(sheet)
    assert found["digits"] == list(expected.digits)
    # weights of half precision
    np.testing.assert_allclose(
        found["confidence"], expected.confidence, rtol=0, atol=0.01
    )
    is_near = near(sheet, ASKED)
    assert found["near"] == is_near
    assert 0 < sum(is_near) < 64
    assert_fields(
        found,
        read=(np.array(is_near) & expected.read(ASKED.tolist())).tolist(),
        prefers_real=21,
    )
    for index, digit in enumerate(ASKED.tolist()):
        [distance], [place] = nearest_distances(
            sheet[index : index + 1], near.real(digit)
        )
        one = found["nearest"][index]
        assert one["distance"] == pytest.approx(distance, abs=0.02)
        assert base64.b64decode(one["image"]) == near.real(digit)[place].tobytes()
