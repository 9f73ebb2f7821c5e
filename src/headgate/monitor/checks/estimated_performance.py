"""How good a model is while nobody knows the labels yet: CBPE for classes, DLE for numbers.

The reference is fitted once: calibration curves, or the trees that foretell a loss, and what each
metric had on it. A slice has curves of its own; what the one model of losses misses on a slice of
the reference is taken off its windows.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._numbers import Floats, in_order, kind_of
from headgate.monitor.nouns import Measured
from headgate.monitor.performance.answered import (
    Columns,
    Kind,
    classes_in,
    codes_of,
    column_of,
    confidence_meant,
    kind_in,
    labelled,
    names_of,
    rows_in,
    scores_of,
    slices_in,
    told,
)
from headgate.monitor.performance.bands import DECISIVE, Usual, band, usual, worse_end, worse_than
from headgate.monitor.performance.calibration import Curve, calibrated, chances_of
from headgate.monitor.performance.loss import LOSSES, ROOTS
from headgate.monitor.performance.scores import Codes, confusion, of_confusion, of_ranks
from headgate.monitor.performance.trees import Trees, learn

if TYPE_CHECKING:
    import pyarrow as pa

OF_ROWS = frozenset({"at", "labelled_at", "_rid", "prediction_id", "trace_id", "span_id"})
"""Columns of a window that are no features."""


class EstimatedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How performance is estimated.

    Args:
        columns: where answers and labels stand.
        metrics: those that are estimated, each of which raises an alert. If none is named, of
            numbers mae and rmse; of classes all, but only accuracy and roc_auc raise alerts, for
            the others move with the mix of classes too.
        features: columns of numbers that foretell a loss; all there are if none is named.
        n_least: rows below which a window or a slice of the reference raises no alert [count].
        n_most: rows of a window that go through the trees of losses, evenly chosen [count].
        floor: half of the band at least; of errors a share of the reference's [unit of the metric].
    """

    columns: Columns = Columns()
    metrics: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    n_least: int = 500
    n_most: int = 20_000
    floor: float | None = None


class Fitted(msgspec.Struct, frozen=True):
    """The reference, or a slice of it.

    Args:
        n: its labelled rows [count].
        usual: each metric as realised on it.
        curves: from the score of each class to its chance.
        offsets: by how much each mean loss is larger than foretold [unit of the loss].
    """

    n: int
    usual: dict[str, Usual]
    curves: tuple[Curve, ...] = ()
    offsets: dict[str, float] = {}


class EstimatedReference(msgspec.Struct, frozen=True):
    """What the estimate needs of the reference; no row of it is kept.

    Args:
        kind: whether labels are classes or numbers.
        classes: their names, the positive one last if there are two; digests if hidden.
        meant: what the confidence of two classes is of.
        whole: all its rows.
        slices: each slice by its name.
        features: columns that foretell a loss.
        losses: the trees that foretell each loss.
    """

    kind: Kind
    classes: tuple[str, ...]
    meant: Literal["prediction", "positive"]
    whole: Fitted
    slices: dict[str, Fitted]
    features: tuple[str, ...] = ()
    losses: dict[str, Trees] = {}


