"""What is kept of a reference to estimate performance by, window after window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from headgate.monitor.documents import Count, Some
from headgate.monitor.performance.answered import Columns, Kind, rows_in, slices_in
from headgate.monitor.performance.bands import Usual
from headgate.monitor.performance.calibration import Curve
from headgate.monitor.performance.scored import Scores
from headgate.monitor.performance.trees import Trees

if TYPE_CHECKING:
    import pyarrow as pa


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
    n_least: Count = 500
    n_most: Some = 20_000
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
        scores: what predictions are scores of, if they are.
    """

    kind: Kind
    classes: tuple[str, ...]
    meant: Literal["prediction", "positive"]
    whole: Fitted
    slices: dict[str, Fitted]
    features: tuple[str, ...] = ()
    losses: dict[str, Trees] = {}
    scores: Scores | None = None


def fit_slices(
    rows: pa.Table, settings: EstimatedSettings, fitted: Callable[[Any], Fitted]
) -> dict[str, Fitted]:
    """Fit each slice that has enough labelled rows, by its name.

    Args:
        rows: of the reference, shape (n,).
        settings: which slices, and how many rows are enough.
        fitted: fits the rows of a mask of shape (n,).
    """
    masks = {
        each: rows_in(rows, each, settings.columns) for each in slices_in(rows, settings.columns)
    }
    return {each: fitted(mask) for each, mask in masks.items() if mask.sum() >= settings.n_least}
