"""Brings predictions into the state in which their deployments let them be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from headgate.serve import queries
from headgate.serve.capturing.redacting import Rule, redact
from headgate.serve.capturing.sketches import Key, Sketch, sketched
from headgate.serve.salts import salt_for
from headgate.serve.schema import whole, with_column

if TYPE_CHECKING:
    from headgate.serve.nouns import CapturePolicy
    from headgate.spine.context import Context

MARK = '{"capture":"none"}'
"""What stands in `extra` of a prediction of which nothing may be kept."""
PAYLOAD = ("input", "output", "extra")


class Captured(NamedTuple):
    """Predictions as they may be written, and what was counted of the others."""

    table: pa.Table
    sketches: dict[Key, Sketch]


def captured(context: Context, table: pa.Table) -> Captured:
    """Leave out or redact what the policies of deployments say, before anything is written."""
    with context.catalog.read() as connection:
        policies = queries.capture_policies(connection, context.tenant)
    sketches: dict[Key, Sketch] = {}
    for name, policy in policies.items():
        is_its: Any = pc.equal(whole(table, "deployment"), pa.scalar(name))
        is_its = is_its.fill_null(pa.scalar(value=False))
        if not is_its.true_count or policy.policy == "full":
            continue
        mine = table.filter(is_its)
        if policy.policy == "none":
            sketches |= sketched(name, mine)
        table = _with_payload(table, is_its, _shown(context, policy, mine))
    return Captured(table, sketches)


def _shown(context: Context, policy: CapturePolicy, table: pa.Table) -> pa.Table:
    """Return predictions with what may be shown of their payload."""
    if policy.policy == "redacted":
        return redact(table, Rule(policy.fields, salt_for(context, "capture")))
    for name in PAYLOAD:
        table = with_column(table, name, pa.nulls(table.num_rows).cast(pa.string()))
    return with_column(table, "extra", pa.array([MARK] * table.num_rows, pa.string()))


def _with_payload(table: pa.Table, mask: Any, shown: pa.Table) -> pa.Table:
    for name in PAYLOAD:
        column: Any = pc.replace_with_mask(whole(table, name), mask, whole(shown, name))
        table = with_column(table, name, column)
    return table
