"""Looks at the rows that come: which clauses are broken, and by which rows.

One query counts everything; a second finds the rows, where there are any. What a dataset holds
already is looked at for one thing alone: whether it has a value that may stand in one row only.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from headgate.contract.checking import Arrow, Looked, Rule, look, reasons
from headgate.contract.gating.plan import stops
from headgate.contract.gating.repeating import is_given, met_before
from headgate.contract.looking import rows_of
from headgate.contract.shapes import look_at_shape
from headgate.core.checks import NONE_AT_ALL, Check, NoRepeats, Shape, columns_in, has_sql
from headgate.spine.store.matching import NONE, among_keys, load_existing, match_keys
from headgate.spine.store.segments import RID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from headgate.contract.checking import Found
    from headgate.contract.gating.plan import Plan
    from headgate.spine.context import Context
    from headgate.spine.ports import Offered, Passage
    from headgate.spine.store.matching import Existing
    from headgate.spine.writes import Mode


class Broken(NamedTuple):
    """A broken clause.

    Args:
        rule: the clause.
        told: why, in words; holds no value of a row.
        mask: which rows break it, shape (n,); nothing for a clause on columns or on the whole.
        is_shape: it is about columns, so no row can keep it.
        is_open: nobody knows whether it is broken, for not all rows of a stream were compared.
    """

    rule: Rule
    told: str
    mask: NDArray[np.bool_] | None = None
    is_shape: bool = False
    is_open: bool = False

    @property
    def n_rows(self) -> int:
        """How many rows break it; 0 for a clause on columns or on the whole."""
        return 0 if self.mask is None else int(self.mask.sum())

    @property
    def is_stopping(self) -> bool:
        """Whether it is more than a warning."""
        return stops(self.rule)


def examine(context: Context, passage: Passage, plan: Plan, offered: Offered) -> list[Broken]:
    """Find the broken clauses, in the order of the contract.

    Args:
        context: the project.
        passage: the commit.
        plan: what is promised.
        offered: what would go in, n rows.
    """
    rows = offered.rows
    there = set(rows.column_names)
    broken = [_gone(name) for name in plan.named if name in plan.required - there]
    shapes = [one for one in plan.shapes if _is_open(one, there)]
    told = {one.name: _shape(one, rows.schema) for one in shapes}
    broken += [Broken(one, told[one.name], is_shape=True) for one in shapes if told[one.name]]
    wanted = list(plan.rows)
    if is_whole(passage):
        wanted += [*plan.figures, *plan.counts]
    wanted = [one for one in wanted if set(columns_in(one.check.promise)) <= there]
    return broken + _by_rows(context, passage, offered, wanted)


def _by_rows(
    context: Context, passage: Passage, offered: Offered, wanted: Sequence[Rule]
) -> list[Broken]:
    """Find the broken clauses among those whose columns came."""
    rows = offered.rows
    broken: list[Broken] = []
    looked = _look(context, rows, wanted)
    masks = {one.rule.name: _mask(one.keys, rows.num_rows) for one in looked.broken}
    for rule, found in zip(wanted, looked.found, strict=True):
        met = met_before(passage, rule, rows)
        known = partial(_known, context, passage, offered)
        broken += _judged(rule, found, _either(masks.get(rule.name), met.mask), known)
        broken += [Broken(rule, met.told, is_open=True)] if met.told else []
    return broken


def _either(mask: NDArray[np.bool_] | None, more: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    if not more.any():
        return mask
    return more if mask is None else mask | more


def _shape(rule: Rule, schema: pa.Schema) -> str:
    promise = rule.check.promise
    return look_at_shape(promise, schema) if isinstance(promise, Shape) else ""


def _look(context: Context, rows: pa.Table, rules: Sequence[Rule]) -> Looked:
    """Look at clauses, each on the columns it is about; one by one where names are alike.

    The engine takes names that differ in case alone for one, and knows not every type of column.
    """
    groups = [list(rules)]
    names = _names(rules, rows)
    if len({name.casefold() for name in names}) < len(names):
        groups = [[one] for one in rules]
    found: list[Looked] = []
    for group in groups:
        table = rows.select(_names(group, rows))
        table = table.append_column(RID, pa.array(np.arange(rows.num_rows)))
        found.append(look(Arrow(table, lambda other: rows_of(context, other)[1]), group))
    broken = [each for one in found for each in one.broken]
    return Looked([each for one in found for each in one.found], broken, rows.num_rows)


def _names(rules: Sequence[Rule], rows: pa.Table) -> list[str]:
    """Name the columns that clauses are about; all of them where one is written in SQL."""
    if any(has_sql(one.check.promise) for one in rules):
        return rows.column_names
    wanted = {name for one in rules for name in (*columns_in(one.check.promise), *one.check.shows)}
    return [name for name in rows.column_names if name in wanted]


def is_whole(passage: Passage) -> bool:
    """Say whether the rows that come are all that the dataset will hold."""
    if passage.is_part or passage.is_release:
        return False
    return passage.write.mode == "replace" or not passage.parent.n_rows


def reasons_of(broken: Sequence[Broken], rows: pa.Table) -> dict[int, str]:
    """Say of each row that breaks a clause which, and with which values; the first one leads.

    Args:
        broken: clauses on rows.
        rows: n rows.
    """
    said: dict[int, str] = {}
    for one in broken:
        if one.mask is None:
            continue
        places = np.flatnonzero(one.mask)
        fresh = np.array([place for place in places.tolist() if place not in said], np.int64)
        for place in np.setdiff1d(places, fresh).tolist():
            said[place] += f"; also {one.rule.name}"
        told = reasons(rows.take(pa.array(fresh, pa.int64())), one.rule.check)
        name = one.rule.name.replace(":", ".")
        said |= {p: f"{name}: {why}" for p, why in zip(fresh.tolist(), told, strict=True)}
    return said


def _gone(name: str) -> Broken:
    rule = Rule(f"{name}.required", Check(Shape((name,))))
    return Broken(rule, f"there is no column {name}", is_shape=True)


def _is_open(rule: Rule, there: set[str]) -> bool:
    """Say whether a promise on columns can be looked at: the type of one that came, or a list."""
    promise = rule.check.promise
    return isinstance(promise, Shape) and (bool(promise.columns) or set(promise.types) <= there)


def _judged(
    rule: Rule,
    found: Found,
    mask: NDArray[np.bool_] | None,
    known: Callable[[tuple[str, ...]], NDArray[np.bool_]],
) -> list[Broken]:
    promise = rule.check.promise
    if isinstance(promise, NoRepeats) and rule.check.bounds == NONE_AT_ALL:
        known_already = known(promise.columns)
        mask = known_already if mask is None else mask | known_already
        return [Broken(rule, rule.check.evidence, mask)] if mask.any() else []
    if found.is_kept:
        return []
    if mask is None:
        is_unseen = found.figure is None and "is nothing" not in found.told
        return [Broken(rule, "it cannot be looked at" if is_unseen else rule.check.evidence)]
    return [Broken(rule, rule.check.evidence, mask)]


def _mask(keys: pa.Table, n_rows: int) -> NDArray[np.bool_]:
    mask = np.zeros(n_rows, np.bool_)
    mask[np.asarray(keys[RID], np.int64)] = True
    return mask


def _known(
    context: Context, passage: Passage, offered: Offered, columns: tuple[str, ...]
) -> NDArray[np.bool_]:
    """Say of each row whether the dataset has its values already, in a row that stays."""
    write, parent, rows = passage.write, passage.parent, offered.rows
    none = np.zeros(rows.num_rows, np.bool_)
    key = (write.key or parent.key) if write.mode == "upsert" else ()
    is_matched = bool(key) and set(columns) == set(key)
    if write.mode == "replace" or is_matched or not parent.n_rows:
        return none
    names = list(dict.fromkeys([*columns, *key]))
    existing = load_existing(context.blobs, parent, names, among_keys(parent, rows, columns))
    existing = existing.only(~_leaves(existing, offered, write.mode, key))
    if not len(existing.rids):
        return none
    return (match_keys(existing, rows, columns).existing != NONE) & is_given(rows, columns)


def _leaves(
    existing: Existing, offered: Offered, mode: Mode, key: Sequence[str]
) -> NDArray[np.bool_]:
    """Say of each row of a dataset whether it makes way for one that comes, shape (n_existing,)."""
    leaves = np.zeros(len(existing.rids), np.bool_)
    if key and len(leaves):
        leaves[match_keys(existing, offered.rows, key).all] = True
    if offered.rids is not None and mode != "append":
        leaves |= np.isin(existing.rids, offered.rids)
    if offered.leaving is not None:
        leaves |= np.isin(existing.rids, offered.leaving)
    return leaves
