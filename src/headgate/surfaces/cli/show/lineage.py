"""How a terminal shows the lineage of other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from headgate.pipeline.openlineage.reports import (
        DbtTaken,
        ForeignEvents,
        ForeignLink,
        ForeignList,
        Taken,
    )
    from headgate.surfaces.cli.paint import Paint

N_REFUSED_SHOWN = 10


def take_lines(taken: Taken, paint: Paint) -> list[str]:
    """Show what became of events, and why some were left out."""
    lines = [f"{paint.heading(count(taken.n_new, 'event'))} taken of {taken.n_events:,}"]
    if taken.n_known:
        lines.append(f"{count(taken.n_known)} had come before and changed nothing")
    if taken.n_refused:
        lines += ["", paint.heading(f"left out: {count(taken.n_refused, 'event')}")]
        rows = [(one.position, one.reason, one.mend) for one in taken.refused[:N_REFUSED_SHOWN]]
        lines += paint.grid(("position", "what is wrong", "what to do"), rows)
    return lines


def list_lines(found: ForeignList, paint: Paint) -> list[str]:
    """Show foreign jobs or datasets."""
    if not found.nodes:
        return [
            f"no foreign {found.kind} was told of",
            "take events in: headgate lineage take FILE",
        ]
    rows = [(one.name, one.type, one.ours, one.last_at) for one in found.nodes]
    lines = paint.grid((found.kind, "type", "ours", "last told of"), rows)
    return [*lines, paint.style("dim", f"{len(rows):,} of {found.n_all:,}")]


def events_lines(found: ForeignEvents, paint: Paint) -> list[str]:
    """Show events as they came, each under its number."""
    lines: list[str] = []
    for one in found.events:
        lines += [paint.heading(f"event {one.number}"), *paint.told(one.text)]
    return [*lines, paint.style("dim", f"{len(found.events):,} of {count(found.n_all, 'event')}")]


def link_lines(found: ForeignLink, paint: Paint) -> list[str]:
    """Show what a foreign dataset is now."""
    told = f"is {found.dataset}" if found.dataset else "is none of ours"
    return [*paint.told(f"{found.foreign} {told}"), *([] if found.was_new else ["it was before"])]


def dbt_lines(found: DbtTaken, paint: Paint) -> list[str]:
    """Show what was read of dbt's artifacts."""
    entries = [
        ("namespace", found.namespace),
        ("read", cell(found.n_by_kind)),
        ("became", cell(found.n_by_status)),
        *([("failed", cell(found.failed))] if found.failed else []),
    ]
    return [*paint.pairs(entries), *take_lines(found.taken, paint)]
