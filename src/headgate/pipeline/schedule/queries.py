"""The catalog's SQL on ticks, cursors and noticed trouble."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import and_, delete, desc, exists, func, insert, select, update

from headgate.core.texts import json_text
from headgate.pipeline.schedule.nouns import Commit, Cursor, Tick
from headgate.pipeline.tables import cursors, noticed, ticks
from headgate.spine.store.chunks import chunks
from headgate.spine.store.tables import versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, RowMapping

    from headgate.pipeline.schedule.nouns import Hold

PENDING = ("waiting", "running")


def put_ticks(connection: Connection, tenant: str, found: Sequence[Tick]) -> list[Tick]:
    """Add those ticks whose keys are new; return them."""
    fresh: list[Tick] = []
    for pipeline in {one.pipeline for one in found}:
        mine = {one.key: one for one in found if one.pipeline == pipeline}
        known = known_keys(connection, tenant, pipeline, list(mine))
        fresh += [one for key, one in mine.items() if key not in known]
    for one in fresh:
        row = msgspec.structs.asdict(one) | {"arrival": json_text(one.arrival)}
        connection.execute(insert(ticks).values(tenant=tenant, **row))
    return fresh


def known_keys(connection: Connection, tenant: str, pipeline: str, keys: list[str]) -> set[str]:
    """Return those keys that a pipeline has ticks of."""
    found: set[str] = set()
    for some_keys in chunks(keys):
        some = ticks.c.key.in_(some_keys)
        query = select(ticks.c.key).where(*_of(tenant, pipeline), some)
        found.update(connection.execute(query).scalars())
    return found


def is_pending(connection: Connection, tenant: str, pipeline: str, trigger: str) -> bool:
    """Say whether a tick of a trigger waits or runs."""
    where = _of(tenant, pipeline, trigger)
    query = select(ticks.c.key).where(*where, ticks.c.state.in_(PENDING)).limit(1)
    return connection.execute(query).first() is not None


def claim(connection: Connection, tenant: str, pipelines: Sequence[str], hold: Hold) -> Tick | None:
    """Take the oldest tick that waits and whose pipeline runs for no other; nothing if none.

    Args:
        connection: a transaction that alone may write.
        tenant: whose.
        pipelines: those that may run.
        hold: who takes it.
    """
    other = ticks.alias()
    same = and_(other.c.tenant == ticks.c.tenant, other.c.pipeline == ticks.c.pipeline)
    query = (
        select(ticks)
        .where(
            ticks.c.tenant == tenant,
            ticks.c.state == "waiting",
            ticks.c.pipeline.in_(pipelines),
            ~exists().where(same, other.c.state == "running"),
        )
        .order_by(ticks.c.due_at, ticks.c.pipeline, ticks.c.key)
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    found = msgspec.structs.replace(
        _tick(row),
        state="running",
        n_tries=row["n_tries"] + 1,
        holder=hold.holder,
        held_until=hold.until,
        started_at=hold.at,
    )
    change(connection, tenant, found)
    return found


def change(connection: Connection, tenant: str, tick: Tick) -> None:
    """Write a tick's state, holder and times anew."""
    names = ("state", "why", "n_tries", "holder", "held_until", "started_at", "finished_at")
    values = {name: getattr(tick, name) for name in names}
    where = (*_of(tenant, tick.pipeline), ticks.c.key == tick.key)
    connection.execute(update(ticks).where(*where).values(**values))


def is_held(connection: Connection, tenant: str, tick: Tick) -> bool:
    """Say whether a tick still runs for its holder."""
    where = (*_of(tenant, tick.pipeline), ticks.c.key == tick.key, ticks.c.state == "running")
    query = select(ticks.c.key).where(*where, ticks.c.holder == tick.holder)
    return connection.execute(query).first() is not None


def renew(connection: Connection, tenant: str, tick: Tick, until: datetime) -> bool:
    """Hold a tick for longer; return whether it still runs for its holder."""
    where = (*_of(tenant, tick.pipeline), ticks.c.key == tick.key, ticks.c.state == "running")
    kept = update(ticks).where(*where, ticks.c.holder == tick.holder).values(held_until=until)
    return connection.execute(kept).rowcount > 0


def given_up(connection: Connection, tenant: str, at: datetime) -> list[Tick]:
    """List ticks that run and whose holders were not heard of for too long."""
    query = select(ticks).where(
        ticks.c.tenant == tenant, ticks.c.state == "running", ticks.c.held_until < at
    )
    return [_tick(row) for row in connection.execute(query).mappings()]


