"""DLE: a regression model's error from a second model, which has learned where the first errs.

The second model learns on the reference how large the loss of a row is, from its features and its
prediction; on the current window it says how large it should be. What this assumes is that rows
like those of the reference are still as hard as they were: under concept drift it is blind.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.columns import columns_of
from headgate.monitor.metrics._libraries import needing
from headgate.monitor.metrics._numbers import Floats, in_order, matrix
from headgate.monitor.performance.estimates import Estimates, banded, chunk_bounds

LOSSES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "mae": lambda truth, said: np.abs(truth - said),
    "mape": lambda truth, said: np.abs(truth - said) / np.maximum(np.abs(truth), EPSILON),
    "mse": lambda truth, said: (truth - said) ** 2,
    "msle": lambda truth, said: (np.log1p(truth) - np.log1p(said)) ** 2,
}
"""The loss of a row, by the metric that is its mean."""

ROOTS = {"rmse": "mse", "rmsle": "msle"}
EPSILON = float(np.finfo(np.float64).eps)
"""Where a true value is 0, its relative error is by this, as in scikit-learn."""

SEED = 0
N_THREADED = 200_000
"""Rows below which one thread is quicker: on a busy machine 22 times at 12,000 rows [count]."""


def dle(reference: Any, current: Any, *, predictions: tuple[Any, Any], labels: Any) -> Estimates:
    """Estimate a regression model's errors on a window whose true values are not known.

    Estimates mae, mape, mse and rmse, and msle and rmsle where no value is negative.

    Args:
        reference: features on the reference window, shape (n, d), or columns by name.
        current: features on the current window, shape (m, d), or the same columns.
        predictions: the model's predictions on the reference, shape (n,), and on the current
            window, shape (m,).
        labels: true values of the reference, shape (n,).

    Returns:
        Estimates, marked as such, with the band from the reference's chunks.

    Raises:
        Invalid: the windows have different columns, the lengths do not match, or a prediction or
            true value is missing. A feature may be missing; one that the
            whole reference lacks is left out.
        Unavailable: scikit-learn is not installed.
    """
    said, now = _column(predictions[0], "prediction"), _column(predictions[1], "prediction")
    truth = _column(labels, "label")
    before, after = _inputs(reference, said), _inputs(current, now)
    if before.shape[1] != after.shape[1] or len(truth) != len(said):
        raise Invalid(
            f"{len(truth)} labels for {len(said)} predictions, or other features than before",
            mend="give a label for each row of the reference, and the same features for both",
        )
    is_known = ~np.all(np.isnan(before), axis=0)
    before, after = before[:, is_known], after[:, is_known]
    losses = _losses(truth, said, now)
    values = {metric: _foretold(before, loss, after) for metric, loss in losses.items()}
    chunks = [
        (rows.stop - rows.start, _means({name: loss[rows] for name, loss in losses.items()}))
        for rows in chunk_bounds(len(truth))
    ]
    values = _with_roots(values)
    known = _means(losses)
    return Estimates("dle", len(now), banded(values, len(now), reference=known, chunks=chunks))


def _foretold(before: Floats, loss: Floats, after: Floats) -> float:
    """Learn a loss on the reference, and return its mean over the current window."""
    with needing("dle"):
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits
    n_threads = 1 if len(before) < N_THREADED else None
    with threadpool_limits(n_threads, user_api="openmp"):
        model = HistGradientBoostingRegressor(random_state=SEED).fit(before, loss)
        return max(0.0, float(np.mean(model.predict(after))))


def _losses(truth: Floats, said: Floats, now: Floats) -> dict[str, Floats]:
    """Compute each row's losses on the reference; those of logarithms only where there are any."""
    is_negative = min(truth.min(), said.min(), now.min()) < 0
    return {
        metric: of(truth, said)
        for metric, of in LOSSES.items()
        if metric != "msle" or not is_negative
    }


def _means(losses: dict[str, Floats]) -> dict[str, float]:
    return _with_roots({metric: float(np.mean(loss)) for metric, loss in losses.items()})


def _with_roots(values: dict[str, float]) -> dict[str, float]:
    roots = {root: math.sqrt(values[of]) for root, of in ROOTS.items() if of in values}
    return values | roots


def _inputs(features: Any, said: Floats) -> Floats:
    """Put the features and the prediction side by side, shape (n, d + 1)."""
    if isinstance(features, Mapping) or hasattr(features, "columns"):
        named = [in_order(each) for _, each in columns_of(features)]
        columns = np.column_stack(named) if len({len(each) for each in named}) == 1 else said[:0]
    else:
        columns = matrix(features)
    columns = columns.reshape(len(columns), int(np.prod(columns.shape[1:])))
    if len(columns) != len(said) or not columns.size:
        raise Invalid(
            f"{len(columns)} rows of features for {len(said)} predictions",
            mend="give a prediction for each row",
        )
    return np.column_stack([columns, said])


def _column(values: Any, name: str) -> Floats:
    found = in_order(values)
    if not len(found) or not np.all(np.isfinite(found)):
        raise Invalid(
            f"a {name} is missing or infinite",
            mend=f"give one {name} for each row, shape (n,)",
        )
    return found
