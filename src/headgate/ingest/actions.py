"""Holds a source that is at fault: what comes next waits, and what came is said to be undoable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.core.times import parse, render
from headgate.ingest.holding import hold_within, is_held, lift_within
from headgate.spine.lineage.batches import of_source
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.spine.context import Context


class QuarantineSourceAction:
    """Lets everything that a source brings from now on wait in quarantine, until it is lifted.

    Settings are `because`, and the window `since` and `until` in which it was at fault. Rows that
    came in that window and passed stay: the plan counts them and names the verbs that undo them.
    """

    name = "quarantine_source"

    def plan(self, context: Context, target: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Say what would be held, and what came already, changing nothing."""
        return {"is_held": is_held(context, target)} | _came(context, target, settings)

    def apply(self, context: Context, target: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Hold the source in one unit of work, unless it is held already."""
        with Work(context) as work:
            return self.write(work, context, target, settings)

    def write(
        self, work: Work, context: Context, target: str, settings: dict[str, Any]
    ) -> dict[str, Any]:
        """Hold the source in a unit of work, as `apply` does."""
        came = _came(context, target, settings)
        held = hold_within(work, context, target, str(settings.get("because", "")))
        return {"is_held": True, "is_changed": held.is_changed, "n_waiting": held.n_waiting} | came

    def undo(
        self, work: Work, context: Context, target: str, outcome: dict[str, Any]
    ) -> dict[str, Any]:
        """Lift the source, if it was held by this."""
        if not outcome["is_changed"]:
            return {"is_held": is_held(context, target), "is_changed": False}
        lifted = lift_within(work, context, target)
        see = [f"headgate quarantine release {name} --source {target}" for name in lifted.datasets]
        return {"is_held": False, "n_waiting": lifted.n_waiting, "then": see}


OFFERS = [QuarantineSourceAction()]


def _came(context: Context, source: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Say what a source brought in a window that passed every gate, and how that is undone."""
    window = tuple(
        parse(str(settings[name])) if name in settings else None for name in ("since", "until")
    )
    with context.catalog.read() as connection:
        found = of_source(connection, context.tenant, source, (window[0], window[1]))
    rows: dict[str, int] = {}
    for one in found:
        rows[one.dataset] = rows.get(one.dataset, 0) + one.n_rows
    ends = "".join(
        f" --{word} {render(moment)}"
        for word, moment in zip(("from", "to"), window, strict=True)
        if moment is not None
    )
    see = [f"headgate blast source:{source}{ends}"] if any(rows.values()) else []
    return {
        "n_rows_that_passed": rows,
        "see": see,
        "undo": [f"headgate source lift {source}"],
    }
