"""Copies that this machine keeps of blobs elsewhere follow the erasures that others did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from headgate.spine.store.objects.local import LocalBlobs
from headgate.spine.store.tables import erased

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.spine.context import Context


def heed_erasures(connection: Connection, context: Context) -> None:
    """Forget copies of blobs that were replaced since this process last looked.

    Asked whenever a snapshot is looked up and whenever a commit looks what it stands on, which is
    before any file of either is read.
    """
    if isinstance(context.blobs, LocalBlobs):
        return
    done = (erased.c.tenant == context.tenant, erased.c.is_done)
    n_done = connection.execute(select(func.count()).select_from(erased).where(*done)).scalar()
    if n_done == context.opened.n_heeded:
        return
    keys = connection.execute(select(erased.c.blob).where(*done)).scalars()
    context.blobs.purge_cache(keys)
    context.opened.n_heeded = n_done or 0
