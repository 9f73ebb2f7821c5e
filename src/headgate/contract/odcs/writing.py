"""Writes a contract as the plain data its file holds: what is set, then what was kept verbatim."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from headgate.contract.odcs.nouns import Contract
from headgate.spine.documents import dump

FIRST = (
    "apiVersion", "kind", "id", "name", "version", "status", "property", "server", "username",
    "type", "metric", "physicalName", "logicalType", "physicalType", "logicalTypeOptions",
    "required", "description",
)  # fmt: skip
"""Keys a reader looks for first, in the order they are written."""


def plain(value: Any) -> Any:
    """Return a struct as the mapping that stands in the file.

    A field that has its default is left out, unless the file that was read gave it.
    """
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if not isinstance(value, msgspec.Struct):
        return value
    written: dict[str, Any] = {}
    extra: dict[str, Any] = getattr(value, "extra", {})
    for field in _fields(type(value)):
        held = getattr(value, field.name)
        if field.name == "extra" or (not field.required and _is_default(held, field)):
            continue
        written[field.encode_name] = plain(held)
    written |= {key: each for key, each in extra.items() if key not in written}
    first = {key: written[key] for key in FIRST if key in written}
    return first | written


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)


def _is_default(held: Any, field: msgspec.structs.FieldInfo) -> bool:
    default = field.default
    if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    return type(held) is type(default) and held == default


def text_of(contract: Contract) -> str:
    """Write a contract as the text of its file."""
    return dump(plain(contract))
