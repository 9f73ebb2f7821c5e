"""The catalog's tables of pipelines: memos that let steps be left out, runs and their parts."""

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
    Column("partition", String(200), nullable=False),
    Column("parts", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("content_root", String(64), nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("memos_by_partition", "tenant", "step", "partition", "created_at"),
)

pipeline_runs = Table(
    "pipeline_runs",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("pipeline_run_id", String(64), primary_key=True),
    Column("pipeline", String(100), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("settings", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Index("pipeline_runs_by_time", "tenant", "started_at"),
)

pipeline_parts = Table(
    "pipeline_parts",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("pipeline_run_id", String(64), primary_key=True),
    Column("step", String(100), primary_key=True),
    Column("partition", String(200), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("run_id", String(64)),
    Column("seconds", Float, nullable=False),
    Column("error", Text),
    Column("at", Moment, nullable=False),
    Index("pipeline_parts_by_step", "tenant", "step", "at"),
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
