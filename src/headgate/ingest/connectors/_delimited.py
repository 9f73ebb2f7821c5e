"""Delimited text as readings: pyarrow for regular blocks, the standard library for the others.

Every column is text and a later gate gives it a type, so that what a value may be is decided
by the dataset and not by the first rows of one file. `_line` is exact in every case: where
records and lines of a block are equally many, each is on its own line; elsewhere the ends of
records are found one by one.
"""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from headgate.core.errors import Invalid
from headgate.core.plugins import LINE, UNTYPED, Reading, Rejected
from headgate.ingest.connectors._quotes import (
    LINE_END,
    Ends,
    Record,
    count_lines,
    find_ends,
    parse,
)
from headgate.ingest.connectors._text import (
    ENCODING,
    MAX_LINE_BYTES,
    Utf8,
    check_utf8,
    too_long,
)

SPELLED = {"\\t": "\t", "tab": "\t", "space": " "}


class Dialect(msgspec.Struct, frozen=True):
    r"""How a file of delimited text is written.

    Args:
        delimiter: one sign between fields; `tab` and `\t` may be spelled.
        encoding: the text's encoding, as Python names it.
        header: the first record names the columns.
        quote: the sign around fields that hold delimiters or line ends; empty for none.
        null_values: texts that stand for no value.
    """

    delimiter: str
    encoding: str
    header: bool
    quote: str
    null_values: tuple[str, ...]


def read(path: str, dialect: Dialect) -> Iterator[Reading]:
    """Read a file of delimited text.

    Args:
        path: the file.
        dialect: how it is written.

    Yields:
        Readings of some megabytes each, one without rows if there is a header only, none if
        the file is empty.

    Raises:
        NotFound: there is no such file.
        Invalid: it is binary, of another encoding, a line never ends, or the header is no list
            of different names.
    """
    delimiter = SPELLED.get(dialect.delimiter, dialect.delimiter)
    for name, sign in (("delimiter", delimiter), ("quote", dialect.quote or '"')):
        if len(sign) != 1 or not sign.isascii() or sign in "\r\n":
            raise Invalid(f"{name} {sign!r} is not one ASCII sign", mend=f"--settings {name}=';'")
    with Utf8(path, dialect.encoding) as text:
        written = msgspec.structs.replace(dialect, delimiter=delimiter)
        yield from _File(text, written).readings()


