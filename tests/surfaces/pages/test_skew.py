"""Tests of the page of a skew."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

import headgate
from headgate.serve.skew.nouns import FeatureSkew, SkewExample, SkewReport
from tests.surfaces.pages.reading import read, records, section

AGE = FeatureSkew(
    feature="age",
    n_entities=200,
    n_differing=50,
    differing_ratio=0.25,
    n_served_missing=3,
    n_offline_missing=0,
    mean_gap=1.5,
    largest_gap=-9.0,
    is_exceeded=True,
    examples=(SkewExample("p1", "31", "40"), SkewExample("p2", None, "40")),
)
PLAN = FeatureSkew(
    feature="plan",
    n_entities=200,
    n_differing=1,
    differing_ratio=0.005,
    n_served_missing=0,
    n_offline_missing=0,
    mean_gap=None,
    largest_gap=None,
    is_exceeded=False,
    examples=(SkewExample("p7", "gold", "basic"),),
)
SAME = msgspec.structs.replace(
    PLAN, feature="city", n_differing=0, differing_ratio=0.0, examples=()
)


def skewed(**changes: Any) -> SkewReport:
    """Make a skew of three features, one of which is over the tolerance."""
    report = SkewReport(
        deployment="live",
        offline="people",
        n_predictions=1200,
        n_compared=1190,
        n_without_row=10,
        n_before=0,
        features=(AGE, PLAN, SAME),
        only_served=("device",),
        only_offline=(),
        has_findings=True,
    )
    return msgspec.structs.replace(report, **changes)


def test_the_worst_feature_is_said_first() -> None:
    one = headgate.page(skewed())
    two = headgate.page(skewed(features=(AGE, msgspec.structs.replace(AGE, feature="income"))))
    none = headgate.page(skewed(features=(PLAN, SAME), has_findings=False))

    assert "<h1>age differs for 25.0 % of entities</h1>" in one
    assert "<h1>age differs for 25.0 % of entities, and 1 more feature</h1>" in two
    assert "<h1>Features were served as the offline data has them</h1>" in none


def test_every_feature_stands_in_the_table_with_the_numbers_of_the_report() -> None:
    page = headgate.page(skewed())

    age, plan, city = records(section(page, "Features"))

    assert (age["is"], age["differ"], age["of entities"]) == ("△ differs", "25.0 %", "200")
    assert (age["gap on average"], age["gap at most"], age["served none"]) == ("1.5", "-9", "3")
    assert (plan["is"], plan["differ"]) == ("within tolerance", "0.5 %")
    assert (city["is"], city["gap on average"]) == ("the same", "-")


def test_predictions_that_differ_stand_with_both_values() -> None:
    page = headgate.page(skewed())

    part = section(page, "Predictions that differ")

    assert records(part) == [
        {"prediction": "p1", "served": "31", "offline": "40"},
        {"prediction": "p2", "served": "none", "offline": "40"},
    ]
    assert "50 of 200 entities differ, by 1.5 on average" in part
    assert "<h3>city</h3>" not in part


def test_a_bar_is_as_long_as_the_share_that_differs() -> None:
    page = headgate.page(skewed())

    bars = [one for one in read(page).attributes("rect") if one["fill"] != "var(--band)"]

    assert [float(one["width"] or 0) / 320 for one in bars] == pytest.approx(
        [0.25, 0.005], abs=1e-3
    )
    assert [one["fill"] for one in bars] == ["var(--off)", "var(--text)"]


def test_what_could_not_be_compared_is_told_and_what_is_not_so_is_not() -> None:
    page = headgate.page(skewed())

    assert "<dt>compared</dt><dd>1,190 of 1,200 predictions</dd>" in page
    assert "10: the dataset has no such entity" in page
    assert "<dt>only served</dt><dd>device</dd>" in page
    assert "only offline" not in page
    assert "older than" not in page
