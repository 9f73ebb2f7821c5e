"""Commits rows that come chunk after chunk, however many there are."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.json as pa_json

from headgate.core.errors import Invalid
from headgate.dataset.changes import commit_rows, deed_of
from headgate.dataset.formats.files import load, opened
from headgate.dataset.formats.form import Wanted
from headgate.dataset.formats.known import format_by_suffix
from headgate.spine.lineage.runs import require_running
from headgate.spine.store.groups import n_rows_of
from headgate.spine.store.segments import RID
from headgate.spine.streaming import Coming
from headgate.spine.work import Work
from headgate.spine.writes import PARENTS

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.dataset.reports import CommitRequest
    from headgate.spine.context import Context

LARGE_BYTES = 1 << 26
"""Size from which a file is read chunk after chunk [bytes]."""
NAMING = {RID, PARENTS}
"""Columns that tie rows to other rows; they are looked at together."""


def commit_any(context: Context, request: CommitRequest, rows: pa.Table | Coming) -> Snapshot:
    """Write rows as the dataset's next snapshot, at once or chunk after chunk.

    What fits into one chunk is committed as a table. So are rows that name row ids or parents,
    and those of mode `overwrite`: they must be in memory together.

    Raises:
        Invalid: rows do not fit the dataset's types or key; nothing is changed.
    """
    if isinstance(rows, pa.Table):
        return commit_rows(context, request, rows)
    chunks = rows.chunks()
    first = list(islice(chunks, 2))
    is_small = len(first) <= 1
    if is_small or request.mode == "overwrite" or NAMING & set(first[0].column_names):
        return commit_rows(context, request, _together([*first, *chunks]))
    if request.run is not None:
        with context.catalog.read() as connection:
            require_running(connection, context.tenant, request.run)
    write, parts = deed_of(request, first[0].slice(0, 0))
    coming = replace(rows, tables=chain(first, chunks))
    with Work(context) as work:
        return work.stream(write, coming, parts[0].origin)


def _together(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({})


def open_rows(path: str | Path) -> pa.Table | Coming:
    """Read a file as a table, or as a stream where it is large.

    Raises:
        NotFound: there is no such file.
        Invalid: its suffix is not known, or it is not what its suffix says.
    """
    path = Path(path)
    if not path.is_file() or path.stat().st_size < LARGE_BYTES:
        return load(path)
    form = format_by_suffix(path)
    wanted = Wanted(schema=schema_of_lines(path)) if form.name == "jsonl" else Wanted()
    stream = opened(form, path, wanted)
    n_rows = n_rows_of(path) if form.name == "parquet" else None
    return Coming(stream, stream.schema, n_rows)


def schema_of_lines(path: Path, n_bytes: int = LARGE_BYTES) -> pa.Schema:
    """Find the columns of JSON lines and their types, reading so many bytes at once.

    Raises:
        Invalid: a line is no JSON object.
    """
    found: dict[str, pa.DataType] = {}
    with path.open("rb") as file:
        while lines := file.readlines(n_bytes):
            for field in _schema_of(b"".join(lines), path):
                known = found.get(field.name)
                found[field.name] = field.type if known is None else _wider(known, field.type)
    return pa.schema(list(found.items()))


def _schema_of(lines: bytes, path: Path) -> pa.Schema:
    if not lines.strip():
        return pa.schema([])
    try:
        return pa_json.read_json(io.BytesIO(lines)).schema
    except pa.ArrowInvalid as error:
        raise Invalid(f"{path} cannot be read as jsonl: {error}", mend="mend the file") from error


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Name the type that holds both, text if nothing else does."""
    schemas = [pa.schema([("it", kind)]) for kind in (one, other)]
    try:
        return pa.unify_schemas(schemas, promote_options="permissive").field("it").type
    except pa.ArrowTypeError:
        return pa.string()
