"""The catalog's tables of pipelines: what steps made of what, and who has a place in a pool."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, MetaData, String, Table, Text

from headgate.spine.store.types import Moment

metadata = MetaData()

memos = Table(
    "memos",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("step", String(100), primary_key=True),
    Column("memo_key", String(64), primary_key=True),
    Column("parts", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("content_root", String(64), nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("memos_by_time", "tenant", "step", "created_at"),
)

pool_slots = Table(
    "pool_slots",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("pool", String(100), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("slot_id", String(64), nullable=False),
    Column("holder", String(200), nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)
