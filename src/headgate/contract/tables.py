"""The catalog's tables of published contracts, of who signed them, and of what gates found."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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

contracts = Table(
    "contracts",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", String(100), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("mode", String(32), nullable=False),
    Column("gate", String(16), nullable=False),
    Column("about", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("published_by", String(200), nullable=False),
    Index("contracts_by_state", "tenant", "state"),
)
"""Every version of a contract that was published, by the name of its file."""

contract_signatures = Table(
    "contract_signatures",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("party", String(16), primary_key=True),
    Column("signed_by", String(200), nullable=False),
    Column("signed_at", Moment, nullable=False),
)

contract_checks = Table(
    "contract_checks",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("rev", BigInteger, primary_key=True, autoincrement=False),
    Column("dataset", String(100), nullable=False),
    Column("branch", String(100), nullable=False),
    Column("number", Integer, nullable=False),
    Column("contract", String(100), nullable=False),
    Column("version", String(100), nullable=False),
    Column("is_passed", Boolean, nullable=False),
    Column("n_held", BigInteger, nullable=False),
    Column("broken", Text, nullable=False),
    Column("checked_at", Moment, nullable=False),
    Index("contract_checks_by_snapshot", "tenant", "dataset", "number", "rev"),
)
"""What the gate found at each commit, by the commit's first batch."""
