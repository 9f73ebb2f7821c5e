"""Real tumour measurements, dealt out to four clinics and fifteen days.

The rows are scikit-learn's breast cancer table (Wisconsin diagnostic, 569 tumours, 30 measures
of their cell nuclei). Which clinic sends which tumour on which day is drawn from the seed; so is
which of them are held out to measure models on.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import numpy as np

Case = dict[str, Any]

FIRST_DAY = date(2026, 6, 1)
"""A Monday."""

N_DAYS = 15
BAD_DAYS = tuple(FIRST_DAY + timedelta(days=n) for n in range(7, 12))
"""Monday to Friday of the second week."""

CLINICS = ("north", "south", "east", "west")
SHARES = (0.18, 0.46, 0.18, 0.18)
"""Of the tumours, for each clinic; south is the large one."""

BAD_CLINIC = "south"
LABEL = "diagnosis"
N_HELD_OUT = 119
_NOT_MEASURES = ("case_id", "clinic", "taken_on", LABEL)


class Cases(msgspec.Struct, frozen=True):
    """The tumours: those that clinics send, and those that no model ever learns from.

    Args:
        sent: by day and clinic, in the order in which they are sent.
        held_out: rows of the same columns, always clean.
    """

    sent: dict[tuple[date, str], list[Case]]
    held_out: list[Case]


def deal(rng: np.random.Generator) -> Cases:
    """Deal the tumours out to clinics and days.

    Args:
        rng: draws who sends what when.
    """
    rows = _tumours()
    order = rng.permutation(len(rows))
    held_out = [_case(rows[i], "reference", FIRST_DAY) for i in order[:N_HELD_OUT]]
    chosen = order[N_HELD_OUT:]
    clinics = rng.choice(len(CLINICS), size=len(chosen), p=SHARES)
    sent: dict[tuple[date, str], list[Case]] = {}
    for place, (i, clinic) in enumerate(zip(chosen, clinics, strict=True)):
        day = FIRST_DAY + timedelta(days=place * N_DAYS // len(chosen))
        name = CLINICS[clinic]
        sent.setdefault((day, name), []).append(_case(rows[i], name, day))
    return Cases(sent=sent, held_out=held_out)


def measures_of(names: list[str]) -> list[str]:
    """Leave out the columns that are no measure of a tumour."""
    return [name for name in names if name not in _NOT_MEASURES and not name.startswith("_")]


def _tumours() -> list[Case]:
    from sklearn.datasets import load_breast_cancer

    data: Any = load_breast_cancer()
    names = [str(name).replace(" ", "_") for name in data.feature_names]
    labels = [str(data.target_names[code]) for code in data.target]
    return [
        {"case_id": f"case-{number:03d}", **dict(zip(names, values, strict=True)), LABEL: label}
        for number, (values, label) in enumerate(zip(data.data.tolist(), labels, strict=True))
    ]


def _case(row: Case, clinic: str, day: date) -> Case:
    return {"case_id": row["case_id"], "clinic": clinic, "taken_on": day.isoformat(), **row}
