"""Parquet: one file, or a folder of files of a million rows each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from headgate.core.errors import Invalid
from headgate.dataset.formats.form import BATCH_ROWS, About, Format, Wanted
from headgate.dataset.formats.types import NEGATIVE_SCALE, Types

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_ROWS = 1_000_000
"""Rows of one file of a folder [count]."""

FACTS = "_headgate.json"

TYPES = Types(
    refused=(NEGATIVE_SCALE,),
    widened={"time32[s]": pa.time32("ms"), "date64[ms]": pa.date32()},
)


def write(rows: Any, path: Path, about: About) -> None:
    """Write one file, or a folder if the path has no suffix of Parquet.

    Beside the files of a folder lies what is known of them, in `_headgate.json`.
    """
    if path_is_file(about.place):
        with pq.ParquetWriter(path, rows.schema, compression="zstd") as writer:
            for batch in rows:
                writer.write_batch(batch)
        return
    write_parts(rows, path, "part")
    (path / FACTS).write_bytes(msgspec.json.format(msgspec.json.encode(about.facts)))


def write_parts(rows: Any, folder: Path, stem: str) -> list[Path]:
    """Write a folder of files named STEM-00000-of-00003.parquet; at least one, even if empty."""
    folder.mkdir(parents=True)
    written = [_write_part(batches, rows.schema, folder, i) for i, batches in _parts(rows)]
    names = [f"{stem}-{i:05}-of-{len(written):05}.parquet" for i in range(len(written))]
    return [old.rename(folder / name) for old, name in zip(written, names, strict=True)]


def read(path: Path, _wanted: Wanted) -> Any:
    """Open a file, or every Parquet file of a folder in the order of their names.

    Raises:
        Invalid: the folder holds none.
    """
    return open_files([path] if path.is_file() else parquet_files(path), path)


def open_files(files: list[Path], path: Path) -> Any:
    """Open several files as one stream, columns brought together by name."""
    if not files:
        raise Invalid(f"{path} holds no Parquet file", mend="name the folder that holds them")
    schemas = [pq.read_schema(file).remove_metadata() for file in files]
    schema = pa.unify_schemas(schemas, promote_options="default")
    dataset = ds.dataset([str(file) for file in files], schema=schema, format="parquet")
    scanner: Any = dataset.scanner(batch_size=BATCH_ROWS, batch_readahead=2, fragment_readahead=1)
    return scanner.to_reader()


def count_rows(path: Path) -> int:
    """Count the rows of a file by what its end says.

    Raises:
        Invalid: it is no whole Parquet file.
    """
    try:
        return pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as error:
        raise Invalid(
            f"{path} is no whole Parquet file", mend="write it again, or move it elsewhere"
        ) from error


def parquet_files(folder: Path) -> list[Path]:
    """List the Parquet files of a folder, hidden ones and those of temporary folders left out."""
    return [
        file
        for file in sorted(folder.rglob("*.parquet"))
        if not any(part[0] in "._" for part in file.relative_to(folder).parts)
    ]


def path_is_file(path: Path) -> bool:
    """Say whether a path names a file, not a folder of files."""
    return path.suffix.lower() in (".parquet", ".pq")


def _parts(rows: Any) -> Iterator[tuple[int, Iterator[Any]]]:
    """Cut a stream into pieces of a file's rows; the first piece is there even if empty."""
    source = iter(rows)
    pending = next(source, None)
    index = 0
    while pending is not None or index == 0:
        held: list[Any] = [pending]

        def piece(held: list[Any] = held) -> Iterator[Any]:
            n_rows = 0
            while held[0] is not None and n_rows < FILE_ROWS:
                n_rows += held[0].num_rows
                yield held[0]
                held[0] = next(source, None)

        yield index, piece()
        pending = held[0]
        index += 1


def _write_part(batches: Iterator[Any], schema: pa.Schema, folder: Path, index: int) -> Path:
    path = folder / f".{index:05}.parquet"
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
    return path


FORMAT = Format(
    name="parquet",
    write=write,
    read=read,
    suffixes=(".parquet", ".pq"),
    types=TYPES,
    is_at=lambda path: bool(parquet_files(path)),
)
