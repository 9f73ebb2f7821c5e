"""Branches, erasures, packs and exports; every version learns which one it followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from headgate.spine.store.types import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring a catalog one step on."""
    _erased()
    _erasures()
    _exports()
    _holds()
    _leases()
    _packs()
    _salts()
    _suppressions()
    _datasets()
    _refs()
    _versions()
    _fill_parents()
    _widen_code_hashes()


def _erased() -> None:
    op.create_table(
        "erased",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("blob", sa.String(length=200), nullable=False),
        sa.Column("receipt_id", sa.String(length=64), nullable=False),
        sa.Column("replacement", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("is_done", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "blob", "receipt_id"),
    )
    with op.batch_alter_table("erased", schema=None) as batch_op:
        batch_op.create_index("erased_by_receipt", ["tenant", "receipt_id"], unique=False)


def _erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("receipt_id", sa.String(length=64), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.Column("erased_at", Moment(timezone=True), nullable=False),
        sa.Column("erased_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "receipt_id"),
    )


def _exports() -> None:
    op.create_table(
        "exports",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("export_id", sa.String(length=64), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.String(length=64), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("n_rows", sa.BigInteger(), nullable=False),
        sa.Column("is_mirror", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("exported_at", Moment(timezone=True), nullable=False),
        sa.Column("exported_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "export_id"),
    )
    with op.batch_alter_table("exports", schema=None) as batch_op:
        batch_op.create_index("exports_by_dataset", ["tenant", "dataset", "number"], unique=False)


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("hold_id", sa.String(length=64), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.String(length=200), nullable=False),
        sa.Column("placed_at", Moment(timezone=True), nullable=False),
        sa.Column("lifted_at", Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "hold_id"),
    )
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.create_index("holds_by_dataset", ["tenant", "dataset"], unique=False)


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("lease_id", sa.String(length=64), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("expires_at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "lease_id"),
    )


def _packs() -> None:
    op.create_table(
        "packs",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("pack", sa.String(length=200), nullable=False),
        sa.Column("files", sa.String(length=200), nullable=False),
        sa.Column("n_files", sa.BigInteger(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "pack"),
    )


def _salts() -> None:
    op.create_table(
        "salts",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name"),
    )


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("columns", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("receipt_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "dataset", "columns", "digest"),
    )


def _datasets() -> None:
    with op.batch_alter_table("datasets", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("kind", sa.String(length=16), server_default="table", nullable=False)
        )


def _refs() -> None:
    with op.batch_alter_table("refs", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("is_protected", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )


def _versions() -> None:
    with op.batch_alter_table("versions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("branch", sa.String(length=100), server_default="main", nullable=False)
        )
        batch_op.add_column(sa.Column("parent", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("merged_from", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("kind", sa.String(length=16), server_default="commit", nullable=False)
        )
        batch_op.add_column(sa.Column("expired_at", Moment(timezone=True), nullable=True))


def _fill_parents() -> None:
    """Until now every version followed the one before it."""
    op.execute("update versions set parent = number - 1 where number > 1")
    op.execute("update versions set kind = 'restore' where restored_from is not null")


def _widen_code_hashes() -> None:
    """Make room for `blake3:… git:…`; SQLite never minded, PostgreSQL does."""
    for name in ("runs", "model_versions"):
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.alter_column(
                "code_hash", existing_type=sa.String(length=64), type_=sa.String(length=200)
            )
