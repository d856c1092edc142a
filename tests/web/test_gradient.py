"""gan/web/routes/learn.py: the page's gradient check accepts every layer and detects errors."""

import pytest

from gan.web.routes.learn import LAYERS, check_gradient, to_json
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


@pytest.mark.parametrize(("errors", "right"), [([3e-10, 1e-12], True), ([1e-12, 1e-5], False)])
def test_the_verdict_depends_on_the_largest_error(errors: list[float], right: bool) -> None:
    answer = to_json([Check(name, 1.5, 1.5 + 1.5 * error) for name, error in zip("xW", errors, strict=True)])
    assert (
        answer["verdict"]
        == f"The largest error is {max(errors):.1e}: the derivative is {'right' if right else 'wrong'}."
    )
    assert [row[0] for row in answer["rows"]] == ["input x", "weights W"]
    assert answer["rows"][0][1] == "1.500000000"


async def test_the_page_offers_every_layer(client: Client) -> None:
    text = await (await client.get("/learn")).text()
    assert all(f'<option value="{name}">' in text for name in LAYERS)
