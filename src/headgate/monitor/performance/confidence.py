"""CBPE: a classifier's performance from its own probabilities, once these are calibrated.

If a row is positive with chance p, then p is also what it adds to the expected counts of the
confusion matrix, and these give every metric. What this assumes is that the chances still mean
on the current window what they meant on the reference: inputs may move, but the relation
between inputs and label may not. Under concept drift the estimate is blind, by its nature.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._cells import categories
from headgate.monitor.metrics._libraries import needing
from headgate.monitor.metrics._numbers import Floats, arrow, matrix
from headgate.monitor.performance.estimates import Estimates, banded, chunk_bounds
from headgate.monitor.performance.scores import Codes, confusion, of_confusion, of_ranks


def cbpe(
    reference: Any,
    current: Any,
    *,
    labels: Any = None,
    threshold: float = 0.5,
    calibration: Literal["isotonic", "given"] = "isotonic",
) -> Estimates:
    """Estimate a classifier's metrics on a window whose labels are not known.

    For two classes roc_auc, average_precision, f1, precision, recall, specificity and accuracy
    of the positive class, which is the second in sorted order; for more the means over classes,
    each against the rest.

    Args:
        reference: probabilities on the reference window: of the positive class, shape (n,), or
            of each class in the sorted order of their names, shape (n, k).
        current: probabilities on the current window, shape (m,) or (m, k).
        labels: true classes of the reference, shape (n,). With calibration `given` they may
            be left out, and no band is then known.
        threshold: a row of two classes is predicted positive from here [ratio]; of more classes
            the most likely one is predicted.
        calibration: `isotonic` fits chances to the labels of the reference (one class against
            the rest); `given` takes the probabilities for chances.

    Returns:
        Estimates, marked as such, with the band from the reference's chunks.

    Raises:
        Invalid: there are no rows, probabilities that are none, missing labels, or more or fewer
            classes than columns.
        Unavailable: scikit-learn is not installed.
    """
    before, after = _probabilities(reference, "reference"), _probabilities(current, "current")
    if before.shape[1] != after.shape[1]:
        raise Invalid("the windows have different classes", mend="give the same columns for both")
    if labels is None and calibration == "isotonic":
        raise Invalid(
            "chances cannot be calibrated without labels",
            mend='give the labels of the reference, or calibration="given"',
        )
    classes, truth = _truth(labels, before) if labels is not None else ((), None)
    chances = (
        after if calibration == "given" or truth is None else _calibrated(before, truth, after)
    )
    table = confusion(chances, _predicted(after, threshold))
    values = {**of_confusion(table), **of_ranks(after, chances)}
    known, chunks = _realised(before, truth, threshold)
    return Estimates(
        method="cbpe",
        n=len(after),
        metrics=banded(values, len(after), reference=known, chunks=chunks),
        classes=classes,
        confusion=tuple(tuple(row) for row in table.tolist()),
    )


def _realised(
    scores: Floats, truth: Floats | None, threshold: float
) -> tuple[dict[str, float], list[tuple[int, dict[str, float]]]]:
    """Compute the metrics of the reference, and of each of its chunks."""
    if truth is None:
        return {}, []

    def of(rows: slice) -> dict[str, float]:
        table = confusion(truth[rows], _predicted(scores[rows], threshold))
        return {**of_confusion(table), **of_ranks(scores[rows], truth[rows])}

    bounds = chunk_bounds(len(scores))
    return of(slice(None)), [(rows.stop - rows.start, of(rows)) for rows in bounds]


def _probabilities(values: Any, name: str) -> Floats:
    """Read probabilities as one column for each class, shape (n, k)."""
    found = matrix(values)
    if found.ndim == 1:
        found = np.stack([1 - found, found], axis=1)
    if found.ndim != 2 or found.shape[1] < 2 or not len(found):  # noqa: PLR2004 - rows by classes
        raise Invalid(
            f"the {name} window has probabilities of shape {np.shape(values)}",
            mend="give one for each row, or one for each row and class",
        )
    if not np.all((found >= 0) & (found <= 1)):
        raise Invalid(
            f"the {name} window has probabilities below 0, above 1 or NaN",
            mend="give probabilities, not scores; leave out rows without one",
        )
    return found


def _truth(labels: Any, scores: Floats) -> tuple[tuple[str, ...], Floats]:
    """Read labels as a 1 for the true class of each row, shape (n, k), classes in sorted order."""
    found, *missing = categories(labels)
    if any(missing):
        raise Invalid("a label is missing", mend="leave rows without a label out of the reference")
    classes = sorted(found)
    n, k = scores.shape
    if len(classes) != k:
        raise Invalid(
            f"the labels have {len(classes)} classes, the probabilities {k}",
            mend="give one column for each class that the reference has",
        )
    column = arrow(labels).to_pylist()
    if len(column) != n:
        raise Invalid(
            f"{len(column)} labels for {n} rows", mend="give the label of each reference row"
        )
    codes = {each: code for code, each in enumerate(classes)}
    truth = np.zeros((n, k))
    truth[np.arange(n), [codes[each] for each in column]] = 1.0
    return tuple(str(each) for each in classes), truth


def _calibrated(before: Floats, truth: Floats, after: Floats) -> Floats:
    """Fit each class's chance to its score, and let a row's chances add up to 1."""
    with needing("calibration"):
        from sklearn.isotonic import IsotonicRegression
    columns = [1] if before.shape[1] == 2 else range(before.shape[1])  # noqa: PLR2004 - two classes
    fitted: list[Floats] = []
    for one in columns:
        curve = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        curve.fit(before[:, one], truth[:, one])
        fitted.append(np.asarray(curve.predict(after[:, one]), dtype=np.float64))
    if len(fitted) == 1:
        return np.stack([1 - fitted[0], fitted[0]], axis=1)
    chances = np.stack(fitted, axis=1)
    total = chances.sum(axis=1, keepdims=True)
    return np.where(total > 0, chances / np.where(total > 0, total, 1), 1 / chances.shape[1])


def _predicted(scores: Floats, threshold: float) -> Codes:
    if scores.shape[1] == 2:  # noqa: PLR2004 - two classes
        return (scores[:, 1] >= threshold).astype(np.int64)
    return np.argmax(scores, axis=1).astype(np.int64)
