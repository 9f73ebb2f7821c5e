"""What monitors name of the store: profiles, counts, and the snapshots they are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.monitor import queries

if TYPE_CHECKING:
    from sqlalchemy import Connection


class MonitorKeeper:
    """Keeps profiles and counts, and the snapshots that the newest references were fitted on."""

    name = "monitor"

    def keys(self, connection: Connection, tenant: str, /) -> list[str]:
        """List where profiles and counts lie."""
        return queries.blobs(connection, tenant)

    def versions(self, connection: Connection, tenant: str, /) -> list[tuple[str, int]]:
        """List the snapshots, so that a reference can be fitted again."""
        return queries.versions(connection, tenant)


OFFERS = [MonitorKeeper()]
