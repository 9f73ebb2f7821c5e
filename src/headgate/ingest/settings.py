"""A connector's settings: given as text, handed over as the types its function names."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.spine.plugin_settings import types_of

WORDS = {
    **dict.fromkeys(("yes", "true", "on", "1"), True),
    **dict.fromkeys(("no", "false", "off", "0"), False),
}


def typed(connector: str, function: Callable[..., Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Turn texts into the values that a connector's keyword settings take.

    Args:
        connector: its name, for messages.
        function: the connector.
        texts: what was given, by name.

    Raises:
        NotFound: the connector has no such setting.
        Invalid: a text is no value of the setting's type.
    """
    known = types_of(function)
    for name in texts:
        if name not in known:
            raise NotFound.among(f"setting of connector {connector}", name, known)
    return {name: _value(connector, name, text, known[name]) for name, text in texts.items()}


def all_of(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every setting that a connector reads by: those given, the others as they are."""
    usual = {
        name: one.default
        for name, one in inspect.signature(function).parameters.items()
        if one.kind is one.KEYWORD_ONLY and one.default is not one.empty
    }
    return {**usual, **given}


def _value(connector: str, name: str, text: str, wanted: Any) -> Any:
    try:
        return msgspec.convert(_shaped(text, wanted), wanted, strict=False)
    except msgspec.ValidationError as error:
        shown = getattr(wanted, "__name__", str(wanted))
        raise Invalid(
            f"setting {name}={text!r} of connector {connector} is no {shown}: {error}",
            mend=f"write --settings {name}=VALUE with a value of that type",
        ) from error


def _shaped(text: str, wanted: Any) -> Any:
    if wanted is bool:
        return WORDS.get(text.strip().lower(), text)
    if getattr(wanted, "__origin__", None) in {tuple, list, set, frozenset}:
        return text.split(",")
    return text
