"""How a terminal shows what is wrong with a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.problems import Problem
    from headgate.surfaces.cli.paint import Paint


def problem_lines(name: str, problems: Sequence[Problem], paint: Paint) -> list[str]:
    """Show how many problems a file has, and of each where it is and what to do."""
    lines = [f"{paint.heading(name)}: {paint.style('red', count(len(problems), 'problem'))}"]
    for one in problems:
        place = f"line {one.line}, column {one.column}"
        facts = [("at", place), ("is", one.message), ("mend", one.mend)]
        lines += [f"  {cell(one.clause)}", *paint.pairs(facts, indent="    ")]
    return lines