class _File:
    """A file being read: what is in the buffer, and which line it begins on."""

    def __init__(self, text: Utf8, dialect: Dialect) -> None:
        self._text = text
        self._dialect = dialect
        self._buffer = b""
        self._line = 1
        self._is_last = False
        self._names: list[str] = []

    def readings(self) -> Iterator[Reading]:
        """Read all there is."""
        self._names = self._header()
        if not self._names:
            return
        n_readings = 0
        while self._buffer or not self._is_last:
            reading = self._whole_records() or self._more()
            if reading is not None:
                n_readings += 1
                yield reading
        if n_readings == 0:
            yield Reading(rows=self._table([], []))

    def _more(self) -> Reading | None:
        """Read on, unless a quote that never closes holds everything back."""
        if self._buffer and (self._is_last or len(self._buffer) > MAX_LINE_BYTES):
            return self._give_up_line()
        if not self._is_last:
            block = self._text.read()
            self._is_last = not block
            self._buffer += block
        return None

    def _give_up_line(self) -> Reading:
        """Reject one line whose quote is never closed, so that the others are still read."""
        found = LINE_END.search(self._buffer)
        end = found.end() if found else len(self._buffer)
        if end > MAX_LINE_BYTES:
            raise too_long(self._text.path, self._line)
        check_utf8(self._buffer[:end], line=self._line, path=self._text.path)
        raw = self._buffer[:end].decode().rstrip("\r\n")
        rejected = Rejected(line=self._line, raw=raw, reason="quote: opened and never closed")
        self._consume(end)
        return Reading(rows=self._table([], []), rejected=(rejected,))

    def _reach(self) -> tuple[bytes, bool]:
        """Return what a record may take up, and whether the file ends with it."""
        if len(self._buffer) > MAX_LINE_BYTES:
            return self._buffer[:MAX_LINE_BYTES], False
        return self._buffer, self._is_last

    def _consume(self, n_bytes: int) -> None:
        data = self._buffer[:n_bytes]
        self._buffer = self._buffer[n_bytes:]
        self._line += count_lines(data)

    def _header(self) -> list[str]:
        """Return the columns' names, and stand behind the header if there is one."""
        record = self._first_record()
        if record is None:
            return []
        if not self._dialect.header:
            return [f"column_{number}" for number in range(1, len(record.fields) + 1)]
        self._consume(record.end)
        return _names(record.fields, path=self._text.path)

    def _first_record(self) -> Record | None:
        while True:
            text, is_last = self._whole_lines()
            for record in self._parse(text, is_last=is_last):
                if record.fields:
                    return record._replace(end=len(text[: record.end].encode()))
            if self._is_last and not self._buffer.strip():
                return None
            if self._is_last or len(self._buffer) > MAX_LINE_BYTES:
                raise Invalid(
                    f"the header of {self._text.path} does not end",
                    mend="close the quote in its first line, or check that it is delimited text",
                )
            self._more()

    def _whole_lines(self) -> tuple[str, bool]:
        """Return the whole lines in reach, and whether the file ends with them."""
        data, is_last = self._reach()
        if not is_last:
            data = data[: max(data.rfind(b"\n"), data.rfind(b"\r")) + 1]
        check_utf8(data, line=self._line, path=self._text.path)
        return data.decode(), is_last

    def _parse(self, text: str, *, is_last: bool) -> Iterator[Record]:
        dialect = self._dialect
        return parse(
            text,
            line=self._line,
            quote=dialect.quote,
            delimiter=dialect.delimiter,
            is_last=is_last,
        )

    def _whole_records(self) -> Reading | None:
        """Read the records that end in the buffer; nothing if none does."""
        dialect = self._dialect
        data, is_last = self._reach()
        ends = find_ends(data, quote=dialect.quote, delimiter=dialect.delimiter)
        if ends is None:
            return self._exactly()
        end = int(ends.records[-1]) + 1 if len(ends.records) else 0
        quote = dialect.quote.encode()
        if is_last and not (quote and data.count(quote) % 2):
            end = len(data)
        if end == 0:
            return None
        data = data[:end]
        check_utf8(data, line=self._line, path=self._text.path)
        reading = self._fast(data, ends)
        if reading is None:
            return self._exactly()
        self._consume(end)
        return reading

    def _fast(self, data: bytes, ends: Ends) -> Reading | None:
        """Read a regular block; nothing if pyarrow counts records in another way than we do."""
        broken: list[arrow_csv.InvalidRow] = []
        try:
            table = self._arrow(data, broken)
        except pa.ArrowInvalid:
            return None
        n_records = table.num_rows + len(broken)
        n_lines = np.searchsorted(ends.lines, len(data)) + (not data.endswith(b"\n"))
        if not broken and n_records == n_lines:
            lines = np.arange(self._line, self._line + n_records)
            return Reading(rows=self._with_lines(table, lines))
        spans = _spans(data, ends)
        numbers = [row.number for row in broken if row.number is not None]
        if len(spans) != n_records or len(numbers) != len(broken):
            return None
        lines = self._line + np.searchsorted(ends.lines, spans[:, 0])
        at = np.array(numbers, dtype=np.int64) - 1
        rejected = tuple(
            self._rejected(
                int(lines[place]), data[slice(*spans[place])].decode(), row.actual_columns
            )
            for place, row in zip(at, broken, strict=True)
        )
        return Reading(rows=self._with_lines(table, np.delete(lines, at)), rejected=rejected)

    def _arrow(self, data: bytes, broken: list[arrow_csv.InvalidRow]) -> pa.Table:
        def skip(row: arrow_csv.InvalidRow) -> Literal["skip"]:
            broken.append(row)
            return "skip"

        source: Any = pa.BufferReader(data)
        return arrow_csv.read_csv(
            source,
            read_options=arrow_csv.ReadOptions(
                column_names=self._names, use_threads=False, block_size=len(data) + 1
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._dialect.delimiter,
                quote_char=self._dialect.quote or False,
                newlines_in_values=True,
                invalid_row_handler=skip,
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(self._names, pa.string()),
                null_values=list(self._dialect.null_values),
                strings_can_be_null=True,
            ),
        )

    def _exactly(self) -> Reading | None:
        """Read with the standard library what ends in the buffer; nothing if no record does."""
        text, is_last = self._whole_lines()
        records = list(self._parse(text, is_last=is_last))
        if not records:
            return None
        n_columns = len(self._names)
        whole = [record for record in records if len(record.fields) == n_columns]
        rejected = tuple(
            self._rejected(record.line, text[record.start : record.end], len(record.fields))
            for record in records
            if len(record.fields) not in {0, n_columns}
        )
        self._consume(len(text[: records[-1].end].encode()))
        fields = [record.fields for record in whole]
        return Reading(
            rows=self._table(fields, [record.line for record in whole]), rejected=rejected
        )

    def _table(self, rows: list[list[str]], lines: list[int]) -> pa.Table:
        nulls = pa.array(self._dialect.null_values, pa.string())
        columns = list(zip(*rows, strict=True)) or [() for _ in self._names]
        texts = [pa.array(column, pa.string()) for column in columns]
        nothing = pa.scalar(None, pa.string())
        arrays = [pc.if_else(pc.is_in(text, nulls), nothing, text) for text in texts]
        return self._with_lines(
            pa.table(arrays, names=self._names), np.array(lines, dtype=np.int64)
        )

    def _with_lines(self, table: pa.Table, lines: Any) -> pa.Table:
        marked = table.append_column(LINE, pa.array(lines, pa.int64()))
        metadata = {UNTYPED: b"1", ENCODING: self._dialect.encoding.encode()}
        return marked.replace_schema_metadata(metadata)

    def _rejected(self, line: int, raw: str, n_fields: int) -> Rejected:
        return Rejected(
            line=line,
            raw=raw.rstrip("\r\n"),
            reason=f"fields: {n_fields} instead of {len(self._names)}",
        )


