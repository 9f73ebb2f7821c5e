"""Brings a catalog to the state this code stands on, by Alembic migrations."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_mock_engine,
    insert,
)

from headgate.core.errors import Conflict
from headgate.spine.lineage.foreign import tables as foreign
from headgate.spine.registry import imported
from headgate.spine.store import tables

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, Engine

PLACE = Path(__file__).parent / "migrations"

_noted = MetaData()
_number = Table(
    "alembic_version",
    _noted,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic makes it."""


def metadatas() -> list[MetaData]:
    """Import the tables of the store and of every stage."""
    return [tables.metadata, foreign.metadata, *(module.metadata for module in imported("tables"))]


def lay(engine: Engine, number: str) -> None:
    """Make every table in an empty database as the migrations up to the newest would leave it.

    Args:
        engine: the database.
        number: the newest migration, which is noted as done.
    """
    with engine.connect() as connection:
        writer = connection.execution_options(headgate_writes=True)
        with writer.begin():
            for statement in _statements(engine.url.drivername):
                writer.exec_driver_sql(statement)
            writer.execute(insert(_number).values(version_num=number))


@cache
def _statements(driver: str) -> list[str]:
    """Write every table as SQL: once in a process, for it costs more than running it."""
    written: list[str] = []
    engine = create_mock_engine(
        f"{driver}://", lambda made, *_: written.append(str(made.compile(dialect=engine.dialect)))
    )
    for metadata in (*metadatas(), _noted):
        metadata.create_all(engine, checkfirst=False)
    return written


def upgrade(engine: Engine, *, to: str = "head") -> None:
    """Run every migration that a catalog has not seen, up to one, in one transaction."""
    from alembic import command

    with engine.connect() as connection:
        writer = connection.execution_options(headgate_writes=True)
        with writer.begin():
            command.upgrade(_config(writer), to)


def steps(after: str) -> list[str]:
    """List the migrations that follow one, each as its number and what it brings.

    Raises:
        Conflict: there is no such migration here, so a newer Headgate made it.
    """
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.script.revision import RevisionError

    config = Config()
    config.set_main_option("script_location", str(PLACE))
    try:
        found = list(ScriptDirectory.from_config(config).iterate_revisions("head", after))
    except RevisionError as error:
        raise Conflict(
            f"the catalog stands at migration {after}, which this Headgate does not know",
            mend="open it with a newer one: pip install --upgrade headgate",
        ) from error
    return [f"{one.revision} {one.doc.rstrip('.')}" for one in reversed(found)]


def differences(connection: Connection) -> list[Any]:
    """List what the tables declared in code and those of a catalog do not share."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    declared: Any = metadatas()  # Alembic takes several, its types say one
    return compare_metadata(context, declared)


def write_migration(connection: Connection, message: str, number: str) -> None:
    """Write a migration file from what `differences` finds; to be read before it is kept."""
    from alembic import command

    command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(PLACE))
    config.attributes["connection"] = connection
    return config
