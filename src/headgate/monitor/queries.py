"""The catalog's SQL on monitors and on profiles of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import delete, desc, func, insert, select

from headgate.core.times import now
from headgate.monitor.kept import FittedReference, Glance, KeptWindow, encoded
from headgate.monitor.nouns import Decision, Finding, Measured, Span
from headgate.monitor.tables import (
    monitor_findings,
    monitor_references,
    monitor_windows,
    segment_profiles,
)
from headgate.spine.ports import Reference
from headgate.spine.store.chunks import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

Place = tuple[str, str]
"""A segment by its digest, and the digest of what is deleted in it, empty if nothing is."""
N_TRAILING = 200
"""Windows that a later one may be judged by: 28 of the same weekday [count]."""


def put_reference(connection: Connection, tenant: str, reference: FittedReference) -> None:
    """Add a version of a monitor's reference."""
    row = msgspec.structs.asdict(reference)
    texts = {name: encoded(row[name]) for name in ("references", "outcome")}
    connection.execute(insert(monitor_references).values(tenant=tenant, **(row | texts)))


def references(connection: Connection, tenant: str, monitor: str) -> list[FittedReference]:
    """List the versions of a monitor's reference, the newest first."""
    table = monitor_references
    query = select(table).where(table.c.tenant == tenant, table.c.monitor == monitor)
    rows = connection.execute(query.order_by(desc(table.c.number))).mappings()
    return [_reference(row) for row in rows]


def put_window(connection: Connection, tenant: str, monitor: str, window: KeptWindow) -> None:
    """Write a window with its findings; one that was looked at before makes way."""
    for table in (monitor_findings, monitor_windows):
        is_this = (
            (table.c.tenant == tenant)
            & (table.c.monitor == monitor)
            & (table.c.since == window.span.since)
        )
        connection.execute(delete(table).where(is_this))
    place = {"tenant": tenant, "monitor": monitor, "since": window.span.since}
    row = {
        "until": window.span.until,
        "reference": window.reference,
        "n_rows": window.span.n_rows,
        "n_looked": window.n_looked,
        "smallest_shift": window.smallest_shift,
        "counts": window.counts,
        "measured": encoded(window.measured),
        "exceeded": encoded(window.exceeded),
        "decision": encoded(window.decision),
        "looked_at": window.looked_at,
    }
    connection.execute(insert(monitor_windows).values(**place, **row))
    found = [place | {"position": n} | _finding_row(one) for n, one in enumerate(window.findings)]
    if found:
        connection.execute(insert(monitor_findings), found)


def glances(
    connection: Connection, tenant: str, monitor: str, before: datetime | None = None
) -> list[Glance]:
    """List the newest windows that a later one may be judged by, the oldest first.

    Args:
        connection: a transaction.
        tenant: whose.
        monitor: its name.
        before: windows that began before this; all if nothing is said.
    """
    table = monitor_windows
    names = ("since", "until", "n_rows", "exceeded", "looked_at", "reference", "counts")
    query = select(*(table.c[name] for name in names)).where(
        table.c.tenant == tenant, table.c.monitor == monitor
    )
    if before is not None:
        query = query.where(table.c.since < before)
    rows = connection.execute(query.order_by(desc(table.c.since)).limit(N_TRAILING)).mappings()
    pairs = msgspec.json.Decoder(frozenset[tuple[str, str]])
    return [
        Glance(
            since=row["since"],
            until=row["until"],
            n_rows=row["n_rows"],
            exceeded=pairs.decode(row["exceeded"]),
            looked_at=row["looked_at"],
            reference=row["reference"],
            counts=row["counts"],
        )
        for row in reversed(list(rows))
    ]


def windows(connection: Connection, tenant: str, monitor: str, *, limit: int) -> list[KeptWindow]:
    """List the newest windows with their findings, the newest first."""
    table = monitor_windows
    query = select(table).where(table.c.tenant == tenant, table.c.monitor == monitor)
    rows = list(connection.execute(query.order_by(desc(table.c.since)).limit(limit)).mappings())
    if not rows:
        return []
    found = _findings_of(connection, tenant, monitor, rows[-1]["since"])
    return [_window(row, tuple(found.get(row["since"], ()))) for row in rows]


def counted_windows(connection: Connection, tenant: str) -> dict[str, tuple[int, datetime]]:
    """Return for each monitor how many windows were looked at, and when the newest ended."""
    table = monitor_windows
    query = (
        select(table.c.monitor, func.count(), func.max(table.c.until))
        .where(table.c.tenant == tenant)
        .group_by(table.c.monitor)
    )
    return {name: (n, until) for name, n, until in connection.execute(query)}


