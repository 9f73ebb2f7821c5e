"""Shows any struct on a terminal, where no verb has its own way of being shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.surfaces.cli.paint import Paint


def lines_of(value: Any, paint: Paint) -> list[str]:
    """Lay out a value: pairs for a struct, a table for a list of structs.

    Args:
        value: what an operation returned.
        paint: how to write.
    """
    if isinstance(value, (list, tuple)) and value:
        return [*table_of(value, paint), paint.style("dim", f"{count(len(value))} in all")]
    if isinstance(value, (list, tuple)):
        return ["none"]
    if isinstance(value, str):
        return [cell(line) for line in value.splitlines()] or ["-"]
    return ["done"] if value is None else _of_struct(value, paint)


def table_of(values: Sequence[Any], paint: Paint, names: Sequence[str] = ()) -> list[str]:
    """Lay out structs as a table.

    Args:
        values: the structs, or values of any other kind, one a line.
        paint: how to write.
        names: the fields to show; without them those that say something and are not nested.
    """
    records = [dict(_entries(value) or []) for value in values]
    if not all(records):
        return list(map(cell, values))
    known = list(dict.fromkeys(name for record in records for name in record))
    flat = [name for name in known if all(_is_flat(record.get(name)) for record in records)]
    kept = names or [name for name in flat if any(_says(record.get(name)) for record in records)]
    rows = [[record.get(name) for name in kept] for record in records]
    return paint.grid([label(name) for name in kept], rows)


def _of_struct(value: Any, paint: Paint) -> list[str]:
    entries = _entries(value)
    if entries is None:
        return [_text("", value)]
    if len(entries) == 1 and isinstance(entries[0][1], (list, tuple)):
        return lines_of(entries[0][1], paint)
    flat = [(label(name), _text(name, each)) for name, each in entries if _is_short(each)]
    lines = paint.pairs(flat)
    for name, each in entries:
        if not _is_short(each):
            is_many = isinstance(each, (list, tuple))
            inner = paint.inset()
            part = table_of(each, inner) if is_many else lines_of(each, inner)
            indented = [f"  {line}".rstrip() for line in part]
            lines += ["", paint.heading(label(name)), *indented]
    return lines


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
    if isinstance(value, dict):
        return all(_is_scalar(each) for each in value.values())
    if isinstance(value, (list, tuple)):
        return all(_is_scalar(each) for each in value)
    return not isinstance(value, msgspec.Struct)


def _is_short(value: Any) -> bool:
    return _is_flat(value) and not (isinstance(value, str) and "\n" in value)


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float))


def _text(name: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and name.startswith("n_"):
        return count(value)
    return "-" if value in ((), [], {}, "") else cell(value)
