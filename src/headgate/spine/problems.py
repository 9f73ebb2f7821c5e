"""What is wrong with a file that people write: every problem, with its line, clause and mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.spine.documents import Mark

Steps = tuple[str | int, ...]
MAX_PROBLEMS = 100
N_GLANCE = 5


class Problem(msgspec.Struct, frozen=True):
    """Something wrong in a file.

    Args:
        line: where, counted from one.
        column: where, counted from one.
        clause: what it is about, such as `columns.important`.
        message: what is wrong.
        mend: what to do.
    """

    line: int
    column: int
    clause: str
    message: str
    mend: str


class Problems:
    """The problems found so far; a hundred are enough."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, path: Steps, mark: Mark, message: str, mend: str) -> None:
        """Note a problem."""
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(Problem(mark.line, mark.column, clause(path), message, mend))

    def beneath(self, path: Steps) -> bool:
        """Say whether something is wrong at a place or in it; what misses there may be meant."""
        start = clause(path)
        return any(one.clause.startswith(start) for one in self.found)

    def listed(self) -> tuple[Problem, ...]:
        """List the problems in the order of the file; of several of one place and clause one."""
        first: dict[tuple[int, int, str], Problem] = {}
        for one in self.found:
            first.setdefault((one.line, one.column, one.clause), one)
        return tuple(sorted(first.values(), key=lambda one: (one.line, one.column)))


def refusal(name: str, problems: Sequence[Problem]) -> Invalid:
    """Tell the first problem of a document, and the lines of the others.

    Args:
        name: what the document is called.
        problems: at least one, in the order of the file.
    """
    first, *others = problems
    more = ", ".join(f"line {one.line} {one.clause}" for one in others[:N_GLANCE])
    rest = f"; also wrong: {more}{' and more' * (len(others) > N_GLANCE)}" if others else ""
    return Invalid(
        f"{name}:{first.line}:{first.column}: {first.clause}: {first.message}{rest}",
        mend=first.mend,
    )


def clause(path: Sequence[str | int]) -> str:
    """Write a path into a document as a reader would.

    >>> clause(("schema", 0, "properties", 2, "required"))
    'schema[0].properties[2].required'
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the document"
