"""JSON lines: one object a line; nested values stay nested where one type holds them all."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from pyarrow import json as arrow_json

from headgate.core.plugins import LINE, Reading, Rejected
from headgate.ingest.connectors._records import (
    Records,
    columns_of,
    json_kind,
    plan,
    schema_of,
    unify,
)
from headgate.ingest.connectors._text import (
    ENCODING,
    MAX_LINE_BYTES,
    Utf8,
    check_utf8,
    too_long,
)

N_SAMPLED = 2_000
NOT_A_NUMBER = re.compile(rb"[:,\[]\s*-?(?:NaN|Inf)")


class Lines(NamedTuple):
    """Whole lines of the file, and where the first of them stands."""

    data: bytes
    first: int


def jsonl(path: str, /, *, encoding: str = "utf-8") -> Iterator[Reading]:
    r"""Read a file of JSON lines; a line that is no object is rejected, the others are kept.

    Args:
        path: the file.
        encoding: the text's encoding, such as `utf-16`.

    Yields:
        Rows with `_line`, the line an object stands on; a missing key is null. A value of
        another type than most in its column rejects its line.

    Raises:
        NotFound: there is no such file.
        Invalid: it is binary, of another encoding, or a line is longer than 8 MiB.

    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "people.jsonl")
    >>> _ = file.write_text('{"name": "Ada", "age": 36}\n[1]\n{"name": "Bob"}\n')
    >>> [reading] = jsonl(str(file))
    >>> reading.rows.to_pylist()
    [{'name': 'Ada', 'age': 36, '_line': 1}, {'name': 'Bob', 'age': None, '_line': 3}]
    >>> reading.rejected[0].reason
    'record: array instead of object'
    >>> folder.cleanup()
    """
    readings = _fast(path, encoding)
    if readings is None:
        readings = unify(lambda: map(_decoded, _blocks(path, encoding)))
    for reading in readings:
        rows = reading.rows.replace_schema_metadata({ENCODING: encoding.encode()})
        yield Reading(rows=rows, rejected=reading.rejected)


def _blocks(path: str, encoding: str) -> Iterator[Lines]:
    """Read whole lines, some megabytes at once."""
    line, rest = 1, b""
    with Utf8(path, encoding) as text:
        while block := text.read():
            rest += block
            end = rest.rfind(b"\n") + 1
            if end:
                yield _checked(Lines(rest[:end], line), path)
                line += rest.count(b"\n")
                rest = rest[end:]
            elif len(rest) > MAX_LINE_BYTES:
                raise too_long(path, line)
    if rest:
        yield _checked(Lines(rest, line), path)


def _checked(lines: Lines, path: str) -> Lines:
    check_utf8(lines.data, line=lines.first, path=path)
    if len(lines.data) > MAX_LINE_BYTES:
        for place, text in enumerate(lines.data.split(b"\n")):
            if len(text) > MAX_LINE_BYTES:
                raise too_long(path, lines.first + place)
    return lines


def _fast(path: str, encoding: str) -> list[Reading] | None:
    """Read with pyarrow; nothing if a line or a value is not like the first ones."""
    readings: list[Reading] = []
    options = None
    for lines in _blocks(path, encoding):
        if options is None:
            options = _options(lines)
        reading = None if options is None else _arrow(lines, options)
        if reading is None:
            return None
        readings.append(reading)
    return readings


def _options(lines: Lines) -> arrow_json.ParseOptions | None:
    """Fix the columns by the first lines; nothing if they cannot be read alike by pyarrow."""
    sample = b"\n".join(lines.data.split(b"\n", N_SAMPLED)[:N_SAMPLED])
    records = _decoded(Lines(sample, lines.first))
    plans = plan([records])
    if records.rejected or not plans or any(planned.as_json for planned in plans.values()):
        return None
    return arrow_json.ParseOptions(
        explicit_schema=schema_of(plans), unexpected_field_behavior="error"
    )


def _arrow(lines: Lines, options: arrow_json.ParseOptions) -> Reading | None:
    data = lines.data
    if (b"NaN" in data or b"Inf" in data) and NOT_A_NUMBER.search(data):
        return None
    n_lines = data.count(b"\n") + (not data.endswith(b"\n"))
    n_objects = data.count(b"}\n{") + data.count(b"}\r\n{") + 1
    if n_objects != n_lines or not data.startswith(b"{"):
        return None
    source: Any = pa.BufferReader(data)
    reading = arrow_json.ReadOptions(use_threads=True, block_size=len(data) + 1)
    try:
        table = arrow_json.read_json(source, reading, options)
    except pa.ArrowException:
        return None
    if table.num_rows != n_lines:
        return None
    numbers = np.arange(lines.first, lines.first + n_lines)
    return Reading(rows=table.append_column(LINE, pa.array(numbers, pa.int64())))


def _decoded(lines: Lines) -> Records:
    """Decode line by line; a blank line is no record."""
    decode = msgspec.json.Decoder().decode
    numbers: list[int] = []
    objects: list[dict[str, Any]] = []
    texts: list[bytes] = []
    rejected: list[Rejected] = []
    for number, text in enumerate(lines.data.split(b"\n"), start=lines.first):
        if not text or text.isspace():
            continue
        try:
            value = decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            rejected.append(_rejected(number, text, f"json: {error}"))
            continue
        if isinstance(value, dict):
            numbers.append(number)
            objects.append(value)
            texts.append(text)
        else:
            rejected.append(
                _rejected(number, text, f"record: {json_kind(value)} instead of object")
            )
    return Records(numbers, columns_of(objects), lambda at: _text(texts[at]), rejected)


def _text(line: bytes) -> str:
    return line.decode().rstrip("\r\n")


def _rejected(number: int, text: bytes, reason: str) -> Rejected:
    return Rejected(line=number, raw=_text(text), reason=reason)
