"""How a terminal shows what a deployment was served beside what the offline data held."""

from __future__ import annotations

import pytest

from headgate.serve.skew.nouns import FeatureSkew, SkewExample, SkewReport
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.deployment import skew_lines

WIDTHS = [60, 80, 120]


def feature(name: str, n_differing: int, *examples: SkewExample) -> FeatureSkew:
    return FeatureSkew(
        feature=name,
        n_entities=1_000,
        n_differing=n_differing,
        differing_ratio=n_differing / 1_000,
        n_served_missing=12 if n_differing else 0,
        n_offline_missing=3 if n_differing else 0,
        mean_gap=-148.5 if n_differing else None,
        largest_gap=-198.0 if n_differing else None,
        is_exceeded=bool(n_differing),
        examples=examples,
    )


def report(*features: FeatureSkew, n_odd: int = 0) -> SkewReport:
    return SkewReport(
        deployment="prod",
        offline="customer_features_of_the_warehouse?at=updated_at",
        n_predictions=12_000,
        n_compared=12_000 - n_odd,
        n_without_row=n_odd,
        n_before=n_odd,
        features=features,
        only_served=("shoe",) * n_odd,
        only_offline=("hat",) * n_odd,
        has_findings=any(one.is_exceeded for one in features),
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_a_feature_that_differs_is_told_with_its_gap_and_examples(width: int) -> None:
    example = SkewExample("pred_01m808wbst77dxs65atf", "1.0", "100.0")

    lines = skew_lines(
        report(feature("spent", 250, example), feature("age", 0)), Paint(width=width)
    )

    assert max(map(len, lines)) <= width
    said = " ".join(" ".join(lines).split())
    assert "skew in 1 feature" in said
    assert "250 of 1,000 entities differ (25.00%)" in said
    assert "-148.5 on average, -198 at most" in said
    assert "pred_01m808wbst77dxs65atf 1.0, offline 100.0" in said
    assert lines[-1].split() == ["the", "same", "age"]


@pytest.mark.parametrize("width", WIDTHS)
def test_where_nothing_differs_it_says_what_was_compared(width: int) -> None:
    lines = skew_lines(report(feature("age", 0), n_odd=2), Paint(width=width))

    assert max(map(len, lines)) <= width
    said = " ".join(" ".join(lines).split())
    assert "no skew" in said
    assert "11,998 of 12,000 predictions" in said
    assert "the dataset has no such entity" in said
    assert "shoe, shoe" in said
