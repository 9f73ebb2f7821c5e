"""Realised metrics of predicted probabilities: how well they rank, and how well they are meant."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._numbers import Floats, in_order
from headgate.monitor.performance.scores import average_precision, roc_auc
from headgate.monitor.realised.intervals import LEVEL, Measured, around, mean_of, wilson

EPSILON = float(np.finfo(np.float64).eps)
"""A probability of 0 counts as this in a logarithm, as in scikit-learn."""


class ScoreReport(msgspec.Struct, frozen=True):
    """Realised metrics of the probabilities of one class.

    Args:
        n: rows [count].
        n_positive: rows of the class [count].
        roc_auc: none where all rows are of one class.
        average_precision: none where no row is of the class.
        log_loss: mean over rows [nats].
        brier: mean over rows [ratio].
    """

    n: int
    n_positive: int
    roc_auc: Measured | None
    average_precision: Measured | None
    log_loss: Measured
    brier: Measured


def measure_scores(labels: Any, probabilities: Any, *, level: float = LEVEL) -> ScoreReport:
    """Measure probabilities of a class against what came true, as scikit-learn does.

    The area under the curve has DeLong's interval (1988); where it has no width, at 0 and 1, that
    of Wilson for the smaller of both classes. Average precision has Wilson's for its positive
    rows, after Boyd, Eng and Page (2013). Log-loss and Brier score are means of rows.

    Args:
        labels: whether each row is of the class: bool, or 0 and 1, shape (n,).
        probabilities: that it is, shape (n,) [ratio].
        level: of confidence [ratio].

    Raises:
        Invalid: there are no rows, the lengths differ, a label is neither 0 nor 1, or a
            probability is none.
    """
    truth, scores = _pair(labels, probabilities)
    n_positive = int(truth.sum())
    inside = np.clip(scores, EPSILON, 1 - EPSILON)
    losses = -np.where(truth > 0, np.log(inside), np.log1p(-inside))
    return ScoreReport(
        n=len(truth),
        n_positive=n_positive,
        roc_auc=_area(truth, scores, level) if 0 < n_positive < len(truth) else None,
        average_precision=wilson(average_precision(scores, truth), n_positive, level=level)
        if n_positive
        else None,
        log_loss=mean_of(losses, level=level),
        brier=mean_of((scores - truth) ** 2, level=level),
    )


def delong_deviation(truth: Floats, scores: Floats) -> float:
    """Return the standard error of the area under the curve by DeLong, from mid-ranks.

    Source: DeLong, DeLong and Clarke-Pearson 1988, in the form of Sun and Xu 2014.

    Args:
        truth: 1 for positive rows, 0 for others, shape (n,); both occur.
        scores: shape (n,).
    """
    positive, negative = np.sort(scores[truth > 0]), np.sort(scores[truth == 0])
    beats = _share_below(positive, negative)
    beaten = _share_below(negative, positive)
    variance = float(np.var(beats)) / max(1, len(positive) - 1)
    return math.sqrt(variance + float(np.var(beaten)) / max(1, len(negative) - 1))


def _share_below(values: Floats, others: Floats) -> Floats:
    below = np.searchsorted(others, values, side="left") / 2
    return (below + np.searchsorted(others, values, side="right") / 2) / len(others)


def _area(truth: Floats, scores: Floats, level: float) -> Measured:
    value = roc_auc(scores, truth)
    error = delong_deviation(truth, scores)
    if not error:
        n_positive = int(truth.sum())
        return wilson(value, min(n_positive, len(truth) - n_positive), level=level)
    found = around(value, error, len(truth), level=level, name="delong")
    return msgspec.structs.replace(found, low=max(0.0, found.low), high=min(1.0, found.high))


def _pair(labels: Any, probabilities: Any) -> tuple[Floats, Floats]:
    truth, scores = in_order(labels), in_order(probabilities)
    if len(truth) != len(scores) or not len(truth):
        raise Invalid(
            f"{len(truth)} labels for {len(scores)} probabilities",
            mend="give a label and a probability for each row",
        )
    if not np.all((truth == 0) | (truth == 1)):
        raise Invalid(
            "a label is neither 0 nor 1", mend="compare with the class first: labels == 'fraud'"
        )
    if not np.all((scores >= 0) & (scores <= 1)):
        raise Invalid(
            "a probability is below 0, above 1 or NaN", mend="give probabilities, not scores"
        )
    return truth, scores
