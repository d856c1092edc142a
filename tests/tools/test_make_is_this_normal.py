"""docs/normal.md: its symptoms show in the results, its changes fit the code, and its
page leads to each entry.
"""

import json
from unittest import mock

import pytest

from gan.plain import training
from tests.helpers.browsing import Page, expect
from tests.helpers.commands import ROOT
from tools import make_is_this_normal
from tools.study.make_docs_pages import STUDIES

VARIANTS, RESULTS = (
    json.loads((ROOT / STUDIES / f"normal{end}.json").read_text("utf-8"))
    for end in ("-variants", "")
)


def shown(symptom: str, variant: str) -> int:
    """Return with how many seeds a variant shows a symptom."""
    lists = (
        {key: [p[key] for p in run["points"]] for key in run["points"][0]}
        for run in RESULTS[variant]
    )
    return sum(eval(symptom, {}, each) for each in lists)


@pytest.mark.parametrize("name", VARIANTS)
def test_four_of_five_seeds_show_a_symptom_and_none_without_its_change(
    name: str,
) -> None:
    symptom = VARIANTS[name]["symptom"]
    unchanged = VARIANTS[name]["unchanged"]
    assert len(RESULTS[name]) == 5
    assert shown(symptom, unchanged) == 0
    assert shown(symptom, name) >= 4


def test_every_variant_trains_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_is_this_normal, "MARKS", (1, 2))
    monkeypatch.setattr(make_is_this_normal, "save_png", lambda image, path: None)
    with mock.patch.dict(vars(training)):  # train() changes it
        runs = {
            str(make_is_this_normal.train(name, variant, 0))
            for name, variant in VARIANTS.items()
        }
    assert len(runs) == len(VARIANTS)


def test_every_question_leads_to_its_entry_with_a_picture(page: Page) -> None:
    page.goto("/normal")
    for link in page.locator("main td a").all():
        link.click()
        expect(page.locator("h2:target")).to_have_text(link.inner_text())
    assert page.locator("main img[alt]").count() == len(VARIANTS)