def n_waiting(connection: Connection, tenant: str, pipelines: Sequence[str]) -> int:
    """Count the ticks that wait."""
    query = select(func.count()).where(
        ticks.c.tenant == tenant, ticks.c.state == "waiting", ticks.c.pipeline.in_(pipelines)
    )
    return connection.execute(query).scalar_one()


def newest_ticks(
    connection: Connection, tenant: str, pipeline: str, trigger: str, limit: int
) -> list[Tick]:
    """List the newest ticks of a trigger, and after them any older ones that are pending."""
    query = select(ticks).where(*_of(tenant, pipeline, trigger))
    order = (desc(ticks.c.due_at), desc(ticks.c.key))
    found = [
        _tick(row) for row in connection.execute(query.order_by(*order).limit(limit)).mappings()
    ]
    if len(found) < limit:
        return found
    older = query.where(ticks.c.due_at < found[-1].due_at, ticks.c.state.in_(PENDING))
    rows = connection.execute(older.order_by(*order)).mappings()
    return [*found, *map(_tick, rows)]


def failed_ticks(connection: Connection, tenant: str, pipeline: str) -> list[Tick]:
    """List the ticks of a pipeline that failed, the oldest first."""
    query = select(ticks).where(*_of(tenant, pipeline), ticks.c.state == "failed")
    return [_tick(row) for row in connection.execute(query.order_by(ticks.c.due_at)).mappings()]


def cursor_of(connection: Connection, tenant: str, pipeline: str, trigger: str) -> Cursor | None:
    """Return how far a trigger has come, nothing if it was never asked."""
    query = select(cursors).where(
        cursors.c.tenant == tenant,
        cursors.c.pipeline == pipeline,
        cursors.c.trigger == trigger,
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return Cursor(msgspec.json.decode(row["cursor"]), row["error"], row["moved_at"])


def put_cursor(connection: Connection, tenant: str, at: tuple[str, str], cursor: Cursor) -> None:
    """Write how far a trigger has come.

    Args:
        connection: a transaction that alone may write.
        tenant: whose.
        at: the pipeline and the trigger.
        cursor: what to write.
    """
    pipeline, trigger = at
    where = (
        cursors.c.tenant == tenant,
        cursors.c.pipeline == pipeline,
        cursors.c.trigger == trigger,
    )
    connection.execute(delete(cursors).where(*where))
    row = {"cursor": json_text(cursor.value), "error": cursor.error, "moved_at": cursor.moved_at}
    row |= {"tenant": tenant, "pipeline": pipeline, "trigger": trigger}
    connection.execute(insert(cursors).values(**row))


def snapshots_of(
    connection: Connection, tenant: str, dataset: str, *, after: int = 0, limit: int | None = None
) -> list[Commit]:
    """List a dataset's commits on its main branch, the newest first; upkeep makes none."""
    query = select(versions.c.number, versions.c.n_rows, versions.c.created_at).where(
        versions.c.tenant == tenant,
        versions.c.dataset == dataset,
        versions.c.number > after,
        versions.c.branch == "main",
        versions.c.kind.not_in(("compact", "erase")),
    )
    query = query.order_by(desc(versions.c.number)).limit(limit)
    return [Commit(*row) for row in connection.execute(query)]


def noticed_before(connection: Connection, tenant: str) -> dict[tuple[str, str], datetime]:
    """Return the trouble that was noticed and goes on: since when, by pipeline and what it is."""
    query = select(noticed.c.pipeline, noticed.c.what, noticed.c.since)
    rows = connection.execute(query.where(noticed.c.tenant == tenant))
    return {(row.pipeline, row.what): row.since for row in rows}


def put_noticed(
    connection: Connection, tenant: str, found: Iterable[tuple[str, str]], at: datetime
) -> None:
    """Write trouble down as noticed."""
    for pipeline, what in found:
        row = {"tenant": tenant, "pipeline": pipeline, "what": what, "since": at}
        connection.execute(insert(noticed).values(**row))


def drop_noticed(connection: Connection, tenant: str, gone: Iterable[tuple[str, str]]) -> None:
    """Forget trouble that is over."""
    for pipeline, what in gone:
        where = (noticed.c.pipeline == pipeline, noticed.c.what == what)
        connection.execute(delete(noticed).where(noticed.c.tenant == tenant, *where))


def _of(tenant: str, pipeline: str, trigger: str | None = None) -> tuple[Any, ...]:
    where = (ticks.c.tenant == tenant, ticks.c.pipeline == pipeline)
    return where if trigger is None else (*where, ticks.c.trigger == trigger)


def _tick(row: RowMapping) -> Tick:
    values: dict[str, Any] = {name: row[name] for name in Tick.__struct_fields__}
    return Tick(**(values | {"arrival": msgspec.json.decode(row["arrival"])}))
