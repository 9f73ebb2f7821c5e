"""Brings a catalog to the state this code stands on."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from headgate.spine.registry import stage_modules

if TYPE_CHECKING:
    from sqlalchemy import Engine, MetaData


def metadatas() -> list[MetaData]:
    """Import the tables of the store and of every stage."""
    names = ["headgate.spine.store.tables", *stage_modules("tables")]
    return [importlib.import_module(name).metadata for name in names]


def upgrade(engine: Engine) -> None:
    """Create what is missing."""
    with engine.connect() as connection:
        writer = connection.execution_options(headgate_writes=True)
        with writer.begin():
            for metadata in metadatas():
                metadata.create_all(writer)
