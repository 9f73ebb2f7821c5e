"""Whether a reader's Protobuf schema takes what a writer's sends, by Confluent's rules.

Fields are known by number: names may change, fields come and go. Numbers of one encoding are one
kind, so are text and bytes, as the language guide has it under "Updating A Message Type".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headgate.contract.compat.breaches import Breach, distinct, listed
from headgate.contract.compat.proto_types import Proto, ProtoField

GENERAL = "a varint"
BY_LENGTH = "text or bytes"
ENCODINGS = {
    GENERAL: ("int32", "int64", "uint32", "uint64", "bool"),
    "a zigzag varint": ("sint32", "sint64"),
    "four bytes": ("fixed32", "sfixed32"),
    "eight bytes": ("fixed64", "sfixed64"),
    BY_LENGTH: ("string", "bytes"),
    "a float": ("float",),
    "a double": ("double",),
}
KINDS = {word: kind for kind, words in ENCODINGS.items() for word in words}


def proto_breaches(reader: Proto, writer: Proto) -> list[Breach]:
    """List what keeps a reader from taking what a writer sends."""
    return list(distinct(_all(reader, writer)))


def _all(reader: Proto, writer: Proto) -> Iterator[Breach]:
    if reader.package != writer.package:
        was, now = writer.package or "nothing", reader.package or "nothing"
        yield Breach("package", was, now, "every message has another name")
    for name, theirs in writer.messages.items():
        mine = reader.messages.get(name)
        if mine is None:
            yield Breach(name, "a message", "nothing", "the reader knows no such message")
            continue
        for number in {**theirs, **mine}:
            yield from _field(_Pair(reader, writer, name), mine.get(number), theirs.get(number))
        yield from _oneofs(mine, theirs, name)


class _Pair:
    """Two files, and the message in which fields are compared."""

    def __init__(self, reader: Proto, writer: Proto, message: str) -> None:
        self.reader = reader
        self.writer = writer
        self.message = message


def _field(pair: _Pair, mine: ProtoField | None, theirs: ProtoField | None) -> Iterator[Breach]:
    known = mine or theirs
    where = f"{pair.message}.{known.name if known else ''}"
    is_needed = [one is not None and one.label == "required" for one in (mine, theirs)]
    if is_needed[0] != is_needed[1]:
        why = "required on one side only: a message without it is refused"
        yield Breach(where, str(theirs or "nothing"), str(mine or "nothing"), why)
        return
    if mine is None or theirs is None:
        return
    kinds = (
        _kind(pair.reader, mine.type, pair.message),
        _kind(pair.writer, theirs.type, pair.message),
    )
    if kinds[0] != kinds[1]:
        why = f"{kinds[1]} is not read as {kinds[0]}"
        yield Breach(where, str(theirs), str(mine), why)
    elif (mine.label == "repeated") != (theirs.label == "repeated") and _is_packed(kinds[0]):
        why = "one number and many are written in different ways"
        yield Breach(where, str(theirs), str(mine), why)


def _kind(file: Proto, word: str, message: str) -> str:
    if word.startswith("map<"):
        key, value = word[4:-1].split(", ")
        return f"a map of {_kind(file, key, message)} to {_kind(file, value, message)}"
    if word in KINDS:
        return KINDS[word]
    name = file.find(word, message)
    return GENERAL if name in file.enums else f"message {name}"


def _is_packed(kind: str) -> bool:
    return kind != BY_LENGTH and not kind.startswith(("message", "a map"))


def _oneofs(
    mine: dict[int, ProtoField], theirs: dict[int, ProtoField], message: str
) -> Iterator[Breach]:
    for name in dict.fromkeys(one.oneof for one in mine.values() if one.oneof):
        ours, before = _standing_in(mine, name), _standing_in(theirs, name)
        gone = [theirs[number].name for number in before if number not in ours]
        where = f"{message}.{name}"
        if gone:
            why = f"{listed(gone)} left the oneof"
            yield Breach(where, _names(theirs, before), _names(mine, ours), why)
        moved = [mine[number].name for number in ours if number in theirs and number not in before]
        if len(moved) > 1:
            why = f"{listed(moved)} could stand together, and only the last is kept"
            yield Breach(where, _names(theirs, before), _names(mine, ours), why)


def _standing_in(fields: dict[int, ProtoField], oneof: str) -> list[int]:
    return [number for number, one in fields.items() if one.oneof == oneof]


def _names(fields: dict[int, ProtoField], numbers: list[int]) -> str:
    return listed(fields[number].name for number in numbers)


def proto_plain(file: Proto) -> dict[str, Any]:
    """Return a file as plain data, so that changes in it can be listed."""
    messages = {
        name: {f"field {number}": f"{one} {one.name}" for number, one in fields.items()}
        for name, fields in file.messages.items()
    }
    enums = {
        name: {f"constant {number}": constant for number, constant in held.items()}
        for name, held in file.enums.items()
    }
    return {"package": file.package, **messages, **enums}
