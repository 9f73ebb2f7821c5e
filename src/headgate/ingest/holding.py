"""Holds sources: what comes from one that is held waits in quarantine until it is lifted.

Nothing is lost and nothing is decided: the records keep their text, and are released or discarded
by the verbs of the quarantine once the source is lifted. What came before stays where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Conflict, NotFound
from headgate.core.plugins import LINE, Rejected
from headgate.core.refs import check_name
from headgate.core.times import now
from headgate.ingest import queries
from headgate.ingest.requests import SourceHeld, SourceHold
from headgate.spine.lineage.batches import source_names
from headgate.spine.spelling import json_rows
from headgate.spine.store import quarantine
from headgate.spine.work import Work
from headgate.spine.writes import REPLACING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from headgate.ingest.requests import HoldSource, LiftSource
    from headgate.spine.context import Context
    from headgate.spine.store.quarantine import Waiting
    from headgate.spine.writes import Part

REASON = "held"
"""Name of the reason for which records of a held source wait."""


def hold(context: Context, request: HoldSource) -> SourceHeld:
    """Hold a source, unless it is held already.

    Raises:
        Invalid: the name cannot be one of a source.
    """
    with Work(context) as work:
        return hold_within(work, context, request.source, request.because)


def hold_within(work: Work, context: Context, source: str, because: str) -> SourceHeld:
    """Hold a source in a unit of work, as `hold` does."""
    check_name("source", source)
    known = queries.holds(work.connection, context.tenant)
    if source in known:
        return _standing(work.connection, context, source, known[source], is_changed=False)
    held = SourceHold(source=source, because=because, held_at=now(), held_by=context.actor)
    queries.put_hold(work.connection, context.tenant, held)
    work.record("source_held", f"source:{source}", {})
    return _standing(work.connection, context, source, held, is_changed=True)


def lift(context: Context, request: LiftSource) -> SourceHeld:
    """Hold a source no more; what waits goes on waiting until it is released or discarded.

    Raises:
        NotFound: there is no such source.
    """
    with Work(context) as work:
        return lift_within(work, context, request.source)


def lift_within(work: Work, context: Context, source: str) -> SourceHeld:
    """Hold a source no more in a unit of work, as `lift` does."""
    known = queries.holds(work.connection, context.tenant)
    if source not in known:
        names = [one.name for one in queries.list_sources(work.connection, context.tenant)]
        names += source_names(work.connection, context.tenant)
        if source not in names:
            raise NotFound.among("source", source, sorted({*names, *known}))
        return _standing(work.connection, context, source, None, is_changed=False)
    queries.drop_hold(work.connection, context.tenant, source)
    work.record("source_lifted", f"source:{source}", {})
    return _standing(work.connection, context, source, None, is_changed=True)


def is_held(context: Context, source: str) -> bool:
    """Say whether a source is held."""
    with context.catalog.read() as connection:
        return source in queries.holds(connection, context.tenant)


def refuse_replacing(source: str, mode: str, *, is_by_change: bool) -> None:
    """Refuse what cannot wait: rows that would make way for held ones would be gone.

    Raises:
        Conflict: the mode replaces rows, or the records tell what became of rows.
    """
    if mode in REPLACING or is_by_change:
        how = "by changes" if is_by_change else f"in mode {mode}"
        raise Conflict(
            f"source {source} is held, and what comes {how} cannot wait in quarantine",
            mend=f"lift it first: headgate source lift {source}; or leave it out for now",
        )


def set_aside(part: Part, source: str) -> Part:
    """Send every row of a part to quarantine."""
    n_rows = part.rows.num_rows
    raws = json_rows(part.rows) if part.raw is None else part.raw(list(range(n_rows)))
    lines = range(1, n_rows + 1)
    if LINE in part.rows.column_names:
        lines = part.rows[LINE].to_pylist()
    rejected = tuple(
        Rejected(line=line, raw=raw, reason=f"{REASON}: source {source} is held")
        for line, raw in zip(lines, raws, strict=True)
    )
    return msgspec.structs.replace(
        part, rows=part.rows.slice(0, 0), rejected=(*part.rejected, *rejected), raw=None
    )


def refuse_held(context: Context, found: Iterable[Waiting]) -> None:
    """Refuse to release records of sources that are held.

    Raises:
        Conflict: one is.
    """
    with context.catalog.read() as connection:
        held = queries.holds(connection, context.tenant)
    for one in found:
        if one.source in held:
            raise Conflict(
                f"source {one.source} is held, so its records wait",
                mend=f"lift it first: headgate source lift {one.source}; or name another --source",
            )


def _standing(
    connection: Connection,
    context: Context,
    source: str,
    held: SourceHold | None,
    *,
    is_changed: bool,
) -> SourceHeld:
    found = [
        one
        for one in quarantine.listed(connection, context.tenant)
        if one.source == source and one.n_waiting
    ]
    return SourceHeld(
        source=source,
        is_held=held is not None,
        is_changed=is_changed,
        n_waiting=sum(one.n_waiting for one in found),
        datasets=tuple(sorted({one.dataset for one in found})),
        held_at=held.held_at if held else None,
        held_by=held.held_by if held else None,
        because=held.because if held else "",
    )
