"""When feedback was received, and what of each deployment's predictions is written down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headgate.spine.store.types import Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Bring a catalog one step on."""
    op.add_column("feedback", sa.Column("received_at", Moment()))
    op.create_index("feedback_by_receipt", "feedback", ["tenant", "received_at"])
    op.create_table(
        "capture_policies",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("deployment", sa.String(length=100), nullable=False),
        sa.Column("policy", sa.String(length=16), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("ttl_s", sa.BigInteger()),
        sa.Column("expired_before", Moment()),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "deployment"),
    )
    op.create_table(
        "capture_sketches",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("deployment", sa.String(length=100), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("sketch", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "deployment", "since", "field"),
    )
