"""What is asked of tables that stay where they lie, and what is told of them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class AdoptParquet(msgspec.Struct, frozen=True):
    """Register Parquet files where they lie, as one table; nothing is copied."""

    folder: Annotated[str, Meta(description="the folder, or one file")]
    as_: Annotated[str, Meta(description="the dataset's name")] = msgspec.field(name="as")


class AdoptPostgres(msgspec.Struct, frozen=True):
    """Register a table of PostgreSQL where it lies; only its digest is kept."""

    url: Annotated[str, Meta(description="postgresql://USER@HOST:5432/DATABASE")]
    table: Annotated[str, Meta(description="the table, as SCHEMA.TABLE")]
    as_: Annotated[str, Meta(description="the dataset's name")] = msgspec.field(name="as")


class TableAdopted(msgspec.Struct, frozen=True):
    """A table that stays where it lies.

    Args:
        dataset: its name.
        snapshot: the version that stands now, as `orders@3`.
        n_files: files of it; 1 for a table of a database.
        n_rows: rows in them.
        n_bytes: their size [bytes].
        is_new: this call made the version.
    """

    dataset: str
    snapshot: str
    n_files: int
    n_rows: int
    n_bytes: int
    is_new: bool


class ReadAdopted(msgspec.Struct, frozen=True):
    """Read an adopted table from where it lies, each file's digest checked first."""

    name: Annotated[str, Meta(description="the dataset's name")]
    at: Annotated[str | None, Meta(description="the version; the newest if none")] = None
