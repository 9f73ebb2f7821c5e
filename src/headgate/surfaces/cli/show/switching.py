"""How a terminal shows what was adopted of Evidently: both verdicts, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import count

if TYPE_CHECKING:
    from headgate.monitor.adopting.reports import Compared, EvidentlyAdopted
    from headgate.surfaces.cli.paint import Paint


def evidently_lines(found: EvidentlyAdopted, paint: Paint) -> list[str]:
    """Show each column as both see it, why they differ, and what did not translate."""
    said = [("monitor", found.path), ("made from", found.form)]
    if found.version:
        said += [
            ("beside", f"Evidently {found.version}"),
            ("the same", count(found.n_same, "column")),
            ("explained", count(found.n_explained, "difference")),
            ("unexplained", count(found.n_unexplained, "difference")),
        ]
    lines = paint.pairs(said)
    if found.compared:
        head = ("column", "method", "there", "here", "drift there", "drift here")
        rows = [
            (one.column, one.method, _figure(one.theirs), _figure(one.same), *_verdicts(one))
            for one in found.compared
        ]
        lines += ["", *paint.grid(head, rows)]
    for one in found.compared:
        for reason in one.reasons:
            style = "" if one.is_explained else "red"
            lines += paint.told(f"{one.column}: {reason}", style)
    for one in found.seen_here:
        share = f"{one.before or 0:.1%} missing before, {one.value or 0:.1%} now"
        lines += paint.told(f"{one.subject}: {share}; seen here only", "yellow")
    if found.left_out:
        lines += ["", *paint.told("did not translate:")]
        for one in found.left_out:
            lines += paint.told(f"  {one.path}: {one.what}; {one.why}")
    return lines


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _verdicts(one: Compared) -> tuple[str, str]:
    theirs = "-" if one.their_drift is None else "yes" if one.their_drift else "no"
    return theirs, "yes" if one.drift else "no"
