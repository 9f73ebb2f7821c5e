"""Says what a drift is: another unit, swapped columns, a shift of mean or spread, or a new mix.

A column is put beside the reference at nineteen quantiles. Whatever simple change brings the two
together is what it is called; two columns that look like one another's reference were swapped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from headgate.monitor.baseline import Baseline, plain
from headgate.monitor.comparing import kind_of
from headgate.monitor.metrics._numbers import Floats
from headgate.monitor.profiles.categorical import CategoryColumn, kept_name
from headgate.monitor.profiles.numeric import NumberColumn
from headgate.monitor.seen import Seen

AT = np.arange(1, 20) / 20
CLOSE = 0.15
"""So far quantiles may lie apart to count as the same [mean distances from the median]."""
BETTER = 0.4
"""A change explains a drift if it leaves less than this of the distance [ratio]."""
OWN_NAMES = 0.5
"""Two columns of names were swapped where less than this stands in its own place [ratio]."""
UNITS: tuple[tuple[str, float, float], ...] = (
    ("10", 10.0, 0.0),
    ("100", 100.0, 0.0),
    ("1,000", 1000.0, 0.0),
    ("1,000,000", 1e6, 0.0),
    ("60, as of minutes and seconds", 60.0, 0.0),
    ("3,600, as of hours and seconds", 3600.0, 0.0),
    ("24, as of days and hours", 24.0, 0.0),
    ("7, as of weeks and days", 7.0, 0.0),
    ("12, as of years and months", 12.0, 0.0),
    ("2.2046, as of kilograms and pounds", 2.2046, 0.0),
    ("1.609, as of miles and kilometres", 1.609344, 0.0),
    ("2.54, as of inches and centimetres", 2.54, 0.0),
    ("3.281, as of metres and feet", 3.28084, 0.0),
    ("4.184, as of calories and joules", 4.184, 0.0),
    ("1.8 and 32 more, as of Celsius and Fahrenheit", 1.8, 32.0),
    ("-1, as of debit and credit", -1.0, 0.0),
)


class Name(NamedTuple):
    """What a drift is.

    Args:
        kind: in a word or two.
        says: in a sentence, without the column.
    """

    kind: str
    says: str


class Form(NamedTuple):
    """A column of numbers at nineteen quantiles.

    Args:
        before: of the reference, shape (19,).
        after: of the window, shape (19,).
        std: of the reference.
    """

    before: Floats
    after: Floats
    std: float


def names_of(baseline: Baseline, window: Seen, drifted: Collection[str]) -> dict[str, Name]:
    """Name the drift of each of some columns, of data or of answers.

    Args:
        baseline: the reference.
        window: with rows of it.
        drifted: the columns.
    """
    columns = baseline.data.columns | baseline.answers.columns
    known = [name for name in drifted if name in columns and name in window.rows.column_names]
    with np.errstate(over="ignore", invalid="ignore"):
        forms = {one: form for one in known if (form := _form(columns[one], window.rows[one]))}
        numbers = _swapped_numbers(forms)
    swapped = numbers | _swapped_names(columns, window, known)
    found: dict[str, Name] = {}
    for name in known:
        if name in swapped:
            other = swapped[name]
            found[name] = Name("swapped columns", f"holds what {other} held, and the other way")
        elif name in forms and kind_of(columns[name]) == "number":
            with np.errstate(over="ignore", invalid="ignore"):
                found[name] = _of_numbers(forms[name])
        else:
            found[name] = Name("new distribution", "is spread over its values otherwise")
    return found


def distance(one: Floats, other: Floats, scale: float) -> float:
    """Return how far quantiles lie apart on average [scale]."""
    return float(np.mean(np.abs(one - other))) / scale if scale else float("inf")


def scale_of(quantiles: Floats) -> float:
    """Return how far quantiles lie from their median on average [unit of the values]."""
    return float(np.mean(np.abs(quantiles - np.median(quantiles))))


def quantiles_of(column: NumberColumn) -> Floats:
    """Return the reference's quantiles, shape (19,), straight between the edges of its cells."""
    counts = np.array(column.window.counts, float)
    reached = np.cumsum(counts)[:-1] / max(1.0, counts.sum())
    return np.interp(AT, reached, column.grid)


