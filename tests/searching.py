"""Searches everything a project keeps for bytes, with every file decompressed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.searching_elsewhere import holding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from headgate.surfaces.python import Project


def files_holding(project: Project, word: str) -> list[str]:
    """Name what holds a word, whatever its case: files, objects on S3 and tables on PostgreSQL."""
    root = Path(project.address)
    home = root / ".headgate"
    found = [path for path in home.rglob("*") if path.is_file() and _holds(path, word)]
    elsewhere = holding(root, lambda path: _holds(path, word), word)
    return sorted(str(path.relative_to(home)) for path in found) + elsewhere


def words_found(root: Path, words: Collection[str]) -> set[str]:
    """Return which words are found in a project's files, each file decompressed once."""
    wanted = {word: word.lower().encode() for word in words}
    found: set[str] = set()
    for path in (root / ".headgate").rglob("*"):
        parts = [part.lower() for part in _parts(path)] if path.is_file() else []
        found |= {word for word, data in wanted.items() if any(data in part for part in parts)}
    return found


def _holds(path: Path, word: str) -> bool:
    return any(word.lower().encode() in part.lower() for part in _parts(path))


def _parts(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file, of its values if it is Parquet, and of its statistics."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        for name in table.column_names:
            yield from (str(value).encode() for value in _texts(table[name]))
        yield str(pq.read_metadata(path).to_dict()).encode()


def _texts(column: Any) -> list[Any]:
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        return pc.unique(column.cast(pa.binary())).to_pylist()
    return column.to_pylist() if pa.types.is_nested(column.type) else []
