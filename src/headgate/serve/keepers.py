"""What serving names of the store: the sealed prediction log, and the snapshots served from."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from headgate.core.errors import HeadgateError
from headgate.core.refs import split_at
from headgate.serve import queries
from headgate.spine.store.snapshots import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


class PredictionKeeper:
    """Keeps the files of the prediction log, and the snapshots that releases retrieve from."""

    name = "release"

    def keys(self, connection: Connection, tenant: str, /) -> Iterator[str]:
        """List the log's files: predictions, the rows they were made from, and their ids."""
        for segment in queries.segment_rows(connection, tenant):
            yield segment.blob
            yield segment.ids
            if segment.refs is not None:
                yield segment.refs

    def versions(self, connection: Connection, tenant: str, /) -> Iterator[tuple[str, int]]:
        """List the snapshots that releases name as their index."""
        for index in {one.index for one in queries.release_rows(connection, tenant)}:
            # what is no snapshot of ours cannot expire
            with suppress(HeadgateError):
                if index is not None:
                    snapshot = resolve(connection, tenant, *split_at(index))
                    yield snapshot.dataset, snapshot.number


OFFERS = [PredictionKeeper()]
