"""The page of a proposed contract: every clause beside the figures it stands on."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from headgate.surfaces.pages.document import (
    counted,
    document,
    facts,
    folded,
    heading,
    listed,
)
from headgate.surfaces.pages.tables import grid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.contract.requests import InferReport, Proposed


def draw(report: InferReport) -> str:
    """Draw what a snapshot would let a contract promise, column by column."""
    n = len(report.clauses) + len(report.service_levels)
    about = facts(
        [
            ("learnt from", f"{report.dataset}, {counted(report.n_rows, 'row')}"),
            ("snapshots", report.n_snapshots),
            ("file", report.path or "not written: add --write"),
        ]
    )
    head = f"{counted(n, 'clause')} proposed for {report.name}"
    parts = [*heading("contract infer", head), about]
    parts += ["<h2>Clauses</h2>", _clauses(report.clauses)]
    if report.service_levels:
        parts += ["<h2>Service levels</h2>", _clauses(report.service_levels)]
    if report.broken:
        parts += ["<h2>Tried, and not so</h2>", listed(report.broken)]
    parts += [
        "<h2>File</h2>",
        folded("the contract as a file", f"<pre>{escape(report.text)}</pre>"),
    ]
    return document(f"{report.name}: proposed contract", parts)


def _clauses(some: Iterable[Proposed]) -> str:
    rows = [(one.column or "all rows", one.clause, one.says, one.reason) for one in some]
    return grid(["column", "clause", "promises", "for"], rows, wide=["promises", "for"])
