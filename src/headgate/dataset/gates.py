"""The schema gate: rows keep the types a dataset has, or wait in quarantine with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headgate.core.plugins import UNTYPED
from headgate.core.texts import cut
from headgate.dataset.erasing.suppression import SuppressionGate
from headgate.dataset.fit import Fitted, fit, infer, widened
from headgate.spine.ports import Rejection, Verdict
from headgate.spine.store.digest import one_chunk

if TYPE_CHECKING:
    from headgate.spine.context import Context

BREAKING_RATIO = 0.5
"""Share of misfits from which a column is said to have changed, not to hold some bad cells."""


class SchemaGate:
    """Fits rows to the schema a dataset has had since its first commit."""

    name = "schema"
    keeps_erased_out = False

    def check(
        self, _context: Context, _dataset: str, rows: pa.Table, known: pa.Schema | None, /
    ) -> Verdict:
        """Cast what fits, keep what is new, reject rows with cells that do not fit.

        Args:
            rows: what came; with the mark of untyped text in its metadata where it has no types.
            known: the schema the dataset has; nothing if it is new.
        """
        is_untyped = bool(rows.schema.metadata and UNTYPED in rows.schema.metadata)
        columns: list[Any] = []
        reasons: dict[int, str] = {}
        facts: list[str] = []
        for name in rows.column_names:
            fitted = _fitted(_one_chunk(rows[name]), _kept(known, name), is_untyped=is_untyped)
            facts += _noticed(name, _kept(known, name), fitted, is_known=known is not None)
            _explain(reasons, name, rows[name], fitted)
            columns.append(fitted.values)
        passing = np.ones(rows.num_rows, np.bool_)
        passing[list(reasons)] = False
        positions = np.flatnonzero(passing)
        table = pa.table(columns, names=rows.column_names)
        return Verdict(
            rows=table.take(pa.array(positions, pa.int64())) if reasons else table,
            positions=positions,
            rejected=tuple(Rejection(place, reasons[place]) for place in sorted(reasons)),
            facts=tuple(facts),
        )


OFFERS = [SchemaGate(), SuppressionGate()]


def _kept(known: pa.Schema | None, name: str) -> pa.DataType | None:
    return known.field(name).type if known is not None and name in known.names else None


def _fitted(column: Any, kept: pa.DataType | None, *, is_untyped: bool) -> Fitted:
    if kept is None or pa.types.is_null(kept):
        values = infer(column) if is_untyped and pa.types.is_string(column.type) else column
        return Fitted(values, np.zeros(len(column), np.bool_))
    return fit(column, widened(kept, column))


def _noticed(name: str, kept: pa.DataType | None, fitted: Fitted, *, is_known: bool) -> list[str]:
    if kept is None:
        return [f"unknown column {name} kept as {fitted.values.type}"] if is_known else []
    if fitted.values.type != kept:
        return [f"column {name} widened from {kept} to {fitted.values.type}"]
    n_cells = len(fitted.misfits) - (fitted.values.null_count - int(fitted.misfits.sum()))
    n_misfits = int(fitted.misfits.sum())
    if n_cells and n_misfits / n_cells > BREAKING_RATIO:
        return [f"breaking change of column {name}: {n_misfits} of {n_cells} are not {kept}"]
    return []


def _explain(reasons: dict[int, str], name: str, column: Any, fitted: Fitted) -> None:
    for place in np.flatnonzero(fitted.misfits):
        cell = cut(repr(column[int(place)].as_py()))
        reasons.setdefault(int(place), f"type: {name} is {cell}, not {fitted.values.type}")


def _one_chunk(column: Any) -> Any:
    array = one_chunk(column)
    return array if not isinstance(array, pa.DictionaryArray) else array.dictionary_decode()
