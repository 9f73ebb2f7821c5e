"""Foreign lineage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headgate.spine.store.types import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Bring a catalog one step on."""
    _events()
    _nodes()
    _edges()
    op.create_table(
        "foreign_links",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("node", sa.BigInteger(), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("linked_at", Moment(), nullable=False),
        sa.Column("linked_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "node", "dataset"),
    )


def _events() -> None:
    op.create_table(
        "foreign_frames",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("n_events", sa.Integer(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "first"),
    )
    op.create_table(
        "foreign_events",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger()),
        sa.PrimaryKeyConstraint("tenant", "number"),
        sqlite_with_rowid=False,
    )
    _index("foreign_events_by_digest", "foreign_events", "digest", is_unique=True)
    _index("foreign_events_by_run", "foreign_events", "run")


def _nodes() -> None:
    op.create_table(
        "foreign_nodes",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("node", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=64)),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.Column("told_us", sa.BigInteger()),
        sa.Column("told_in", sa.BigInteger()),
        sa.PrimaryKeyConstraint("tenant", "node"),
        sqlite_with_rowid=False,
    )
    _index("foreign_nodes_by_namespace", "foreign_nodes", "kind", "namespace")
    op.create_table(
        "foreign_runs",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("job", sa.BigInteger(), nullable=False),
        sa.Column("parent", sa.BigInteger()),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("state_us", sa.BigInteger(), nullable=False),
        sa.Column("started_us", sa.BigInteger()),
        sa.Column("ended_us", sa.BigInteger()),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "run"),
        sqlite_with_rowid=False,
    )
    _index("foreign_runs_by_job", "foreign_runs", "job", "first_us")


def _edges() -> None:
    op.create_table(
        "foreign_edges",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("node", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "node", "role", "other"),
        sqlite_with_rowid=False,
    )
    _index("foreign_edges_back", "foreign_edges", "other", "role")
    op.create_table(
        "foreign_uses",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("node", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "run", "role", "node", "version"),
        sqlite_with_rowid=False,
    )
    _index("foreign_uses_by_node", "foreign_uses", "node", "role", "version")


def _index(name: str, table: str, *columns: str, is_unique: bool = False) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.create_index(name, ["tenant", *columns], unique=is_unique)
