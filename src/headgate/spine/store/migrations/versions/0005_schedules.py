"""Ticks of schedules and sensors, cursors of sensors, and trouble that was noticed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headgate.spine.store.types import Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Bring a catalog one step on."""
    op.create_table(
        "ticks",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("pipeline", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=130), nullable=False),
        sa.Column("trigger", sa.String(length=100), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("arrival", sa.Text(), nullable=False),
        sa.Column("n_tries", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("held_until", Moment(), nullable=True),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "pipeline", "key"),
    )
    with op.batch_alter_table("ticks", schema=None) as batch_op:
        batch_op.create_index("ticks_by_state", ["tenant", "state", "due_at"], unique=False)
        batch_op.create_index(
            "ticks_by_time", ["tenant", "pipeline", "trigger", "due_at"], unique=False
        )
    op.create_table(
        "cursors",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("pipeline", sa.String(length=100), nullable=False),
        sa.Column("trigger", sa.String(length=100), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("moved_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "pipeline", "trigger"),
    )
    op.create_table(
        "noticed",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("pipeline", sa.String(length=100), nullable=False),
        sa.Column("what", sa.String(length=250), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "pipeline", "what"),
    )
