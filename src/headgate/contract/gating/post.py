"""The gate of one dataset at one commit: types, defaults, and what becomes of rows that break it.

A change that breaks the contract as such holds every row of its batch: a column that must come is
gone, a type no longer fits, or half of the rows break one clause. Then the rows that seem fine are
not to be trusted either. Where rows replace others, nothing is replaced in that case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from headgate.contract.checking import rows_told
from headgate.contract.gating.examining import Broken, examine, is_whole, reasons_of
from headgate.contract.gating.filling import filled
from headgate.contract.gating.landing import ContractOutcome
from headgate.contract.gating.plan import TYPES, plan_of, type_for
from headgate.contract.published.nouns import OPEN
from headgate.core.errors import Invalid
from headgate.core.plugins import UNTYPED
from headgate.spine.ports import Judgment, Rejection
from headgate.spine.store.quarantine import name_of
from headgate.spine.writes import REPLACING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.contract.gating.plan import Plan
    from headgate.contract.published.force import InForce
    from headgate.spine.context import Context
    from headgate.spine.ports import Offered, Passage
    from headgate.spine.store.segments import I64

BREAKING_RATIO = 0.5
"""Share of a batch's rows that break one clause from which the batch is not to be trusted."""
LEAST_BREAKING = 2
"""Rows that must break it for that: one bad row is a bad row [count]."""
HELD = "breaking-change"
SHOWN = 3
"""Reasons that a refusal spells out [count]."""


class Verdict(NamedTuple):
    """What a gate made of rows.

    Args:
        rejected: rows that must wait.
        is_breaking: a batch is held as a whole.
        holds_all: every row is.
    """

    rejected: tuple[Rejection, ...] = ()
    is_breaking: bool = False
    holds_all: bool = False


