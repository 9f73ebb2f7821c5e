"""CSV and TSV: text without types, so a reader is told them or finds them in a first pass."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from headgate.core.errors import Invalid
from headgate.dataset.fit import PADDED, PATTERNS, fit
from headgate.dataset.formats.form import About, Format, Wanted
from headgate.dataset.formats.types import NESTED, Types

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TYPES = Types(refused=(NESTED, "(large_)?binary", r"fixed_size_binary\[\d+\]"))
DAY = "1970-01-01 "
"""Put before a time of day, so that it can be read as a moment."""


def write(rows: Any, path: Path, _about: About, *, delimiter: str) -> None:
    """Write one file with a header; text is quoted, and an empty cell without quotes is a null."""
    options = pa_csv.WriteOptions(delimiter=delimiter)
    with pa_csv.CSVWriter(str(path), rows.schema, write_options=options) as writer:
        for batch in rows:
            writer.write_batch(batch)


def read(path: Path, wanted: Wanted, *, delimiter: str) -> Any:
    """Open a file; columns whose type is not told get the narrowest that every cell has.

    Raises:
        Invalid: the header names a column twice.
    """
    names = _names(path, delimiter)
    told = {name: kind for name in names if (kind := wanted.kind(name)) is not None}
    untold = [name for name in names if name not in told]
    kinds = told | _narrowest(path, delimiter, untold, len(names))
    schema = pa.schema([pa.field(name, kinds[name]) for name in names])

    def batches() -> Iterator[Any]:
        for batch in _texts(path, delimiter, names, len(names)):
            columns = [
                typed(batch.column(i), field.type, field.name) for i, field in enumerate(schema)
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def typed(text: Any, kind: pa.DataType, name: str) -> Any:
    """Read text as values of a type.

    Raises:
        Invalid: a cell is none.
    """
    if pa.types.is_null(kind) and text.null_count == len(text):
        return pa.nulls(len(text))
    try:
        if pa.types.is_time(kind):
            unit = "ns" if kind == pa.time64("ns") else "us"
            moments: Any = pc.binary_join_element_wise(DAY, text, "")
            return moments.cast(pa.timestamp(unit)).cast(kind)
        if pa.types.is_duration(kind):
            return text.cast(pa.int64()).cast(kind)
    except pa.ArrowInvalid as error:
        raise Invalid(f"column {name!r} is not {kind}: {error}", mend=_MEND) from error
    fitted = fit(text, kind)
    if fitted.misfits.any():
        cell = text[int(fitted.misfits.argmax())].as_py()
        raise Invalid(f"column {name!r} holds {cell[:60]!r}, which is not {kind}", mend=_MEND)
    return fitted.values


_MEND = "give the column another type with --types, or mend the file"


def _names(path: Path, delimiter: str) -> list[str]:
    with pa_csv.open_csv(path, parse_options=_parsing(delimiter)) as reader:
        names = reader.schema.names
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise Invalid(
            f"the header of {path} has more than one column {min(twice)!r}",
            mend="give every column a name of its own",
        )
    return names


def _narrowest(
    path: Path, delimiter: str, names: list[str], n_columns: int
) -> dict[str, pa.DataType]:
    """Find for each column the first type of `fit.PATTERNS` that every cell has, else text."""
    if not names:
        return {}
    possible: dict[str, list[int]] = {}
    for batch in _texts(path, delimiter, names, n_columns):
        for name in names:
            text = batch.column(name).drop_null()
            if len(text):
                known = possible.get(name, list(range(len(PATTERNS))))
                possible[name] = [place for place in known if _has(text, *PATTERNS[place])]
    return {name: _first(possible.get(name)) for name in names}


def _first(places: list[int] | None) -> pa.DataType:
    if places is None:
        return pa.null()
    return PATTERNS[places[0]][0] if places else pa.string()


def _has(text: Any, kind: pa.DataType, pattern: str) -> bool:
    trimmed: Any = pc.utf8_trim_whitespace(text)
    if pc.any(pc.match_substring_regex(trimmed, PADDED)).as_py():
        return False
    is_like = pc.all(pc.match_substring_regex(trimmed, pattern)).as_py()
    return bool(is_like) and not fit(text, kind).misfits.any()


def _texts(path: Path, delimiter: str, names: list[str], n_columns: int) -> Iterator[Any]:
    """Read the cells of some columns as text; only an empty cell without quotes is a null."""
    converting = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        include_columns=names,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
    )
    with pa_csv.open_csv(
        path,
        # in a table of one column an empty line is a row
        parse_options=_parsing(delimiter, skips_empty=n_columns > 1),
        convert_options=converting,
    ) as reader:
        yield from reader


def _parsing(delimiter: str, *, skips_empty: bool = True) -> pa_csv.ParseOptions:
    return pa_csv.ParseOptions(
        delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=skips_empty
    )


def _format(name: str, delimiter: str) -> Format:
    return Format(
        name=name,
        write=partial(write, delimiter=delimiter),
        read=partial(read, delimiter=delimiter),
        suffixes=(f".{name}",),
        types=TYPES,
    )


CSV = _format("csv", ",")
TSV = _format("tsv", "\t")
