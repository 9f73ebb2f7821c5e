"""What an inspection is given, and what it says: cases, each with remarks that point to a line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from headgate.spine.inspecting.commit import Base

Level = Literal["error", "warning", "note"]
Mode = Literal[
    "NONE",
    "BACKWARD",
    "FORWARD",
    "FULL",
    "BACKWARD_TRANSITIVE",
    "FORWARD_TRANSITIVE",
    "FULL_TRANSITIVE",
]
LEVELS: tuple[Level, ...] = ("note", "warning", "error")
"""From the least to the worst."""


class Place(msgspec.Struct, frozen=True):
    """A line of a file.

    Args:
        file: its path, seen from the folder that was inspected.
        line: counted from one; the whole file if 0.
        column: counted from one; the whole line if 0.
        says: what is to be seen there.
    """

    file: str
    line: int = 0
    column: int = 0
    says: str = ""


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong, or worth knowing.

    Args:
        rule: what it breaks, the same in every run, such as `contract/orders/age.range`.
        level: how bad it is.
        message: what is wrong, in a sentence.
        mend: what to do.
        place: the clause it is about.
        seen_at: where it can be seen, such as lines of a data file.
    """

    rule: str
    level: Level
    message: str
    mend: str = ""
    place: Place
    seen_at: tuple[Place, ...] = ()


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    Args:
        suite: what it belongs to, such as `contract orders on orders.csv`.
        name: what was looked at, such as `age.range`.
        remarks: what is wrong; nothing if all is well.
        skipped: why it was not looked at; empty if it was.
        took_ms: how long it took [ms].
    """

    suite: str
    name: str
    remarks: tuple[Remark, ...] = ()
    skipped: str = ""
    took_ms: float = 0.0


@dataclass(frozen=True)
class Loaded:
    """A data file, read.

    Args:
        file: its path, seen from the folder that is inspected.
        rows: a pyarrow table of its n rows, types found by the gates as at a commit.
        lines: the line each row begins at, shape (n,); empty where the format has none.
        rejected: records that could not become rows.
    """

    file: str
    rows: Any
    lines: tuple[int, ...] = ()
    rejected: tuple[Any, ...] = ()

    def place(self, position: int, says: str) -> Place:
        """Return where a row stands."""
        return Place(self.file, self.lines[position] if self.lines else 0, says=says)


@dataclass(frozen=True)
class Wish:
    """What is to be inspected.

    Args:
        data: data files by the name of their dataset.
        reference: what they are held against, by the same names.
        base: the state before the change; nothing if none was named.
        mode: what must hold between an older contract and a newer one.
    """

    data: dict[str, Loaded] = field(default_factory=dict[str, Loaded])
    reference: dict[str, Loaded] = field(default_factory=dict[str, Loaded])
    base: Base | None = None
    mode: Mode = "BACKWARD"
