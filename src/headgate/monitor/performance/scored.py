"""Takes predictions that are scores, from 0 to 1 beside labels of two classes, for answers.

What is at one half or more answers the positive class. Where nothing else says how sure the model
was, the score does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.metrics._numbers import arrow, in_order, kind_of
from headgate.monitor.performance.answered import Columns, column_of, labelled, names_of
from headgate.monitor.performance.calibration import BINARY

if TYPE_CHECKING:
    import pyarrow as pa

CUT = 0.5
"""A score from here on answers the positive class [ratio]."""
PAIRS = (("0", "1"), ("-1", "1"), ("false", "true"))
"""Names of two classes of which the second one is what a score is of."""


class Scores(msgspec.Struct, frozen=True):
    """What scores are of.

    Args:
        negative: the class that is answered below one half.
        positive: the one that is answered from there on.
        is_sure: the score is how sure the model was too, for no other column says it.
    """

    negative: str
    positive: str
    is_sure: bool


class Answers(NamedTuple):
    """Rows whose predictions are classes or numbers, and how they are to be read."""

    rows: pa.Table
    columns: Columns


class Known(NamedTuple):
    """Rows of a reference that have a label and an answer, and how they are to be read."""

    rows: pa.Table
    columns: Columns
    scores: Scores | None


def known_in(table: pa.Table, columns: Columns) -> Known:
    """Read the rows of a reference that have a label and an answer; scores become answers.

    Args:
        table: answers and labels.
        columns: where they stand.

    Raises:
        NotFound: a column is not there.
    """
    rows = labelled(table, columns)
    scores = scores_in(rows, columns)
    rows, columns = as_answers(rows, columns, scores)
    return Known(labelled(rows, columns), columns, scores)


def require_several(rows: pa.Table) -> None:
    """Refuse a reference of which nothing can be said.

    Raises:
        Invalid: fewer than two rows are labelled.
    """
    if rows.num_rows <= 1:
        raise Invalid(
            f"{rows.num_rows} rows of the reference have a label and an answer",
            mend="give a reference whose labels are known",
        )


def scores_in(rows: pa.Table, columns: Columns) -> Scores | None:
    """Tell whether predictions are scores, and of what.

    Args:
        rows: labelled rows of a reference.
        columns: where answers and labels stand. Of hidden names those of labels such as 0 and 1,
            or false and true, alone are kept.

    Raises:
        NotFound: a column is not there.
    """
    is_asked = columns.predictions == "scores"
    if columns.predictions == "answers" or columns.kind == "numbers" or columns.probabilities:
        return None
    if not is_asked and not _are_scores(rows, columns):
        return None
    classes = _pair(rows, columns)
    if classes is None:
        return None
    is_sure = columns.confidence not in rows.column_names
    is_sure = is_sure or rows[columns.confidence].null_count == rows.num_rows
    negative, positive = classes if columns.positive != classes[0] else classes[::-1]
    return Scores(negative, positive, is_sure)


def as_answers(rows: pa.Table, columns: Columns, scores: Scores | None) -> Answers:
    """Put classes in the place of scores, and the score in that of the confidence.

    Args:
        rows: with predictions; one that is missing or no number stays unanswered.
        columns: where they stand.
        scores: as `scores_in` found them in the reference; rows stay as they are without.

    Raises:
        NotFound: there are no predictions.
    """
    if scores is None:
        return Answers(rows, columns)
    import pyarrow as pa
    import pyarrow.compute as pc

    found = column_of(rows, columns.prediction)
    if kind_of(found) in ("number", "bool", "nothing"):
        score: Any = found.cast(pa.float64())
        score = pc.if_else(pc.is_nan(score), pa.scalar(None, pa.float64()), score)
        is_hit = pc.greater_equal(score, pa.scalar(CUT))
        said = pc.if_else(is_hit, pa.scalar(scores.positive), pa.scalar(scores.negative))
        rows = _put(rows, columns.prediction, said)
        rows = _put(rows, columns.confidence, score) if scores.is_sure else rows
    meant = columns.confidence_of
    if scores.is_sure:
        meant = "positive"
    read = msgspec.structs.replace(columns, positive=scores.positive, confidence_of=meant)
    return Answers(rows, read)


def _are_scores(rows: pa.Table, columns: Columns) -> bool:
    """Say whether all predictions lie from 0 to 1, and some of them between."""
    import pyarrow as pa

    found = column_of(rows, columns.prediction)
    if kind_of(found) != "number" or pa.types.is_integer(found.type):
        return False
    values = in_order(found)
    values = values[~np.isnan(values)]
    is_within = bool(np.all((values >= 0) & (values <= 1)))
    return is_within and bool(np.any((values > 0) & (values < 1)))


def _pair(rows: pa.Table, columns: Columns) -> tuple[str, str] | None:
    """Name the two classes of the labels; of text that is positive which is scored higher."""
    label = arrow(column_of(rows, columns.label))
    known = {*names_of(label).tolist()} - {None}
    for pair in PAIRS:
        if known and known <= set(pair):
            return pair
    if len(known) != BINARY or kind_of(label) == "number" or columns.hidden:
        return None
    means = _means(rows, columns)
    low, high = sorted(known, key=lambda name: (means.get(name, 0.0), name))
    return low, high


def _means(rows: pa.Table, columns: Columns) -> dict[str, float]:
    import pyarrow as pa

    scored = pa.table(
        {
            "label": pa.array(names_of(rows[columns.label]).tolist(), pa.string()),
            "score": column_of(rows, columns.prediction).cast(pa.float64()),
        }
    )
    means = scored.group_by("label").aggregate([("score", "mean")]).to_pylist()
    return {one["label"]: one["score_mean"] for one in means}


def _put(rows: pa.Table, name: str, values: Any) -> pa.Table:
    if name in rows.column_names:
        return rows.set_column(rows.column_names.index(name), name, values)
    return rows.append_column(name, values)
