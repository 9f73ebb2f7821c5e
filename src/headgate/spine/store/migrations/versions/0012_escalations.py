"""What was done about what monitors found, and sources that are held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headgate.spine.store.types import Moment

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Bring a catalog one step on."""
    op.create_table(
        "escalations",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("escalation_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("monitor", sa.String(length=100), nullable=False),
        sa.Column("watches", sa.String(length=200), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment()),
        sa.Column("settled_by", sa.String(length=200)),
        sa.Column("well_at", Moment()),
        sa.PrimaryKeyConstraint("tenant", "escalation_id"),
    )
    op.create_index("escalations_by_monitor", "escalations", ["tenant", "monitor", "seq"])
    op.create_table(
        "source_holds",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("held_at", Moment(), nullable=False),
        sa.Column("held_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "source"),
    )
