"""Binds the arguments of a Python call to a verb's request and body, as Python binds its own."""

from __future__ import annotations

import difflib
import inspect
import keyword
from typing import TYPE_CHECKING, Any

from headgate.surfaces.request import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headgate.surfaces.verbs import Field, Verb

ABSENT = object()


def attribute(verb: str) -> str:
    """Return what Python calls a verb; one that is a keyword gets an underscore.

    >>> attribute("import"), attribute("export")
    ('import_', 'export')
    """
    return f"{verb}_" if keyword.iskeyword(verb) else verb


def order(verb: Verb) -> list[str]:
    """List Python's names in positional order: what must be given, then what may be.

    Args:
        verb: what is called.
    """
    optional = [field.name for field in verb.fields if not field.required]
    return [*verb.positional, *optional]


def bind(
    verb: Verb, arguments: Sequence[Any], keywords: Mapping[str, Any]
) -> tuple[dict[str, Any], Any]:
    """Bind a call's arguments.

    Args:
        verb: what is called.
        arguments: those given by position.
        keywords: those given by name.

    Returns:
        The request as JSON holds it, and the body (`None` if the verb takes none).

    Raises:
        TypeError: an argument is unknown, missing, given twice or one too many.
    """
    names = order(verb)
    if len(arguments) > len(names):
        raise TypeError(
            f"{verb.name}() takes at most {len(names)} arguments, {len(arguments)} were given"
        )
    given = dict(zip(names, arguments, strict=False))
    for name, value in keywords.items():
        if name not in names:
            raise TypeError(_unexpected(verb, name, names))
        if name in given:
            raise TypeError(f"{verb.name}() got multiple values for argument {name!r}")
        given[name] = value
    missing = [name for name in verb.positional if name not in given]
    if missing:
        raise TypeError(f"{verb.name}() is missing {_listed(missing)}: {signature(verb)}")
    body = given.pop(verb.body_name, None) if verb.body_name else None
    fields = {field.name: field for field in verb.fields}
    return {fields[name].key: _valued(fields[name], value) for name, value in given.items()}, body


def signature(verb: Verb) -> inspect.Signature:
    """Return the signature that Python's help shows for a verb."""
    defaults = {field.name: field.default for field in verb.fields if not field.required}
    return inspect.Signature(
        [
            inspect.Parameter(
                name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=defaults.get(name, inspect.Parameter.empty),
            )
            for name in order(verb)
        ]
    )


def documentation(verb: Verb) -> str:
    """Write the docstring of a verb's Python method."""
    lines = [f"    {field.name}: {field.doc}" for field in verb.fields]
    if verb.body_name:
        lines.insert(0, f"    {verb.body_name}: the {verb.body} to send")
    return verb.doc + ("\n\nArgs:\n" + "\n".join(lines) if lines else "")


def _valued(field: Field, value: Any) -> Any:
    """Write a value as JSON holds it.

    One text where a list is wanted is a list of one; a whole number where text is wanted is
    written out, so that `at=snapshot.number` says what it seems to say.
    """
    if field.many == "list" and isinstance(value, str):
        return [value]
    written = plain(value)
    is_whole = isinstance(written, int) and not isinstance(written, bool)
    return str(written) if is_whole and field.type == "text" and not field.many else written


def _unexpected(verb: Verb, name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]!r}?" if near else f"It takes {signature(verb)}"
    return f"{verb.name}() got an unexpected keyword argument {name!r}. {hint}"


def _listed(names: list[str]) -> str:
    return "argument " + " and ".join(repr(name) for name in names)
