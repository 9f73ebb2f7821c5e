"""What a step can be declared with; a value that cannot be meant is refused where it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, get_args

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline.partitions import Partitions

MODES = ("replace", "append", "upsert")
Engine = Literal["local", "ray"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
"""What can call the functions of steps."""
MOST_SEED = 2**32 - 1
"""The largest number that `numpy.random` starts from."""


class _Wanted(NamedTuple):
    """What an argument of a step can be.

    Args:
        is_it: says whether a value can be it.
        example: a value that can be.
        words: what it has to be.
    """

    is_it: Callable[[Any], bool]
    example: str
    words: str


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and math.isfinite(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) and one for one in value)


def _is_columns(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and _is_list(columns) and columns for name, columns in value.items()
    )


def _is_amounts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and _is_number(much) and much >= 0 for name, much in value.items()
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_WANTED = {
    "name": _Wanted(_is_text, "'clean'", "a name that a dataset can have"),
    "columns": _Wanted(_is_columns, "{'orders': ['id']}", "lists of columns by dataset"),
    "mode": _Wanted(lambda one: one in MODES, "'append'", "replace, append or upsert"),
    "key": _Wanted(_is_list, "['id']", "a list of columns"),
    "retries": _Wanted(_is_count, "3", "a whole number, 0 or more"),
    "wait_s": _Wanted(lambda one: _is_number(one) and one >= 0, "1.0", "seconds, 0 or more"),
    "timeout_s": _Wanted(
        lambda one: one is None or (_is_number(one) and one > 0), "60", "seconds above 0"
    ),
    "cache": _Wanted(_is_flag, "False", "True or False"),
    "process": _Wanted(_is_flag, "True", "True or False"),
    "seed": _Wanted(
        lambda one: one is None or (_is_count(one) and one <= MOST_SEED),
        "7",
        f"a whole number from 0 to {MOST_SEED}",
    ),
    "partitions": _Wanted(
        lambda one: one is None or isinstance(one, Partitions),
        "daily('day', '2026-11-01')",
        "what keys, keys_of, daily or spans gives",
    ),
    "whole": _Wanted(_is_list, "['rates']", "a list of datasets"),
    "after": _Wanted(_is_list, "['loaded']", "a list of datasets"),
    "pool": _Wanted(_is_text, "'gpu'", "the name of a pool"),
    "engine": _Wanted(lambda one: one in ("", *ENGINES), "'ray'", " or ".join(ENGINES)),
    "resources": _Wanted(_is_amounts, "{'GPU': 1}", "numbers of 0 or more by name"),
    "map_over": _Wanted(_is_text, "'orders'", "a dataset it reads"),
    "piece_rows": _Wanted(
        lambda one: _is_count(one) and one > 0, "10_000", "a whole number, 1 or more"
    ),
}


def check_arguments(step: str, given: Mapping[str, Any]) -> None:
    """Make sure that a step can be declared with these values.

    Args:
        step: its name, or its function's.
        given: the arguments of `headgate.step`, by name.

    Raises:
        Invalid: there is no such argument, or a value cannot be meant.
    """
    for name, value in given.items():
        wanted = _WANTED.get(name)
        if wanted is None:
            near = NotFound.among("argument", name, _WANTED).mend
            raise Invalid(
                f"step {step} has an unexpected keyword argument {name!r}",
                mend=f"in @step of {step}: {near}",
            )
        if not wanted.is_it(value):
            raise Invalid(
                f"step {step} has {name}={value!r}",
                mend=f"in @step of {step} write {name}={wanted.example}: {wanted.words}",
            )
