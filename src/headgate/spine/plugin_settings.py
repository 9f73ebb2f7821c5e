"""The keyword settings of a plugin's function, by name, with the types it gives them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, get_type_hints


def types_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the types of keyword settings, any for one that has none.

    Other annotations are not looked at, for they may name what is not loaded.
    """
    keywords = {
        each.name: Any if each.annotation is each.empty else each.annotation
        for each in _keywords(function)
    }
    names = getattr(function, "__globals__", {})
    return get_type_hints(SimpleNamespace(__annotations__=keywords), globalns=names)


def required_of(function: Callable[..., Any]) -> list[str]:
    """List the keyword settings that have no default, in the function's order.

    >>> def send(text, /, *, host: str, port: int = 25): ...
    >>> required_of(send)
    ['host']
    """
    return [each.name for each in _keywords(function) if each.default is each.empty]


def _keywords(function: Callable[..., Any]) -> list[inspect.Parameter]:
    parameters = inspect.signature(function).parameters.values()
    return [each for each in parameters if each.kind is each.KEYWORD_ONLY]
