"""gan/web/routes/learn.py: the page's gradient check accepts every layer and detects errors."""

import pytest

from gan.web.routes.learn import LAYERS, cells, check_gradient, to_json, verdict
from nnet.dense import Affine
from nnet.gradcheck import Check
from tests.helpers.serving import Client

NAMES = {"x", "W", "b"}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("seed", [0, 1, 2, 4294967295])
def test_analytic_and_numeric_gradients_agree(name: str, seed: int) -> None:
    checks = check_gradient(name, seed)
    assert {check.name for check in checks} == NAMES
    assert max(check.error for check in checks) < 1e-7
    assert all(check.analytic != check.numeric or check.analytic == 0 for check in checks), "computed separately"
    assert checks == check_gradient(name, seed)


@pytest.mark.parametrize("name", LAYERS)
def test_a_wrong_gradient_is_detected(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gradients = Affine.gradients
    monkeypatch.setattr(Affine, "gradients", lambda layer: {key: 1.01 * dw for key, dw in gradients(layer).items()})
    errors: dict[str, float] = {check.name: check.error for check in check_gradient(name, 0)}
    assert errors["W"] > 1e-4
    assert errors["x"] < 1e-7


@pytest.mark.parametrize("name", LAYERS)
async def test_the_check_is_served(client: Client, name: str) -> None:
    response = await client.get("/api/gradient", params={"layer": name, "seed": "3"})
    assert await response.json() == {"layer": name, "seed": 3, **to_json(check_gradient(name, 3))}


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        ([3e-10, 1e-12], "The largest error is 3.0e-10: the derivative is right."),
        ([0.0], "The largest error is 0.0e+00: the derivative is right."),
        ([1e-12, 1e-5], "The largest error is 1.0e-05: the derivative is wrong."),
        ([1.0], "The largest error is 1.0e+00: the derivative is wrong."),
    ],
)
def test_the_verdict_depends_on_the_largest_error(errors: list[float], sentence: str) -> None:
    checks = [Check("W", error, 0.0) for error in errors]  # for gradients below 1 the errors are absolute
    assert verdict(checks) == sentence


def test_both_slopes_are_shown() -> None:
    assert cells(Check("W", 1.5, 1.75)) == ["weights W", "1.500000000", "1.750000000"]
    assert [cells(Check(name, 1.5, 1.5))[0] for name in ("x", "b")] == ["input x", "bias b"]


async def test_the_page_offers_every_layer(client: Client) -> None:
    text = await (await client.get("/learn")).text()
    assert all(f'<option value="{name}">' in text for name in LAYERS)
