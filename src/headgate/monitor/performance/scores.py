"""Metrics of classification where each row belongs to each class with some chance.

With chances of 0 and 1 they are the realised metrics, as scikit-learn computes them; with
calibrated chances they are what is to be expected of labels that nobody has seen yet.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from headgate.monitor.metrics._numbers import Floats

Codes = NDArray[np.int64]


def roc_auc(scores: Floats, chances: Floats) -> float:
    """Return how likely a positive row is scored above a negative one, ties halved.

    As sklearn.metrics.roc_auc_score, each row counted as positive with its chance.

    Args:
        scores: shape (n,).
        chances: of being positive, shape (n,) [ratio].

    Returns:
        The area [ratio]; NaN if there is no positive or no negative row.
    """
    positive, negative = _by_score(scores, chances)
    total = float(positive.sum() * negative.sum())
    if not total:
        return math.nan
    above = np.cumsum(positive) - positive / 2
    return float(np.dot(negative, above)) / total


def average_precision(scores: Floats, chances: Floats) -> float:
    """Return the mean precision over the positive rows, as sklearn.metrics does.

    Args:
        scores: shape (n,).
        chances: of being positive, shape (n,) [ratio].

    Returns:
        The mean [ratio]; NaN if there is no positive row.
    """
    positive, negative = _by_score(scores, chances)
    hits = np.cumsum(positive)
    if not hits[-1]:
        return math.nan
    precision = hits / np.maximum(hits + np.cumsum(negative), np.finfo(float).tiny)
    return float(np.dot(positive, precision) / hits[-1])


def confusion(chances: Floats, predicted: Codes) -> Floats:
    """Add up the rows of each true and each predicted class.

    Args:
        chances: of each class, shape (n, k) [ratio].
        predicted: number of the predicted class, shape (n,).

    Returns:
        Rows by true class (down) and predicted class (across), shape (k, k) [count].
    """
    k = chances.shape[1]
    table = np.zeros((k, k))
    for one in range(k):
        table[one] = np.bincount(predicted, weights=chances[:, one], minlength=k)
    return table


def of_confusion(table: Floats) -> dict[str, float]:
    """Compute what a confusion matrix tells: of class 1 if there are two, else class means.

    Args:
        table: true classes down, predicted classes across, shape (k, k) [count].

    Returns:
        accuracy, precision, recall, f1 and specificity [ratio]; 0 where nothing was to divide by,
        as in scikit-learn.
    """
    hits, actual, said = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    total = float(table.sum())
    each = {
        "precision": ratios(hits, said),
        "recall": ratios(hits, actual),
        "f1": ratios(2 * hits, actual + said),
        "specificity": ratios(total - actual - said + hits, total - actual),
    }
    pick = slice(1, 2) if len(table) == 2 else slice(None)  # noqa: PLR2004 - two classes
    means = {name: float(np.mean(values[pick])) for name, values in each.items()}
    return {"accuracy": float(hits.sum() / total), **means}


def of_ranks(scores: Floats, chances: Floats) -> dict[str, float]:
    """Compute what scores tell: of class 1 if there are two, else means of each against the rest.

    Args:
        scores: of each class, shape (n, k).
        chances: of each class, shape (n, k) [ratio].
    """
    k = scores.shape[1]
    which = [1] if k == 2 else range(k)  # noqa: PLR2004 - two classes
    pairs = [(scores[:, one], chances[:, one]) for one in which]
    return {
        "roc_auc": float(np.mean([roc_auc(*pair) for pair in pairs])),
        "average_precision": float(np.mean([average_precision(*pair) for pair in pairs])),
    }


def _by_score(scores: Floats, chances: Floats) -> tuple[Floats, Floats]:
    """Add up positive and negative rows by score, highest first."""
    order = np.argsort(-scores, kind="stable")
    ranked, positive = scores[order], chances[order]
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    return np.add.reduceat(positive, starts), np.add.reduceat(1 - positive, starts)


def ratios(above: Floats, below: Floats) -> Floats:
    """Divide counts by counts; 0 where there is nothing to divide by [ratio]."""
    return np.where(below > 0, above / np.where(below > 0, below, 1), 0.0)
