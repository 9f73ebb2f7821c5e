"""The stage's SQL: sources by name, and which of them are held."""

from sqlalchemy import Connection, delete, insert, select, update

from headgate.core.times import now
from headgate.ingest.requests import SourceHold, SourceRecord
from headgate.ingest.tables import source_holds, sources


def find_source(connection: Connection, tenant: str, name: str) -> SourceRecord | None:
    """Return what is known of a source, or nothing."""
    query = select(sources).where(sources.c.tenant == tenant, sources.c.name == name)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return SourceRecord(**{field: row[field] for field in SourceRecord.__struct_fields__})


def put_source(connection: Connection, tenant: str, source: SourceRecord) -> None:
    """Add a source, with the present moment as the time it was made known."""
    row = {name: getattr(source, name) for name in source.__struct_fields__}
    connection.execute(insert(sources).values(tenant=tenant, created_at=now(), **row))


def set_owner(connection: Connection, tenant: str, name: str, owner: str) -> None:
    """Name another owner of a source."""
    chosen = (sources.c.tenant == tenant) & (sources.c.name == name)
    connection.execute(update(sources).where(chosen).values(owner=owner))


def list_sources(connection: Connection, tenant: str) -> list[SourceRecord]:
    """List the sources by name."""
    query = select(sources).where(sources.c.tenant == tenant).order_by(sources.c.name)
    names = SourceRecord.__struct_fields__
    return [
        SourceRecord(**{name: row[name] for name in names})
        for row in connection.execute(query).mappings()
    ]


def holds(connection: Connection, tenant: str) -> dict[str, SourceHold]:
    """Return the sources that are held, by name."""
    query = select(source_holds).where(source_holds.c.tenant == tenant)
    names = SourceHold.__struct_fields__
    return {
        row["source"]: SourceHold(**{name: row[name] for name in names})
        for row in connection.execute(query.order_by(source_holds.c.source)).mappings()
    }


def put_hold(connection: Connection, tenant: str, held: SourceHold) -> None:
    """Hold a source."""
    row = {name: getattr(held, name) for name in held.__struct_fields__}
    connection.execute(insert(source_holds).values(tenant=tenant, **row))


def drop_hold(connection: Connection, tenant: str, source: str) -> None:
    """Hold a source no more."""
    chosen = (source_holds.c.tenant == tenant) & (source_holds.c.source == source)
    connection.execute(delete(source_holds).where(chosen))