def _form(column: Any, values: Any) -> Form | None:
    if not isinstance(column, NumberColumn) or not len(column.grid):
        return None
    current = _numbers(values)
    if not len(current):
        return None
    return Form(quantiles_of(column), np.quantile(current, AT), column.std)


def _numbers(values: Any) -> Floats:
    """Take the finite numbers of a column."""
    try:
        found = np.asarray(plain(values).drop_null().cast("float64"))
    except (ValueError, NotImplementedError):
        return np.empty(0)
    return found[np.isfinite(found)]


def _of_numbers(form: Form) -> Name:
    before, after = form.before, form.after
    scale = scale_of(before)
    if not scale_of(after) and scale:
        return Name("constant column", f"is {after[0]:g} nearly everywhere")
    apart = distance(before, after, scale)
    unit = _unit(form, scale, apart)
    if unit is not None:
        return Name("unit change", unit)
    shift = float(np.mean(after) - np.mean(before))
    if distance(before + shift, after, scale) < max(BETTER * apart, CLOSE / 3):
        moved = shift / form.std if form.std else 0.0
        way = "up" if shift > 0 else "down"
        return Name("mean shift", f"mean moved {way} by {abs(moved):.2f} standard deviations")
    stretch = scale_of(after) / scale if scale else 1.0
    aligned = (before - np.median(before)) * stretch + np.median(after)
    if abs(shift) < abs(stretch - 1) * scale and distance(aligned, after, scale) < BETTER * apart:
        return Name("spread shift", f"spread is {stretch:.2f} times that of the reference")
    return Name("new distribution", "is spread over its range otherwise")


def _unit(form: Form, scale: float, apart: float) -> str | None:
    """Find the usual change of unit that brings the window onto the reference."""
    best: tuple[float, str] | None = None
    for said, factor, more in UNITS:
        forth = distance(np.sort(form.before * factor + more), form.after, scale * abs(factor))
        back = distance(np.sort((form.before - more) / factor), form.after, scale / abs(factor))
        for left, text in ((forth, f"is {said} times"), (back, f"is divided by {said},")):
            if best is None or left < best[0]:
                best = left, f"{text} what it was"
    limit = min(CLOSE, BETTER * apart)
    return best[1] if best is not None and best[0] < limit else None


def _swapped_numbers(forms: Mapping[str, Form]) -> dict[str, str]:
    """Pair the columns of which each looks like the other's reference."""
    found: dict[str, str] = {}
    names = list(forms)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            if one not in found and other not in found and _crossed(forms[one], forms[other]):
                found |= {one: other, other: one}
    return found


def _crossed(one: Form, other: Form) -> bool:
    own = distance(one.before, one.after, scale_of(one.before))
    forth = distance(other.before, one.after, scale_of(other.before))
    back = distance(one.before, other.after, scale_of(one.before))
    return max(forth, back) < min(CLOSE, BETTER * own)


def _swapped_names(
    columns: Mapping[str, Any], window: Seen, known: Collection[str]
) -> dict[str, str]:
    """Pair the columns of categories whose names stand in the other one."""
    shares: dict[str, dict[str, float]] = {}
    named = [name for name in known if isinstance(columns[name], CategoryColumn)]
    for name in named:
        values = plain(window.rows[name]).drop_null().to_pylist()
        column = columns[name]
        kept = [kept_name(value, hidden=column.hidden) for value in values]
        shares[name] = {
            other: sum(map(set(columns[other].names).__contains__, kept)) / max(1, len(kept))
            for other in named
        }
    found: dict[str, str] = {}
    for one in named:
        for other in named:
            is_new = one < other and one not in found and other not in found
            if is_new and _stands_in(shares, one, other) and _stands_in(shares, other, one):
                found |= {one: other, other: one}
    return found


def _stands_in(shares: dict[str, dict[str, float]], one: str, other: str) -> bool:
    return shares[one][one] < OWN_NAMES < shares[one][other]
