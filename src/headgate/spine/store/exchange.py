"""Rows in files that other programs read and write: Parquet, CSV or JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.spine.writes import PARENTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Form = Literal["parquet", "csv", "jsonl"]
FORMS: tuple[Form, ...] = ("parquet", "csv", "jsonl")
_WRITTEN_ROWS = 16_384
"""Rows that are Python objects at once [count]."""


def write_file(rows: pa.Table, path: Path, form: Form) -> None:
    """Write rows to a file.

    Raises:
        Invalid: the form cannot hold a column.
    """
    try:
        if form == "parquet":
            import pyarrow.parquet as pq

            pq.write_table(rows, path, compression="zstd")
        elif form == "csv":
            import pyarrow.csv as pa_csv

            pa_csv.write_csv(rows, path)
        else:
            _write_jsonl(rows, path)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise Invalid(
            f"{form} cannot hold the rows: {error}", mend="use format='parquet'"
        ) from error


def read_file(path: Path, form: Form, texts: frozenset[str] = frozenset()) -> pa.Table:
    """Read the rows of a file, or of all files of the form in a folder, in name order.

    Args:
        path: the file or folder.
        form: how it is written.
        texts: columns that are text, though in a CSV they may look like numbers.

    Raises:
        Invalid: it is not there, or is not of the form.
    """
    files = sorted(path.glob(f"*.{form}")) if path.is_dir() else [path] if path.exists() else []
    if not files:
        raise Invalid(f"nothing was written to {path.name}", mend="write the rows to the path OUT")
    try:
        return pa.concat_tables(
            [_read(one, form, texts) for one in files], promote_options="permissive"
        )
    except (pa.ArrowException, OSError) as error:
        raise Invalid(
            f"{path.name} cannot be read as {form}: {error}",
            mend=f"write {form}, or declare the format it writes: {', '.join(FORMS)}",
        ) from error


def _read(path: Path, form: Form, texts: frozenset[str]) -> pa.Table:
    if form == "parquet":
        import pyarrow.parquet as pq

        return pq.read_table(path)
    if form == "csv":
        return _read_csv(path, texts)
    import pyarrow.json as pa_json

    return pa_json.read_json(path) if path.stat().st_size else pa.table({})


def _read_csv(path: Path, texts: frozenset[str]) -> pa.Table:
    """Read a CSV; an empty cell is null, one in quotes is the empty text."""
    import pyarrow.csv as pa_csv

    kinds: Mapping[str, Any] = dict.fromkeys({*texts, PARENTS}, pa.string())
    converting = pa_csv.ConvertOptions(
        column_types=kinds,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    rows = pa_csv.read_csv(path, convert_options=converting)
    if rows.num_columns == 1:
        # an empty line is a row where a row is one cell, and a slip of the pen where it is several
        parsing = pa_csv.ParseOptions(ignore_empty_lines=False)
        rows = pa_csv.read_csv(path, parse_options=parsing, convert_options=converting)
    if PARENTS not in rows.column_names:
        return rows
    place = rows.column_names.index(PARENTS)
    return rows.set_column(place, PARENTS, _lists(rows[PARENTS].combine_chunks()))


def _lists(texts: Any) -> Any:
    """Read lists of row ids that a CSV holds as text: `[1, 2]` or `1 2`."""
    spaced: Any = pc.utf8_trim(pc.replace_substring_regex(texts, r"[\[\],\s]+", " "), " ")
    parts: Any = pc.split_pattern(spaced, " ")
    flat: Any = parts.values
    ids = pc.if_else(pc.equal(flat, pa.scalar("")), pa.scalar(None, pa.string()), flat).cast(
        pa.int64()
    )
    return pa.ListArray.from_arrays(parts.offsets, ids, mask=texts.is_null())


def _write_jsonl(rows: pa.Table, path: Path) -> None:
    for name in rows.column_names:
        if not all(map(_is_finite, rows[name].chunks)):
            raise ValueError(f"column {name!r} holds a number that is none or infinite")
    encoder = msgspec.json.Encoder()
    with path.open("wb") as file:
        for batch in rows.to_batches(max_chunksize=_WRITTEN_ROWS):
            file.writelines(encoder.encode(row) + b"\n" for row in batch.to_pylist())


def _is_finite(values: Any) -> bool:
    """Say whether every fraction in a column is one that JSON has, in whatever it lies."""
    kind = values.type
    if pa.types.is_floating(kind):
        return bool(pc.all(pc.is_finite(values), min_count=0).as_py())
    if pa.types.is_dictionary(kind):
        return _is_finite(values.dictionary_decode())
    if pa.types.is_map(kind):
        sides = (values.keys, values.items)
        return all(
            _is_finite(pa.ListArray.from_arrays(values.offsets, side).flatten()) for side in sides
        )
    if pa.types.is_struct(kind):
        return all(map(_is_finite, values.flatten()))
    return not pa.types.is_nested(kind) or _is_finite(values.flatten())
