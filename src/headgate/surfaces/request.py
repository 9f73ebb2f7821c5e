"""Turns what a caller gave into an operation's request, or says which field is wrong and why."""

from __future__ import annotations

import difflib
import math
import re
from datetime import UTC, date, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core import times
from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headgate.surfaces.verbs import Field, Verb

MOST = 2**63 - 1
NOUNS = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "time": "a time such as 2026-11-03T10:00:00Z",
    "mixed": "a number, true, false or text",
    "json": "a nested value",
}


def plain(value: Any) -> Any:
    """Turn what Python callers hand over into what JSON can hold.

    Times become ISO 8601 text in UTC (one without a zone is taken as UTC), paths text, numbers of
    numpy Python's own, structs and tuples what JSON has for them, and a number that is not finite
    null.
    """
    if isinstance(value, datetime):
        return times.render(value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, (date, PurePath)):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    if isinstance(value, msgspec.Struct):
        return plain(msgspec.to_builtins(value, builtin_types=(datetime, date)))
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def check_fields(verb: Verb, request: Mapping[str, Any]) -> None:
    """Make sure that a request holds the verb's fields and no others.

    Args:
        verb: what is called.
        request: the request as JSON holds it.

    Raises:
        Invalid: a field is unknown, or a required one is missing.
    """
    known = {field.key: field for field in verb.fields}
    for key in request:
        if key not in known:
            raise Invalid(
                f"{verb.name} has no field {key!r}",
                mend=nearest(key, list(known), "it has no fields"),
            )
    for key, field in known.items():
        if field.required and key not in request:
            raise Invalid(f"{verb.name} needs field {key!r}", mend=f"give {describe(field)}")


def decode(verb: Verb, request: Mapping[str, Any]) -> msgspec.Struct:
    """Make the request struct of an operation.

    Args:
        verb: what is called.
        request: the request as JSON holds it.

    Raises:
        Invalid: a field is unknown, missing or of the wrong kind.
    """
    check_fields(verb, request)
    given = {
        key: _moment(value) if key in times_of(verb) else value for key, value in request.items()
    }
    for key, value in given.items():
        _refuse_vast(verb, key, value)
    try:
        return msgspec.convert(given, type=verb.operation().request)
    except msgspec.ValidationError as error:
        raise explain(verb, error) from error


def times_of(verb: Verb) -> frozenset[str]:
    """Name the fields that hold one moment; they may be written as a date, or without a zone."""
    return frozenset(field.key for field in verb.fields if field.type == "time" and not field.many)


def decode_json(verb: Verb, text: bytes) -> dict[str, Any]:
    """Read a request that came as JSON text.

    Raises:
        Invalid: it is no JSON object.
    """
    try:
        return msgspec.json.decode(text or b"{}", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            f"the request of {verb.name} is no JSON object: {error}",
            mend='send an object of its fields, such as {"' + _first_key(verb) + '": …}',
        ) from error


def explain(verb: Verb, error: msgspec.ValidationError) -> Invalid:
    """Name the field that a validation error is about."""
    said, _, place = str(error).partition(" - at `$")
    match = re.match(r"\.(\w+)", place)
    field = next((each for each in verb.fields if match and each.key == match.group(1)), None)
    said = said[:1].lower() + said[1:]
    if field is None:
        return Invalid(f"the request of {verb.name}: {said}", mend=f"see: {verb.command} --help")
    where = place.removeprefix(".").removesuffix("`")
    return Invalid(f"field {where!r} of {verb.name}: {said}", mend=f"give {describe(field)}")


def describe(field: Field) -> str:
    """Say in words what a field takes."""
    kind = " or ".join(field.choices) or NOUNS[field.type]
    if field.many == "list":
        kind = f"a list of {kind}" if field.choices else f"a list, each {kind}"
    elif field.many == "map":
        kind = f"a map of names to {kind}"
    return f"{field.key}: {kind}" + (f" ({field.doc})" if field.doc else "")


def nearest(name: str, known: list[str], otherwise: str) -> str:
    """Word a mend that names the nearest of the known names, or all of them."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"it has {', '.join(known)}" if known else otherwise


def _moment(value: Any) -> Any:
    return times.render(times.parse(value)) if isinstance(value, str) else value


def _refuse_vast(verb: Verb, key: str, value: Any) -> None:
    """Refuse numbers that no column and no counter holds, however deep they lie."""
    if isinstance(value, int) and not -MOST - 1 <= value <= MOST:
        field = next(field for field in verb.fields if field.key == key)
        raise Invalid(
            f"field {key!r} of {verb.name}: a number has more than 64 bits",
            mend=f"give {describe(field)}",
        )
    if isinstance(value, (dict, list, tuple)):
        for each in value.values() if isinstance(value, dict) else value:
            _refuse_vast(verb, key, each)


def _first_key(verb: Verb) -> str:
    return verb.fields[0].key if verb.fields else "field"
