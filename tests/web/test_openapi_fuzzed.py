"""Schemathesis sends requests derived from /api/openapi.json.

No response is a 500, and all match the document.

Install Schemathesis with `pip install -e ".[fuzz]"`. `make test-nightly` runs this
test, and `make fuzz` runs it for longer. Some requests are invalid on purpose. The
worker and the writer are fakes.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gan.web.openapi import document
from tests.helpers.commands import SECONDS
from tests.helpers.serving import hosting

pytestmark = pytest.mark.nightly
OPERATIONS = [
    (path, method.upper())
    for path, methods in document()["paths"].items()
    for method in methods
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with hosting(tmp_path_factory.mktemp("fuzzed")) as address:
        yield address


@pytest.mark.parametrize(
    ("path", "method"),
    OPERATIONS,
    ids=[f"{method} {path}" for path, method in OPERATIONS],
)
def test_every_response_matches_the_document(
    path: str, method: str, address: str
) -> None:
    missing = 'the package schemathesis is not installed: the extra "fuzz"'
    schemathesis = pytest.importorskip("schemathesis", reason=missing)
    positive = schemathesis.GenerationMode.POSITIVE
    operation = schemathesis.openapi.from_dict(document())[path][method]
    modes = (
        list(schemathesis.GenerationMode)
        if operation.body or list(operation.iter_parameters())
        else [positive]
    )
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])

    @settings(
        suppress_health_check=list(HealthCheck),
        max_examples=max(1, settings().max_examples // 10),
    )
    @given(cases)
    def ask(case: Any) -> None:
        # the default of 10 s is too short on a busy machine
        response = case.call(base_url=address, timeout=SECONDS)
        assert response.status_code < 500 or (
            response.status_code == 503 and "Retry-After" in response.headers
        )
        checks = schemathesis.checks
        case.validate_response(
            response,
            checks=[
                checks.response_schema_conformance,
                checks.content_type_conformance,
            ],
        )

    ask()
