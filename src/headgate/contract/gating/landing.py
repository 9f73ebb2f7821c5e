"""Writes down what a gate found, in the commit's own unit of work, and alerts whoever listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headgate.contract.checking import Rule
from headgate.contract.gating.plan import stops
from headgate.contract.published import queries
from headgate.contract.published.nouns import OPEN, Checked
from headgate.core.messages import Message
from headgate.core.times import now
from headgate.spine.outbox.queries import open_keys
from headgate.spine.outbox.writing import listeners, put, resolve

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.work import Work

MAIN = "main"
SHOWN = 10
"""Clauses that a message names [count]."""


class ContractOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate found at one commit.

    Args:
        contract: the contract in force.
        version: its version.
        dataset: where the rows wanted to go.
        branch: to which branch.
        is_passed: nothing that goes in breaks a clause, and no batch is held as a whole.
        is_breaking: a batch is held as a whole.
        n_held: rows that wait.
        broken: clauses that were broken: by how many rows, 0 for those on columns or the whole, -1
            where not all rows were compared.
        counts: promises on the number of rows, which is known once the rows have landed.
    """

    contract: str
    version: str
    dataset: str
    branch: str
    is_passed: bool
    is_breaking: bool
    n_held: int
    broken: dict[str, int]
    counts: tuple[Rule, ...] = ()

    def joined(self, later: ContractOutcome, /) -> ContractOutcome:
        """Take in the outcome of the next chunk of the same stream."""
        broken = dict(self.broken)
        for name, n_rows in later.broken.items():
            before = broken.get(name, 0)
            broken[name] = OPEN if OPEN in (before, n_rows) else before + n_rows
        return msgspec.structs.replace(
            self,
            is_passed=self.is_passed and later.is_passed,
            n_held=self.n_held + later.n_held,
            broken=broken,
        )

    def land(self, work: Work, context: Context, snapshot: Snapshot, rev: int, /) -> None:
        """Write it, and an alert or the all-clear where there is something to tell."""
        short = [one for one in self.counts if not one.check.bounds.hold(snapshot.n_rows)]
        checked = Checked(
            dataset=self.dataset,
            branch=self.branch,
            number=snapshot.number,
            contract=self.contract,
            version=self.version,
            is_passed=self.is_passed and not any(map(stops, short)),
            n_held=self.n_held,
            broken=self.broken | {one.name: 0 for one in short},
            checked_at=now(),
        )
        queries.put_check(work.connection, context.tenant, rev, checked)
        payload: dict[str, object] = {
            "contract": self.contract,
            "version": self.version,
            "number": snapshot.number,
            "is_passed": checked.is_passed,
            "is_breaking": self.is_breaking,
            "n_held": self.n_held,
            "broken": checked.broken,
        }
        work.record("contract_checked", f"dataset:{self.dataset}", payload)
        self._tell(work, context, checked)

    def _tell(self, work: Work, context: Context, checked: Checked) -> None:
        """Alert those who listen once for each trouble, and tell them when it is over."""
        to = listeners(context)
        if not to:
            return
        place = self.dataset if self.branch == MAIN else f"{self.dataset}/{self.branch}"
        key = f"contract/{self.contract}/{place}"
        if checked.is_passed:
            title = f"{place} keeps contract {self.contract} {self.version} again"
            over = Message(kind="resolve", dedup_key=key, title=title, severity="info")
            resolve(work, context, over, to=to)
            return
        tenant = context.tenant
        fresh = [one for one in to if not open_keys(work.connection, tenant, one, [key])]
        put(work, context, self._message(key, place, checked), to=fresh)

    def _message(self, key: str, place: str, checked: Checked) -> Message:
        what = "may break" if checked.is_open else "breaks"
        what = "no longer fits" if self.is_breaking else what
        lines = [_line(name, n_rows) for name, n_rows in list(checked.broken.items())[:SHOWN]]
        if self.n_held:
            lines += [f"{self.n_held} rows wait", f"See: headgate quarantine show {self.dataset}"]
        lines.append(f"See: headgate contract show {self.contract}")
        return Message(
            kind="trigger",
            dedup_key=key,
            title=f"{place} {what} contract {self.contract} {self.version}",
            body="\n".join(lines),
            severity="error",
            details={"dataset": self.dataset, "contract": self.contract, "version": self.version},
        )


def _line(name: str, n_rows: int) -> str:
    if n_rows == OPEN:
        return f"{name}: not all rows were compared"
    return f"{name}: {n_rows} rows" if n_rows else name
