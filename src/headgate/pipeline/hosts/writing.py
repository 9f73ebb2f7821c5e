"""Values and notes as a file of Python holds them, the same each time."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from headgate.pipeline.hosts.outline import Outline

WIDTH = 99
MARK = "Made by: headgate pipeline export"
"""Stands in every file that was exported, so that a later export may take its place."""


class Made(NamedTuple):
    """A value that the file makes by a call.

    Args:
        function: what is called.
        given: its arguments, by name.
    """

    function: str
    given: Mapping[str, Any]


def docstring(outline: Outline, host: str, notes: Sequence[str]) -> str:
    """Write the file's docstring: what it is, and what the host does not do.

    Args:
        outline: the pipeline.
        host: `airflow` or `dagster`.
        notes: what does not translate.
    """
    lines = [
        f'"""The pipeline {outline.pipeline} of a Headgate project, run by {host.title()}.',
        "",
        f"{MARK} {outline.pipeline} --to {host}",
        "",
        *textwrap.wrap(
            "Each task runs one step, which is left out if nothing it depends on has changed. "
            "HEADGATE_PROJECT names the project's folder or its server's address, HEADGATE the "
            "program.",
            WIDTH,
        ),
    ]
    if notes:
        lines += ["", "What is done in another way, or not at all:", ""]
        for note in notes:
            lines += textwrap.wrap(f"- {note}", WIDTH, subsequent_indent="  ")
    text = "\n".join(lines[1:]).replace("\\", "\\\\").replace('"' * 3, "'" * 3)
    return f'{lines[0]}\n{text}\n"""'


def constant(name: str, value: Any, kind: str = "") -> str:
    """Write an assignment, over several lines where it is long."""
    told = f"{name}: {kind}" if kind else name
    return f"{told} = {literal(value)}"


def literal(value: Any, depth: int = 0) -> str:
    """Write a value as Python does, a line for each part of a mapping or list that is not empty.

    >>> print(literal({"a": [1], "b": {}}))
    {
        "a": [
            1,
        ],
        "b": {},
    }
    """
    open_, lines, close = _parts(value, depth + 1)
    if not open_:
        return _plain(value)
    if not lines:
        return open_ + close
    inner = "    " * (depth + 1)
    return "\n".join([open_, *(f"{inner}{line}," for line in lines), f"{'    ' * depth}{close}"])


def _parts(value: Any, depth: int) -> tuple[str, list[str], str]:
    """Take a value apart: how it opens, its parts, and how it closes; nothing if it has none."""
    if isinstance(value, Made):
        lines = [f"{name}={literal(one, depth)}" for name, one in value.given.items()]
        return f"{value.function}(", lines, ")"
    if isinstance(value, Mapping):
        lines = [f"{_text(key)}: {literal(one, depth)}" for key, one in value.items()]
        return "{", lines, "}"
    if isinstance(value, list | tuple):
        return "[", [literal(one, depth) for one in value], "]"
    return "", [], ""


def _plain(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """Write a text in double quotes."""
    plain = repr(text)
    if plain.startswith('"'):
        return plain
    return '"' + plain[1:-1].replace('"', '\\"') + '"'
