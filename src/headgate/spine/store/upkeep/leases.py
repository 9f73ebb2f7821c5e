"""Leases: who reads a snapshot for long says so, and its files stay until the lease is given back.

A lease runs out unless it is renewed, so that one of a killed reader does not count for ever. A
thread renews it while it is held.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from headgate.core.errors import Unavailable
from headgate.core.refs import mint
from headgate.core.times import now
from headgate.spine.store.snapshots import require_kept, resolve
from headgate.spine.store.tables import leases

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context

TTL_S = 900.0
"""How long a lease counts after its holder was last heard of [s]."""


@contextmanager
def lease(
    context: Context, snapshot: Snapshot, holder: str, ttl_s: float = TTL_S
) -> Generator[str]:
    """Keep a snapshot's files while they are read.

    Args:
        context: the project.
        snapshot: what is read.
        holder: who reads, such as `stream of orders@3`.
        ttl_s: how long the lease counts once it is no longer renewed [s]; it is renewed three
            times as often.

    Yields:
        The lease's id.

    Raises:
        NotFound: retention has given the snapshot's files up.
        Unavailable: the catalog cannot be written.
    """
    lease_id = take(context, snapshot, holder, ttl_s)
    is_over = threading.Event()
    thread = threading.Thread(
        target=_keep, args=(context, lease_id, ttl_s, is_over), name="lease", daemon=True
    )
    thread.start()
    try:
        yield lease_id
    finally:
        is_over.set()
        thread.join()
        with suppress(Unavailable):
            give_back(context, lease_id)


def leased(connection: Connection, tenant: str) -> set[tuple[str, int]]:
    """Return the snapshots that are leased now: pairs of dataset and number."""
    query = select(leases.c.dataset, leases.c.number).where(
        leases.c.tenant == tenant, leases.c.expires_at > now()
    )
    return {(row.dataset, row.number) for row in connection.execute(query)}


def drop_expired(connection: Connection, tenant: str) -> int:
    """Forget the leases that have run out; return how many."""
    gone = delete(leases).where(leases.c.tenant == tenant, leases.c.expires_at <= now())
    return connection.execute(gone).rowcount


def keep_up(context: Context, lease_id: str, ttl_s: float = TTL_S) -> None:
    """Let a lease count anew where at most half of its time is left."""
    query = select(leases.c.expires_at).where(
        leases.c.tenant == context.tenant, leases.c.lease_id == lease_id
    )
    with context.catalog.read() as connection:
        until = connection.execute(query).scalar()
    if until is not None and until - now() < timedelta(seconds=ttl_s / 2):
        renew(context, lease_id, ttl_s)


def renew(context: Context, lease_id: str, ttl_s: float) -> None:
    """Let a lease count anew from now."""
    with context.catalog.write() as connection:
        connection.execute(
            update(leases)
            .where(leases.c.tenant == context.tenant, leases.c.lease_id == lease_id)
            .values(expires_at=now() + timedelta(seconds=ttl_s))
        )


def take(context: Context, snapshot: Snapshot, holder: str, ttl_s: float = TTL_S) -> str:
    """Take a lease that nobody renews but the caller; return its id.

    Raises:
        NotFound: retention has given the snapshot's files up.
    """
    lease_id = mint("lease")
    row = {
        "tenant": context.tenant,
        "lease_id": lease_id,
        "dataset": snapshot.dataset,
        "number": snapshot.number,
        "holder": holder,
        "expires_at": now() + timedelta(seconds=ttl_s),
    }
    with context.catalog.write() as connection:
        # looked up again under the lock: retention may have been here since it was found
        require_kept(resolve(connection, context.tenant, snapshot.dataset, str(snapshot.number)))
        connection.execute(insert(leases).values(row))
    return lease_id


def _keep(context: Context, lease_id: str, ttl_s: float, is_over: threading.Event) -> None:
    while not is_over.wait(ttl_s / 3):
        with suppress(Unavailable):
            renew(context, lease_id, ttl_s)


def give_back(context: Context, lease_id: str) -> None:
    """End a lease; one that is over already is fine."""
    with context.catalog.write() as connection:
        connection.execute(
            delete(leases).where(leases.c.tenant == context.tenant, leases.c.lease_id == lease_id)
        )
