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
