"""The SQL of the watch: every function takes a connection and the tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from headgate.core.times import now
from headgate.monitor.tables import segment_profiles
from headgate.spine.store.chunks import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

Place = tuple[str, str]
"""A segment by its digest, and the digest of what is deleted in it, empty if nothing is."""


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
