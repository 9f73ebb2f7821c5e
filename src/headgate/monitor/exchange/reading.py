"""What is read of another monitor's file: numbers, settings, and what has no counterpart."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from headgate.core.left_out import LeftOut
from headgate.monitor.nouns import Measured


class Wish(msgspec.Struct, frozen=True):
    """How the drift of one column is to be told.

    Args:
        column: its name.
        method: by its short name; Evidently chooses where none is said.
        threshold: where one other than the method's own is said.
    """

    column: str
    method: str | None = None
    threshold: float | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a file of Evidently wants drift to be told.

    Args:
        columns: those it looks at; all if none is named.
        numerical: columns it says are numbers.
        categorical: columns it says are categories.
        text: columns it says are text.
        ignored: columns that are no features, such as an id.
        target: the column of what came true.
        prediction: the column of what was predicted.
        time: the column that says when a row happened.
        wishes: of columns for which something is said; one may have several.
        method: by kind of column (`number`, `category`, `text`) how drift is told.
        threshold: by kind of column.
        drift_share: from which share of drifted columns the whole has drifted [ratio].
    """

    columns: tuple[str, ...] = ()
    numerical: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    target: str | None = None
    prediction: str | None = None
    time: str | None = None
    wishes: tuple[Wish, ...] = ()
    method: dict[str, str] = {}
    threshold: dict[str, float] = {}
    drift_share: float | None = None


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A file of Evidently, read.

    Args:
        form: what it is: `snapshot`, `report`, `test suite` or `Python file`.
        settings: how it wants drift to be told.
        measured: the numbers in it; none in code.
        left_out: what did not translate.
    """

    form: str
    settings: Settings
    measured: tuple[Measured, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def finite(held: Any) -> float | None:
    """Return a number that is read of a file; nothing of what is none, no truth among them.

    >>> finite(3), finite(True), finite("3"), finite(float("inf")), finite(10**400)
    (3.0, None, None, None, None)
    """
    if not isinstance(held, int | float) or isinstance(held, bool):
        return None
    try:
        return float(held) if math.isfinite(held) else None
    except OverflowError:
        return None
