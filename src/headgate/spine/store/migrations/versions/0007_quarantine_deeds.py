"""What was done with records in quarantine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headgate.spine.store.types import Moment

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Bring a catalog one step on."""
    op.add_column("batches", sa.Column("released_from", sa.BigInteger()))
    for name in ("n_released", "n_discarded"):
        column = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("quarantined", column)
    for name in ("released", "discarded"):
        op.add_column("quarantined", sa.Column(name, sa.LargeBinary()))
    op.add_column("quarantined", sa.Column("reasons", sa.Text()))
    op.create_table(
        "quarantine_deeds",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("deed", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.Column("n_records", sa.BigInteger(), nullable=False),
        sa.Column("blob", sa.String(length=200)),
        sa.Column("into_rev", sa.BigInteger()),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("done_at", Moment(), nullable=False),
        sa.Column("done_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "rev", "deed"),
    )
