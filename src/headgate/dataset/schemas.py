"""How the columns of two snapshots differ, and whether what reads the one can read the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from headgate.dataset.reports import SchemaDiff

if TYPE_CHECKING:
    from headgate.spine.store.manifest import Manifest


def schema_diff(before: Manifest, after: Manifest) -> SchemaDiff:
    """Compare the columns and keys of two snapshots."""
    old, new = before.schema, after.schema
    breaking = [f"column {name!r} was removed" for name in old.names if name not in new.names]
    compatible = [f"column {name!r} was added" for name in new.names if name not in old.names]
    for name in old.names:
        was, now = old.field(name).type, new.field(name).type if name in new.names else None
        if now is None or was == now:
            continue
        if is_wider(was, now):
            compatible.append(f"column {name!r} was widened from {was} to {now}")
        else:
            breaking.append(f"column {name!r} became {now}, it was {was}")
    if before.key != after.key:
        told = f"the key became {_listed(after.key)}, it was {_listed(before.key)}"
        (breaking if before.key else compatible).append(told)
    reasons = (*breaking, *compatible)
    if not reasons:
        return SchemaDiff(verdict="identical", reasons=())
    return SchemaDiff(verdict="breaking" if breaking else "compatible", reasons=reasons)


def is_wider(was: pa.DataType, now: pa.DataType) -> bool:
    """Say whether every value of one type is a value of the other.

    Whole numbers count as floats of 64 bits: a column is widened only where none is lost by it.

    >>> is_wider(pa.int64(), pa.float64()), is_wider(pa.int64(), pa.string())
    (True, False)
    """
    if pa.types.is_null(was):
        return True
    if pa.types.is_integer(was) and pa.types.is_floating(now):
        return True
    if pa.types.is_floating(was) and pa.types.is_floating(now):
        return now.bit_width > was.bit_width
    if not (pa.types.is_integer(was) and pa.types.is_integer(now)):
        return False
    is_signed = (pa.types.is_signed_integer(was), pa.types.is_signed_integer(now))
    return now.bit_width > was.bit_width and is_signed in {
        (True, True),
        (False, False),
        (False, True),
    }


def common_type(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Return a type that holds the values of both: the wider one, or text.

    >>> str(common_type(pa.int64(), pa.float64())), str(common_type(pa.int64(), pa.bool_()))
    ('double', 'string')
    """
    if one == other or is_wider(one, other):
        return other
    return one if is_wider(other, one) else pa.string()


def _listed(key: tuple[str, ...]) -> str:
    return ", ".join(key) or "none"
