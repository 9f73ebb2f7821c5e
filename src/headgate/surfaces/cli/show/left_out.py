"""How a terminal shows what did not translate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.core.left_out import LeftOut
    from headgate.surfaces.cli.paint import Paint


def left_out_lines(found: Iterable[LeftOut], paint: Paint) -> list[str]:
    """Show of each thing where it stands, what it is, and why it has no counterpart."""
    lines: list[str] = []
    for one in found:
        lines += [f"  {paint.style('yellow', cell(one.path) or 'the file')}"]
        lines += paint.pairs([("has", one.what), ("but", one.why)], indent="    ")
    return lines