class ContractPost:
    """Stands before one dataset for one commit.

    Args:
        context: the project.
        passage: the commit.
        force: the contract in force.
    """

    def __init__(self, context: Context, passage: Passage, force: InForce) -> None:
        self._context = context
        self._passage = passage
        self._force = force
        self._plan = _plan(context, passage.write.dataset, force)
        self._gate = force.version.gate
        if passage.is_release and self._gate == "refuse":
            self._gate = "quarantine"
        self.keeps_waiting = self._gate == "quarantine"

    def types(self, rows: pa.Table, known: pa.Schema | None, /) -> pa.Schema | None:
        """Return the types that columns must have: those known, and those that are promised."""
        fields = [] if known is None else list(known)
        names = {one.name for one in fields if not pa.types.is_null(one.type)}
        fields = [one for one in fields if one.name in names]
        is_untyped = bool(rows.schema.metadata and UNTYPED in rows.schema.metadata)
        for name, kind in self._plan.named.items():
            if name in names or name not in rows.column_names or (is_untyped and kind is None):
                continue
            wanted = type_for(kind, rows[name])
            if wanted is not None and not pa.types.is_null(wanted):
                fields.append(pa.field(name, wanted))
        return pa.schema(fields) if fields else known

    def fill(self, rows: pa.Table, /) -> tuple[pa.Table, tuple[str, ...]]:
        """Put promised values where there are none; say what was done."""
        rows, facts = filled(self._plan, rows, self._passage.parent.schema)
        return rows, tuple(facts)

    def judge(self, offered: Offered, /) -> Judgment:
        """Say which rows must wait.

        Raises:
            Invalid: the contract refuses the rows as a whole.
        """
        broken = examine(self._context, self._passage, self._plan, offered)
        stopping = [one for one in broken if one.is_stopping and not one.is_open]
        if stopping and self._gate == "refuse":
            raise self._refused(stopping, offered)
        verdict = Verdict()
        if self._gate == "quarantine":
            verdict = self._sorted(stopping, offered)
        remaining = [one for one in stopping if one.mask is None or self._gate == "pass"]
        remaining += [one for one in broken if one.is_stopping and one.is_open]
        outcome = ContractOutcome(
            contract=self._force.version.name,
            version=self._force.version.version,
            dataset=self._passage.write.dataset,
            branch=self._passage.write.branch,
            is_passed=not remaining and not verdict.is_breaking,
            is_breaking=verdict.is_breaking,
            n_held=len(verdict.rejected),
            broken={one.rule.name: OPEN if one.is_open else one.n_rows for one in broken},
            counts=() if is_whole(self._passage) else tuple(self._plan.counts),
        )
        return Judgment(
            outcome=outcome,
            rejected=verdict.rejected,
            facts=tuple(self._fact(one) for one in broken),
            holds_all=verdict.holds_all,
            empty=self._empty() if verdict.holds_all else None,
        )

    def _fact(self, one: Broken) -> str:
        if one.is_open:
            return f"{one.rule.name} of contract {self._force.told} is open: {one.told}"
        by = f" in {rows_told(str(one.n_rows))}" if one.mask is not None else ""
        weight = "" if one.is_stopping else ", a warning"
        return f"{one.rule.name} of contract {self._force.told} is broken{by}: {one.told}{weight}"

    def _sorted(self, stopping: Sequence[Broken], offered: Offered) -> Verdict:
        """Sort out the rows that break a clause, and all rows of batches that break as such."""
        said = reasons_of(stopping, offered.rows)
        why = self._breaking(stopping, offered)
        if why and self._passage.is_part:
            [told] = set(why.values())
            raise Invalid(
                f"these rows break contract {self._force.told}: {told}",
                mend="mend them, or publish a contract that takes them; nothing was taken",
            )
        if why and self._passage.write.mode in REPLACING:
            first = next(iter(why.values()))
            why = dict.fromkeys(range(self._passage.n_parts), first)
        batches = offered.batches[offered.positions]
        for place in np.flatnonzero(np.isin(batches, list(why))).tolist():
            said.setdefault(place, f"{HELD}: {why[int(batches[place])]}")
        rejected = tuple(
            Rejection(int(offered.positions[place]), f"{said[place]} ({self._force.told})")
            for place in sorted(said)
        )
        n_left = offered.rows.num_rows - len(rejected)
        n_out = len(rejected) + len(offered.rejected)
        return Verdict(rejected, bool(why), bool((why or n_out) and not n_left))

    def _breaking(self, stopping: Sequence[Broken], offered: Offered) -> dict[int, str]:
        """Say of each batch that is not to be trusted as a whole why, by its number."""
        n_parts = self._passage.n_parts
        shapes = [one.told for one in stopping if one.is_shape]
        if shapes:
            return dict.fromkeys(range(n_parts), "; ".join(shapes))
        if self._passage.is_release:
            return {}
        totals = np.bincount(offered.batches, minlength=n_parts)
        counted = np.maximum(totals, self._passage.n_least)
        least = np.maximum(LEAST_BREAKING, np.ceil(counted * BREAKING_RATIO))
        why: dict[int, str] = {}
        for told, places in self._counted(stopping, offered):
            n_broken = np.bincount(offered.batches[places], minlength=n_parts)
            for part in np.flatnonzero(n_broken >= least).tolist():
                why.setdefault(part, f"{told} in {n_broken[part]} of {totals[part]} rows")
        return why

    def _counted(self, stopping: Sequence[Broken], offered: Offered) -> list[tuple[str, I64]]:
        """List what is broken by rows with their positions, misfits of types among it."""
        counted = [
            (one.rule.name, offered.positions[one.mask]) for one in stopping if one.mask is not None
        ]
        misfits = [one.position for one in offered.rejected if name_of(one.reason) == "type"]
        return [*counted, ("a value has not the promised type", np.array(misfits, np.int64))]

    def _empty(self) -> pa.Table:
        """Make the table without rows that a dataset begins with whose first rows all wait."""
        if self._passage.parent.number:
            return self._passage.parent.schema.empty_table()
        kinds = self._plan.named.items()
        return pa.schema(
            [(name, TYPES.get(kind or "", pa.null())) for name, kind in kinds]
        ).empty_table()

    def _refused(self, stopping: Sequence[Broken], offered: Offered) -> Invalid:
        told = [one.told for one in stopping if one.mask is None]
        said = reasons_of(stopping, offered.rows)
        told += [
            f"position {offered.positions[place]}: {said[place]}" for place in sorted(said)[:SHOWN]
        ]
        many = f"{rows_told(str(len(said)))} of it" if said else "the whole of it"
        verb = "break" if len(said) > 1 else "breaks"
        return Invalid(
            f"{self._passage.write.dataset} takes nothing of this: {many} {verb} contract "
            f"{self._force.told}: {'; '.join(told[:SHOWN])}",
            mend="mend the rows; or publish the contract with --gate quarantine",
        )


def _plan(context: Context, dataset: str, force: InForce) -> Plan:
    if dataset not in force.plans:
        force.plans[dataset] = plan_of(force.contract, dataset, context.registry)
    return force.plans[dataset]
