"""The settings of a run: rejected values, conversion to JSON, and presets."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.errors import InputError
from gan.rules.config import LOSSES, Config, preset

NAN, INF = float("nan"), float("inf")
WRONG: dict[str, list[Any]] = {
    "digit": [10, -1], "iterations": [0, -5], "seed": [-1, 2**32], "loss": ["wasserstein"], "gamma": [-0.1, NAN, INF],
    "batch": [0, 4097], "generator_updates": [0, 101], "average_memory": [1.0], "falls_after": [1.1],
    "learning_rate": [0.0, 1.1, NAN], "beta1": [1.0], "beta2": [-0.1], "network": ["resnet"], "latent": [0],
    "temperature": [0.0, 4.5, NAN], "channels": [(64,), (64, 0), (257, 1)],
    "hidden_generator": [(128, 0), (1025,), (1,) * 9],
    "hidden_discriminator": [-1, 1025], "output": ["relu"], "convolution": ["fft"],
    "picture_every": [0], "metrics_every": [0], "save_seconds": [-1.0, INF],
}  # fmt: skip


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_a_value_out_of_range_is_refused_by_field(field: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"{field}: expected .*, received ") as caught:
        Config(**{field: value})
    assert caught.value.field == field
    assert repr(value) in str(caught.value)


def test_the_limits_are_allowed() -> None:
    Config(digit=0, iterations=1, seed=2**32 - 1, gamma=0, batch=1, learning_rate=1, beta1=0, latent=4096)
    Config(digit=9, iterations=None, hidden_generator=(), hidden_discriminator=0, picture_every=1, batch=4096)
    Config(channels=(256, 256), hidden_generator=(1024,) * 8, hidden_discriminator=1024)


def test_the_classic_loss_has_no_penalty() -> None:
    with pytest.raises(InputError, match="--gamma 0") as caught:
        Config(loss="classic")
    assert caught.value.field == "gamma"
    assert Config(loss="classic", gamma=0).gamma == 0


@pytest.mark.parametrize("other", [{"digit": 3}, {"loss": "classic", "gamma": 0.0}])
def test_labels_require_all_digits_and_the_relativistic_loss(other: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="labels: expected none with") as caught:
        Config(labels=True, **other)
    assert caught.value.field == "labels"
    assert (Config().inputs, Config().outputs) == (64, 1)
    assert (Config(labels=True).inputs, Config(labels=True).outputs) == (74, 11)


configs = st.builds(
    Config,
    digit=st.none() | st.integers(0, 9),
    iterations=st.none() | st.integers(1, 10**9),
    seed=st.integers(0, 2**32 - 1),
    gamma=st.floats(0, 1e6),
    freeze=st.booleans(),
    learning_rate=st.floats(1e-12, 1),
    channels=st.tuples(st.integers(1, 256), st.integers(1, 256)),
    hidden_generator=st.lists(st.integers(1, 512), max_size=3).map(tuple),
)


@given(configs)
def test_json_round_trips(config: Config) -> None:
    assert Config.from_json(config.to_json(), "here") == config


def test_a_missing_field_gets_its_default() -> None:
    fields = json.loads(Config(digit=4, seed=9).to_json())
    del fields["convolution"]
    assert Config.from_json(json.dumps(fields), "here") == Config(digit=4, seed=9)


def with_field(name: str, value: Any) -> str:
    return json.dumps({**json.loads(Config().to_json()), name: value})


DAMAGED = {
    "empty": "",
    "cut short": Config().to_json()[:-20],
    "a list": "[]",
    "a number": "3",
    "no fields": "{}",
    "a field too many": with_field("momentum", 0.9),
    "text for a number": with_field("batch", "128"),
    "a fraction for a whole number": with_field("batch", 12.5),
    "yes for a number": with_field("seed", True),
    "yes for a fraction": with_field("gamma", True),
    "a number for yes": with_field("freeze", 1),
    "nothing for a number": with_field("gamma", None),
    "a number for a list": with_field("channels", 64),
    "text in a list": with_field("channels", ["a", "b"]),
    "text in the other list": with_field("hidden_generator", ["a"]),
    "fractions in a list": with_field("channels", [64.5, 128.5]),
    "lists in a list": with_field("channels", [[1], [2]]),
    "text for a list of labels": with_field("names", "AB"),
    "numbers for labels": with_field("names", [1, 2]),
    "a number for the switches": with_field("freeze_switches", 5),
    "text for the switches": with_field("freeze_switches", ["a"]),
    "out of range": with_field("batch", 0),
    "not a number": with_field("gamma", float("nan")),
    "no end of a number": with_field("gamma", 10**400),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_refused_by_name(damage: str) -> None:
    with pytest.raises(InputError, match=r"^runs/x/config\.json: is not the configuration of a run"):
        Config.from_json(DAMAGED[damage], "runs/x/config.json")


def test_a_whole_number_is_accepted_as_a_float() -> None:
    gamma = Config.from_json(with_field("gamma", 1), "here").gamma
    assert (gamma, type(gamma)) == (1.0, float)


def test_names_of_runs() -> None:
    assert (Config(digit=3).name, Config().name) == ("digit-3", "all-digits")


def test_the_default_presets() -> None:
    digit_preset = preset(3)
    assert [preset(digit, loss).labels for digit in (3, None) for loss in LOSSES] == [False, False, True, False]
    assert (digit_preset.loss, digit_preset.gamma, digit_preset.batch, digit_preset.learning_rate) == (
        "relativistic",
        0.5,
        64,
        1.5e-3,
    )
    assert (digit_preset.channels, digit_preset.hidden_generator, digit_preset.hidden_discriminator) == (
        (24, 48),
        (128,),
        128,
    )
    assert (digit_preset.iterations, digit_preset.generator_updates) == (5500, 1)
    assert digit_preset.freeze
    assert [preset(digit, loss).temperature for digit in (3, None) for loss in LOSSES] == [1.1, 1.0, 1.05, 1.0]
    all_preset = preset(None)
    assert (all_preset.channels, all_preset.hidden_generator, all_preset.hidden_discriminator) == (
        (32, 64),
        (256, 256),
        256,
    )
    assert (all_preset.gamma, all_preset.beta1, all_preset.beta2, all_preset.latent) == (0.15, 0.0, 0.99, 64)


def test_new_runs_draw_blank_paper_and_old_files_mean_tanh() -> None:
    for config in (preset(3), preset(None, few=True), preset(3, "classic"), preset(None, network="quick")):
        assert (config.output, config.finish) == ("clipped", True)
    fields = json.loads(preset(3).to_json())
    del fields["output"], fields["finish"]
    old = Config.from_json(json.dumps(fields), "an old file")
    assert old == preset(3, output="tanh", finish=False)


def test_presets_for_few_images() -> None:
    few = preset(3, few=True)
    assert (few.bend, few.gamma, few.iterations) == (True, 2.0, 2500)
    assert preset(None, few=True) == preset(None, iterations=5000)
    assert (preset(None).iterations, preset(None, "classic").iterations) == (20000, 5000)
    assert (preset(None, few=True).batch, preset(None).batch, preset(None, "classic").batch) == (128, 128, 64)
    assert preset(3, "classic", few=True) == preset(3, "classic")
    assert preset(3, few=True, bend=False, gamma=0.5, iterations=5500) == preset(3)


def test_the_quick_preset() -> None:
    for digit in (3, None):
        quick = preset(digit, network="quick")
        assert (quick.channels, quick.batch, quick.generator_updates, quick.labels) == ((16, 32), 32, 3, digit is None)
        classic = preset(digit, "classic", "quick")
        assert (classic.channels, classic.generator_updates, classic.gamma, classic.labels) == ((16, 32), 1, 0, False)
    assert preset(3, network="quick", few=True).bend


def test_the_reference_preset() -> None:
    for loss in ("classic", "relativistic"):
        config = preset(None, loss, "reference")
        assert (config.channels, config.hidden_generator, config.hidden_discriminator) == ((64, 128), (), 0)
        assert (config.latent, config.batch) == (64, 64)
        assert (config.output, config.finish) == ("tanh", False), "it never changes"


def test_the_classic_preset_and_explicit_settings() -> None:
    classic = preset(3, "classic")
    assert (classic.gamma, classic.learning_rate, classic.batch) == (0.0, 2e-4, 64)
    assert (classic.beta1, classic.beta2) == (0.5, 0.999)
    assert preset(3, "classic", learning_rate=1e-3, batch=7).batch == 7
    assert preset(3, gamma=0.0).gamma == 0
