"""The catalog's tables of model versions and prompt versions; what they hold never changes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

from headgate.spine.store.types import Moment

metadata = MetaData()

model_versions = Table(
    "model_versions",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("blob", String(200), nullable=False),
    Column("filename", String(255), nullable=False),
    Column("format", String(16), nullable=False),
    Column("n_bytes", BigInteger, nullable=False),
    Column("signature", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("code_hash", String(200)),
    Column("environment", Text, nullable=False),
    Column("run_id", String(64)),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("notes", Text, nullable=False),
    Index("model_versions_by_run", "tenant", "run_id"),
    Index("model_versions_by_digest", "tenant", "name", "digest"),
)

prompts = Table(
    "prompts",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("template", Text, nullable=False),
    Column("variables", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("tools", Text, nullable=False),
    Column("output_schema", Text),
    Column("digest", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String(200), nullable=False),
)
