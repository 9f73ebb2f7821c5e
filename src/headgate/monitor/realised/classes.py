"""Realised metrics of predicted classes: over all, and of each class, with intervals."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from headgate.core.errors import Invalid
from headgate.monitor.metrics._cells import categories
from headgate.monitor.metrics._numbers import Floats, arrow
from headgate.monitor.performance.scores import Codes, ratios
from headgate.monitor.realised.intervals import LEVEL, Measured, wilson

N_DRAWS, N_DRAWS_OF_MANY = 2000, 200
"""Confusion matrices drawn for the interval of a mean over classes, up to 50 and more [count]."""

N_FEW, N_MOST = 50, 2000
"""Classes up to which the larger number is drawn, and up to which anything is [count]."""

N_CELLS_AT_ONCE = 4_000_000
SEED = 0


class OfClass(msgspec.Struct, frozen=True):
    """Metrics of one class against the rest.

    Args:
        n: rows that are of this class [count].
        precision: share of the rows predicted so that are.
        recall: share of the rows that are so and were predicted.
        f1: harmonic mean of both.
        specificity: share of the rows of other classes that were predicted as another.
    """

    n: int
    precision: Measured
    recall: Measured
    f1: Measured
    specificity: Measured


class ClassReport(msgspec.Struct, frozen=True):
    """Realised metrics of predicted classes.

    Args:
        n: rows [count].
        accuracy: share of the rows predicted rightly.
        macro: precision, recall, f1 and specificity, means over the classes.
        classes: metrics of each class.
        confusion: rows by true class (down) and predicted class (across), classes in order.
    """

    n: int
    accuracy: Measured
    macro: dict[str, Measured]
    classes: dict[str, OfClass]
    confusion: tuple[tuple[int, ...], ...]


def measure_classes(labels: Any, predictions: Any, *, level: float = LEVEL) -> ClassReport:
    """Measure predicted classes against true ones, as scikit-learn does.

    Shares have Wilson's interval, and so has f1, which is 2j / (1 + j) of the Jaccard share j.
    Means over classes have the 2.5 and 97.5 % quantiles of 2,000 drawn confusion matrices
    (multinomial, seeded), or those of another level; of more than 50 classes of 200.

    Args:
        labels: true classes, shape (n,).
        predictions: predicted classes, shape (n,).
        level: of confidence [ratio].

    Raises:
        Invalid: there are no rows, the lengths differ, a class is missing, or there are more than
            2,000.
    """
    names, truth, said = codes(labels, predictions)
    n, k = len(truth), len(names)
    table = np.bincount(truth * k + said, minlength=k * k).reshape(k, k).astype(np.float64)
    return ClassReport(
        n=n,
        accuracy=wilson(float(np.trace(table)) / n, n, level=level),
        macro=_macro(table, level),
        classes={name: _of_class(table, code, level) for code, name in enumerate(names)},
        confusion=tuple(tuple(row) for row in table.astype(int).tolist()),
    )


def codes(labels: Any, predictions: Any) -> tuple[list[str], Codes, Codes]:
    """Number the classes of two columns in their sorted order.

    Args:
        labels: true classes, shape (n,).
        predictions: predicted classes, shape (n,).

    Returns:
        The names, and the number of each row's true and predicted class, shape (n,) each.

    Raises:
        Invalid: there are no rows, the lengths differ, or a class is missing.
    """
    columns = [arrow(labels), arrow(predictions)]
    if len(columns[0]) != len(columns[1]) or not len(columns[0]):
        raise Invalid(
            f"{len(columns[0])} labels for {len(columns[1])} predictions",
            mend="give a label and a prediction for each row",
        )
    found: set[Any] = set()
    for column in columns:
        counted, *missing = categories(column)
        if any(missing):
            raise Invalid("a class is missing", mend="leave out rows whose label is not there yet")
        found |= counted.keys()
    if len(found) > N_MOST:
        raise Invalid(f"there are {len(found)} classes", mend="numbers go to measure_numbers")
    try:
        ordered = sorted(found)
    except TypeError as error:
        raise Invalid(
            "labels and predictions are of different types", mend="give both as text"
        ) from error
    code = {each: number for number, each in enumerate(ordered)}
    truth, said = (
        np.array([code[each] for each in column.to_pylist()], dtype=np.int64) for column in columns
    )
    return [str(each) for each in ordered], truth, said


def _of_class(table: Floats, code: int, level: float) -> OfClass:
    hits = float(table[code, code])
    actual, said = int(table[code].sum()), int(table[:, code].sum())
    n_either, n_others = int(actual + said - hits), int(table.sum()) - actual
    jaccard = wilson(_share(hits, n_either), n_either, level=level)
    return OfClass(
        n=actual,
        precision=wilson(_share(hits, said), said, level=level),
        recall=wilson(_share(hits, actual), actual, level=level),
        f1=Measured(
            value=_f1(jaccard.value),
            low=_f1(jaccard.low),
            high=_f1(jaccard.high),
            n=n_either,
            interval="wilson on jaccard",
        ),
        specificity=wilson(_share(n_others - (said - hits), n_others), n_others, level=level),
    )


def _macro(table: Floats, level: float) -> dict[str, Measured]:
    n = int(table.sum())
    rng = np.random.default_rng(SEED)
    n_draws = N_DRAWS if len(table) <= N_FEW else N_DRAWS_OF_MANY
    n_at_once = max(1, N_CELLS_AT_ONCE // table.size)
    draws = [
        _means_over_classes(
            rng.multinomial(n, table.ravel() / n, size=min(n_at_once, n_draws - done)).reshape(
                -1, *table.shape
            )
        )
        for done in range(0, n_draws, n_at_once)
    ]
    of_draws = {name: np.concatenate([draw[name] for draw in draws]) for name in draws[0]}
    tail = (1 - level) / 2
    values = _means_over_classes(table[None])
    return {
        name: Measured(
            value=float(values[name][0]),
            low=float(np.quantile(of_draws[name], tail)),
            high=float(np.quantile(of_draws[name], 1 - tail)),
            n=n,
            interval="bootstrap",
        )
        for name in values
    }


def _means_over_classes(tables: NDArray[Any]) -> dict[str, Floats]:
    """Compute the means over classes of many confusion matrices, shape (d, k, k) to (d,) each."""
    hits = np.diagonal(tables, axis1=1, axis2=2)
    actual, said = tables.sum(axis=2), tables.sum(axis=1)
    total = tables.sum(axis=(1, 2))[:, None]
    return {
        "precision": ratios(hits, said).mean(axis=1),
        "recall": ratios(hits, actual).mean(axis=1),
        "f1": ratios(2 * hits, actual + said).mean(axis=1),
        "specificity": ratios(total - actual - said + hits, total - actual).mean(axis=1),
    }


def _share(above: float, below: float) -> float:
    return above / below if below else 0.0


def _f1(jaccard: float) -> float:
    return 2 * jaccard / (1 + jaccard)
