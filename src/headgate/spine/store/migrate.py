"""Brings a catalog to the state this code stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.spine.registry import imported
from headgate.spine.store import tables

if TYPE_CHECKING:
    from sqlalchemy import Engine, MetaData


def metadatas() -> list[MetaData]:
    """Import the tables of the store and of every stage."""
    return [tables.metadata, *(module.metadata for module in imported("tables"))]


def upgrade(engine: Engine) -> None:
    """Create what is missing."""
    with engine.connect() as connection:
        writer = connection.execution_options(headgate_writes=True)
        with writer.begin():
            for metadata in metadatas():
                metadata.create_all(writer)
