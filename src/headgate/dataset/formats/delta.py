"""Delta Lake tables, by the library deltalake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.core.extras import needing
from headgate.dataset.formats.form import BATCH_ROWS, About, Format, Wanted
from headgate.dataset.formats.types import NEGATIVE_SCALE, Types

if TYPE_CHECKING:
    from pathlib import Path

TYPES = Types(
    refused=("uint64", r"time\d+\[\w+\]", r"duration\[\w+\]", r"decimal256\(.*", NEGATIVE_SCALE),
    widened={
        "uint8": pa.int16(),
        "uint16": pa.int32(),
        "uint32": pa.int64(),
        "halffloat": pa.float32(),
        "date64[ms]": pa.date32(),
        "large_string": pa.string(),
        "large_binary": pa.binary(),
        "fixed_size_binary": pa.binary(),
    },
    has_plain_lists=True,
)
FORBIDDEN = " ,;{}()\n\t="
"""Signs that Spark refuses in a column's name where columns are not mapped."""


def write(rows: Any, path: Path, about: About) -> None:
    """Write a table of one version.

    Raises:
        Unavailable: deltalake is not installed.
        Invalid: the library refuses the rows.
    """
    with needing("the format delta", "delta"):
        from deltalake import write_deltalake
        from deltalake.exceptions import DeltaError
    try:
        write_deltalake(str(path), rows, name=about.title or None)
    except DeltaError as error:
        raise Invalid(f"delta cannot hold these rows: {error}", mend="export to parquet") from error


def read(path: Path, _wanted: Wanted) -> Any:
    """Open a table's newest version.

    Raises:
        Unavailable: deltalake is not installed.
        Invalid: it is no Delta table, or needs what the library cannot read.
    """
    with needing("the format delta", "delta"):
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError
    try:
        dataset: Any = DeltaTable(str(path)).to_pyarrow_dataset()
    except DeltaError as error:
        raise Invalid(
            f"{path} cannot be read as delta: {error}",
            mend="write the table anew without deletion vectors and column mapping",
        ) from error
    return dataset.scanner(batch_size=BATCH_ROWS, fragment_readahead=1).to_reader()


def refused_name(name: str) -> str | None:
    """Say what is wrong with a column's name for Delta."""
    if not name:
        return "it is empty"
    found = next((sign for sign in name if sign in FORBIDDEN), None)
    return None if found is None else f"{found!r} may not stand in it"


FORMAT = Format(
    name="delta",
    write=write,
    read=read,
    is_folder=True,
    types=TYPES,
    refused_name=refused_name,
    is_at=lambda path: (path / "_delta_log").is_dir(),
)
