"""The catalog tables of releases, deployments, the prediction log and feedback.

`prediction_counts` says for each segment how many predictions each pair of release and
deployment made and where they stand, so that exposure is answered without opening a file.
Predictions without a release or a deployment bear the empty name there. Feedback was given `at` a
moment that whoever gave it may name, and received when it came here; of what came before version
0009 that is not known, and `at` stands for it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
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

releases = Table(
    "releases",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("release_id", String(120), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("number", Integer, nullable=False),
    Column("model", String(120)),
    Column("prompt", String(120)),
    Column("tools", Text, nullable=False),
    Column("index", String(120)),
    Column("parameters", Text, nullable=False),
    Column("provider_model", String(200)),
    Column("notes", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String(200), nullable=False),
    Index("releases_by_name", "tenant", "name", "number"),
)

deployments = Table(
    "deployments",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("release_id", String(120)),
    Column("moved_at", Moment, nullable=False),
    Column("moved_by", String(200), nullable=False),
)

deployment_moves = Table(
    "deployment_moves",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("deployment", String(100), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("from_release", String(120)),
    Column("to_release", String(120), nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("reason", Text, nullable=False),
)

prediction_segments = Table(
    "prediction_segments",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("segment", String(64), primary_key=True),
    Column("blob", String(200), nullable=False),
    Column("refs", String(200)),
    Column("ids", String(200), nullable=False),
    Column("n_rows", BigInteger, nullable=False),
    Column("at_lo", Moment, nullable=False),
    Column("at_hi", Moment, nullable=False),
    Column("n_bytes", BigInteger, nullable=False),
)

prediction_counts = Table(
    "prediction_counts",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("segment", String(64), primary_key=True),
    Column("release_id", String(120), primary_key=True),
    Column("deployment", String(100), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("n_rows", BigInteger, nullable=False),
    Column("n_with_rows", BigInteger, nullable=False),
    Column("at_lo", Moment, nullable=False),
    Column("at_hi", Moment, nullable=False),
    Index("prediction_counts_by_release", "tenant", "release_id"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("feedback_id", String(64), primary_key=True),
    Column("prediction_id", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("value", Text, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("received_at", Moment),
    Index("feedback_by_prediction", "tenant", "prediction_id"),
    Index("feedback_by_receipt", "tenant", "received_at"),
)

capture_policies = Table(
    "capture_policies",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("deployment", String(100), primary_key=True),
    Column("policy", String(16), nullable=False),
    Column("fields", Text, nullable=False),
    Column("ttl_s", BigInteger),
    Column("expired_before", Moment),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", String(200), nullable=False),
)

capture_sketches = Table(
    "capture_sketches",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("deployment", String(100), primary_key=True),
    Column("since", Moment, primary_key=True),
    Column("field", String(200), primary_key=True),
    Column("sketch", Text, nullable=False),
)

serve_salts = Table(
    "serve_salts",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("purpose", String(32), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
)
