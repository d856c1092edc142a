"""The benchmarks' own arithmetic and their tables, without timing anything."""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from commands import assert_refused

from benchmarks import growth, layers, plot, step, ten_digits, threads, where, writer
from benchmarks.contest import machine, report
from benchmarks.contest.agreement import noise_images
from benchmarks.contest.programs import run_program, seconds_until
from benchmarks.contest.race import ContestError
from benchmarks.sides import layer_shapes, ours, work
from benchmarks.sides import peers as sides
from benchmarks.sides.layer_shapes import LAYERS
from gan.command import Parser
from gan.config import preset
from gan.data import Dataset
from gan.pictures import to_unit
from gan.runs.trainer import Trainer

MILLION = 1_000_000


def small_trainer(loss: str) -> Trainer:
    config = preset(0, loss, "reference", channels=(4, 4), batch=4, latent=5)
    return Trainer(config, Dataset(noise_images(32), np.zeros(32, np.uint8), "noise"))


def test_operations_of_the_reference_network_counted_by_hand() -> None:
    # A sample: 1->64 2*16*64*196, 64->128 64 products 2*256*128, 6272->1, and for G 64->6272.
    one_channel, small_map, last, first = 401_408, 4_194_304, 12_544, 802_816
    # D: forward, weight gradient, input gradient for two batches, the last not for images; forward and back for one.
    d = 6 * one_channel + 8 * small_map + 8 * last
    # G: forward and weight gradient of every layer, input gradient of all but the first.
    g = 2 * first + 3 * small_map + 3 * one_channel
    config = preset(None, "classic", "reference")
    assert work.iteration(config) == 64 * (d + g)
    relativistic = replace(config, loss="relativistic")  # the real images once more
    assert work.iteration(relativistic) == 64 * (d + g + one_channel + small_map + last)
    # With the penalty: back to the images of both halves, and a push through all layers but the last.
    penalty = 2 * one_channel + 2 * (one_channel + small_map)
    assert work.iteration(replace(relativistic, gamma=0.1)) == 64 * (d + g + one_channel + small_map + last + penalty)


def test_operations_of_the_small_network_counted_by_hand() -> None:
    # A sample: 1->16, 16->32, 1568->128->1, and for G 64->128->1568.
    one_channel, small_map, dense, last, first = 100_352, 262_144, 401_408, 256, 16_384
    d = 6 * one_channel + 8 * (small_map + dense + last)
    g = 2 * first + 3 * (dense + small_map + one_channel)
    config = step.config_of("small", "classic")
    assert work.iteration(config) == 32 * (d + g)


def test_operations_of_im2col_are_three_times_those_of_the_tile() -> None:
    assert work.small_map(64, 128, "im2col") / work.small_map(64, 128, "winograd") == 196 / 64


def test_hidden_layers_are_counted() -> None:
    config = preset(3)
    assert work.generator_layers(config)[:2] == [2 * 64 * 128, 2 * 128 * 2352]
    assert work.discriminator_layers(config)[2:] == [2 * 2352 * 128, 2 * 128]


@pytest.mark.parametrize("name", LAYERS)
def test_layer_shapes_are_those_of_the_networks(name: str) -> None:
    shape = LAYERS[name]
    layer = pytest.importorskip("benchmarks.sides.layers_ours").KINDS[shape.kind](
        shape.inputs, shape.outputs, np.random.default_rng(0)
    )
    assert layer.params["W"].shape == shape.W
    y, _ = layer.forward(np.zeros((2, *shape.x), np.float32))
    assert y.shape == (2, *shape.y)


def test_layer_operations_are_those_of_the_formula() -> None:
    assert LAYERS["conv 64->128"].flop("forward", 1) == 2 * 49 * 16 * 64 * 128
    assert LAYERS["transposed 128->64"].flop("frozen", 2) == 2 * LAYERS["conv 64->128"].flop("forward", 1)
    assert LAYERS["dense 6272->1"].flop("backward", 1) == 4 * 6272
    assert layer_shapes.WAYS == ("forward", "backward", "frozen")


@pytest.mark.parametrize("loss", ["classic", "relativistic"])
def test_what_is_compared_leaves_the_weights_alone(loss: str) -> None:
    trainer = small_trainer(loss)
    before = {name: w.copy() for name, w in trainer.players.discriminator.parameters().items()}
    arrays = ours.gradients(trainer, trainer.config)
    assert arrays["real"].shape == (4, 28, 28, 1)
    assert arrays["latents"].shape == (4, 5)
    for name, w in before.items():
        assert np.array_equal(trainer.players.discriminator.parameters()[name], w)
        assert np.array_equal(arrays[f"discriminator.{name}"], w)
        assert arrays[f"discriminator gradient.{name}"].shape == w.shape
    assert all(np.isfinite(array).all() for array in arrays.values())
    assert np.linalg.norm(arrays["generator gradient.0.W"]) > 0


