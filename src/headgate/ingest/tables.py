"""The catalog's table of sources: what each is called, who answers for it, how it is read."""

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
