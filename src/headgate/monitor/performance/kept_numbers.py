"""Fits and estimates the errors of numbers: foretold losses in the place of labels (DLE)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headgate.monitor.metrics._numbers import Floats, in_order, kind_of
from headgate.monitor.performance.answered import Columns, column_of, finite_in
from headgate.monitor.performance.bands import usual
from headgate.monitor.performance.kept import (
    EstimatedReference,
    EstimatedSettings,
    Fitted,
    fit_slices,
)
from headgate.monitor.performance.loss import LOSSES, ROOTS
from headgate.monitor.performance.trees import learn

if TYPE_CHECKING:
    import pyarrow as pa

OF_ROWS = frozenset({"at", "labelled_at", "_rid", "prediction_id", "trace_id", "span_id"})
"""Columns of a window that are no features."""


def fit_numbers(rows: pa.Table, settings: EstimatedSettings) -> EstimatedReference:
    """Learn each loss from features and prediction, and see what it was, over all and per slice.

    Args:
        rows: labelled rows of the reference, in the order of time.
        settings: where answers, labels and features stand.

    Raises:
        NotFound: a column is not there.
        Invalid: a label or prediction is infinite, or too large to be squared.
        Unavailable: scikit-learn is not installed.
    """
    features = settings.features or _numbers_in(rows, settings.columns)
    inputs, _ = inputs_of(rows, features, settings)
    truth, said = (
        finite_in(rows, each) for each in (settings.columns.label, settings.columns.prediction)
    )
    wanted = settings.metrics or ("mae", "rmse")
    names = dict.fromkeys(ROOTS.get(each, each) for each in wanted)
    losses = {each: LOSSES[each](truth, said) for each in names if each in LOSSES}
    trees = {each: learn(inputs, loss) for each, loss in losses.items()}
    foretold = {each: model.predict(inputs) for each, model in trees.items()}

    def fitted(which: Any) -> Fitted:
        of_part = {each: loss[which] for each, loss in losses.items()}
        known = usual(
            lambda part: _wanted({each: loss[part] for each, loss in of_part.items()}, wanted),
            len(truth[which]),
        )
        missed = {
            each: float(np.mean(loss - foretold[each][which])) for each, loss in of_part.items()
        }
        return Fitted(len(truth[which]), known, offsets=missed)

    return EstimatedReference(
        kind="numbers",
        classes=(),
        meant="prediction",
        whole=fitted(slice(None)),
        slices=fit_slices(rows, settings, fitted),
        features=features,
        losses=trees,
    )


def estimate_numbers(
    reference: EstimatedReference, fitted: Fitted, rows: pa.Table, settings: EstimatedSettings
) -> dict[str, float]:
    """Estimate each error of some rows by foretold losses.

    Args:
        reference: as fitted.
        fitted: that of all rows, or that of the slice the rows are of.
        rows: answers with their features.
        settings: as for the reference.

    Raises:
        NotFound: a column is not there.
    """
    inputs, _ = inputs_of(_evenly(rows, settings.n_most), reference.features, settings)
    losses = {
        each: np.maximum(0.0, np.mean(model.predict(inputs)) + fitted.offsets[each])
        for each, model in reference.losses.items()
    }
    return _wanted(losses, tuple(fitted.usual))


def _wanted(losses: dict[str, Any], metrics: tuple[str, ...]) -> dict[str, float]:
    means = {each: float(np.mean(loss)) for each, loss in losses.items()}
    roots = {root: float(np.sqrt(means[of])) for root, of in ROOTS.items() if of in means}
    return {each: value for each, value in (means | roots).items() if each in metrics}


def inputs_of(
    rows: pa.Table, features: tuple[str, ...], settings: EstimatedSettings
) -> tuple[Floats, Floats]:
    """Put features and prediction side by side, shape (n, d + 1); and the prediction, shape (n,).

    Args:
        rows: answers with their features.
        features: columns of numbers; what is missing becomes NaN.
        settings: where the prediction stands.

    Raises:
        NotFound: a column is not there.
    """
    said = in_order(column_of(rows, settings.columns.prediction))
    named = [in_order(column_of(rows, each)) for each in features]
    return np.column_stack([*named, said]), said


def _numbers_in(rows: pa.Table, columns: Columns) -> tuple[str, ...]:
    others = OF_ROWS | {columns.label, columns.prediction, columns.confidence}
    return tuple(
        each
        for each in rows.column_names
        if each not in others
        and kind_of(rows[each]) in {"number", "bool"}
        and rows[each].null_count < rows.num_rows
    )


def _evenly(rows: pa.Table, n_most: int) -> pa.Table:
    if rows.num_rows <= n_most:
        return rows
    return rows.take(np.linspace(0, rows.num_rows - 1, n_most).astype(np.int64))
