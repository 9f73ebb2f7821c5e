"""How far each key of a dataset has come in its database's log, kept in a dataset beside it.

`orders_positions` has a row for every key that a change told of, deleted ones too: without it a
late event would bring a deleted row back. A key stands there as a hash, for it may be an address
of mail, and a row that leaves `orders` shall not live on here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.core.times import now
from headgate.spine.store.blobs import Blobs
from headgate.spine.store.indexed import key_hashes
from headgate.spine.store.manifest import Manifest
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import I64, RID
from headgate.spine.writes import Origin, Part

SUFFIX = "_positions"
ALL = "*"
"""The key under which it stands how far the whole table was emptied."""
SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("position", pa.string()),
        ("is_deleted", pa.bool_()),
        ("changed_at", pa.timestamp("ms", tz="UTC")),
        ("transaction", pa.string()),
    ]
)


class Places(NamedTuple):
    """What is known before some events.

    Args:
        held: how far each key has come that was asked for, by the key's digest.
        floor: how far the table was emptied; empty if it never was.
        kind: what positions are counted by; empty if there is none yet.
    """

    held: dict[str, str]
    floor: str
    kind: str


def digests_of(rows: pa.Table, key: Sequence[str]) -> list[str | None]:
    """Name each row's key by a hash; nothing for one that is not whole."""
    if not rows.num_rows:
        return []
    keys = rows.select(list(key))
    is_null = np.zeros(rows.num_rows, np.bool_)
    for column in keys.columns:
        is_null |= np.asarray(pc.is_null(column))
    return [
        None if missing else f"{first:016x}{second:016x}"
        for missing, (first, second) in zip(is_null, key_hashes(keys).tolist(), strict=True)
    ]


def look_up(blobs: Blobs, state: Manifest, digests: Sequence[str | None] | None) -> Places:
    """Read how far some keys have come, or all if none are named."""
    if not state.number:
        return Places({}, "", "")
    table = read_rows(blobs, state, ["key", "position"])
    first = str(table["position"][0]) if table.num_rows else ""
    if digests is not None:
        wanted = pa.array([*digests, ALL], pa.string())
        table = table.filter(pc.is_in(table["key"], value_set=wanted))
    held: dict[Any, Any] = dict(
        zip(table["key"].to_pylist(), table["position"].to_pylist(), strict=True)
    )
    floor = held.pop(ALL, "")
    return Places(held, floor, kind_of(first))


def kind_of(position: str) -> str:
    """Return what a position is counted by, such as `lsn`."""
    return position.partition(":")[0]


def require_kind(known: str, positions: Sequence[str], dataset: str) -> None:
    """Refuse positions that cannot be compared.

    Raises:
        Invalid: they are counted by another thing than those that are here, or by several.
    """
    kinds = {kind_of(position) for position in positions} | ({known} if known else set())
    if len(kinds) > 1:
        raise Invalid(
            f"positions of {dataset} are counted by {' and by '.join(sorted(kinds))}, "
            "which have no common order",
            mend="take events of another database into a dataset of its own",
        )


def below(blobs: Blobs, state: Manifest, floor: str) -> I64:
    """Return the row ids of places that a floor makes needless, sorted, shape (n,)."""
    table = read_rows(blobs, state, ["position"], own=(RID,))
    is_below: Any = pc.less_equal(table["position"], pa.scalar(floor))
    return np.sort(np.asarray(table.filter(is_below)[RID]).astype(np.int64))


def part_of(rows: Sequence[dict[str, Any]]) -> Part:
    """Make a part of new places."""
    table = pa.Table.from_pylist(list(rows), schema=SCHEMA)
    return Part(rows=table, origin=Origin(kind="commit", arrived_at=now()))
