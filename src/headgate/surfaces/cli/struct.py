"""Shows any struct on a terminal, where no verb has its own way of being shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.surfaces.cli.paint import Paint


def lines_of(value: Any, paint: Paint) -> list[str]:
    """Lay out a value: pairs for a struct, a table for a list of structs.

    Args:
        value: what an operation returned.
        paint: how to write.
    """
    if value is None:
        return ["done"]
    if isinstance(value, (list, tuple)):
        return _of_list(value, paint)
    entries = _entries(value)
    if entries is None:
        return [_text("", value)]
    flat = [(name, _text(name, each)) for name, each in entries if _is_flat(each)]
    return [*paint.pairs(flat), *_of_parts(entries, paint)]


def _of_parts(entries: list[tuple[str, Any]], paint: Paint) -> Iterator[str]:
    for name, value in entries:
        if not _is_flat(value):
            yield ""
            yield paint.heading(label(name))
            yield from (f"  {line}" for line in lines_of(value, paint))


def _of_list(values: Sequence[Any], paint: Paint) -> list[str]:
    if not values:
        return ["none"]
    records = [dict(_entries(value) or []) for value in values]
    if not all(records):
        return list(map(cell, values))
    names = list(dict.fromkeys(name for record in records for name in record))
    kept = [name for name in names if any(_says(record.get(name)) for record in records)]
    rows = [[record.get(name) for name in kept] for record in records]
    grid = paint.grid([label(name) for name in kept], rows)
    return [*grid, paint.style("dim", f"{count(len(values))} in all")]


def _says(value: Any) -> bool:
    return value is False or value == 0 or bool(value)


def label(name: str) -> str:
    """Write a field's name as a reader would.

    >>> label("n_rows"), label("created_at"), label("version_id")
    ('rows', 'created at', 'version id')
    """
    return name.removeprefix("n_").replace("_", " ")


def _entries(value: Any) -> list[tuple[str, Any]] | None:
    if isinstance(value, msgspec.Struct):
        return [(name, getattr(value, name)) for name in value.__struct_fields__]
    return list(value.items()) if isinstance(value, dict) else None


def _is_flat(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(isinstance(each, (str, int, float)) for each in value)
    return not value if isinstance(value, dict) else not isinstance(value, msgspec.Struct)


def _text(name: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and name.startswith("n_"):
        return count(value)
    return "-" if value in ((), [], {}, "") else cell(value)
