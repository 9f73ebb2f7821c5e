"""How good a model was, as far as labels have come: metrics with intervals beside the reference.

What is computed equals scikit-learn's. A metric raises an alert where its whole interval lies
beyond the band of the reference on the worse side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from headgate.monitor.documents import Count
from headgate.monitor.metrics._numbers import Floats, in_order
from headgate.monitor.nouns import Measured
from headgate.monitor.performance.answered import (
    Columns,
    Kind,
    Names,
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
from headgate.monitor.performance.calibration import BINARY
from headgate.monitor.performance.scored import Scores, as_answers, known_in, require_several
from headgate.monitor.realised import Measured as Interval
from headgate.monitor.realised import measure_classes, measure_numbers, measure_scores

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

OF_CLASS = ("precision", "recall", "f1")


class RealisedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How performance is measured.

    Args:
        columns: where answers and labels stand.
        metrics: those that raise alerts; if none is named accuracy, roc_auc, mae and rmse, for the
            others move with the mix of classes too. All are measured.
        n_least: labelled rows below which a window or slice raises no alert, and says so [count].
        level: of confidence [ratio].
        floor: half of the reference's band at least; of errors a share of the reference's [unit of
            the metric].
    """

    columns: Columns = Columns()
    metrics: tuple[str, ...] = ()
    n_least: Count = 100
    level: Annotated[float, Meta(gt=0, le=0.9999)] = 0.99
    floor: float | None = None


DEFAULT = RealisedSettings()


class RealisedReference(msgspec.Struct, frozen=True):
    """What the reference had; no row of it is kept.

    Args:
        kind: whether labels are classes or numbers.
        classes: their names, the positive one last if there are two; digests if hidden.
        meant: what the confidence of two classes is of.
        usual: by slice, each metric; that of all rows under the empty name.
        scores: what predictions are scores of, if they are.
    """

    kind: Kind
    classes: tuple[str, ...]
    meant: Literal["prediction", "positive"]
    usual: dict[str, dict[str, Usual]]
    scores: Scores | None = None


def fit_realised_performance(
    table: pa.Table, settings: RealisedSettings = DEFAULT
) -> RealisedReference:
    """Measure a reference whose labels are known, as far as they are.

    Args:
        table: answers and labels in the order of time; rows without a label are left out.
        settings: where they stand, and what is wanted.

    Raises:
        NotFound: a column is not there.
        Invalid: fewer than two rows are labelled, or a probability is none.
    """
    rows, columns, scores = known_in(table, settings.columns)
    require_several(rows)
    settings = msgspec.structs.replace(settings, columns=columns)
    kind = kind_in(rows, columns)
    classes, meant = _classes(rows, columns) if kind == "classes" else ((), "prediction")
    reference = RealisedReference(kind, classes, meant, {}, scores)
    found = {"": _usual(reference, rows, settings)}
    for slice_ in slices_in(rows, columns):
        part = _part(rows, slice_, columns)
        if part.num_rows >= settings.n_least:
            found[slice_] = _usual(reference, part, settings)
    return msgspec.structs.replace(reference, usual=found)


def realised_performance(
    reference: RealisedReference,
    window: pa.Table,
    settings: RealisedSettings = DEFAULT,
) -> list[Measured]:
    """Measure each metric on the labelled rows of a window, over all, per class and per slice.

    Args:
        reference: as fitted.
        window: answers, and labels as far as they are known.
        settings: as for the reference.

    Returns:
        First the share of labelled rows, with words if these are too few. Then each metric with
        the reference's as `before`, the end of its band on the worse side as `threshold`, and as
        evidence the interval, the band and the difference. A class is told as a slice `class=NAME`.

    Raises:
        NotFound: a column is not there.
        Invalid: a probability is none.
    """
    window, columns = as_answers(window, settings.columns, reference.scores)
    settings = msgspec.structs.replace(settings, columns=columns)
    rows = labelled(window, columns)
    found = [_share_labelled(rows.num_rows, window.num_rows, settings)]
    for slice_, known in reference.usual.items():
        part = _part(rows, slice_, settings.columns)
        if not part.num_rows:
            continue
        for metric, of, interval in _measures(reference, part, settings):
            label = ",".join(each for each in (slice_, of) if each)
            found.append(_measured(metric, interval, label, known.get(_key(metric, of)), settings))
    return found


def _share_labelled(n: int, n_rows: int, settings: RealisedSettings) -> Measured:
    is_enough = n >= settings.n_least
    says = f"{n} of {n_rows} rows have a label; {settings.n_least} are needed for an alert"
    return Measured(
        check="realised_performance",
        subject=settings.columns.label,
        metric="labelled_share",
        value=n / n_rows if n_rows else None,
        n=n_rows,
        evidence={"n_labelled": n, "is_enough": is_enough} | ({} if is_enough else {"says": says}),
    )


