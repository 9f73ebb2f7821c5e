"""Tables of a page: numbers to the right, and on a narrow screen a row under another."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from headgate.surfaces.pages.document import figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FITTING = 4
"""A table of so many short columns stays a table where it is narrow [count]."""
SHORT = 20
"""Text of so many signs stays on one line where there is room [count]."""


class Written(str):
    """A number that is written already, such as a share."""

    __slots__ = ()


class Loud(str):
    """Text of a cell that asks for a look."""

    __slots__ = ()


def grid(names: Sequence[str], rows: Iterable[Sequence[Any]], *, wide: Sequence[str] = ()) -> str:
    """Return a table: numbers to the right, and all the room for what is wide.

    Args:
        names: of the columns; one that is empty in every row is left out.
        rows: their cells; a number, text, or nothing.
        wide: columns of long text.
    """
    written = list(rows)
    held = [i for i in range(len(names)) if not written or any(map(_is_told, _column(written, i)))]
    kinds = {i: _kind(names[i], _column(written, i), wide) for i in held}
    head = "".join(
        f'<th scope="col"{_classed("number" if kinds[i] == "number" else "")}>'
        f"{escape(names[i])}</th>"
        for i in held
    )
    body = "".join(
        f"<tr>{''.join(_cell(row[i], kinds[i], names[i]) for i in held)}</tr>" for row in written
    )
    is_tall = len(held) > FITTING or "wide" in kinds.values()
    return (
        f'<div class="scroll"><table{_classed("tall" if is_tall else "")}>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _column(rows: Sequence[Sequence[Any]], i: int) -> list[Any]:
    return [row[i] for row in rows]


def _is_told(value: Any) -> bool:
    return value is not None and value != ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(name: str, values: Iterable[Any], wide: Sequence[str]) -> str:
    if name in wide:
        return "wide"
    is_figure = any(_is_number(value) or isinstance(value, Written) for value in values)
    return "number" if is_figure else "name"


def _cell(value: Any, kind: str, name: str) -> str:
    if not _is_told(value):
        return f'<td class="{kind} none muted">-</td>'
    if isinstance(value, bool):
        value = "yes" if value else "no"
    text = escape(figure(value) if _is_number(value) else str(value))
    words = f"{kind} short" if kind == "name" and len(text) <= SHORT else kind
    words = f"{words} off" if isinstance(value, Loud) else words
    return f'<td class="{words}" data-of="{escape(name)}">{text}</td>'


def _classed(word: str) -> str:
    return f' class="{word}"' if word else ""
