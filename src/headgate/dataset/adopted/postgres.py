"""Registers a table of PostgreSQL where it lies; its rows are read once and never kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from headgate.core.refs import check_name
from headgate.dataset.adopted.in_place import Piece, put_version, standing
from headgate.dataset.adopted.queries import see_table
from headgate.spine.lineage.foreign.told import Named

if TYPE_CHECKING:
    from headgate.dataset.adopted.reports import AdoptPostgres, TableAdopted
    from headgate.spine.context import Context

EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when a table may be as it is that nobody looked at before."""


def adopt_postgres(context: Context, request: AdoptPostgres) -> TableAdopted:
    """Register a table as it stands as the next version, if it is not as it was.

    When it changed is not known, only that it was after we last looked; so that counts.

    Raises:
        NotFound: there is no such table.
        Invalid: the address is none of PostgreSQL, or the driver is missing.
        Conflict: there is a dataset of that name that is no adopted table.
        Unavailable: the server does not answer, or refuses.
    """
    name = check_name("dataset", request.as_)
    before = standing(context, name)
    seen = see_table(request.url, request.table)
    piece = Piece(
        path=f"{seen.server}/{seen.name}",
        digest=seen.digest,
        n_rows=seen.n_rows,
        n_bytes=seen.n_bytes,
        changed_at=before.at or EVER,
    )
    return put_version(context, name, [piece], [Named(seen.server, seen.name)])