def _measured(
    metric: str, found: Interval, slice_: str, known: Usual | None, settings: RealisedSettings
) -> Measured:
    is_enough = found.n >= settings.n_least
    evidence: dict[str, Any] = {
        "interval": (found.low, found.high),
        "how": found.interval,
        "is_enough": is_enough,
    }
    threshold, is_exceeded = None, False
    if known is not None:
        limits = band(metric, known, None, floor=settings.floor)
        evidence |= {"low": limits.low, "high": limits.high, "delta": found.value - known.value}
        if is_enough and metric in (settings.metrics or DECISIVE):
            threshold = worse_end(metric, limits)
            is_exceeded = worse_than(metric, found.low, found.high, limits)
    return Measured(
        check="realised_performance",
        subject=metric,
        metric=metric,
        value=found.value,
        threshold=threshold,
        before=known.value if known else None,
        slice_=slice_,
        n=found.n,
        is_exceeded=is_exceeded,
        evidence=evidence,
    )


def _usual(
    reference: RealisedReference, rows: pa.Table, settings: RealisedSettings
) -> dict[str, Usual]:
    def of(part: slice) -> dict[str, float]:
        cut = rows.slice(part.start, part.stop - part.start)
        return {
            _key(metric, of_class): interval.value
            for metric, of_class, interval in _measures(reference, cut, settings)
        }

    return usual(of, rows.num_rows)


def _key(metric: str, of_class: str) -> str:
    return f"{metric}/{of_class}" if of_class else metric


def _measures(
    reference: RealisedReference, rows: pa.Table, settings: RealisedSettings
) -> Iterator[tuple[str, str, Interval]]:
    """Go through metric, class (empty for all) and interval of some rows."""
    columns = settings.columns
    if not rows.num_rows:
        return
    if reference.kind == "numbers":
        report = measure_numbers(
            rows[columns.label], rows[columns.prediction], level=settings.level
        )
        for metric in ("mae", "mse", "rmse", "mape", "r2"):
            if (found := getattr(report, metric)) is not None:
                yield metric, "", found
        return
    labels, said = _named(rows, columns)
    yield from _of_classes(labels, said, reference.classes, settings.level)
    sure = told(rows, columns)
    scores = scores_of(sure, reference.classes, columns, reference.meant) if len(sure) else None
    if scores is not None and scores.shape[1] > 1:
        labels = names_of(sure[columns.label], hidden=columns.hidden)
        yield from _of_scores(labels, scores, reference.classes, settings.level)


def _of_classes(
    labels: Names, said: Names, classes: tuple[str, ...], level: float
) -> Iterator[tuple[str, str, Interval]]:
    report = measure_classes(labels, said, level=level)
    yield "accuracy", "", report.accuracy
    if len(classes) == BINARY and classes[1] in report.classes:
        for metric in (*OF_CLASS, "specificity"):
            yield metric, "", getattr(report.classes[classes[1]], metric)
    else:
        yield from ((metric, "", found) for metric, found in report.macro.items())
    for name in classes:
        if name in report.classes:
            for metric in OF_CLASS:
                yield metric, f"class={name}", getattr(report.classes[name], metric)


def _of_scores(
    labels: Names, scores: Floats, classes: tuple[str, ...], level: float
) -> Iterator[tuple[str, str, Interval]]:
    codes = codes_of(labels, classes)
    if len(classes) == BINARY:
        yield from _of_positive(codes == 1, scores[:, 1], "", level)
        return
    areas: list[Interval] = []
    for one, name in enumerate(classes):
        found = list(_of_positive(codes == one, scores[:, one], f"class={name}", level))
        areas += [interval for metric, _, interval in found if metric == "roc_auc"]
        yield from found
    if len(areas) == len(classes):
        yield "roc_auc", "", _mean(areas)


def _of_positive(
    is_so: NDArray[np.bool_], scores: Floats, of: str, level: float
) -> Iterator[tuple[str, str, Interval]]:
    report = measure_scores(is_so.astype(np.int64), scores, level=level)
    for metric in ("roc_auc", "average_precision", "log_loss", "brier"):
        if (found := getattr(report, metric)) is not None:
            yield metric, of, found


def _mean(found: list[Interval]) -> Interval:
    """Average over classes; the mean of their intervals is no narrower than that of their mean."""
    value, low, high = (
        float(np.mean([getattr(each, name) for each in found])) for name in ("value", "low", "high")
    )
    return Interval(value, low, high, found[0].n, "mean of intervals")


def _classes(
    rows: pa.Table, columns: Columns
) -> tuple[tuple[str, ...], Literal["prediction", "positive"]]:
    labels, said = _named(rows, columns)
    classes = classes_in(labels, said, columns)
    if columns.probabilities or columns.confidence not in rows.column_names:
        return classes, "prediction"
    sure = in_order(column_of(rows, columns.confidence))
    is_told = ~np.isnan(sure)
    return classes, confidence_meant(sure[is_told], codes_of(said, classes)[is_told], columns)


def _named(rows: pa.Table, columns: Columns) -> tuple[Names, Names]:
    labels, said = (
        names_of(rows[each], hidden=columns.hidden) for each in (columns.label, columns.prediction)
    )
    return labels, said


def _part(rows: pa.Table, slice_: str, columns: Columns) -> pa.Table:
    import pyarrow as pa

    return rows.filter(pa.array(rows_in(rows, slice_, columns))) if slice_ else rows
