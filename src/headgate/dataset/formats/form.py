"""What a format is: its name, the types it holds, and how a stream of rows is written and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from headgate.dataset.formats.types import EVERYTHING, Types

BATCH_ROWS = 65_536
"""Rows handed on at once; what is held in memory is a few such batches [count]."""


@dataclass(frozen=True)
class About:
    """What is known of the rows that are written.

    Args:
        place: where the export will lie when it is whole.
        title: the dataset's name.
        n_rows: rows there will be [count].
        facts: names and values to tell a reader, such as the content root.
        license: under which the rows may be used, as Hugging Face spells it.
        sources: the sources the rows came from.
    """

    place: Path
    title: str = ""
    n_rows: int = 0
    facts: dict[str, str] = field(default_factory=dict[str, str])
    license: str | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """How a reader wants what lies there.

    Args:
        schema: the types of columns, for formats that keep none; a column it has not is inferred.
        split: which part of a data set that is cut in parts, such as `train`.
    """

    schema: pa.Schema | None = None
    split: str | None = None

    def kind(self, name: str) -> pa.DataType | None:
        """Return the type a column is to have, if that was said."""
        known = self.schema is not None and name in self.schema.names
        return self.schema.field(name).type if self.schema is not None and known else None


@dataclass(frozen=True)
class Format:
    """A form in which other tools keep tables.

    Args:
        name: what `--format` calls it.
        write: puts rows at a path that is not there yet.
        read: opens what lies at a path.
        suffixes: of paths that mean this format.
        is_folder: whether it is a folder.
        types: the types it holds.
        refused_name: says what is wrong with a column's name; nothing if it may stand.
        is_at: whether a folder holds this format.
    """

    name: str
    write: Callable[[Any, Path, About], None]
    read: Callable[[Path, Wanted], Any]
    suffixes: tuple[str, ...] = ()
    is_folder: bool = False
    types: Types = EVERYTHING
    refused_name: Callable[[str], str | None] = lambda _: None
    is_at: Callable[[Path], bool] = lambda _: False


def reader_of(table: pa.Table) -> Any:
    """Offer a table as a stream of batches."""
    return pa.RecordBatchReader.from_batches(
        table.schema, table.to_batches(max_chunksize=BATCH_ROWS)
    )
