"""Lays results out for a terminal: tables, pairs and numbers, plain where no one looks."""

from __future__ import annotations

import os
import shutil
import textwrap
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from headgate.core.texts import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
CELLS = (96, 80, 64, 56, 48, 44, 40, 36, 32, 28, 24)
PIPED_WIDTH = 120
DIGEST = 64
GAP = "  "


class Paint(msgspec.Struct, frozen=True):
    """How to write: in colour or not, and how wide.

    Args:
        is_colored: escape codes may be written.
        width: columns there are [characters].
    """

    is_colored: bool = False
    width: int = PIPED_WIDTH

    def style(self, name: str, text: str) -> str:
        """Set text in a style, such as `bold`, where colours are wanted."""
        return f"\x1b[{STYLES[name]}m{text}\x1b[0m" if self.is_colored else text

    def heading(self, text: str) -> str:
        """Set a heading."""
        return self.style("bold", text)

    def told(self, text: str, name: str = "") -> list[str]:
        """Lay out a sentence, broken between words, in a style if one is named."""
        return [self.style(name, part) if name else part for part in broken(text, self.width)]

    def pairs(self, entries: Iterable[tuple[str, Any]], indent: str = "") -> list[str]:
        """Lay out names and values, the values in one column and broken between words."""
        texts = [
            (name, value if isinstance(value, str) else cell(value)) for name, value in entries
        ]
        wide = max((len(name) for name, _ in texts), default=0)
        room = self.width - len(indent) - wide - len(GAP)
        return [
            f"{indent}{self.style('dim', head.ljust(wide))}{GAP}{part}".rstrip()
            for name, text in texts
            for head, part in zip_longest([name], broken(text, room), fillvalue="")
        ]

    def inset(self, columns: int = len(GAP)) -> Paint:
        """Return how to write what is set in by so many columns."""
        return msgspec.structs.replace(self, width=max(self.width - columns, 1))

    def grid(self, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
        """Lay out rows under their names; numbers stand right, what does not fit is named.

        Args:
            names: the columns.
            rows: their values, each row as long as `names`.
        """
        texts, widths = _measured(names, rows, self.width)
        n_shown = _fitting(widths, self.width)
        right = [_is_numeric([row[i] for row in rows]) for i in range(n_shown)]
        head = _line([shorten(name) for name in names], widths, right)
        lines = [self.style("bold", head), *(_line(row, widths, right) for row in texts)]
        hidden = [shorten(name) for name in names[n_shown:]]
        if hidden:
            more = f"{len(hidden)} more columns: {', '.join(hidden)}"
            lines += [self.style("dim", part) for part in broken(more, self.width)]
        return lines


def paint_for(stream: TextIO) -> Paint:
    """Find out how to write to a stream: NO_COLOR, dumb terminals and pipes get plain text."""
    is_terminal = stream.isatty()
    is_wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((PIPED_WIDTH, 24)).columns if is_terminal else PIPED_WIDTH
    return Paint(is_colored=is_terminal and is_wanted, width=width)


def cell(value: Any) -> str:
    """Write one value as a reader would.

    >>> cell(None), cell(True), cell(0.25), cell(["a", "b"])
    ('-', 'yes', '0.25', 'a, b')
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")
    return _text(value)


def said(text: str) -> str:
    """Write on one line what a program said, with nothing in it that a terminal would obey.

    >>> said("  no   price ")
    'no price'
    """
    return cell(" ".join(text.split()))


def count(number: int, noun: str = "", plural: str = "") -> str:
    """Write a count with its noun.

    >>> count(1, "row"), count(12000, "row"), count(2, "query", "queries")
    ('1 row', '12,000 rows', '2 queries')
    """
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def broken(text: str, width: int) -> list[str]:
    """Break a text between words where it is wider than there is room; a word stays whole.

    >>> broken("two words", 5), broken("oneword", 3)
    (['two', 'words'], ['oneword'])
    """
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, max(width, 1), break_long_words=False, break_on_hyphens=False)


def shorten(text: str, most: int = CELLS[0]) -> str:
    """Cut a cell to what a table can show; a digest to the 12 signs that tell it apart.

    Args:
        text: the cell.
        most: the longest it may be [characters].
    """
    if len(text) == DIGEST and all(sign in "0123456789abcdef" for sign in text):
        return text[:12]
    return cut(text, most)


def _measured(
    names: Sequence[str], rows: Sequence[Sequence[Any]], total: int
) -> tuple[list[list[str]], list[int]]:
    """Write the cells as long as the width allows, and measure the columns."""
    texts: list[list[str]] = []
    widths: list[int] = []
    heads = [shorten(name) for name in names]
    for most in CELLS:
        texts = [[shorten(cell(value), most) for value in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(heads, *texts, strict=True)]
        if _fitting(widths, total) == len(widths):
            break
    return texts, widths


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)) and all(isinstance(each, (str, int)) for each in value):
        return ", ".join(str(each) for each in value) or "-"
    if isinstance(value, dict) and all(
        isinstance(each, (str, int, float)) for each in value.values()
    ):
        return ", ".join(f"{key}={each}" for key, each in value.items()) or "-"
    if isinstance(value, (list, tuple, dict, msgspec.Struct)):
        return msgspec.json.encode(value, enc_hook=str).decode()
    text = str(value)
    return text if text.isprintable() else "".join(_visible(sign) for sign in text)


def _visible(sign: str) -> str:
    """Keep escape codes that data may carry from reaching the terminal."""
    return sign if sign.isprintable() else sign.encode("unicode_escape").decode()


def _is_numeric(values: Sequence[Any]) -> bool:
    """Say whether a column holds numbers, as such or written by `count`."""
    return all(
        value is None
        or (isinstance(value, (int, float)) and not isinstance(value, bool))
        or (isinstance(value, str) and value.replace(",", "").isdigit())
        for value in values
    )


def _fitting(widths: Sequence[int], total: int) -> int:
    used = 0
    for i, width in enumerate(widths):
        used += width + (len(GAP) if i else 0)
        if used > total:
            return max(i, 1)
    return len(widths)


def _line(texts: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = [
        text.rjust(width) if is_right else text.ljust(width)
        for text, width, is_right in zip(texts, widths, right, strict=False)
    ]
    return GAP.join(cells).rstrip()
