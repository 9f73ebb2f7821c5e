"""The page of a skew: what a deployment was served beside what the offline data held."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from headgate.surfaces.pages.document import (
    card,
    cards,
    counted,
    document,
    facts,
    figure,
    heading,
    share,
)
from headgate.surfaces.pages.tables import Loud, Written, grid

if TYPE_CHECKING:
    from headgate.serve.skew.nouns import FeatureSkew, SkewReport


def draw(report: SkewReport) -> str:
    """Draw which features were served otherwise than the offline data has them."""
    over = f"{report.deployment} beside {report.offline}"
    parts = [*heading(over, _head(report)), _about(report), "<h2>Features</h2>", _features(report)]
    different = [one for one in report.features if one.examples]
    if different:
        parts += ["<h2>Predictions that differ</h2>", cards(map(_examples, different))]
    return document(f"skew of {report.deployment}", parts)


def _head(report: SkewReport) -> str:
    loud = [one for one in report.features if one.is_exceeded]
    if not loud:
        return "Features were served as the offline data has them"
    first = loud[0]
    more = f", and {counted(len(loud) - 1, 'more feature')}" if len(loud) > 1 else ""
    return f"{first.feature} differs for {share(first.differing_ratio)} of entities{more}"


def _about(report: SkewReport) -> str:
    predictions = counted(report.n_predictions, "prediction")
    no_row = f"{report.n_without_row:,}: the dataset has no such entity"
    before = f"{report.n_before:,}: older than the dataset's first state"
    return facts(
        [
            ("compared", f"{report.n_compared:,} of {predictions}"),
            ("without row", no_row if report.n_without_row else ""),
            ("before", before if report.n_before else ""),
            ("only served", ", ".join(report.only_served)),
            ("only offline", ", ".join(report.only_offline)),
        ]
    )


def _features(report: SkewReport) -> str:
    names = [
        "feature",
        "is",
        "differ",
        "of entities",
        "gap on average",
        "gap at most",
        "served none",
        "served one there is not",
    ]
    rows = [
        (
            one.feature,
            _state(one),
            Written(share(one.differing_ratio)),
            one.n_entities,
            one.mean_gap,
            one.largest_gap,
            one.n_served_missing or None,
            one.n_offline_missing or None,
        )
        for one in report.features
    ]
    return grid(names, rows)


def _state(one: FeatureSkew) -> str:
    if one.is_exceeded:
        return Loud("△ differs")
    return "within tolerance" if one.n_differing else "the same"


def _examples(one: FeatureSkew) -> str:
    told = f"{one.n_differing:,} of {counted(one.n_entities, 'entity', 'entities')} differ"
    if one.mean_gap is not None:
        told += f", by {figure(one.mean_gap)} on average"
    rows = [(each.prediction_id, _told(each.served), _told(each.offline)) for each in one.examples]
    table = grid(["prediction", "served", "offline"], rows)
    return card(one.feature, f'<p class="small muted">{escape(told)}</p>{_bar(one)}', table)


def _told(value: str | None) -> str:
    return "none" if value is None else value


def _bar(one: FeatureSkew) -> str:
    """Draw the share of entities that differ; what it is stands above it."""
    colour = "var(--off)" if one.is_exceeded else "var(--text)"
    width = max(320 * one.differing_ratio, 1)
    return (
        '<svg viewBox="0 0 320 8" aria-hidden="true">'
        '<rect width="320" height="8" rx="4" fill="var(--band)"/>'
        f'<rect width="{width:.1f}" height="8" rx="4" fill="{colour}"/></svg>'
    )
