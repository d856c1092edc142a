"""The settings of a run: rejected values, conversion to JSON, and presets."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan.base.errors import InputError
from gan.rules.run_config import Config, preset

NAN = float("nan")
INF = float("inf")
Settings = dict[str, Any]
WRONG: dict[str, list[Any]] = {
    "digit": [10, -1],
    "iterations": [0, -5],
    "seed": [-1, 2**32],
    "loss": ["wasserstein"],
    "gamma": [-0.1, NAN, INF],
    "batch": [0, 4097],
    "generator_updates": [0, 101],
    "average_memory": [1.0],
    "falls_after": [1.1],
    "learning_rate": [0.0, 1.1, NAN],
    "beta1": [1.0],
    "beta2": [-0.1],
    "network": ["resnet"],
    "latent": [0],
    "temperature": [0.0, 4.5, NAN],
    "channels": [(64,), (64, 0), (257, 1), (64, 64, 64)],
    "hidden_generator": [(128, 0), (1025,), (1,) * 9],
    "hidden_discriminator": [-1, 1025],
    "output": ["relu"],
    "convolution": ["fft"],
    "picture_every": [0],
    "metrics_every": [0],
    "save_seconds": [-1.0, INF],
}


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in WRONG.items() for value in values],
)
def test_a_value_out_of_range_is_refused_by_field(field: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"{field}: expected .*, received ") as caught:
        Config(**{field: value})
    assert caught.value.field == field
    received = repr(value)
    if isinstance(value, tuple):
        received = ", ".join(map(str, value))
    assert f"received {received}" in str(caught.value)


def test_values_at_the_limits_are_allowed() -> None:
    Config(
        digit=0,
        iterations=1,
        seed=2**32 - 1,
        gamma=0,
        batch=1,
        learning_rate=1,
        beta1=0,
        latent=4096,
    )
    Config(
        digit=9,
        iterations=None,
        hidden_generator=(),
        hidden_discriminator=0,
        picture_every=1,
        batch=4096,
    )
    Config(channels=(256, 256), hidden_generator=(1024,) * 8, hidden_discriminator=1024)


NO_LABELS = "labels: expected none with"
CONTRADICTIONS = [
    ("gamma", "add --gamma 0", {"loss": "classic"}),
    ("labels", NO_LABELS, {"labels": True, "digit": 3}),
    ("labels", NO_LABELS, {"labels": True, "loss": "classic", "gamma": 0.0}),
    ("digit", "digit: expected 0 to 1, received 2", {"names": ("A", "B"), "digit": 2}),
]


@pytest.mark.parametrize(("field", "message", "settings"), CONTRADICTIONS)
def test_contradictory_settings_are_refused(
    field: str, message: str, settings: Settings
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        Config(**settings)
    assert caught.value.field == field


SIDE = st.integers(1, 256)
COUNT = st.none() | st.integers(1, 10**9)
GAMMA = st.floats(0, 1e6)
LISTS: Settings = {
    "channels": st.tuples(SIDE, SIDE),
    "hidden_generator": st.lists(SIDE, max_size=3).map(tuple),
}


@given(st.builds(Config, iterations=COUNT, gamma=GAMMA, freeze=st.booleans(), **LISTS))
def test_json_round_trips(config: Config) -> None:
    assert Config.from_json(config.to_json(), "here") == config


def with_field(name: str, value: Any) -> str:
    return json.dumps({**json.loads(Config().to_json()), name: value})


WRONG_KINDS: list[tuple[str, Any]] = [
    ("momentum", 0.9),
    ("batch", "128"),
    ("batch", 12.5),
    ("batch", 0),
    ("seed", True),
    ("freeze", 1),
    ("channels", 64),
    ("channels", ["a", "b"]),
    ("names", "AB"),
    ("freeze_switches", ["a"]),
    ("gamma", 10**400),
]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", *(with_field(*one) for one in WRONG_KINDS)]
)
def test_a_damaged_file_is_refused_by_name(text: str) -> None:
    with pytest.raises(
        InputError, match=r"^runs/x/config\.json: is not the configuration of a run"
    ):
        Config.from_json(text, "runs/x/config.json")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (with_field("colour", 1), "no field 'colour'"),
        ("{}", "a field 'average_memory'"),
    ],
)
def test_a_wrong_field_is_named(text: str, expected: str) -> None:
    with pytest.raises(InputError, match=f"expected {expected}; restore a copy"):
        Config.from_json(text, "config.json")


def test_a_whole_number_is_accepted_as_a_float() -> None:
    gamma = Config.from_json(with_field("gamma", 1), "here").gamma
    assert gamma == 1.0
    assert type(gamma) is float


# The recommended settings, for the arguments of `preset`
ALL: Settings = {"digit": None}
CLASSIC: Settings = {
    "gamma": 0.0,
    "beta1": 0.5,
    "labels": False,
    "temperature": 1.0,
    "iterations": 5000,
}
QUICK: Settings = {
    "channels": (16, 32),
    "latent": 32,
    "batch": 32,
    "iterations": 2000,
    "generator_updates": 3,
}
REFERENCE: Settings = {
    "channels": (64, 128),
    "hidden_generator": (),
    "hidden_discriminator": 0,
    "latent": 64,
    "batch": 64,
}
PRESETS: list[tuple[Settings, Settings]] = [
    (
        {},
        {
            "gamma": 0.5,
            "learning_rate": 1e-3,
            "beta2": 0.95,
            "channels": (16, 32),
            "labels": False,
            "iterations": 8000,
        },
    ),
    ({"few": True}, {"bend": True, "gamma": 2.0, "iterations": 4000}),
    ({"gamma": 0.0, "batch": 7}, {"gamma": 0.0, "batch": 7}),
    (
        ALL,
        {
            "gamma": 0.15,
            "learning_rate": 7e-4,
            "beta2": 0.99,
            "channels": (32, 64),
            "labels": True,
            "iterations": 20000,
        },
    ),
    ({"loss": "classic"}, CLASSIC),
    ({"loss": "classic"} | ALL, CLASSIC),
    (
        {"network": "quick"},
        QUICK | {"labels": False, "learning_rate": 5e-3, "beta2": 0.9, "gamma": 0.3},
    ),
    ({"network": "quick", "few": True}, {"bend": True, "gamma": 0.3}),
    ({"network": "quick"} | ALL, QUICK | {"labels": True}),
    (
        {"network": "quick", "loss": "classic"} | ALL,
        QUICK | {"generator_updates": 1, "learning_rate": 2e-3},
    ),
    ({"network": "reference"} | ALL, REFERENCE),
    ({"network": "reference", "loss": "classic"} | ALL, REFERENCE),
]


@pytest.mark.parametrize(("arguments", "expected"), PRESETS)
def test_presets_have_the_recommended_settings(
    arguments: Settings, expected: Settings
) -> None:
    config = preset(**{"digit": 3, **arguments})
    assert {name: getattr(config, name) for name in expected} == expected
    old = config.network == "reference"  # it never changes
    assert config.output == ("tanh" if old else "clipped")
    assert config.finish is not old
    assert config.convolution == "winograd"


def test_few_images_change_only_the_recipe_of_one_digit() -> None:
    assert preset(None, few=True) == preset(None, iterations=5000)
    assert preset(3, "classic", few=True) == preset(3, "classic")
    assert preset(3, few=True, bend=False, gamma=0.5, iterations=8000) == preset(3)
