"""Fits and estimates the metrics of classes: calibrated chances in the place of labels (CBPE)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._numbers import Floats, in_order
from headgate.monitor.performance.answered import (
    classes_in,
    codes_of,
    confidence_meant,
    names_of,
    scores_of,
)
from headgate.monitor.performance.bands import usual
from headgate.monitor.performance.calibration import calibrated, chances_of
from headgate.monitor.performance.kept import (
    EstimatedReference,
    EstimatedSettings,
    Fitted,
    fit_slices,
)
from headgate.monitor.performance.scores import Codes, confusion, of_confusion, of_ranks

if TYPE_CHECKING:
    import pyarrow as pa


def fit_classes(rows: pa.Table, settings: EstimatedSettings) -> EstimatedReference:
    """Fit curves from score to chance, and see what each metric was, over all and per slice.

    Args:
        rows: labelled rows of the reference, in the order of time.
        settings: where answers and labels stand.

    Raises:
        NotFound: a column is not there.
        Invalid: nothing says how sure the answers are, or a probability is none.
        Unavailable: scikit-learn is not installed.
    """
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
        slices=fit_slices(rows, settings, fitted),
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


def estimate_classes(
    reference: EstimatedReference, fitted: Fitted, rows: pa.Table, settings: EstimatedSettings
) -> dict[str, float]:
    """Estimate each metric of some rows by chances in the place of labels.

    Args:
        reference: as fitted.
        fitted: that of all rows, or that of the slice the rows are of.
        rows: answers with a confidence.
        settings: as for the reference.

    Raises:
        Invalid: nothing says how sure the answers are, or a probability is none.
    """
    scores, said = scored(reference, rows, settings)
    is_known = said >= 0
    chances = chances_of(scores[is_known], fitted.curves)
    values = _metrics(scores[is_known], said[is_known], chances, settings)
    return {metric: value for metric, value in values.items() if metric in fitted.usual}


def scored(
    reference: EstimatedReference, rows: pa.Table, settings: EstimatedSettings
) -> tuple[Floats, Codes]:
    """Return each row's scores, shape (n, k), and its answer's number, -1 of an unknown class.

    Args:
        reference: as fitted.
        rows: answers with a confidence.
        settings: as for the reference.

    Raises:
        Invalid: nothing says how sure the answers are, or a probability is none.
    """
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