def test_samples_near_a_kink_are_not_compared() -> None:
    trainer = small_trainer("classic")
    real, _ = ours.clear_samples(trainer, trainer.config)
    pool = to_unit(noise_images(ours.POOL * 4))
    _, least = ours.margins(trainer.players.discriminator, real)
    _, of_pool = ours.margins(trainer.players.discriminator, pool)
    assert least.min() > np.median(of_pool)


def arguments(*words: str) -> argparse.Namespace:
    return step.build_parser().parse_args(words)


def test_rows_are_those_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnet.threads.available_cores", lambda: 2)
    assert len(step.rows_of(arguments())) == 24
    assert step.rows_of(arguments("--network", "digits", "--loss", "classic", "--threads", "3")) == [
        ("digits", "classic", 3)
    ]
    assert len(step.rows_of(arguments("--quick"))) == 5
    monkeypatch.setattr("nnet.threads.available_cores", lambda: 1)
    assert len(step.rows_of(arguments())) == 12
    assert len(step.rows_of(arguments("--quick"))) == 4


def test_losses_are_the_presets() -> None:
    assert step.config_of("reference", "classic") == preset(None, "classic", "reference")
    assert step.config_of("digits", "relativistic") == preset(0)
    assert step.config_of("quick", "relativistic") == preset(0, network="quick", generator_updates=1)
    assert step.config_of("digits", "no-penalty") == preset(0, gamma=0.0)


def test_missing_peers_are_left_out_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(step, "is_installed", lambda name: name == "jax")
    assert step.peers_of(arguments()) == ["jax"]
    assert step.peers_of(arguments("--peers")) == []
    assert step.peers_of(arguments("--quick")) == []
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert sides.HINT in said[0]
    assert "eager, bfloat16" in said[1]


def test_table_reads_as_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    report.Table({"layer": 7, "ms": 1}).row(["dense", 2.5])
    assert capsys.readouterr().out == "| layer   | ms |\n| ------- | -- |\n| dense   | 2.5 |\n"


