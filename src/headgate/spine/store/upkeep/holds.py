"""Legal holds: while one is active, nothing of a dataset is collected, expired or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert, select, update

from headgate.core.refs import mint
from headgate.core.times import now
from headgate.spine.store.tables import holds

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Hold(msgspec.Struct, frozen=True):
    """A legal hold on a dataset.

    Args:
        lifted_at: when it ended; nothing while it is active.
    """

    hold_id: str
    dataset: str
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_at: datetime | None


def place(connection: Connection, tenant: str, dataset: str, reason: str, actor: str) -> Hold:
    """Put a dataset on hold, besides the holds there are."""
    hold = Hold(
        hold_id=mint("hold"),
        dataset=dataset,
        reason=reason,
        placed_by=actor,
        placed_at=now(),
        lifted_at=None,
    )
    connection.execute(insert(holds).values(tenant=tenant, **msgspec.structs.asdict(hold)))
    return hold


def lift(connection: Connection, tenant: str, dataset: str) -> list[Hold]:
    """End every active hold of a dataset and return them."""
    lifted = active(connection, tenant, dataset)
    connection.execute(
        update(holds)
        .where(holds.c.tenant == tenant, holds.c.dataset == dataset, holds.c.lifted_at.is_(None))
        .values(lifted_at=now())
    )
    return lifted


def active(connection: Connection, tenant: str, dataset: str) -> list[Hold]:
    """Return the holds a dataset is under, the oldest first."""
    return [one for one in listed(connection, tenant, dataset) if one.lifted_at is None]


def listed(connection: Connection, tenant: str, dataset: str) -> list[Hold]:
    """Return all holds there have been on a dataset, the oldest first."""
    query = (
        select(holds)
        .where(holds.c.tenant == tenant, holds.c.dataset == dataset)
        .order_by(holds.c.placed_at, holds.c.hold_id)
    )
    return [
        Hold(**{name: row[name] for name in Hold.__struct_fields__})
        for row in connection.execute(query).mappings()
    ]


def held(connection: Connection, tenant: str) -> set[str]:
    """Return the datasets that are under a hold."""
    query = select(holds.c.dataset).where(holds.c.tenant == tenant, holds.c.lifted_at.is_(None))
    return set(connection.execute(query).scalars())
