"""The catalog's table of what steps made of what: the memo that lets them be left out."""

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
