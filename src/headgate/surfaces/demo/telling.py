"""How the story is told at a terminal: chapters with their time, prose, commands and day rows."""

from __future__ import annotations

import sys
import textwrap
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from headgate.surfaces.cli.paint import Paint

PROSE = 84
"""Columns of prose at most, however wide the terminal."""

MARGIN = "   "
SHORT_S = 0.1


class Teller:
    """Writes the story line by line, as it happens.

    Args:
        show: is handed each line.
        paint: how to write.
    """

    def __init__(self, show: Callable[[str], None], paint: Paint) -> None:
        self._show = show
        self.paint = paint
        self.narrow = msgspec.structs.replace(paint, width=paint.width - len(MARGIN))
        self.began = time.monotonic()
        self._n_chapters = 0

    def title(self, text: str, below: str) -> None:
        """Open the story."""
        self._write(self.paint.heading(text))
        self._write(self.paint.style("dim", below))
        self._write("")

    @contextmanager
    def chapter(self, title: str) -> Generator[None]:
        """Number a part of the story and say at its end how long it took."""
        self._n_chapters += 1
        began = time.monotonic()
        self._write("")
        self._write(self.paint.heading(f"{self._n_chapters}  {title}"))
        yield
        self._write(self.paint.style("dim", f"{MARGIN}took {told_s(time.monotonic() - began)}"))

    def heading(self, text: str) -> None:
        """Set a line in bold."""
        self._write(self.paint.heading(text))

    def say(self, text: str, style: str = "") -> None:
        """Tell a paragraph."""
        width = min(PROSE, self.paint.width) - len(MARGIN)
        for line in textwrap.wrap(text, width, break_on_hyphens=False):
            self._write(MARGIN + (self.paint.style(style, line) if style else line))

    def command(self, words: str) -> None:
        """Show what a reader would type for what follows."""
        self._write("")
        self._write(MARGIN + self.paint.style("cyan", f"$ {words}"))

    def lines(self, lines: Sequence[str]) -> None:
        """Show lines that are laid out already."""
        for line in lines:
            self._write((MARGIN + line).rstrip())

    def row(self, cells: Sequence[Any], widths: Sequence[int], style: str = "") -> None:
        """Show one row of a table that grows while it is told.

        Args:
            cells: its values.
            widths: of the columns [characters]; negative stands left.
            style: of the whole row.
        """
        texts = [
            str(cell).ljust(-width) if width < 0 else str(cell).rjust(width)
            for cell, width in zip(cells, widths, strict=True)
        ]
        line = "  ".join(texts).rstrip()
        self._write(MARGIN + (self.paint.style(style, line) if style else line))

    def blank(self) -> None:
        """Leave a line empty."""
        self._write("")

    @property
    def elapsed_s(self) -> float:
        """Seconds since the story began."""
        return time.monotonic() - self.began

    def _write(self, line: str) -> None:
        """Show a line at once: the story is progress, also for a reader behind a pipe."""
        self._show(line)
        sys.stdout.flush()


def told_s(seconds: float) -> str:
    """Write a time as a reader would.

    >>> told_s(12.34), told_s(0.0123)
    ('12.3 s', '12 ms')
    """
    return f"{seconds:.1f} s" if seconds >= SHORT_S else f"{seconds * 1000:.0f} ms"
