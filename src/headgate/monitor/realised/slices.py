"""Measures each slice of the rows by itself: a mean hides who is served badly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._numbers import arrow

Report = TypeVar("Report")

NOBODY = "(none)"
"""Name of the slice of rows without a value."""


def by_slice(
    measure: Callable[[Any, Any], Report], slices: Any, labels: Any, predictions: Any
) -> dict[str, Report]:
    """Measure every slice, such as every country, by itself.

    Args:
        measure: `measure_classes`, `measure_scores`, `measure_numbers`, or alike.
        slices: which slice each row is in, shape (n,); rows without one are a slice too.
        labels: as `measure` takes them, shape (n,).
        predictions: as `measure` takes them, shape (n,).

    Returns:
        What was measured by the slice's name, largest slice first.

    Raises:
        Invalid: the lengths differ, or `measure` refuses a slice.
    """
    names = [NOBODY if each is None else str(each) for each in arrow(slices).to_pylist()]
    columns = arrow(labels), arrow(predictions)
    if {len(column) for column in columns} != {len(names)}:
        raise Invalid(
            f"{len(names)} slices for {len(columns[0])} labels",
            mend="give the slice of each row",
        )
    found, which, sizes = np.unique(
        np.array(names, dtype=object), return_inverse=True, return_counts=True
    )
    order = np.argsort(which, kind="stable")
    ends = np.cumsum(sizes)
    starts = ends - sizes
    rows = {each: order[a:b] for each, a, b in zip(found, starts, ends, strict=True)}
    largest = sorted(rows, key=lambda name: (-len(rows[name]), name))
    return {
        str(name): measure(*(column.take(rows[name]) for column in columns)) for name in largest
    }
