"""The catalog's tables of the watch."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, MetaData, String, Table

from headgate.spine.store.types import Moment

metadata = MetaData()

segment_profiles = Table(
    "segment_profiles",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("segment", String(64), primary_key=True),
    Column("deletions", String(64), primary_key=True),
    Column("layout", String(32), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
    Index("segment_profiles_by_time", "tenant", "made_at"),
)
