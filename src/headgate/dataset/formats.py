"""Tables as files: Parquet, CSV, TSV, JSON lines and Arrow, in and out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.ipc as pa_ipc
import pyarrow.json as pa_json
import pyarrow.parquet as pq

from headgate.core.errors import Invalid, NotFound, Unavailable
from headgate.dataset.fit import infer

if TYPE_CHECKING:
    from collections.abc import Callable

SUFFIXES = (".parquet", ".csv", ".tsv", ".jsonl", ".arrow")


def load(path: str | Path) -> pa.Table:
    """Read a file as a table, by its suffix.

    Raises:
        NotFound: there is no such file.
        Invalid: the suffix is not known, or the file is not what its suffix says.
    """
    path = Path(path)
    if not path.is_file():
        raise NotFound(f"no file {path}", mend="give the path of a file that is there")
    readers: dict[str, Callable[[Path], pa.Table]] = {
        ".parquet": pq.read_table,
        ".csv": lambda one: _read_text(one, ","),
        ".tsv": lambda one: _read_text(one, "\t"),
        ".jsonl": pa_json.read_json,
        ".arrow": lambda one: pa_ipc.open_file(str(one)).read_all(),
    }
    suffix = _known_suffix(path)
    try:
        return readers[suffix](path)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Invalid(
            f"{path} cannot be read as {suffix[1:]}: {error}",
            mend="mend the file; or use `headgate source ingest`, which quarantines broken rows",
        ) from error


def save(table: pa.Table, path: str | Path) -> int:
    """Write a table to a file, by its suffix, whole or not at all; return its size in bytes.

    Raises:
        Invalid: the suffix is not known, or the format cannot hold a column.
        Unavailable: the file cannot be written.
    """
    path = Path(path)
    writers: dict[str, Callable[[pa.Table, Path], Any]] = {
        ".parquet": lambda rows, to: pq.write_table(rows, to, compression="zstd"),
        ".csv": pa_csv.write_csv,
        ".tsv": lambda rows, to: pa_csv.write_csv(rows, to, pa_csv.WriteOptions(delimiter="\t")),
        ".jsonl": _write_json_lines,
        ".arrow": _write_arrow,
    }
    suffix = _known_suffix(path)
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writers[suffix](table, temporary)
        temporary.replace(path)
    except pa.ArrowException as error:
        raise Invalid(
            f"{suffix[1:]} cannot hold these columns: {error}", mend="export to .parquet or .jsonl"
        ) from error
    except OSError as error:
        raise Unavailable(
            f"{path} could not be written: {error.strerror}",
            mend="make room or choose another place",
        ) from error
    finally:
        if temporary.exists():
            temporary.unlink()
    return path.stat().st_size


def _read_text(path: Path, delimiter: str) -> pa.Table:
    """Read every column as text and then as what all its cells are, as an ingest does."""
    parsing = pa_csv.ParseOptions(delimiter=delimiter)
    with pa_csv.open_csv(path, parse_options=parsing) as reader:
        names = reader.schema.names
    kinds = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True
    )
    table = pa_csv.read_csv(path, parse_options=parsing, convert_options=kinds)
    columns = [infer(column.combine_chunks()) for column in table.columns]
    return pa.table(columns, names=names)


def _known_suffix(path: Path) -> str:
    if path.suffix.lower() not in SUFFIXES:
        raise Invalid(
            f"{path} has no suffix that tells its format", mend=f"use one of {', '.join(SUFFIXES)}"
        )
    return path.suffix.lower()


def _write_json_lines(table: pa.Table, path: Path) -> None:
    encoder = msgspec.json.Encoder()
    with path.open("wb") as file:
        for batch in table.to_batches(max_chunksize=16_384):
            file.writelines(encoder.encode(row) + b"\n" for row in batch.to_pylist())


def _write_arrow(table: pa.Table, path: Path) -> None:
    with pa_ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
