"""What guards datasets: the contract in force, asked at every commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Passage, Post


class ContractGuard:
    """Stands before the datasets of contracts in force."""

    name = "contract"

    def post(self, context: Context, passage: Passage, /) -> Post | None:
        """Find the contract that guards a dataset.

        Raises:
            Invalid: its zone does not take what wants to come.
        """
        from headgate.contract.published.force import in_force

        force = in_force(context).get(passage.write.dataset)
        if force is None:
            return None
        from headgate.contract.gating.post import ContractPost
        from headgate.contract.gating.promotion import require_promotable

        require_promotable(context, passage, force)
        return ContractPost(context, passage, force)

    def promise(self, context: Context, dataset: str, /) -> str:
        """Name the contract that guards a dataset, and the snapshots it looks values up in."""
        from headgate.contract.published.force import in_force

        force = in_force(context).get(dataset)
        if force is None:
            return ""
        from headgate.contract.gating.plan import plan_of
        from headgate.core.checks import Known
        from headgate.spine.store.snapshots import heads

        plan = plan_of(force.contract, dataset, context.registry)
        promises = [one.check.promise for one in plan.rows]
        others = {one.dataset for one in promises if isinstance(one, Known)}
        with context.catalog.read() as connection:
            found = heads(connection, context.tenant, others)
        told = [f"{name}@{one.number}" for name, one in sorted(found.items())]
        return ", ".join([f"{force.told} number {force.version.number}", *told])


OFFERS = [ContractGuard()]
