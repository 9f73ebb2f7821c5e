"""Profiles of segments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headgate.spine.store.types import Moment

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Bring a catalog one step on."""
    op.create_table(
        "segment_profiles",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("segment", sa.String(length=64), nullable=False),
        sa.Column("deletions", sa.String(length=64), nullable=False),
        sa.Column("layout", sa.String(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "segment", "deletions", "layout"),
    )
    op.create_index("segment_profiles_by_time", "segment_profiles", ["tenant", "made_at"])