def blobs(connection: Connection, tenant: str) -> list[str]:
    """List the keys of the profiles and counts that the tables name."""
    counts = monitor_windows.c.counts
    query = select(counts).where(monitor_windows.c.tenant == tenant).distinct()
    return [*profiles(connection, tenant), *connection.execute(query).scalars()]


def profiles(connection: Connection, tenant: str) -> list[str]:
    """List where the fitted references lie."""
    table = monitor_references
    query = select(table.c.blob).where(table.c.tenant == tenant).distinct()
    return list(connection.execute(query).scalars())


def versions(connection: Connection, tenant: str) -> list[tuple[str, int]]:
    """List the snapshots that the newest reference of each monitor was fitted on."""
    table = monitor_references
    query = select(table).where(table.c.tenant == tenant).order_by(table.c.number)
    newest = {row["monitor"]: row for row in connection.execute(query).mappings()}
    return [
        (one.dataset, one.number) for row in newest.values() for one in _reference(row).references
    ]


def _findings_of(
    connection: Connection, tenant: str, monitor: str, since: datetime
) -> dict[datetime, list[Finding]]:
    table = monitor_findings
    query = select(table.c.since, table.c.content).where(
        table.c.tenant == tenant, table.c.monitor == monitor, table.c.since >= since
    )
    found: dict[datetime, list[Finding]] = {}
    decoder = msgspec.json.Decoder(Finding)
    for at, content in connection.execute(query.order_by(table.c.since, table.c.position)):
        found.setdefault(at, []).append(decoder.decode(content))
    return found


def _reference(row: RowMapping) -> FittedReference:
    values = {name: row[name] for name in FittedReference.__struct_fields__}
    values["references"] = msgspec.json.decode(row["references"], type=tuple[Reference, ...])
    values["outcome"] = msgspec.json.decode(row["outcome"], type=dict[str, float])
    return FittedReference(**values)


def _window(row: RowMapping, findings: Sequence[Finding]) -> KeptWindow:
    return KeptWindow(
        span=Span(row["since"], row["until"], row["n_rows"]),
        reference=row["reference"],
        n_looked=row["n_looked"],
        smallest_shift=row["smallest_shift"],
        measured=msgspec.json.decode(row["measured"], type=tuple[Measured, ...]),
        exceeded=msgspec.json.decode(row["exceeded"], type=tuple[tuple[str, str], ...]),
        decision=msgspec.json.decode(row["decision"], type=Decision),
        findings=tuple(findings),
        looked_at=row["looked_at"],
        counts=row["counts"],
    )


def _finding_row(one: Finding) -> dict[str, Any]:
    names = ("check", "kind", "subject", "severity", "harm", "is_important", "persists")
    return {name: getattr(one, name) for name in names} | {"content": encoded(one)}


def profiles_of(
    connection: Connection, tenant: str, layout: str, places: Iterable[Place]
) -> dict[Place, bytes]:
    """Return what is kept of segments, for those of which anything is."""
    wanted = set(places)
    found: dict[Place, bytes] = {}
    columns = segment_profiles.c
    query = select(columns.segment, columns.deletions, columns.body).where(
        columns.tenant == tenant, columns.layout == layout
    )
    for names in chunks(sorted({segment for segment, _ in wanted})):
        for row in connection.execute(query.where(columns.segment.in_(names))):
            found[row[0], row[1]] = row[2]
    return {place: body for place, body in found.items() if place in wanted}


def put_profiles(
    connection: Connection, tenant: str, layout: str, bodies: Mapping[Place, bytes]
) -> None:
    """Keep profiles of segments; what somebody else kept meanwhile stays."""
    there = profiles_of(connection, tenant, layout, bodies)
    rows = [
        {
            "tenant": tenant,
            "segment": segment,
            "deletions": deletions,
            "layout": layout,
            "body": body,
            "made_at": now(),
        }
        for (segment, deletions), body in bodies.items()
        if (segment, deletions) not in there
    ]
    if rows:
        connection.execute(insert(segment_profiles), rows)


def drop_profiles(connection: Connection, tenant: str) -> int:
    """Forget every profile of segments; return how many there were [count]."""
    query = delete(segment_profiles).where(segment_profiles.c.tenant == tenant)
    return connection.execute(query).rowcount
