"""Which columns explain a change of the estimated loss: ranks suspects where a model got worse.

Each column is cut into cells on the reference. What it explains is by how much the mean loss would
have changed if nothing but the mix of its cells had moved: the sum over cells of the change of
share times how much the cell loses more than the mean. That is the reweighting of the reference
by one column. Columns that move together share an explanation, and each is told it in full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from headgate.core.errors import Invalid
from headgate.monitor.metrics._cells import cuts
from headgate.monitor.metrics._numbers import Floats, in_order, kind_of, numbers
from headgate.monitor.performance.answered import column_of, names_of

if TYPE_CHECKING:
    import pyarrow as pa

N_BINS, N_NAMES = 10, 50


class Cut(msgspec.Struct, frozen=True):
    """A column of the reference in cells; the last two are any other name, and missing.

    Args:
        edges: of numbers, where cells end.
        names: of categories, the most frequent ones; digests if hidden.
        shares: of each cell [ratio].
        losses: mean loss of each cell; None of one that the reference has not.
    """

    edges: tuple[float, ...]
    names: tuple[str, ...]
    shares: tuple[float, ...]
    losses: tuple[float | None, ...]


class ContributionReference(msgspec.Struct, frozen=True):
    """What is needed of the reference; no row of it is kept.

    Args:
        loss: its mean.
        columns: each column by its name.
        hidden: names are kept as digests.
    """

    loss: float
    columns: dict[str, Cut]
    hidden: bool = False


class Contribution(msgspec.Struct, frozen=True):
    """How much of the change of a loss one column explains.

    Args:
        column: its name.
        explained: by how much the loss changes by this column's mix alone [unit of the loss].
        share: of the whole change [ratio]; above 1 where others work against it, 0 if there is no
            change.
        worst: the cell that explains most, such as `plan = basic` or `age above 61`.
    """

    column: str
    explained: float
    share: float
    worst: str


def fit_contribution(
    table: pa.Table, losses: Floats, *, columns: tuple[str, ...] = (), hidden: bool = False
) -> ContributionReference:
    """Cut the columns of a reference into cells, and see what each of them loses.

    Args:
        table: rows of the reference.
        losses: what each row loses, shape (n,), as `row_losses` estimates it.
        columns: suspects; all of numbers, bool and text if none is named.
        hidden: keep digests of names.

    Raises:
        NotFound: a column is not there.
        Invalid: there is not one loss for each row.
    """
    _require_pairs(table, losses)
    suspects = columns or tuple(each for each in table.column_names if _is_suspect(table[each]))
    found: dict[str, Cut] = {}
    for name in suspects:
        edges, names = _cells_of(column_of(table, name), hidden=hidden)
        where = _placed(column_of(table, name), edges, names, hidden=hidden)
        n_cells = _n_cells(edges, names)
        counts = np.bincount(where, minlength=n_cells)
        lost = np.bincount(where, losses, minlength=n_cells)
        means = [float(a / b) if b else None for a, b in zip(lost, counts, strict=True)]
        shares = tuple((counts / len(losses)).tolist())
        found[name] = Cut(edges, names, shares, tuple(means))
    return ContributionReference(float(np.mean(losses)), found, hidden)


def contribution(
    reference: ContributionReference, window: pa.Table, losses: Floats
) -> list[Contribution]:
    """Rank columns by how much of the change of the loss they explain, the greatest first.

    Args:
        reference: as fitted.
        window: rows of the window; columns that it has not are left out.
        losses: what each row loses, shape (m,), estimated as for the reference.

    Raises:
        Invalid: there is not one loss for each row.
    """
    _require_pairs(window, losses)
    change = float(np.mean(losses)) - reference.loss
    found = [
        _explained(reference, name, window, losses, change)
        for name in reference.columns
        if name in window.column_names
    ]
    sign = 1 if change >= 0 else -1
    return sorted(found, key=lambda each: (-sign * each.explained, each.column))


def _explained(
    reference: ContributionReference, name: str, window: pa.Table, losses: Floats, change: float
) -> Contribution:
    cut = reference.columns[name]
    where = _placed(column_of(window, name), cut.edges, cut.names, hidden=reference.hidden)
    n_cells = _n_cells(cut.edges, cut.names)
    counts = np.bincount(where, minlength=n_cells)
    now = np.bincount(where, losses, minlength=n_cells) / np.maximum(counts, 1)
    each = np.array([loss if loss is not None else now[i] for i, loss in enumerate(cut.losses)])
    moved = counts / len(losses) - np.array(cut.shares)
    parts = moved * (each - reference.loss)
    explained = float(parts.sum())
    worst = int(np.argmax(parts if explained >= 0 else -parts))
    share = explained / change if change else 0.0
    return Contribution(name, explained, share, _said(name, cut, worst))


def _said(name: str, cut: Cut, cell: int) -> str:
    n = _n_cells(cut.edges, cut.names)
    if cell == n - 1:
        return f"{name} is missing"
    if cut.edges:
        return f"{name} {_between(cut.edges, cell)}"
    return f"{name} is another value" if cell == n - 2 else f"{name} = {cut.names[cell]}"


def _between(edges: tuple[float, ...], cell: int) -> str:
    if cell == 0:
        return f"at most {edges[0]:.4g}"
    if cell >= len(edges):
        return f"above {edges[-1]:.4g}"
    low, high = edges[cell - 1], edges[cell]
    if np.nextafter(high, -np.inf) <= low:
        return f"= {high:.6g}"
    return f"above {low:.4g}, at most {high:.4g}"


def _n_cells(edges: tuple[float, ...], names: tuple[str, ...]) -> int:
    return (len(edges) if edges else len(names)) + 2


def _cells_of(values: Any, *, hidden: bool) -> tuple[tuple[float, ...], tuple[str, ...]]:
    if kind_of(values) == "number":
        ordered = numbers(values).ordered
        return tuple(np.unique(cuts(ordered, N_BINS)).tolist()) if len(ordered) else (), ()
    listed = names_of(values, hidden=hidden)
    found, counts = np.unique(
        np.array([each for each in listed.tolist() if each is not None], dtype=str),
        return_counts=True,
    )
    order = np.argsort(-counts, kind="stable")[:N_NAMES]
    return (), tuple(found[order].tolist())


def _placed(
    values: Any, edges: tuple[float, ...], names: tuple[str, ...], *, hidden: bool
) -> NDArray[np.int64]:
    """Return the number of each value's cell, shape (n,)."""
    n_cells = _n_cells(edges, names)
    if edges:
        floats = in_order(values)
        where = np.searchsorted(edges, floats, side="left")
        return np.where(np.isnan(floats), n_cells - 1, where)
    known = {each: code for code, each in enumerate(names)} | {None: n_cells - 1}
    listed = names_of(values, hidden=hidden).tolist()
    return np.array([known.get(each, n_cells - 2) for each in listed], dtype=np.int64)


def _is_suspect(values: Any) -> bool:
    import pyarrow as pa

    kind = values.type
    asked = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_decimal,
        pa.types.is_boolean,
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_dictionary,
    )
    return any(is_one(kind) for is_one in asked)


def _require_pairs(table: pa.Table, losses: Floats) -> None:
    if table.num_rows != len(losses) or not len(losses):
        raise Invalid(
            f"{len(losses)} losses for {table.num_rows} rows", mend="give the loss of each row"
        )
