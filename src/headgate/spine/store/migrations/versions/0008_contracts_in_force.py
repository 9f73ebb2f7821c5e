"""Published contracts, who signed them, and what their gates found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headgate.spine.store.types import Moment

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Bring a catalog one step on."""
    op.create_table(
        "contracts",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("gate", sa.String(length=16), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("published_at", Moment(), nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", "number"),
    )
    op.create_index("contracts_by_state", "contracts", ["tenant", "state"])
    op.create_table(
        "contract_signatures",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party", sa.String(length=16), nullable=False),
        sa.Column("signed_by", sa.String(length=200), nullable=False),
        sa.Column("signed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", "number", "party"),
    )
    op.create_table(
        "contract_checks",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("rev", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("branch", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("contract", sa.String(length=100), nullable=False),
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("n_held", sa.BigInteger(), nullable=False),
        sa.Column("broken", sa.Text(), nullable=False),
        sa.Column("checked_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "rev"),
    )
    op.create_index(
        "contract_checks_by_snapshot", "contract_checks", ["tenant", "dataset", "number", "rev"]
    )
