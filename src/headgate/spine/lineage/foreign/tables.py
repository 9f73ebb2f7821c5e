"""The catalog's tables of foreign lineage: events as they came, and the graph read from them.

Moments are whole microseconds since 1970 UTC, for millions of them are compared. The number of a
node or a run is made of its name: whoever tells of it, and in whatever order, means the same.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

from headgate.spine.store.types import Moment

metadata = MetaData()

foreign_frames = Table(
    "foreign_frames",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("n_events", Integer, nullable=False),
    Column("n_bytes", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

foreign_events = Table(
    "foreign_events",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("digest", LargeBinary(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("run", BigInteger),
    Index("foreign_events_by_digest", "tenant", "digest", unique=True),
    Index("foreign_events_by_run", "tenant", "run"),
    sqlite_with_rowid=False,
)

foreign_nodes = Table(
    "foreign_nodes",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("node", BigInteger, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", String(64)),
    Column("first_us", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    Column("told_us", BigInteger),
    Column("told_in", BigInteger),
    Index("foreign_nodes_by_namespace", "tenant", "kind", "namespace"),
    sqlite_with_rowid=False,
)

foreign_runs = Table(
    "foreign_runs",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("run", BigInteger, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("job", BigInteger, nullable=False),
    Column("parent", BigInteger),
    Column("state", String(16), nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("state_us", BigInteger, nullable=False),
    Column("started_us", BigInteger),
    Column("ended_us", BigInteger),
    Column("first_us", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    Index("foreign_runs_by_job", "tenant", "job", "first_us"),
    sqlite_with_rowid=False,
)

foreign_edges = Table(
    "foreign_edges",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("node", BigInteger, primary_key=True),
    Column("role", String(8), primary_key=True),
    Column("other", BigInteger, primary_key=True),
    Column("first_us", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    Index("foreign_edges_back", "tenant", "other", "role"),
    sqlite_with_rowid=False,
)

foreign_uses = Table(
    "foreign_uses",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("run", BigInteger, primary_key=True),
    Column("role", String(8), primary_key=True),
    Column("node", BigInteger, primary_key=True),
    Column("version", String(200), primary_key=True),
    Index("foreign_uses_by_node", "tenant", "node", "role", "version"),
    sqlite_with_rowid=False,
)

foreign_links = Table(
    "foreign_links",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("node", BigInteger, primary_key=True),
    Column("dataset", String(100), primary_key=True),
    Column("linked_at", Moment, nullable=False),
    Column("linked_by", String(200), nullable=False),
)
