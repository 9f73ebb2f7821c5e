"""The columns of a file of rows, each read from disk when it is asked for and kept by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from headgate.core.errors import Invalid, NotFound
from headgate.spine.store.exchange import read_file

SUFFIXES = (".parquet", ".pq", ".csv", ".jsonl")


class ParquetColumns(Mapping[str, Any]):
    """The columns of a Parquet file; text is read as it lies there, each word once.

    Several threads may ask for columns at the same time; a file that cannot be read is `Invalid`.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with pq.ParquetFile(path) as file:
            self._metadata = file.metadata
            self.schema = file.schema_arrow
        self._texts = [one.name for one in self.schema if pa.types.is_string(one.type)]

    @property
    def num_rows(self) -> int:
        """Rows of the file [count]."""
        return self._metadata.num_rows

    def __getitem__(self, name: str) -> Any:
        if name not in self.schema.names:
            raise KeyError(name)
        texts = [name] if name in self._texts else None
        try:
            with pq.ParquetFile(self._path, metadata=self._metadata, read_dictionary=texts) as file:
                return file.read([name], use_threads=False)[name]
        except (pa.ArrowException, OSError) as error:
            raise _broken(self._path, error) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self.schema.names)

    def __len__(self) -> int:
        return len(self.schema)


def open_columns(path: Path) -> Mapping[str, Any]:
    """Open a file of rows: Parquet column by column, CSV and JSON lines as a whole.

    Raises:
        NotFound: there is no such file.
        Invalid: it cannot be read, or its suffix is not known.
    """
    if not path.is_file():
        raise NotFound(f"no file {path}", mend="name a file of rows")
    if path.suffix not in SUFFIXES:
        raise Invalid(f"{path.name} is of no known form", mend=f"give one of {', '.join(SUFFIXES)}")
    if path.suffix in {".csv", ".jsonl"}:
        rows = read_file(path, "csv" if path.suffix == ".csv" else "jsonl")
        return dict(zip(rows.column_names, rows.columns, strict=True))
    try:
        found = ParquetColumns(path)
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, error) from error
    if len(set(found)) < len(found):
        raise Invalid(f"{path.name} has two columns of one name", mend="rename one of them")
    return found


def _broken(path: Path, error: Exception) -> Invalid:
    return Invalid(
        f"{path.name} cannot be read as parquet: {error}", mend="give a whole Parquet file"
    )
