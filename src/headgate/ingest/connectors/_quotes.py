"""Where records of delimited text end: fast where quotes are regular, exact where they are not.

Quotes are regular when every odd one opens a field and every even one closes it (RFC 4180,
section 2); then the parity of quotes before a line end says whether it ends a record, and
numpy finds all of them at once. All else goes through the standard library's state machine.
"""

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from typing import Any, NamedTuple

import numpy as np

from headgate.ingest.connectors._text import MAX_LINE_BYTES

LINE_END = re.compile(rb"\r\n|\n|\r")
NEWLINE, RETURN = 0x0A, 0x0D


class Record(NamedTuple):
    """One record: the line it begins on, its fields, and where it stands in the text."""

    line: int
    fields: list[str]
    start: int
    end: int


class Ends(NamedTuple):
    """The line ends of a block: all of them, and those that end a record, by position."""

    lines: Any
    records: Any


def has_lone_return(data: bytes) -> bool:
    """Say whether a carriage return stands without its newline; one at the very end may get it."""
    if b"\r" not in data:
        return False
    return data.count(b"\r") - data.endswith(b"\r") != data.count(b"\r\n")


def count_lines(data: bytes) -> int:
    """Count line ends: newlines, and carriage returns without one."""
    n_newlines = data.count(b"\n")
    if b"\r" not in data:
        return n_newlines
    return n_newlines + data.count(b"\r") - data.count(b"\r\n")


def find_ends(data: bytes, *, quote: str, delimiter: str) -> Ends | None:
    """Find the newlines of a block and which of them end a record.

    Args:
        data: a block that begins where a record begins.
        quote: the quoting sign, or nothing.
        delimiter: the separating sign.

    Returns:
        The positions; nothing if quotes or line ends are irregular.
    """
    if has_lone_return(data):
        return None
    signs = np.frombuffer(data, np.uint8)
    lines = np.flatnonzero(signs == NEWLINE)
    if not quote or quote.encode() not in data:
        return Ends(lines, lines)
    quotes = np.flatnonzero(signs == ord(quote))
    if not _is_regular(signs, quotes, neighbours=(ord(delimiter), NEWLINE, RETURN, ord(quote))):
        return None
    outside = np.searchsorted(quotes, lines) % 2 == 0
    return Ends(lines, lines[outside])


def _is_regular(signs: Any, quotes: Any, *, neighbours: tuple[int, ...]) -> bool:
    allowed = np.zeros(256, dtype=bool)
    allowed[list(neighbours)] = True
    opening, closing = quotes[0::2], quotes[1::2]
    before = signs[opening[opening > 0] - 1]
    after = signs[closing[closing < len(signs) - 1] + 1]
    return bool(allowed[before].all() and allowed[after].all())


def parse(text: str, *, line: int, quote: str, delimiter: str, is_last: bool) -> Iterator[Record]:
    """Read whole records with the standard library; a record that does not end is left out.

    Args:
        text: lines that begin where a record begins.
        line: the line of the file that it begins on [count from 1].
        quote: the quoting sign, or nothing.
        delimiter: the separating sign.
        is_last: nothing follows, so a line without end is whole.

    Yields:
        Records in order; a blank line is a record without fields.
    """
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE_BYTES))
    feed = _Feed(text, is_last=is_last)
    quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    reader = csv.reader(feed, delimiter=delimiter, quotechar=quote or None, quoting=quoting)
    start = n_lines = 0
    with suppress(csv.Error):  # a field over the limit: the record counts as never ending
        for fields in reader:
            if feed.is_exhausted:
                return
            yield Record(line + n_lines, fields, start, feed.end)
            start, n_lines = feed.end, reader.line_num


class _Feed:
    """Hands out lines and remembers how far it is; a last line without end waits for more."""

    def __init__(self, text: str, *, is_last: bool) -> None:
        self._lines = StringIO(text, newline="")
        self._size = len(text)
        self._is_last = is_last
        self.end = 0
        self.is_exhausted = False

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._lines.readline()
        end = self.end + len(line)
        if not line or (end == self._size and not self._is_last and not line.endswith("\n")):
            self.is_exhausted = True
            raise StopIteration
        self.end = end
        return line
