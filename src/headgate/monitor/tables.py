"""The catalog's tables of the watch: profiles of segments, references, windows and findings."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)
from sqlalchemy import Text as LongText

from headgate.spine.store.types import Moment

metadata = MetaData()

monitor_references = Table(
    "monitor_references",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("monitor", String(100), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("blob", String(200), nullable=False),
    Column("target", String(300), nullable=False),
    Column("references", LongText, nullable=False),
    Column("said", String(64), nullable=False),
    Column("outcome", LongText, nullable=False),
    Column("n_columns", Integer, nullable=False),
    Column("n_rows", BigInteger, nullable=False),
    Column("n_answers", BigInteger, nullable=False),
    Column("after", Moment, nullable=True),
    Column("fitted_at", Moment, nullable=False),
    Column("fitted_by", String(200), nullable=False),
)

monitor_windows = Table(
    "monitor_windows",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("monitor", String(100), primary_key=True),
    Column("since", Moment, primary_key=True),
    Column("until", Moment, nullable=False),
    Column("reference", Integer, nullable=False),
    Column("n_rows", BigInteger, nullable=False),
    Column("n_looked", BigInteger, nullable=False),
    Column("smallest_shift", Float, nullable=True),
    Column("counts", String(200), nullable=False),
    Column("measured", LongText, nullable=False),
    Column("exceeded", LongText, nullable=False),
    Column("decision", LongText, nullable=False),
    Column("looked_at", Moment, nullable=False),
)

monitor_findings = Table(
    "monitor_findings",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("monitor", String(100), primary_key=True),
    Column("since", Moment, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("check", String(64), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("harm", String(16), nullable=False),
    Column("is_important", Boolean, nullable=False),
    Column("persists", Boolean, nullable=False),
    Column("content", LongText, nullable=False),
    Index("monitor_findings_by_subject", "tenant", "monitor", "subject"),
)

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
