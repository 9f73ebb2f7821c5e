"""Realised errors of predicted numbers, with intervals."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._numbers import Floats, in_order
from headgate.monitor.performance.answered import LARGEST
from headgate.monitor.realised.intervals import LEVEL, Measured, around, mean_of

EPSILON = float(np.finfo(np.float64).eps)
"""Where a true value is 0, its relative error is by this, as in scikit-learn."""


class NumberReport(msgspec.Struct, frozen=True):
    """Realised errors of predicted numbers.

    Args:
        n: rows [count].
        mae: mean absolute error [unit of the values].
        mse: mean squared error [its square].
        rmse: root of it [unit of the values].
        mape: mean absolute error by the true value's size [ratio, not percent].
        r2: share of the variance that is explained; none where the true values do not vary.
    """

    n: int
    mae: Measured
    mse: Measured
    rmse: Measured
    mape: Measured
    r2: Measured | None


def measure_numbers(labels: Any, predictions: Any, *, level: float = LEVEL) -> NumberReport:
    """Measure predicted numbers against true ones, as scikit-learn does.

    Means of rows have the normal interval; rmse has the root of that of mse. r2 is a ratio of
    two means and has the normal interval of its linear part (delta method).

    Args:
        labels: true values, shape (n,).
        predictions: predicted values, shape (n,).
        level: of confidence [ratio].

    Raises:
        Invalid: there are no rows, the lengths differ, or a value is missing, infinite or beyond
            1e150.
    """
    truth, said = in_order(labels), in_order(predictions)
    if len(truth) != len(said) or not len(truth):
        raise Invalid(
            f"{len(truth)} labels for {len(said)} predictions",
            mend="give a label and a prediction for each row",
        )
    if not all(np.all(np.abs(each) <= LARGEST) for each in (truth, said)):
        raise Invalid(
            "a label or prediction is missing or infinite, or its square would be",
            mend="leave out rows whose label is not there yet",
        )
    errors = np.abs(truth - said)
    squared = mean_of(errors**2, level=level)
    return NumberReport(
        n=len(truth),
        mae=mean_of(errors, level=level),
        mse=squared,
        rmse=Measured(
            value=math.sqrt(squared.value),
            low=math.sqrt(max(0.0, squared.low)),
            high=math.sqrt(squared.high),
            n=len(truth),
            interval="normal",
        ),
        mape=mean_of(errors / np.maximum(np.abs(truth), EPSILON), level=level),
        r2=_explained(truth, errors**2, level),
    )


def _explained(truth: Floats, squared: Floats, level: float) -> Measured | None:
    spread = (truth - np.mean(truth)) ** 2
    total = float(np.mean(spread))
    if not total:
        return None
    value = 1 - float(np.mean(squared)) / total
    parts = (squared - (1 - value) * spread) / total
    error = float(np.std(parts)) / math.sqrt(len(truth) - 1)
    return around(value, error, len(truth), level=level)