def fit_estimated_performance(
    table: pa.Table, settings: EstimatedSettings = EstimatedSettings()
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
    rows = told(labelled(table, settings.columns), settings.columns)
    if rows.num_rows < 2:  # noqa: PLR2004 - one row has no spread
        raise Invalid(
            f"{rows.num_rows} rows of the reference have a label and an answer",
            mend="give a reference whose labels are known",
        )
    of_kind = _fit_classes if kind_in(rows, settings.columns) == "classes" else _fit_numbers
    return of_kind(rows, settings)


def estimated_performance(
    reference: EstimatedReference,
    window: pa.Table,
    settings: EstimatedSettings = EstimatedSettings(),
) -> list[Measured]:
    """Estimate each metric on a window, over all and per slice; no label of it is looked at.

    Args:
        reference: as fitted.
        window: answers; those that are missing are left out.
        settings: as for the reference.

    Returns:
        Each metric with the reference's as `before`, the end of the band on the worse side as
        `threshold`, and the band as evidence. Beyond it on the better side raises no alert.

    Raises:
        NotFound: a column is not there.
        Invalid: a probability is none.
    """
    answered = column_of(window, settings.columns.prediction).is_valid()
    rows = told(window.filter(answered), settings.columns)
    parts = [("", reference.whole), *reference.slices.items()]
    found: list[Measured] = []
    for slice_, fitted in parts:
        part = rows.filter(_mask(rows_in(rows, slice_, settings.columns)))
        if not part.num_rows:
            continue
        of_kind = _of_classes if reference.kind == "classes" else _of_numbers
        values = of_kind(reference, fitted, part, settings)
        judged = partial(_measured, fitted, settings, slice_, part.num_rows)
        found += [judged(metric, value) for metric, value in values.items()]
    return found


def row_losses(
    reference: EstimatedReference, rows: pa.Table, settings: EstimatedSettings = EstimatedSettings()
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
        inputs, _ = _inputs(rows, reference.features, settings)
        return np.maximum(0.0, reference.losses[name].predict(inputs))
    scores, said = _scored(reference, rows, settings)
    chances = chances_of(scores, reference.whole.curves)
    if chances.shape[1] == 1:
        return 1 - chances[:, 0]
    right = chances[np.arange(len(said)), np.maximum(said, 0)]
    return np.where(said >= 0, 1 - right, 1.0)


def _measured(
    fitted: Fitted, settings: EstimatedSettings, slice_: str, n: int, metric: str, value: float
) -> Measured:
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


def _fit_classes(rows: pa.Table, settings: EstimatedSettings) -> EstimatedReference:
    columns = settings.columns
    labels, said = (
        names_of(rows[each], hidden=columns.hidden) for each in (columns.label, columns.prediction)
    )
    classes = classes_in(labels, said, columns)
    codes, truth = codes_of(said, classes), codes_of(labels, classes)
    is_told = not columns.probabilities and columns.confidence in rows.column_names
    sure = in_order(rows[columns.confidence]) if is_told else np.empty(0)
    meant = confidence_meant(sure, codes, columns) if len(sure) else "prediction"
    scores = scores_of(rows, classes, columns, meant)
    if scores is None:
        raise Invalid(
            f"nothing says how sure the answers are: there is no column {columns.confidence}",
            mend="log a confidence, or name the column of each class in probabilities",
        )

    def fitted(which: Any) -> Fitted:
        return _fit_part(scores[which], codes[which], truth[which], settings)

    return EstimatedReference(
        kind="classes",
        classes=classes,
        meant=meant,
        whole=fitted(slice(None)),
        slices=_by_slice(rows, settings, fitted),
    )


def _fit_part(scores: Floats, said: Codes, truth: Codes, settings: EstimatedSettings) -> Fitted:
    k = scores.shape[1]
    sure = (said == truth)[:, None] if k == 1 else np.eye(k)[truth]
    known = usual(
        lambda part: _metrics(scores[part], said[part], sure[part].astype(float), settings),
        len(scores),
    )
    curves = calibrated(scores, sure.astype(float), hidden=settings.columns.hidden)
    return Fitted(len(scores), known, curves)


def _of_classes(
    reference: EstimatedReference, fitted: Fitted, rows: pa.Table, settings: EstimatedSettings
) -> dict[str, float]:
    scores, said = _scored(reference, rows, settings)
    is_known = said >= 0
    chances = chances_of(scores[is_known], fitted.curves)
    values = _metrics(scores[is_known], said[is_known], chances, settings)
    return {metric: value for metric, value in values.items() if metric in fitted.usual}


def _scored(
    reference: EstimatedReference, rows: pa.Table, settings: EstimatedSettings
) -> tuple[Floats, Codes]:
    scores = scores_of(rows, reference.classes, settings.columns, reference.meant)
    if scores is None:
        raise Invalid(
            f"the window has no column {settings.columns.confidence}",
            mend="log how sure the model is, as in the reference",
        )
    said = codes_of(
        names_of(rows[settings.columns.prediction], hidden=settings.columns.hidden),
        reference.classes,
    )
    return scores, said


def _metrics(
    scores: Floats, said: Codes, chances: Floats, settings: EstimatedSettings
) -> dict[str, float]:
    """Compute the metrics of rows that belong to each class with some chance."""
    if not len(scores):
        return {}
    if scores.shape[1] == 1:
        values = {"accuracy": float(np.mean(chances))}
    else:
        values = {**of_confusion(confusion(chances, said)), **of_ranks(scores, chances)}
    wanted = settings.metrics or tuple(values)
    return {
        metric: value
        for metric, value in values.items()
        if metric in wanted and not np.isnan(value)
    }


def _fit_numbers(rows: pa.Table, settings: EstimatedSettings) -> EstimatedReference:
    features = settings.features or _numbers_in(rows, settings.columns)
    inputs, said = _inputs(rows, features, settings)
    truth = in_order(rows[settings.columns.label])
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
        slices=_by_slice(rows, settings, fitted),
        features=features,
        losses=trees,
    )


def _of_numbers(
    reference: EstimatedReference, fitted: Fitted, rows: pa.Table, settings: EstimatedSettings
) -> dict[str, float]:
    inputs, _ = _inputs(_evenly(rows, settings.n_most), reference.features, settings)
    losses = {
        each: np.maximum(0.0, np.mean(model.predict(inputs)) + fitted.offsets[each])
        for each, model in reference.losses.items()
    }
    return _wanted(losses, tuple(fitted.usual))


def _wanted(losses: dict[str, Any], metrics: tuple[str, ...]) -> dict[str, float]:
    means = {each: float(np.mean(loss)) for each, loss in losses.items()}
    roots = {root: float(np.sqrt(means[of])) for root, of in ROOTS.items() if of in means}
    return {each: value for each, value in (means | roots).items() if each in metrics}


def _inputs(
    rows: pa.Table, features: tuple[str, ...], settings: EstimatedSettings
) -> tuple[Floats, Floats]:
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


def _by_slice(rows: pa.Table, settings: EstimatedSettings, fitted: Any) -> dict[str, Fitted]:
    """Fit each slice that has enough labelled rows."""
    masks = {
        each: rows_in(rows, each, settings.columns) for each in slices_in(rows, settings.columns)
    }
    return {each: fitted(mask) for each, mask in masks.items() if mask.sum() >= settings.n_least}


def _evenly(rows: pa.Table, n_most: int) -> pa.Table:
    if rows.num_rows <= n_most:
        return rows
    return rows.take(np.linspace(0, rows.num_rows - 1, n_most).astype(np.int64))


def _mask(which: Any) -> Any:
    import pyarrow as pa

    return pa.array(which)