def saving_parser() -> Parser:
    parser = Parser("tool")
    report.add_save(parser)
    return parser


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "step": step.main, "growth": growth.main, "threads": threads.main, "ten_digits": ten_digits.main,
    "layers": layers.main, "writer": writer.main, "where": where.main, "plot": plot.main,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "option", "words"),
    [
        ("step", ["--threads", "0"], "--threads: expected a whole number of at least 1, received 0"),
        ("step", ["--network", "vast"], "--network: invalid choice: 'vast'"),
        ("step", ["--json", "--iterations", "-4"], "--iterations: expected a whole number of at least 1, received -4"),
        ("where", ["--threads", "none"], "--threads: expected a whole number of at least 1, received none"),
        ("layers", ["--samples", "64", "0"], "--samples: expected a whole number of at least 1, received 0"),
        ("ten_digits", ["--iterations", "0"], "--iterations: expected a whole number of at least 1, received 0"),
        ("threads", ["--most", "0"], "--most: expected a whole number of at least 1, received 0"),
        *((name, ["--rounds", "0"], "--rounds: expected") for name in ("growth", "threads", "writer")),
        ("step", ["--save", "."], "--save: expected a file, received the folder ."),
        ("plot", ["x.json"], "the following arguments are required: -o/--out"),
        ("plot", ["no.json", "-o", "x.png"], "no.json: No such file or directory"),
    ],
)
def test_a_wrong_wish_is_refused_before_anything_is_timed(
    name: str, option: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(COMMANDS[name], option, f"benchmarks.{name}", words, capsys)


def test_error_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    def fail(asked: argparse.Namespace) -> list[report.Figures]:
        raise ContestError("they differ")

    assert report.run("step", saving_parser(), ["--save", str(tmp_path / "step.json")], fail) == 1
    assert capsys.readouterr().err == "benchmarks.step: they differ\n"
    assert not (tmp_path / "step.json").exists()


def test_figures_are_kept_with_their_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command_line = ["--save", str(tmp_path / "growth.json")]
    assert report.run("growth", saving_parser(), command_line, lambda asked: [{"factor": 1}]) == 0
    saved = json.loads((tmp_path / "growth.json").read_text("utf-8"))
    assert saved["benchmark"] == "growth"
    assert saved["rows"] == [{"factor": 1}]
    assert saved["machine"]["numpy"] == np.__version__
    assert saved["machine"]["cpu"] in capsys.readouterr().out


def test_machine_without_linux_files_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object, **options: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", missing)
    assert machine.cpu_name()


def test_exponent_of_growth() -> None:
    assert growth.exponent(10, 40, 2) == pytest.approx(2)
    assert growth.exponent(10, 10, 2) == 0
    found = list(growth.sizes())
    assert [config.batch for grows, _, config in found if grows == "batch"] == [64, 128, 256]
    assert [config.channels for grows, _, config in found if grows == "channels"] == [(64, 128), (128, 256), (256, 512)]


def test_model_of_threads_finds_its_parts() -> None:
    parts = {"serial": 5.0, "parallel": 40.0, "overhead": 0.5}
    times = {n: threads.predict(parts, n) for n in range(1, 9)}
    assert threads.fit(times) == pytest.approx(parts)


def test_two_times_are_met_without_an_overhead() -> None:
    parts = threads.fit({1: 50.0, 2: 30.0})
    assert parts == pytest.approx({"serial": 10, "parallel": 40, "overhead": 0})
    assert threads.predict(parts, 7) == pytest.approx(10 + 40 / 7)


def test_no_part_of_the_model_is_negative() -> None:
    parts = threads.fit({1: 40.0, 2: 19.0, 3: 12.0})  # better than proportional: only noise does that
    assert min(parts.values()) >= 0
    assert threads.fit({1: 40.0}) == {"serial": 0, "parallel": 40, "overhead": 0}


def test_cores_are_divided_both_ways() -> None:
    assert ten_digits.divisions(2) == [(1, 1), (1, 2), (2, 1)]
    assert ten_digits.divisions(72) == [(1, 1), (1, 72), (10, 7)]
    assert ten_digits.divisions(1) == [(1, 1)]


def test_program_is_waited_for(tmp_path: Path) -> None:
    ran = run_program("-c", "x = bytearray(100_000_000); x[::4096] = x[::4096]")
    assert ran.seconds > 0
    assert ran.peak_mb > 100
    file = tmp_path / "done"
    assert seconds_until(file.exists, "-c", f"open({str(file)!r}, 'w').close()") > 0


def test_program_that_fails_is_quoted() -> None:
    with pytest.raises(ContestError, match=r"no money$"):
        run_program("-c", "raise SystemExit('no money')")
    with pytest.raises(ContestError, match=r"ended without a word$"):
        seconds_until(lambda: False, "-c", "pass")


def step_row(threads: int) -> report.Figures:
    found = {"ratio": 2.0, "lowest": 1.9, "highest": 2.2}
    times = {"ms": 50.0, "ms_quartiles": [48.0, 52.0], "peak_mb": 230}
    return {
        "network": "reference",
        "loss": "classic",
        "threads": threads,
        "limit": {"ms": 20.0},
        "times": {"ours": times, "eager": times, "compile": times},
        "ratios": {"eager": found, "compile": found},
    }


def growth_row(grows: str, factor: int) -> report.Figures:
    times = {"ms": 50.0 * factor, "peak_mb": 230 * factor}
    return {"grows": grows, "factor": factor, "times": {"ours": times, "eager": times}}


SAVED = {
    "step": [step_row(1), step_row(2)],
    "growth": [growth_row(grows, factor) for grows in ("batch", "channels") for factor in (1, 2, 4)],
}


def test_cells_of_a_row() -> None:
    found = step.cells(step_row(2), ["eager"])
    assert found[3:] == ["50.0 (48.0 - 52.0)", "50.0 = 2.00x (1.90 - 2.20)", "20.0 = 2.5x", "230 / 230"]
    assert growth.cells(growth_row("batch", 2), growth_row("batch", 1))[2:5] == ["100.0", "1.00", "460"]


@pytest.mark.parametrize("name", SAVED)
def test_plot_is_a_small_picture(name: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    saved = {"benchmark": name, "machine": {"cpu": "a processor", "cores": 2}, "rows": SAVED[name]}
    (tmp_path / "saved.json").write_text(json.dumps(saved), "utf-8")
    assert plot.main([str(tmp_path / "saved.json"), "-o", str(tmp_path / "plot.png")]) == 0
    picture = (tmp_path / "plot.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 60_000


def test_plot_of_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "saved.json").write_text("[]", "utf-8")
    assert plot.main([str(tmp_path / "saved.json"), "-o", str(tmp_path / "plot.png")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "plot.png").exists()
