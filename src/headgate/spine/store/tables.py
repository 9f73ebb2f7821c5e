"""The catalog's own tables: datasets, versions, batches, runs, events.

Every key begins with the tenant. Small facts stand here; rows, manifests and bitmaps are blobs.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
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
    Column("kind", String(16), nullable=False, server_default="table"),
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
    Column("branch", String(100), nullable=False, server_default="main"),
    Column("parent", Integer),
    Column("merged_from", Integer),
    Column("kind", String(16), nullable=False, server_default="commit"),
    Column("expired_at", Moment),
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
    Column("is_protected", Boolean, nullable=False, server_default=text("false")),
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
    Column("released_from", BigInteger),
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
    Column("n_released", BigInteger, nullable=False, server_default="0"),
    Column("n_discarded", BigInteger, nullable=False, server_default="0"),
    Column("released", LargeBinary),
    Column("discarded", LargeBinary),
    Column("reasons", Text),
)

quarantine_deeds = Table(
    "quarantine_deeds",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("rev", BigInteger, primary_key=True),
    Column("deed", Integer, primary_key=True, autoincrement=False),
    Column("dataset", String(100), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("numbers", LargeBinary, nullable=False),
    Column("n_records", BigInteger, nullable=False),
    Column("blob", String(200)),
    Column("into_rev", BigInteger),
    Column("because", Text, nullable=False),
    Column("done_at", Moment, nullable=False),
    Column("done_by", String(200), nullable=False),
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
    Column("code_hash", String(200)),
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

leases = Table(
    "leases",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("lease_id", String(64), primary_key=True),
    Column("dataset", String(100), nullable=False),
    Column("number", Integer, nullable=False),
    Column("holder", String(200), nullable=False),
    Column("expires_at", Moment, nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("hold_id", String(64), primary_key=True),
    Column("dataset", String(100), nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", String(200), nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("lifted_at", Moment),
    Index("holds_by_dataset", "tenant", "dataset"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("receipt_id", String(64), primary_key=True),
    Column("dataset", String(100), nullable=False),
    Column("state", String(16), nullable=False),
    Column("receipt", Text, nullable=False),
    Column("signature", String(200), nullable=False),
    Column("erased_at", Moment, nullable=False),
    Column("erased_by", String(200), nullable=False),
)

erased = Table(
    "erased",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("blob", String(200), primary_key=True),
    Column("receipt_id", String(64), primary_key=True),
    Column("replacement", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("is_done", Boolean, nullable=False, server_default=text("false")),
    Index("erased_by_receipt", "tenant", "receipt_id"),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("dataset", String(100), primary_key=True),
    Column("columns", String(300), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("receipt_id", String(64), nullable=False),
)

salts = Table(
    "salts",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
)

exports = Table(
    "exports",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("export_id", String(64), primary_key=True),
    Column("dataset", String(100), nullable=False),
    Column("number", Integer, nullable=False),
    Column("version_id", String(64), nullable=False),
    Column("format", String(32), nullable=False),
    Column("place", Text, nullable=False),
    Column("n_rows", BigInteger, nullable=False),
    Column("is_mirror", Boolean, nullable=False, server_default=text("false")),
    Column("exported_at", Moment, nullable=False),
    Column("exported_by", String(200), nullable=False),
    Index("exports_by_dataset", "tenant", "dataset", "number"),
)

packs = Table(
    "packs",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("pack", String(200), primary_key=True),
    Column("files", String(200), nullable=False),
    Column("n_files", BigInteger, nullable=False),
    Column("n_bytes", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("message_id", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("notifier", String(100), nullable=False),
    Column("dedup_key", String(300), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("content", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("n_attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("lease_id", String(64)),
    Column("leased_until", Moment),
    Column("answer", Text),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Index("outbox_by_due", "tenant", "state", "due_at"),
    Index("outbox_by_key", "tenant", "notifier", "dedup_key", "seq"),
)
