"""Searches everything a project keeps on disk for bytes, with every file decompressed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.surfaces.python import Project


def files_holding(project: Project, word: str) -> list[str]:
    """Name the files below `.headgate` in which a word is found, whatever its case."""
    home = Path(project.address) / ".headgate"
    return sorted(
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and any(word.lower().encode() in part.lower() for part in _parts(path))
    )


def _parts(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file, of its values if it is Parquet, and of its statistics."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        for name in table.column_names:
            yield from (str(value).encode() for value in _texts(table[name]))
        yield str(pq.read_metadata(path).to_dict()).encode()


def _texts(column: pa.ChunkedArray) -> list[object]:
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        return pc.unique(column.cast(pa.binary())).to_pylist()
    return column.to_pylist() if pa.types.is_nested(column.type) else []
