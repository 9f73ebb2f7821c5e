"""What models name of the store: the bytes of every version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.model import queries

if TYPE_CHECKING:
    from sqlalchemy import Connection


class ModelKeeper:
    """Keeps the bytes of models; what they learned from their runs keep."""

    name = "model"

    def keys(self, connection: Connection, tenant: str, /) -> list[str]:
        """List where the bytes of models lie."""
        return queries.model_blobs(connection, tenant)

    def versions(self, _connection: Connection, _tenant: str, /) -> tuple[tuple[str, int], ...]:
        """List nothing: a model's snapshots are those its run read."""
        return ()


OFFERS = [ModelKeeper()]
