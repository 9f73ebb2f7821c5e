"""Reads what a model answered, how sure it was, and what came true, from the rows of a window."""

from __future__ import annotations

from functools import reduce
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.metrics._numbers import Floats, arrow, in_order, kind_of
from headgate.monitor.performance.calibration import BINARY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

Names = NDArray[np.object_]
Kind = Literal["classes", "numbers"]
N_CLASSES = 20
"""Labels that are numbers with more different values than these are no classes [count]."""

LARGEST = 1e150
"""Numbers beyond cannot be squared: the largest float is 1.8e308 [unit of the numbers]."""


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns say what of an answer, and how they are to be read.

    Args:
        label: what came true.
        prediction: what was answered.
        confidence: how sure the model was [ratio].
        probabilities: for each class the column of its probability; where they are given, the
            confidence is not asked.
        kind: whether labels are classes or numbers; `auto` looks.
        positive: of two classes the one that is meant; the second in sorted order if none, which
            of hidden classes is that of their digests.
        confidence_of: whether the confidence is that of the class that was answered or that of the
            positive class; `auto` looks which.
        predictions: whether predictions are classes or numbers, `answers`, or chances of the
            positive class, `scores`; `auto` looks.
        slices: columns whose values part the rows.
        n_slices: of each such column the most frequent values that are looked at [count].
        hidden: classes and slices are named by digests.
    """

    label: str = "label"
    prediction: str = "prediction"
    confidence: str = "confidence"
    probabilities: dict[str, str] = {}
    kind: Literal["auto", "classes", "numbers"] = "auto"
    positive: str | None = None
    confidence_of: Literal["auto", "prediction", "positive"] = "auto"
    predictions: Literal["auto", "answers", "scores"] = "auto"
    slices: tuple[str, ...] = ()
    n_slices: int = 20
    hidden: bool = False


def column_of(table: pa.Table, name: str) -> Any:
    """Return a column of a window.

    Raises:
        NotFound: there is none of that name.
    """
    if name not in table.column_names:
        raise NotFound.among("column", name, table.column_names)
    return arrow(table[name])


def labelled(table: pa.Table, columns: Columns) -> pa.Table:
    """Keep the rows whose label is known and that were answered; NaN is neither."""
    import pyarrow.compute as pc

    known = [given(table, name) for name in _pair(columns)]
    return table.filter(_all(pc, known))


def told(table: pa.Table, columns: Columns) -> pa.Table:
    """Keep the rows that say how sure the model was; all if no column does."""
    import pyarrow.compute as pc

    names = tuple(columns.probabilities.values()) or (columns.confidence,)
    known = [given(table, each) for each in names if each in table.column_names]
    return table.filter(_all(pc, known)) if known else table


def given(table: pa.Table, name: str) -> Any:
    """Tell which rows have a value in a column, an arrow array of shape (n,); NaN is none.

    Raises:
        NotFound: there is no such column.
    """
    import pyarrow.compute as pc

    return pc.invert(column_of(table, name).is_null(nan_is_null=True))


def finite_in(table: pa.Table, name: str) -> Floats:
    """Read a column of numbers, shape (n,), whose errors can be squared and added up.

    Raises:
        NotFound: there is no such column.
        Invalid: it holds no numbers, or one that is missing, infinite or beyond 1e150.
    """
    found = in_order(column_of(table, name))
    if not np.all(np.abs(found) <= LARGEST):
        raise Invalid(
            f"{name} has a number that is missing, infinite or beyond {LARGEST:g}",
            mend="leave such rows out, or mend what writes them",
        )
    return found


def kind_in(table: pa.Table, columns: Columns) -> Kind:
    """Tell whether a window's labels are classes or numbers.

    Few labels are numbers too where they are whole and what was answered lies between them.

    Raises:
        NotFound: the column of labels is not there.
    """
    if columns.kind != "auto":
        return columns.kind
    label, said = (column_of(table, name) for name in _pair(columns))
    if kind_of(label) != "number" or kind_of(said) != "number":
        return "classes"
    if len(label.unique()) > N_CLASSES:
        return "numbers"
    return "numbers" if _is_broken(said) and not _is_broken(label) else "classes"


def names_of(values: Any, *, hidden: bool = False) -> Names:
    """Name each value, shape (n,): 1, 1.0 and "1" are one class, what is missing stays None.

    Raises:
        Invalid: the values are lists or alike, which name nothing.

    >>> names_of([1, 2.0, None]).tolist(), names_of([True]).tolist()
    (['1', '2', None], ['true'])
    """
    import pyarrow as pa

    column = arrow(values)
    if pa.types.is_nested(column.type):
        raise Invalid(
            f"a column of {column.type} names no classes",
            mend="name a column of text, numbers or bool",
        )
    found = column.dictionary_encode()
    known = [_name(each.as_py(), hidden=hidden) for each in found.dictionary]
    table = np.array([*known, None], dtype=object)
    return table[found.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)]


def classes_in(labels: Names, said: Names, columns: Columns) -> tuple[str, ...]:
    """List the classes; of two the positive one stands last.

    Raises:
        Invalid: the positive class is not among them.
    """
    given = [_name(each, hidden=columns.hidden) for each in columns.probabilities]
    classes = sorted({*labels.tolist(), *said.tolist(), *given} - {None})
    positive = columns.positive and _name(columns.positive, hidden=columns.hidden)
    if positive is None:
        return tuple(classes)
    if positive not in classes:
        raise Invalid(
            f"no row is of the positive class {columns.positive!r}",
            mend=f"name one of {', '.join(classes[:10])}",
        )
    return (*(each for each in classes if each != positive), positive)


def codes_of(names: Names, classes: Sequence[str]) -> NDArray[np.int64]:
    """Number each name by its class, shape (n,); one that is no class gets -1."""
    known = {each: code for code, each in enumerate(classes)}
    return np.array([known.get(each, -1) for each in names.tolist()], dtype=np.int64)


def confidence_meant(
    sure: Floats, said: NDArray[np.int64], columns: Columns
) -> Literal["prediction", "positive"]:
    """Tell what the confidence of two classes is of.

    One of the positive class parts the two answers at a threshold; one of the answer does not.
    """
    if columns.confidence_of != "auto":
        return columns.confidence_of
    positive, negative = sure[said == 1], sure[said != 1]
    if not len(positive) or not len(negative):
        return "prediction"
    return "positive" if positive.min() >= negative.max() else "prediction"


def scores_of(
    table: pa.Table,
    classes: Sequence[str],
    columns: Columns,
    meant: Literal["prediction", "positive"],
) -> Floats | None:
    """Read each class's probability, shape (n, k), as far as the columns tell.

    Returns:
        Probabilities; of more than two classes of which only the answer's is told, that one as
        shape (n, 1); nothing if there is no confidence.

    Raises:
        NotFound: a column of probabilities is not there.
        Invalid: a probability is none.
    """
    if columns.probabilities:
        by_name = {
            _name(each, hidden=columns.hidden): name for each, name in columns.probabilities.items()
        }
        found = [in_order(column_of(table, by_name[each])) for each in classes if each in by_name]
        scores = np.stack(found, axis=1) if len(found) == len(classes) else np.empty((0, 0))
        return _checked(scores, table.num_rows)
    if columns.confidence not in table.column_names:
        return None
    sure = _checked(in_order(arrow(table[columns.confidence]))[:, None], table.num_rows)
    if len(classes) != BINARY:
        return sure
    said = codes_of(names_of(table[columns.prediction], hidden=columns.hidden), classes)
    is_direct = np.full(len(said), fill_value=True) if meant == "positive" else said == 1
    positive = np.where(is_direct, sure[:, 0], 1 - sure[:, 0])
    return np.stack([1 - positive, positive], axis=1)


def slices_in(table: pa.Table, columns: Columns) -> list[str]:
    """Name the slices that are large enough to be looked at, such as `country=DE`."""
    listed: list[str] = []
    for name in columns.slices:
        values = names_of(column_of(table, name), hidden=columns.hidden).tolist()
        counts = {each: values.count(each) for each in set(values) - {None}}
        most = sorted(counts, key=lambda each: (-counts[each], each))[: columns.n_slices]
        listed += [f"{name}={each}" for each in most]
    return listed


def rows_in(table: pa.Table, slice_: str, columns: Columns) -> NDArray[np.bool_]:
    """Tell which rows are in a slice, shape (n,); all of them if it has no name."""
    if not slice_:
        return np.full(table.num_rows, fill_value=True)
    name, _, value = slice_.partition("=")
    return names_of(column_of(table, name), hidden=columns.hidden) == value


def _all(pc: Any, masks: list[Any]) -> Any:
    return reduce(pc.and_, masks)


def _pair(columns: Columns) -> tuple[str, str]:
    return columns.label, columns.prediction


def _is_broken(values: Any) -> bool:
    """Say whether some numbers are no whole ones."""
    found = in_order(values)
    found = found[np.isfinite(found)]
    return bool(np.any(found != np.floor(found)))


def _checked(scores: Floats, n: int) -> Floats:
    if len(scores) != n or not np.all((scores >= 0) & (scores <= 1)):
        raise Invalid(
            "a probability is missing, below 0 or above 1, or a class has no column of it",
            mend="name the column of each class in probabilities; leave out rows without one",
        )
    return scores


def _name(value: Any, *, hidden: bool) -> str:
    if isinstance(value, bool):
        name = "true" if value else "false"
    elif isinstance(value, float) and value.is_integer():
        name = str(int(value))
    else:
        name = str(value)
    if not hidden:
        return name
    return f"#{blake2b(name.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"
