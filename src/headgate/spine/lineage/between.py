"""Which of our datasets were made of which, by what runs read and wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import desc, func, select

from headgate.spine.store.tables import batches, reads, versions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


def made_of(connection: Connection, tenant: str) -> set[tuple[str, str]]:
    """List pairs of datasets, the second of which a run made having read the first."""
    same_run = (reads.c.tenant == versions.c.tenant) & (reads.c.run_id == versions.c.run_id)
    query = select(reads.c.dataset, versions.c.dataset).join(versions, same_run)
    rows = connection.execute(query.where(reads.c.tenant == tenant).distinct())
    return {(parent, child) for parent, child in rows if parent != child}


def reached(pairs: Iterable[tuple[str, str]], start: str) -> set[str]:
    """Follow pairs from a dataset on; it is among what is reached.

    >>> sorted(reached([("a", "b"), ("b", "c"), ("x", "c")], "a"))
    ['a', 'b', 'c']
    """
    known = list(pairs)
    found, fresh = {start}, {start}
    while fresh:
        fresh = {child for parent, child in known if parent in fresh} - found
        found |= fresh
    return found


def last_source(connection: Connection, tenant: str, dataset: str) -> str | None:
    """Name the source from which rows last came into a dataset, if any ever did."""
    query = select(batches.c.source).where(
        batches.c.tenant == tenant, batches.c.dataset == dataset, batches.c.source.is_not(None)
    )
    return connection.execute(query.order_by(desc(batches.c.rev)).limit(1)).scalar()


def n_written(connection: Connection, tenant: str, dataset: str, number: int) -> int:
    """Count the rows that a snapshot was written with, changed or not."""
    query = select(func.sum(batches.c.n_rows)).where(
        batches.c.tenant == tenant, batches.c.dataset == dataset, batches.c.number == number
    )
    return int(connection.execute(query).scalar() or 0)
