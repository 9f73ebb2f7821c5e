"""Whole tables to and from a path, for callers that hold the rows in memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.dataset.formats.form import About, Wanted, reader_of
from headgate.dataset.formats.known import format_by_suffix
from headgate.dataset.formats.places import size_of, whole
from headgate.dataset.formats.types import written_as

if TYPE_CHECKING:
    from headgate.dataset.formats.form import Format


def load(path: str | Path) -> pa.Table:
    """Read a file as a table, by its suffix.

    Raises:
        NotFound: there is no such file.
        Invalid: the suffix is not known, or the file is not what its suffix says.
    """
    path = Path(path)
    if not path.is_file():
        raise NotFound(f"no file {path}", mend="give the path of a file that is there")
    form = format_by_suffix(path)
    return opened(form, path, Wanted()).read_all()


def save(table: pa.Table, path: str | Path) -> int:
    """Write a table to a file, by its suffix, whole or not at all; return its size in bytes.

    Raises:
        Invalid: the suffix is not known, or the format cannot hold a column.
        Conflict: a folder lies there.
        Unavailable: the file cannot be written.
    """
    path = Path(path)
    form = format_by_suffix(path)
    if path.is_dir():
        raise Conflict(f"{path} is a folder", mend="choose another place")
    schema = written_as(table.schema, form.name, form.types, form.refused_name)
    with whole(path) as part:
        put(form, reader_of(table.cast(schema)), part, About(place=path, n_rows=table.num_rows))
    return size_of(path)


def put(form: Format, rows: Any, path: Path, about: About) -> None:
    """Write a stream of rows.

    Raises:
        Invalid: the format cannot hold them.
    """
    try:
        form.write(rows, path, about)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise Invalid(
            f"{form.name} cannot hold these columns: {error}", mend="export to parquet or arrow"
        ) from error


def opened(form: Format, path: Path, wanted: Wanted) -> Any:
    """Open what lies at a path as a stream of record batches.

    Raises:
        Invalid: it is not what its format says, at once or when a later part is read.
    """
    try:
        reader = form.read(path, wanted)
        names = reader.schema.names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _unreadable(form, path, error) from error
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise Invalid(
            f"{path} has more than one column {min(twice)!r}",
            mend="give every column a name of its own",
        )

    def batches() -> Any:
        try:
            for batch in reader:
                # readers trust offsets and take text for UTF-8; what is neither crashes later
                batch.validate(full=True)
                yield batch
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise _unreadable(form, path, error) from error

    return Stream(reader.schema, batches())


class Stream:
    """Record batches to be read once, whose errors stay what they are.

    Args:
        schema: the columns.
        batches: of that schema.
    """

    def __init__(self, schema: pa.Schema, batches: Any) -> None:
        self.schema = schema
        self._batches = batches

    def __iter__(self) -> Any:
        return self._batches

    def read_all(self) -> pa.Table:
        """Read the rest into memory."""
        return pa.Table.from_batches(list(self._batches), self.schema)


def _unreadable(form: Format, path: Path, error: Exception) -> Invalid:
    return Invalid(
        f"{path} cannot be read as {form.name}: {error}",
        mend="mend the file; or use `headgate source ingest`, which quarantines broken rows",
    )
