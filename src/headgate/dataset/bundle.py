"""Several tables as one body: for each its name and its rows as an Arrow stream, with lengths.

A bundle begins with `HGB1`. Then comes for each table: the length of its name in UTF-8 (4 bytes),
the name, the length of its Arrow IPC stream (8 bytes), the stream. Numbers are big-endian.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = b"HGB1"
_NAME_BYTES, _ROWS_BYTES = 4, 8


def pack(tables: Mapping[str, pa.Table]) -> bytes:
    """Write tables as a bundle, in their order.

    >>> list(unpack(pack({"orders": pa.table({"id": [1]})})))
    ['orders']
    """
    parts = [MARK]
    for name, table in tables.items():
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        rows = sink.getvalue().to_pybytes()
        label = name.encode()
        parts += [len(label).to_bytes(_NAME_BYTES, "big"), label]
        parts += [len(rows).to_bytes(_ROWS_BYTES, "big"), rows]
    return b"".join(parts)


def unpack(data: bytes) -> dict[str, pa.Table]:
    """Read the tables of a bundle.

    Raises:
        Invalid: it is none, was cut off, or holds a name twice.
    """
    if not data.startswith(MARK):
        raise Invalid("the body is no bundle of tables", mend="begin it with HGB1")
    tables: dict[str, pa.Table] = {}
    place = len(MARK)
    while place < len(data):
        label, place = _taken(data, place, _NAME_BYTES)
        rows, place = _taken(data, place, _ROWS_BYTES)
        name = _name(label)
        if name in tables:
            raise Invalid(f"{name!r} stands twice in the bundle", mend="give each dataset once")
        tables[name] = _table(name, rows)
    return tables


def _taken(data: bytes, place: int, n_length_bytes: int) -> tuple[bytes, int]:
    """Take what stands behind its length, and say where it ends."""
    start = place + n_length_bytes
    end = start + int.from_bytes(data[place:start], "big")
    if start > len(data) or end > len(data):
        raise Invalid("the bundle of tables was cut off", mend="send it whole")
    return data[start:end], end


def _name(label: bytes) -> str:
    try:
        return label.decode()
    except UnicodeDecodeError as error:
        raise Invalid("a name in the bundle is no UTF-8", mend="encode names as UTF-8") from error


def _table(name: str, rows: bytes) -> pa.Table:
    try:
        with pa.ipc.open_stream(rows) as reader:
            table = reader.read_all()
        # a reader of Arrow trusts lengths and offsets; bytes from outside may lead anywhere
        table.validate(full=True)
        _ = [field.name for field in table.schema]
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Invalid(
            f"the rows of {name!r} are no Arrow stream: {error}", mend="write them as Arrow IPC"
        ) from error
    return table
