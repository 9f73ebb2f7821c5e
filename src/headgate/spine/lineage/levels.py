"""How finely the lineage of snapshots is known: by the row, or between datasets only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from headgate.spine.store.chunks import chunks
from headgate.spine.store.tables import batches, derivations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

Level = Literal["row", "dataset"]
_LEVELS: dict[str, Level] = {"identity": "row", "edges": "row", "dataset": "dataset"}


def levels_of(
    connection: Connection, tenant: str, snapshots: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], Level]:
    """Say of each snapshot how its rows came from those its run read.

    Args:
        connection: the catalog.
        tenant: whose.
        snapshots: dataset and number of each.

    Returns:
        `row` or `dataset` for each that a run made of what it read; the others are left out.
    """
    found: dict[tuple[str, int], Level] = {}
    wanted = set(snapshots)
    for part in chunks(snapshots):
        query = (
            select(batches.c.dataset, batches.c.number, derivations.c.kind)
            .join(
                derivations,
                (derivations.c.tenant == batches.c.tenant) & (derivations.c.rev == batches.c.rev),
            )
            .where(
                batches.c.tenant == tenant,
                batches.c.dataset.in_({name for name, _ in part}),
                batches.c.number.in_({number for _, number in part}),
            )
        )
        for dataset, number, kind in connection.execute(query):
            if (dataset, number) in wanted and found.get((dataset, number)) != "dataset":
                found[dataset, number] = _LEVELS[kind]
    return found
