"""The stage's SQL: sources by name."""

from sqlalchemy import Connection, insert, select, update

from headgate.core.times import now
from headgate.ingest.requests import SourceRecord
from headgate.ingest.tables import sources


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
