"""Iceberg tables that need no catalog, by the library pyiceberg.

A table is a folder of `data/` and `metadata/`; `metadata/version-hint.text` names the newest
metadata, as engines without a catalog expect it. Iceberg writes whole addresses into its files:
while a table is written elsewhere, or when it was moved, they are read as the place it lies at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.core.errors import Invalid
from headgate.core.extras import needing
from headgate.dataset.formats.form import About, Format, Wanted
from headgate.dataset.formats.types import NEGATIVE_SCALE, Types

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TYPES = Types(
    refused=(
        "null",
        "uint64",
        r"duration\[\w+\]",
        r"time64\[ns\]",
        r"decimal256\(.*",
        NEGATIVE_SCALE,
    ),
    widened={
        "int8": pa.int32(),
        "int16": pa.int32(),
        "uint8": pa.int32(),
        "uint16": pa.int32(),
        "uint32": pa.int64(),
        "halffloat": pa.float32(),
        "date64[ms]": pa.date32(),
        "time32[s]": pa.time64("us"),
        "time32[ms]": pa.time64("us"),
    },
    has_plain_lists=True,
)
FILE_IO = "headgate.dataset.formats.relocated.Relocated"
HINT = "version-hint.text"


def write(rows: Any, path: Path, about: About) -> None:
    """Write a table of one snapshot.

    Raises:
        Unavailable: pyiceberg is not installed.
        Invalid: the library refuses the rows, or would lose some.
    """
    with needing("the format iceberg", "iceberg"):
        from pyiceberg.catalog.memory import InMemoryCatalog
        from pyiceberg.exceptions import ValidationError
    location = f"file://{about.place.absolute()}"
    catalog = InMemoryCatalog("export", **_moved(location, path))
    try:
        catalog.create_namespace("headgate")
        with catalog.create_table_transaction(
            "headgate.export", rows.schema, location, properties=dict(about.facts)
        ) as transaction:
            checked = pa.RecordBatchReader.from_batches(rows.schema, _checked(rows))
            transaction.append(checked)
    except (ValueError, NotImplementedError, ValidationError) as error:
        raise Invalid(
            f"iceberg cannot hold these rows: {error}", mend="export to parquet"
        ) from error
    finally:
        catalog.close()
    (newest,) = (path / "metadata").glob("*.metadata.json")
    newest.rename(path / "metadata" / "v1.metadata.json")
    (path / "metadata" / HINT).write_text("1", encoding="utf-8")


def read(path: Path, _wanted: Wanted) -> Any:
    """Open a table's newest snapshot, wherever the folder was moved to.

    Raises:
        Unavailable: pyiceberg is not installed.
        Invalid: it is no Iceberg table.
    """
    with needing("the format iceberg", "iceberg"):
        from pyiceberg.table import StaticTable
    metadata = _newest(path)
    try:
        location = StaticTable.from_metadata(str(metadata)).metadata.location
        table = StaticTable.from_metadata(str(metadata), _moved(location, path))
        return table.scan().to_arrow_batch_reader()
    except (ValueError, FileNotFoundError) as error:
        raise Invalid(
            f"{path} cannot be read as iceberg: {error}", mend="name the table's folder"
        ) from error


def refused_name(name: str) -> str | None:
    """Say what is wrong with a column's name for Iceberg."""
    if not name:
        return "it is empty"
    return "'.' stands for nested columns there" if "." in name else None


def _moved(location: str, path: Path) -> dict[str, str]:
    here = f"file://{path.absolute()}"
    return {"py-io-impl": FILE_IO, "headgate.from": location.rstrip("/"), "headgate.to": here}


def _newest(path: Path) -> Path:
    folder = path / "metadata"
    hint = folder / HINT
    if hint.is_file():
        number = hint.read_text(encoding="utf-8").strip()
        for name in (f"v{number}.metadata.json", f"{number}.metadata.json", number):
            if (folder / name).is_file():
                return folder / name
    found = sorted(folder.glob("*.metadata.json"))
    if not found:
        raise Invalid(f"{path} holds no Iceberg metadata", mend="name the table's folder")
    return found[-1]


def _checked(rows: Any) -> Iterator[Any]:
    """Pass batches on; refuse what pyiceberg 0.12 writes as an empty list without saying so."""
    for batch in rows:
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if _loses_null(column):
                raise Invalid(
                    f"iceberg cannot hold column {name!r}: a list of structs is null in some rows "
                    "and would become an empty one",
                    mend="export to parquet or delta, or leave the column out with --columns",
                )
        yield batch


def _loses_null(array: Any) -> bool:
    kind = array.type
    if pa.types.is_struct(kind):
        return any(_loses_null(one) for one in array.flatten())
    if not pa.types.is_list(kind):
        return False
    is_nested = pa.types.is_nested(kind.value_type)
    return (is_nested and array.null_count > 0) or _loses_null(array.flatten())


FORMAT = Format(
    name="iceberg",
    write=write,
    read=read,
    is_folder=True,
    types=TYPES,
    refused_name=refused_name,
    is_at=lambda path: any((path / "metadata").glob("*.metadata.json")),
)
