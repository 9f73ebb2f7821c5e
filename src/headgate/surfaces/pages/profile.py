"""The page of a profile: every column with its distribution and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.monitor.nouns import Distribution
from headgate.surfaces.pages.charts import cell_of, distribution
from headgate.surfaces.pages.document import (
    card,
    cards,
    counted,
    document,
    facts,
    figure,
    folded,
    heading,
    share,
)
from headgate.surfaces.pages.tables import Written, grid

if TYPE_CHECKING:
    from headgate.monitor.profiling.reports import ColumnProfile, ProfileReport


def draw(report: ProfileReport) -> str:
    """Draw the columns of a snapshot."""
    since = f", come since {report.since}" if report.since else ""
    head = f"{report.dataset}: {counted(report.n_rows, 'row')}{since}"
    columns = cards(map(_column, report.columns))
    parts = [*heading("dataset profile", head), "<h2>Columns</h2>", columns]
    return document(f"profile of {report.dataset}", parts)


def _column(one: ColumnProfile) -> str:
    about = "" if one.is_distinct_exact else "about "
    told = facts(
        [
            ("type", one.type),
            ("missing", share(one.null_ratio) if one.null_ratio else None),
            ("NaN", one.n_nan or None),
            ("infinite", one.n_infinite or None),
            ("distinct", f"{about}{one.n_distinct:,}" if one.kind != "other" else None),
            ("signs" if one.kind == "text" else "range", _range(one)),
            ("mean", None if one.mean is None else figure(one.mean)),
        ]
    )
    return card(one.name, told, _picture(one))


def _picture(one: ColumnProfile) -> str:
    """Draw names where there are any, else numbers; text without frequent names by length."""
    if one.kind in {"text", "bool"} and one.shares:
        names, shares = zip(*one.shares, strict=True)
        return _chart(_drawn(one, "category", names, shares))
    if not one.cells or one.kind == "time":
        return ""
    return _chart(_drawn(one, "number", (), one.cells))


def _chart(one: Distribution) -> str:
    rows = [(cell_of(one, i), Written(share(held))) for i, held in enumerate(one.current)]
    return distribution(one) + folded("as a table", grid([one.column, "share"], rows))


def _drawn(
    one: ColumnProfile, kind: str, labels: tuple[str, ...], shares: tuple[float, ...]
) -> Distribution:
    return Distribution(
        column=one.name,
        kind="category" if kind == "category" else "number",
        labels=labels,
        edges=one.edges if kind == "number" else (),
        reference=shares,
        low=(0.0,) * len(shares),
        high=shares,
        current=shares,
    )


def _range(one: ColumnProfile) -> str | None:
    return None if one.low is None else f"{_said(one.low)} to {_said(one.high)}"


def _said(value: object) -> str:
    return figure(value) if isinstance(value, float) else str(value)
