"""Writes down how steps ended: their runs, what these read, and their memos."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headgate.pipeline import queries
from headgate.spine.lineage.events import Fact, append

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from headgate.pipeline.queries import Memo
    from headgate.pipeline.runs import RunRecord
    from headgate.spine.context import Context


class Ending(NamedTuple):
    """How a step ended that read no dataset and made none.

    Args:
        record: of its run.
        memo: of what it was made; older ones of the step are given up.
    """

    record: RunRecord
    memo: Memo


def put_endings(connection: Connection, context: Context, endings: Sequence[Ending]) -> None:
    """Write how steps ended, and that they did, in one transaction."""
    if not endings:
        return
    tenant = context.tenant
    queries.put_runs(connection, tenant, [one.record for one in endings])
    queries.put_memos(connection, tenant, [one.memo for one in endings], only=True)
    append(connection, tenant, context.actor, [done(one.record, 0, 1) for one in endings])


def done(record: RunRecord, number: int, n_memos: int) -> Fact:
    """Say that a step is done.

    Args:
        record: of its run.
        number: of the snapshot it made; 0 where it made none.
        n_memos: how many memos it left.
    """
    payload: dict[str, object] = {"name": record.name, "number": number, "n_memos": n_memos}
    return Fact(kind="step_done", subject=f"run:{record.run_id}", payload=payload)
