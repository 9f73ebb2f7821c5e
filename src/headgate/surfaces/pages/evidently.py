"""The page of an adoption of Evidently: both verdicts, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.pages.document import (
    counted,
    document,
    facts,
    heading,
    listed,
    share,
)
from headgate.surfaces.pages.expectations import left_out
from headgate.surfaces.pages.tables import Loud, grid

if TYPE_CHECKING:
    from headgate.monitor.adopting.reports import Compared, EvidentlyAdopted


def draw(found: EvidentlyAdopted) -> str:
    """Draw each column as both see it, and why they differ."""
    about = facts(
        [
            ("monitor", found.path),
            ("made from", found.form),
            ("beside", f"Evidently {found.version}" if found.version else ""),
            ("the same", found.n_same or None),
            ("explained", found.n_explained or None),
            ("unexplained", found.n_unexplained or None),
        ]
    )
    parts = [*heading("adopted of Evidently", _head(found)), about]
    if found.compared:
        parts += ["<h2>Columns</h2>", _columns(found)]
    if found.seen_here:
        told = [
            f"{one.subject}: {share(one.before or 0)} missing before, {share(one.value or 0)} now"
            for one in found.seen_here
        ]
        parts += ["<h2>Seen here only</h2>", listed(told)]
    if found.left_out:
        parts += ["<h2>Not translated</h2>", left_out(found.left_out)]
    return document(f"{found.monitor}: adopted of Evidently", parts)


def _head(found: EvidentlyAdopted) -> str:
    if found.n_unexplained:
        return f"{counted(found.n_unexplained, 'column')} seen otherwise for no known reason"
    if not found.compared:
        return f"Monitor {found.monitor} made, not yet compared"
    return f"{counted(len(found.compared), 'column')} compared, every difference has its reason"


def _columns(found: EvidentlyAdopted) -> str:
    names = ["column", "is", "method", "there", "here", "drift there", "drift here", "why"]
    rows = [
        (
            one.column,
            _state(one),
            one.method,
            one.theirs,
            one.same,
            one.their_drift,
            one.drift,
            "; ".join(one.reasons),
        )
        for one in found.compared
    ]
    return grid(names, rows, wide=["why"])


def _state(one: Compared) -> str:
    if not one.is_explained:
        return Loud("▲ unexplained")
    return "the same" if one.is_same else "○ explained"
