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

ticks = Table(
    "ticks",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("pipeline", String(100), primary_key=True),
    Column("key", String(130), primary_key=True),
    Column("trigger", String(100), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("why", Text, nullable=False),
    Column("arrival", Text, nullable=False),
    Column("n_tries", Integer, nullable=False),
    Column("holder", String(64)),
    Column("held_until", Moment),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Index("ticks_by_state", "tenant", "state", "due_at"),
    Index("ticks_by_time", "tenant", "pipeline", "trigger", "due_at"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("pipeline", String(100), primary_key=True),
    Column("trigger", String(100), primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("moved_at", Moment, nullable=False),
)

noticed = Table(
    "noticed",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("pipeline", String(100), primary_key=True),
    Column("what", String(250), primary_key=True),
    Column("since", Moment, nullable=False),
)
