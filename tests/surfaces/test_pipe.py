"""Bytes go from one thread to another without lying together in memory."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.spine.streaming import Coming
from headgate.surfaces import rows
from headgate.surfaces.pipe import Pipe, coming, stream_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = pa.table({"id": range(10_000), "v": ["text"] * 10_000})


def filled(data: bytes, length: int = 1_000) -> Pipe:
    """Fill a pipe in a thread, so many bytes at once."""
    pipe = Pipe()

    def fill() -> None:
        for start in range(0, len(data), length):
            pipe.put(data[start : start + length])
        pipe.put(b"")

    Thread(target=fill).start()
    return pipe


def read(pipe: Pipe) -> pa.Table:
    """Read all rows of a pipe."""
    try:
        return pa.concat_tables(coming(pipe).chunks())
    finally:
        pipe.abandon()


def test_what_is_sent_in_parts_is_received() -> None:
    sent = Coming(iter(TABLE.to_batches(max_chunksize=700)), TABLE.schema)

    data = b"".join(stream_parts(sent))

    assert read(filled(data)) == TABLE
    assert rows.from_stream(data) == TABLE


def test_no_rows_are_sent_with_their_columns() -> None:
    data = b"".join(stream_parts(Coming(iter(()), TABLE.schema)))

    assert read(filled(data)) == TABLE.slice(0, 0)


@pytest.mark.parametrize("cut", [1, 8, 9, 5_000])
def test_a_stream_that_was_cut_off_is_refused(cut: int) -> None:
    data = rows.to_stream(TABLE)[:-cut]

    with pytest.raises(Invalid, match="no Arrow stream"):
        read(filled(data))


@pytest.mark.parametrize("data", [b"", b"no stream at all" * 100])
def test_what_is_no_stream_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="no Arrow stream"):
        read(filled(data))


def test_an_error_of_whoever_fills_it_reaches_the_reader() -> None:
    def failing() -> Iterator[bytes]:
        yield rows.to_stream(TABLE)[:3_000]

    pipe = Pipe()
    for piece in failing():
        pipe.put(piece)
    pipe.put(ConnectionResetError("gone"))

    with pytest.raises(ConnectionResetError):
        read(pipe)


def test_a_pipe_that_nobody_reads_takes_everything() -> None:
    pipe = Pipe()
    pipe.abandon()

    for _ in range(100):
        pipe.put(b"more")

    assert pipe.read(1) == b""
