"""What went wrong at one clinic: three faults that every type check lets through, and torn lines.

The faults follow one another as they did in many an incident: a new export script puts two
columns in each other's place, the next day writes other units, then reads the code list of the
labels backwards. Every value stays a number where a number belongs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headgate.surfaces.demo.cases import BAD_CLINIC, BAD_DAYS, LABEL, Case

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

SWAPPED = ("worst_texture", "worst_smoothness")
LENGTHS = ("radius", "perimeter")
FLIPPED = {"malignant": "benign", "benign": "malignant"}


class Fault(NamedTuple):
    """One corruption: from which bad day on, what it does, and how the story names it."""

    since: int
    change: Callable[[Case], Case]
    told: str


def swap_columns(row: Case) -> Case:
    """Put two columns in each other's place."""
    first, second = SWAPPED
    return row | {first: row[second], second: row[first]}


def change_unit(row: Case) -> Case:
    """Write lengths ten times and areas a hundred times too small: centimetres, not millimetres."""
    changed = dict(row)
    for name, value in row.items():
        measure = name.partition("_")[2]
        if measure in LENGTHS or name.split("_")[0] in LENGTHS:
            changed[name] = round(value / 10, 6)
        elif "area" in name:
            changed[name] = round(value / 100, 6)
    return changed


def flip_label(row: Case) -> Case:
    """Call malignant what is benign, and benign what is malignant."""
    return row | {LABEL: FLIPPED[row[LABEL]]}


FAULTS = (
    Fault(0, swap_columns, "columns swapped"),
    Fault(1, change_unit, "cm, not mm"),
    Fault(2, flip_label, "labels flipped"),
)


def faults_of(day: date, clinic: str) -> tuple[Fault, ...]:
    """List what is wrong with a clinic's rows on a day."""
    if clinic != BAD_CLINIC or day not in BAD_DAYS:
        return ()
    return tuple(fault for fault in FAULTS if BAD_DAYS.index(day) >= fault.since)


def corrupt(rows: list[Case], faults: tuple[Fault, ...]) -> list[Case]:
    """Return the rows as the faults leave them."""
    for fault in faults:
        rows = [fault.change(row) for row in rows]
    return rows


def tear(line: str) -> str:
    """Return a line as a broken transfer leaves it: cut off in the middle."""
    return line[: len(line) // 2]
