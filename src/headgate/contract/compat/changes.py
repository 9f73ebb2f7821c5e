"""What changed between two versions, each change breaking, compatible or of description only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from headgate.contract.compat.modes import backward, forward
from headgate.contract.compat.schemas import Document, same_format
from headgate.core.texts import short

Kind = Literal["breaking", "compatible", "description"]
NAMES = ("name", "property", "server", "username", "channel", "role", "metric", "engine", "url")
DROPPED = {
    "odcs": ("schema", "properties", "logicalTypeOptions"),
    "avro": ("fields",),
    "json-schema": ("properties",),
    "protobuf": (),
}
DESCRIBING = {
    "description", "doc", "title", "$comment", "$id", "$schema", "examples", "businessName",
    "authoritativeDefinitions", "tags", "dataGranularityDescription", "businessImpact",
    "transformDescription", "readOnly", "writeOnly", "deprecated",
}  # fmt: skip
BINDING = ("schema", "slaProperties")
"""Parts of a contract that bind; the others say who, where and what for."""


class Change(msgspec.Struct, frozen=True):
    """One change.

    Args:
        path: where.
        was: what stood there.
        now: what stands there.
        kind: `breaking` in one direction at least, `compatible`, or `description` only.
        breaks: who is broken; empty if nobody.
        why: what happens to them; empty if nobody is broken.
    """

    path: str
    was: str
    now: str
    kind: Kind
    breaks: tuple[str, ...] = ()
    why: str = ""


def changes(old: Document, new: Document) -> list[Change]:
    """List what changed, breaking changes first.

    Raises:
        Invalid: the documents are of different formats.
    """
    same_format([old, new])
    found: dict[str, Change] = {}
    for one in [*backward(old, new), *forward(old, new)]:
        known = found.get(one.path)
        breaks = (*known.breaks, one.breaks) if known else (one.breaks,)
        why = known.why if known else one.why
        kept = tuple(dict.fromkeys(breaks))
        found[one.path] = Change(one.path, one.was, one.now, "breaking", kept, why)
    start = "$" if old.format in ("avro", "json-schema") else ""
    rest = [
        each
        for each in _walk(old.plain, new.plain, start, old.format)
        if not _is_told(each.path, list(found))
    ]
    order = {"breaking": 0, "compatible": 1, "description": 2}
    return sorted([*found.values(), *rest], key=lambda one: order[one.kind])


def _is_told(path: str, told: list[str]) -> bool:
    def within(inner: str, outer: str) -> bool:
        return inner == outer or inner.startswith((f"{outer}.", f"{outer}["))

    return any(within(path, one) or within(one, path) for one in told)


def _walk(old: Any, new: Any, path: str, kind: str) -> Iterator[Change]:
    """Yield each difference at the highest place where something is there or not there."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from _step(old.get(key), new.get(key), key, path, kind)
    elif _is_named(old) and _is_named(new):
        mine, theirs = _by_name(list(old)), _by_name(list(new))
        for name in dict.fromkeys([*mine, *theirs]):
            yield from _ended(mine.get(name), theirs.get(name), _join(path, name), kind)
    elif old != new or type(old) is not type(new):
        yield Change(path or "the document", short(old), short(new), _kind(path, kind))


def _step(old: Any, new: Any, key: str, path: str, kind: str) -> Iterator[Change]:
    if key in DROPPED[kind] and isinstance(old, (dict, list)) and isinstance(new, (dict, list)):
        yield from _walk(old, new, path, kind)
    else:
        yield from _ended(old, new, _join(path, key), kind)


def _ended(old: Any, new: Any, path: str, kind: str) -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            yield Change(path, short(old), short(new), _kind(path, kind))
    else:
        yield from _walk(old, new, path, kind)


def _kind(path: str, kind: str) -> Kind:
    parts = set(path.split("."))
    if parts & DESCRIBING:
        return "description"
    top = path.partition(".")[0]
    is_aside = kind == "odcs" and top in CONTRACT_KEYS and top not in BINDING
    return "description" if is_aside else "compatible"


CONTRACT_KEYS = {
    "apiVersion", "kind", "id", "version", "status", "name", "tenant", "domain", "dataProduct",
    "tags", "servers", "team", "roles", "support", "price", "customProperties",
    "contractCreatedTs", "description", "authoritativeDefinitions",
}  # fmt: skip


def _is_named(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and _name(one) for one in value)


def _name(entry: dict[str, Any]) -> str:
    return next((str(entry[key]) for key in NAMES if isinstance(entry.get(key), str)), "")


def _by_name(entries: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entries:
        name, number = _name(entry), 2
        while name in found:
            name, number = f"{_name(entry)}#{number}", number + 1
        found[name] = entry
    return found


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
