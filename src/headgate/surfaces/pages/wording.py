"""The page of what sources say otherwise: terms, formats and units, source by source."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell
from headgate.surfaces.pages.document import counted, document, heading, share
from headgate.surfaces.pages.tables import Written, grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.monitor.sources.reports import Difference, SourceDiffReport, SourceWording


def draw(report: SourceDiffReport) -> str:
    """Draw what each source of a dataset says otherwise than the others."""
    n = sum(len(one.differences) + one.n_more for one in report.sources)
    verdict = f"{counted(n, 'difference')} of {counted(len(report.sources), 'source')}"
    parts = heading(f"sources of {report.dataset}", verdict if n else "All sources say it alike")
    for one in report.sources:
        parts += _source(one)
    return document(f"sources of {report.dataset}", parts)


def differences(some: Sequence[Difference], n_more: int, others: str) -> list[str]:
    """Return differences as a table, the strongest first.

    Args:
        some: what is said otherwise.
        n_more: those that are not listed [count].
        others: what it is held against.
    """
    names = ["column", "kind", "what is otherwise", "here", others, "such as", "rows"]
    rows = [
        [
            one.column,
            one.kind,
            one.says,
            None if one.kind == "unit" else Written(share(one.ratio)),
            None if one.kind == "unit" else Written(share(one.ratio_elsewhere)),
            ", ".join(dict.fromkeys(map(cell, one.examples))),
            ", ".join(map(str, one.rows)),
        ]
        for one in some
    ]
    wide = ("what is otherwise", "such as", "rows")
    more = f'<p class="muted">{n_more:,} more with --limit</p>' if n_more else ""
    return [grid(names, rows, wide=wide), more]


def _source(one: SourceWording) -> list[str]:
    """Return a source under a heading of its own."""
    told = f"{counted(one.n_rows, 'row')}, first on {one.first_at[:10]}"
    if one.n_quarantined:
        told += f"; {counted(one.n_quarantined, 'record')} did not fit and wait in quarantine"
    parts = [f"<h2>{escape(one.source)}</h2>", f'<p class="muted">{escape(told)}</p>']
    if not one.differences:
        return [*parts, "<p>says nothing otherwise than the others</p>"]
    return [*parts, *differences(one.differences, one.n_more, "elsewhere")]
