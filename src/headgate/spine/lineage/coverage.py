"""How much of the graph is known: which datasets have batches that came from nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from headgate.spine.store.tables import batches, derivations

if TYPE_CHECKING:
    from sqlalchemy import Connection


def datasets_by_lineage(connection: Connection, tenant: str) -> tuple[list[str], list[str]]:
    """Sort datasets into those of known origin and the others.

    A batch from a source or by hand is its own origin. One that a run wrote is known if the run
    read something; a run that read nothing we saw wrote rows of unknown lineage.

    Returns:
        Names of known and of unknown lineage, each in name order.
    """
    query = (
        select(batches.c.dataset, batches.c.kind, derivations.c.kind)
        .outerjoin(
            derivations,
            (derivations.c.tenant == batches.c.tenant) & (derivations.c.rev == batches.c.rev),
        )
        .where(batches.c.tenant == tenant)
        .distinct()
    )
    rows = connection.execute(query).all()
    unknown = {dataset for dataset, kind, derived in rows if kind == "derive" and derived is None}
    return sorted({row[0] for row in rows} - unknown), sorted(unknown)
