"""What the tests of connectors share: all readings of an object as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.core.plugins import Reading, Rejected


def whole(readings: Iterable[Reading]) -> tuple[pa.Table, list[Rejected]]:
    """Put all readings of one object together."""
    known = list(readings)
    rows = pa.concat_tables([reading.rows for reading in known])
    return rows, [one for reading in known for one in reading.rejected]


def rows_of(readings: Iterable[Reading]) -> list[dict[str, Any]]:
    """Return the rows alone."""
    return whole(readings)[0].to_pylist()


def rejections_of(readings: Iterable[Reading]) -> list[tuple[int, str, str]]:
    """Return line, raw text and reason of what was rejected."""
    return [(one.line, one.raw, one.reason) for one in whole(readings)[1]]
