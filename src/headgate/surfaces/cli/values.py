"""Reads what was typed into the values a request holds: words, files of fields, body paths."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import Invalid
from headgate.surfaces.request import check_fields, describe, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from headgate.surfaces.verbs import Field, Verb

BETWEEN = "\0"
"""Stands between the words of a body that takes several; no path holds it."""

TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def number_or_text(text: str) -> Any:
    """Read a number or a truth where the text is one, else keep the text.

    >>> [number_or_text(text) for text in ("3", "0.5", "true", "up")]
    [3, 0.5, True, 'up']
    """
    try:
        return msgspec.json.decode(text.encode(), type=bool | int | float)
    except msgspec.DecodeError:
        return text


READERS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "time": str,
    "integer": int,
    "number": float,
    "boolean": lambda text: TRUTH[text.lower()],
    "mixed": number_or_text,
    "json": lambda text: msgspec.json.decode(text.encode()),
}


class Typed(msgspec.Struct, frozen=True):
    """What a command line asks for: the request, and where the body lies."""

    request: dict[str, Any]
    body_path: str | None


def assemble(verb: Verb, words: Sequence[str], options: Mapping[str, Any]) -> Typed:
    """Put a request together from a file of fields, positional words and options.

    Args:
        verb: what is called.
        words: the positional words, in order.
        options: what was given by option: Python names of fields, and `file`.

    Raises:
        Invalid: a word is missing or one too many, or a value is of the wrong kind.
    """
    request = _from_file(options.get("file"))
    fields = {field.name: field for field in verb.fields}
    open_slots = [
        name
        for name in verb.positional
        if name == verb.body_name
        or (fields[name].key not in request and not _many(options.get(name)))
    ]
    body_path = None
    for name, given in _allot(verb, open_slots, words).items():
        if name == verb.body_name:
            body_path = BETWEEN.join(given)
        else:
            request[fields[name].key] = read(fields[name], given, name.upper())
    for name, field in fields.items():
        many = _many(options.get(name))
        if many:
            request[field.key] = read(field, many, field.flag)
    check_fields(verb, request)
    return Typed(request=request, body_path=body_path)


def _many(given: Any) -> tuple[Any, ...]:
    """List what was given for one option; nothing if it was not."""
    if given is None:
        return ()
    return given if isinstance(given, tuple) else (given,)


def read(field: Field, given: Sequence[Any], place: str) -> Any:
    """Read what was typed for one field.

    Args:
        field: what it is for.
        given: the texts typed; several for a list or a map.
        place: how the reader knows the field, such as `--limit`.

    Raises:
        Invalid: a text is not what the field takes.
    """
    if field.many == "list":
        parts = [part for text in given for part in str(text).split(",") if part]
        return [_scalar(field, part, place) for part in parts]
    if field.many == "map":
        return _map(field, given, place)
    return _scalar(field, given[-1], place)


def usage(verb: Verb) -> str:
    """Write how a verb is called, such as `headgate dataset commit NAME ROWS [options]`."""
    named = [_slot(verb, name) for name in verb.positional]
    return " ".join([verb.command, *named, "[options]"])


def _slot(verb: Verb, name: str) -> str:
    if name == verb.body_name:
        named = "NAME=FILE…" if verb.body == "tables" else name.upper()
        return "PATH" if name == "body" else named
    field = next(field for field in verb.fields if field.name == name)
    return field.key.upper() + ("…" if field.many else "")


def _allot(verb: Verb, slots: list[str], words: Sequence[str]) -> dict[str, list[str]]:
    if len(words) < len(slots):
        missing = ", ".join(_slot(verb, name) for name in slots[len(words) :])
        raise Invalid(f"{verb.command} needs {missing}", mend=f"write: {usage(verb)}")
    many = {field.name for field in verb.fields if field.many}
    many |= {verb.body_name} if verb.body == "tables" else set()
    is_open_ended = bool(slots) and slots[-1] in many
    if len(words) > len(slots) and not is_open_ended:
        extra = words[len(slots)]
        raise Invalid(f"{verb.command} has no place for {extra!r}", mend=f"write: {usage(verb)}")
    allotted = {name: [word] for name, word in zip(slots, words, strict=False)}
    if is_open_ended:
        allotted[slots[-1]] = list(words[len(slots) - 1 :])
    return allotted


def _scalar(field: Field, given: Any, place: str) -> Any:
    if not isinstance(given, str):
        return given
    try:
        value = READERS[field.type](given)
    except (ValueError, KeyError, msgspec.DecodeError) as error:
        raise Invalid(f"{place} cannot be {given!r}", mend=f"give {describe(field)}") from error
    if field.choices and value not in field.choices:
        raise Invalid(f"{place} cannot be {given!r}", mend=f"give {describe(field)}")
    return value


def _map(field: Field, given: Sequence[str], place: str) -> dict[str, Any]:
    read_back: dict[str, Any] = {}
    for text in given:
        if text.startswith("{"):
            read_back |= _scalar_object(field, text, place)
            continue
        key, equals, value = text.partition("=")
        if not equals:
            raise Invalid(f"{place} cannot be {text!r}", mend=f"write {place} NAME=VALUE")
        read_back[key] = _entry(field, value, place)
    return read_back


def _scalar_object(field: Field, text: str, place: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text.encode(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Invalid(
            f"{place} is no JSON object: {error}", mend=f"give {describe(field)}"
        ) from error


def _entry(field: Field, value: str, place: str) -> Any:
    if field.type != "json":
        return _scalar(field, value, place)
    try:
        return msgspec.json.decode(value.encode())
    except msgspec.DecodeError:
        return value


def _from_file(path: str | None) -> dict[str, Any]:
    if path is None:
        return {}
    import yaml

    try:
        held = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise Invalid(f"{path} is no YAML: {said}", mend="mend the line it names") from error
    if not isinstance(held, dict):
        raise Invalid(f"{path} holds no fields", mend="write one `field: value` a line")
    return plain(held)
