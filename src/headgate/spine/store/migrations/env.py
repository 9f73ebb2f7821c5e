"""What Alembic runs: the migrations, over the connection it was handed."""

from __future__ import annotations

from alembic import context

from headgate.spine.store.migrate import metadatas

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadatas(),
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
