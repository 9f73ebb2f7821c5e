"""How a terminal shows what a deployment was served beside what the offline data held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from headgate.serve.skew.nouns import FeatureSkew, SkewReport
    from headgate.surfaces.cli.paint import Paint


def skew_lines(report: SkewReport, paint: Paint) -> list[str]:
    """Show each feature that differs with examples, then in a line those that do not."""
    n = sum(one.is_exceeded for one in report.features)
    what = f"skew in {count(n, 'feature')}" if n else "no skew"
    lines = paint.told(f"{cell(report.deployment)} beside {cell(report.offline)}: {what}")
    facts = [("compared", f"{report.n_compared:,} of {count(report.n_predictions, 'prediction')}")]
    if report.n_without_row:
        facts.append(("without row", f"{report.n_without_row:,}: the dataset has no such entity"))
    if report.n_before:
        facts.append(("before", f"{report.n_before:,}: older than the dataset's first state"))
    facts += [("only served", ", ".join(report.only_served))] if report.only_served else []
    facts += [("only offline", ", ".join(report.only_offline))] if report.only_offline else []
    lines += paint.pairs(facts, indent="  ")
    for one in report.features:
        if one.n_differing:
            lines += ["", *_feature(one, paint)]
    same = [one.feature for one in report.features if not one.n_differing]
    return [*lines, "", *paint.pairs([("the same", ", ".join(same))])] if same else lines


def _feature(one: FeatureSkew, paint: Paint) -> list[str]:
    style = "red" if one.is_exceeded else "dim"
    share = f"{one.n_differing:,} of {count(one.n_entities, 'entity', 'entities')} differ"
    facts = [("entities", f"{share} ({one.differing_ratio:.2%})")]
    if one.mean_gap is not None:
        facts.append(("gap", f"{one.mean_gap:g} on average, {one.largest_gap:g} at most"))
    if one.n_served_missing:
        facts.append(("missing", f"{one.n_served_missing:,} served none though there is one"))
    if one.n_offline_missing:
        facts.append(("missing", f"{one.n_offline_missing:,} served one though there is none"))
    facts += [
        (cell(example.prediction_id), f"{cell(example.served)}, offline {cell(example.offline)}")
        for example in one.examples
    ]
    return [paint.style(style, cell(one.feature)), *paint.pairs(facts, indent="  ")]
