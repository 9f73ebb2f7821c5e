"""Monitors: fitted references, windows that were looked at, and findings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headgate.spine.store.types import Moment

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Bring a catalog one step on."""
    op.create_table(
        "monitor_references",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("monitor", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("blob", sa.String(length=200), nullable=False),
        sa.Column("target", sa.String(length=300), nullable=False),
        sa.Column("references", sa.Text(), nullable=False),
        sa.Column("said", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("n_columns", sa.Integer(), nullable=False),
        sa.Column("n_rows", sa.BigInteger(), nullable=False),
        sa.Column("n_answers", sa.BigInteger(), nullable=False),
        sa.Column("after", Moment()),
        sa.Column("fitted_at", Moment(), nullable=False),
        sa.Column("fitted_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "monitor", "number"),
    )
    op.create_table(
        "monitor_windows",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("monitor", sa.String(length=100), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("reference", sa.Integer(), nullable=False),
        sa.Column("n_rows", sa.BigInteger(), nullable=False),
        sa.Column("n_looked", sa.BigInteger(), nullable=False),
        sa.Column("smallest_shift", sa.Float()),
        sa.Column("counts", sa.String(length=200), nullable=False),
        sa.Column("measured", sa.Text(), nullable=False),
        sa.Column("exceeded", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("looked_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "monitor", "since"),
    )
    op.create_table(
        "monitor_findings",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("monitor", sa.String(length=100), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("check", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("harm", sa.String(length=16), nullable=False),
        sa.Column("is_important", sa.Boolean(), nullable=False),
        sa.Column("persists", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "monitor", "since", "position"),
    )
    op.create_index(
        "monitor_findings_by_subject", "monitor_findings", ["tenant", "monitor", "subject"]
    )
