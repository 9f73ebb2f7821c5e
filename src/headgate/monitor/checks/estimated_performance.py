"""How good a model is while nobody knows the labels yet: CBPE for classes, DLE for numbers.

The reference is fitted once: calibration curves, or the trees that foretell a loss, and what each
metric had on it. A slice has curves of its own; what the one model of losses misses on a slice of
the reference is taken off its windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headgate.monitor.metrics._numbers import Floats
from headgate.monitor.nouns import Measured
from headgate.monitor.performance.answered import given, kind_in, rows_in, told
from headgate.monitor.performance.bands import DECISIVE, band, worse_end, worse_than
from headgate.monitor.performance.calibration import chances_of
from headgate.monitor.performance.kept import EstimatedReference, EstimatedSettings, Fitted
from headgate.monitor.performance.kept_classes import estimate_classes, fit_classes, scored
from headgate.monitor.performance.kept_numbers import estimate_numbers, fit_numbers, inputs_of
from headgate.monitor.performance.scored import as_answers, known_in, require_several

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "EstimatedReference",
    "EstimatedSettings",
    "estimated_performance",
    "fit_estimated_performance",
    "row_losses",
]

DEFAULT = EstimatedSettings()


def fit_estimated_performance(
    table: pa.Table, settings: EstimatedSettings = DEFAULT
) -> EstimatedReference:
    """Fit a reference whose labels are known, as far as they are.

    Args:
        table: answers and labels in the order of time; rows without a label are left out.
        settings: where they stand, and what is wanted.

    Raises:
        NotFound: a column is not there.
        Invalid: fewer than two rows are labelled, or a probability is none.
        Unavailable: scikit-learn is not installed.
    """
    rows, columns, scores = known_in(table, settings.columns)
    settings = msgspec.structs.replace(settings, columns=columns)
    rows = told(rows, columns)
    require_several(rows)
    of_kind = fit_classes if kind_in(rows, settings.columns) == "classes" else fit_numbers
    return msgspec.structs.replace(of_kind(rows, settings), scores=scores)


def estimated_performance(
    reference: EstimatedReference,
    window: pa.Table,
    settings: EstimatedSettings = DEFAULT,
) -> list[Measured]:
    """Estimate each metric on a window, over all and per slice; no label of it is looked at.

    Args:
        reference: as fitted.
        window: answers; those that are missing are left out.
        settings: as for the reference.

    Returns:
        Each metric with the reference's as `before`, the end of the band on the worse side as
        `threshold`, and the band as evidence. Beyond it on the better side raises no alert. A
        metric that alerts are raised for and that cannot be told has no value, and says why.

    Raises:
        NotFound: a column is not there.
        Invalid: a probability is none.
    """
    window, columns = as_answers(window, settings.columns, reference.scores)
    settings = msgspec.structs.replace(settings, columns=columns)
    answered = given(window, columns.prediction)
    rows = told(window.filter(answered), columns)
    parts = [("", reference.whole), *reference.slices.items()]
    found: list[Measured] = []
    for slice_, fitted in parts:
        part = rows.filter(_mask(rows_in(rows, slice_, settings.columns)))
        if not part.num_rows:
            continue
        of_kind = estimate_classes if reference.kind == "classes" else estimate_numbers
        values = of_kind(reference, fitted, part, settings)
        part_of = (slice_, part.num_rows)
        found += [_measured(fitted, settings, part_of, each) for each in values.items()]
        blind = [each for each in fitted.usual if each in DECISIVE and each not in values]
        found += [_untold(metric, part_of) for metric in blind]
    return found


def row_losses(
    reference: EstimatedReference, rows: pa.Table, settings: EstimatedSettings = DEFAULT
) -> Floats:
    """Estimate what each answered row loses, shape (n,), without looking at a label.

    Args:
        reference: as fitted.
        rows: rows with an answer, and with a confidence if these are classes.
        settings: as for the reference.

    Returns:
        The chance that the answer is wrong [ratio], or the error's size [unit of the labels].

    Raises:
        NotFound: a column is not there.
        Invalid: a probability is none.
    """
    if reference.kind == "numbers":
        name = "mae" if "mae" in reference.losses else next(iter(reference.losses))
        inputs, _ = inputs_of(rows, reference.features, settings)
        return np.maximum(0.0, reference.losses[name].predict(inputs))
    rows, columns = as_answers(rows, settings.columns, reference.scores)
    settings = msgspec.structs.replace(settings, columns=columns)
    scores, said = scored(reference, rows, settings)
    chances = chances_of(scores, reference.whole.curves)
    if chances.shape[1] == 1:
        return 1 - chances[:, 0]
    right = chances[np.arange(len(said)), np.maximum(said, 0)]
    return np.where(said >= 0, 1 - right, 1.0)


def _measured(
    fitted: Fitted, settings: EstimatedSettings, part: tuple[str, int], found: tuple[str, float]
) -> Measured:
    (slice_, n), (metric, value) = part, found
    known = fitted.usual[metric]
    limits = band(metric, known, n, floor=settings.floor)
    is_decisive = metric in (settings.metrics or DECISIVE)
    is_enough = is_decisive and min(n, fitted.n) >= settings.n_least
    return Measured(
        check="estimated_performance",
        subject=metric,
        metric=metric,
        value=value,
        threshold=worse_end(metric, limits) if is_enough else None,
        before=known.value,
        slice_=slice_,
        n=n,
        is_estimated=True,
        is_exceeded=is_enough and worse_than(metric, value, value, limits),
        evidence={
            "low": limits.low,
            "high": limits.high,
            "delta": value - known.value,
            "method": "dle" if fitted.offsets else "cbpe",
        },
    )


def _untold(metric: str, part: tuple[str, int]) -> Measured:
    return Measured(
        check="estimated_performance",
        subject=metric,
        metric=metric,
        value=None,
        slice_=part[0],
        n=part[1],
        is_estimated=True,
        evidence={"why": "all rows are taken for one class, so nothing tells classes apart"},
    )


def _mask(which: Any) -> Any:
    import pyarrow as pa

    return pa.array(which)
