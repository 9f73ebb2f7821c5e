"""The catalog's own tables: datasets, versions, batches, runs, events.

Every key begins with the tenant. Small facts stand here; rows, manifests and bitmaps are blobs.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from headgate.spine.store.types import Moment

metadata = MetaData()

counters = Table(
    "counters",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

datasets = Table(
    "datasets",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("key", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("dataset", String(100), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("version_id", String(64), nullable=False),
    Column("content_root", String(64), nullable=False),
    Column("columns", Text, nullable=False),
    Column("n_rows", BigInteger, nullable=False),
    Column("n_added", BigInteger, nullable=False),
    Column("n_removed", BigInteger, nullable=False),
    Column("n_changed", BigInteger, nullable=False),
    Column("n_quarantined", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Column("run_id", String(64)),
    Column("restored_from", Integer),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String(200), nullable=False),
    ForeignKeyConstraint(["tenant", "dataset"], ["datasets.tenant", "datasets.name"]),
    Index("versions_by_id", "tenant", "version_id"),
    Index("versions_by_run", "tenant", "run_id"),
)

refs = Table(
    "refs",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("dataset", String(100), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("number", Integer, nullable=False),
    ForeignKeyConstraint(["tenant", "dataset"], ["datasets.tenant", "datasets.name"]),
)

batches = Table(
    "batches",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("rev", BigInteger, primary_key=True),
    Column("dataset", String(100), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("source", String(100)),
    Column("uri", Text),
    Column("digest", String(64)),
    Column("rid_lo", BigInteger, nullable=False),
    Column("rid_hi", BigInteger, nullable=False),
    Column("n_rows", BigInteger, nullable=False),
    Column("n_quarantined", BigInteger, nullable=False),
    Column("run_id", String(64)),
    Column("arrived_at", Moment, nullable=False),
    Index("batches_by_source", "tenant", "source", "arrived_at"),
    Index("batches_by_digest", "tenant", "dataset", "digest"),
    Index("batches_by_rid", "tenant", "rid_lo"),
    Index("batches_by_run", "tenant", "run_id"),
)

derivations = Table(
    "derivations",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("rev", BigInteger, primary_key=True),
    Column("run_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("edges", String(200)),
    Column("n_edges", BigInteger, nullable=False),
)

quarantined = Table(
    "quarantined",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("dataset", String(100), primary_key=True),
    Column("rev", BigInteger, primary_key=True),
    Column("blob", String(200), nullable=False),
    Column("n_rows", BigInteger, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("run_id", String(64), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("state", String(16), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("parameters", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("code_hash", String(64)),
    Column("error", Text),
)

reads = Table(
    "reads",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("run_id", String(64), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("dataset", String(100), nullable=False),
    Column("number", Integer, nullable=False),
    Column("version_id", String(64), nullable=False),
    Column("condition", Text),
    Column("rowset", String(200)),
    Column("n_rows", BigInteger, nullable=False),
    Index("reads_by_version", "tenant", "dataset", "number"),
)

events = Table(
    "events",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("commitment", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Index("events_by_subject", "tenant", "subject"),
)
