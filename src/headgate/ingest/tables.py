"""The catalog's tables of sources: how each is read, who answers for it, and whether it is held."""

from sqlalchemy import Column, MetaData, String, Table, Text

from headgate.spine.store.types import Moment

metadata = MetaData()

sources = Table(
    "sources",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("owner", String(200), nullable=True),
    Column("connector", String(100), nullable=False),
    Column("uri", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

source_holds = Table(
    "source_holds",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("source", String(100), primary_key=True),
    Column("because", Text, nullable=False),
    Column("held_at", Moment, nullable=False),
    Column("held_by", String(200), nullable=False),
)
