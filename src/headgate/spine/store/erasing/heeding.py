"""Copies that this machine keeps of blobs elsewhere follow the erasures that others did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from headgate.spine.store.objects.local import LocalBlobs
from headgate.spine.store.tables import erased

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.spine.context import Context

_DONE = select(erased.c.blob).where(erased.c.tenant == bindparam("tenant"), erased.c.is_done)
_COUNT = select(func.count()).select_from(_DONE.subquery())
"""Built once, for every look at a snapshot asks it where blobs are copied here."""


def heed_erasures(connection: Connection, context: Context) -> None:
    """Forget copies of blobs that were replaced since this process last looked.

    Asked whenever a snapshot is looked up and whenever a commit looks what it stands on, which is
    before any file of either is read.
    """
    if isinstance(context.blobs, LocalBlobs):
        return
    own = {"tenant": context.tenant}
    n_done = connection.execute(_COUNT, own).scalar()
    if n_done == context.opened.n_heeded:
        return
    keys = connection.execute(_DONE, own).scalars()
    context.blobs.purge_cache(keys)
    context.opened.n_heeded = n_done or 0