def _spans(data: bytes, ends: Ends) -> Any:
    """Return where each record's bytes begin and end, blank lines left out, shape (n, 2)."""
    stops = ends.records[ends.records < len(data)]
    if not data.endswith(b"\n"):
        stops = np.append(stops, len(data))
    starts = np.concatenate([[0], stops[:-1] + 1])
    signs = np.frombuffer(data, np.uint8)
    is_blank = (stops == starts) | ((stops == starts + 1) & (signs[starts] == ord("\r")))
    return np.column_stack([starts, stops])[~is_blank]


def _names(fields: list[str], *, path: str) -> list[str]:
    """Make columns' names of a header; a column without one is called by its place."""
    given = [field.strip() for field in fields]
    if not any(given):
        raise Invalid(
            f"the header of {path} names no column", mend="write names, or --settings header=false"
        )
    names = [name or f"column_{place}" for place, name in enumerate(given, start=1)]
    if LINE in names:
        raise Invalid(f"column {LINE!r} of {path} has a name Headgate keeps", mend="rename it")
    for place, name in enumerate(names, start=1):
        if name in names[: place - 1]:
            first = names.index(name) + 1
            raise Invalid(
                f"the header of {path} names {name!r} twice, in columns {first} and {place}",
                mend="rename one of them, or --settings header=false",
            )
    return names
