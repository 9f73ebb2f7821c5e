"""The catalog's tables of monitors: what was done about what they found."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table, Text

from headgate.spine.store.types import Moment

metadata = MetaData()

escalations = Table(
    "escalations",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("escalation_id", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("monitor", String(100), nullable=False),
    Column("watches", String(200), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("rule", String(200), nullable=False),
    Column("action", String(32), nullable=False),
    Column("target", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("subjects", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("settled_by", String(200)),
    Column("well_at", Moment),
    Index("escalations_by_monitor", "tenant", "monitor", "seq"),
)
