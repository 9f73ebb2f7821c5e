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


OFFERS = [ContractGuard()]
