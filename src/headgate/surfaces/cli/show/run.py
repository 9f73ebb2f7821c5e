"""How a terminal shows runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, said
from headgate.surfaces.cli.struct import table_of

if TYPE_CHECKING:
    from headgate.pipeline.runs import RunDetail, RunList
    from headgate.surfaces.cli.paint import Paint

LISTED = ("run_id", "name", "state", "actor", "started_at", "finished_at", "metrics")


def list_lines(found: RunList, paint: Paint) -> list[str]:
    """Show runs, the newest first."""
    return table_of(found.runs, paint, LISTED) if found.runs else ["no run yet"]


def show_lines(found: RunDetail, paint: Paint) -> list[str]:
    """Show a run, what it read and what it wrote."""
    run = found.record
    facts = [
        ("state", run.state),
        ("by", run.actor),
        ("from", cell(run.started_at)),
        ("to", cell(run.finished_at)),
        ("parameters", cell(run.parameters)),
        ("metrics", cell(run.metrics)),
        ("code", run.code_hash or "-"),
        *([("error", said(run.error))] if run.error else []),
    ]
    lines = [paint.heading(f"{run.run_id} {run.name}"), *paint.pairs(facts)]
    for title, parts in (("read", found.reads), ("wrote", found.wrote)):
        if parts:
            lines += ["", paint.heading(title), *table_of(parts, paint)]
    return lines
