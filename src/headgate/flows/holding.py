"""Asks every stage what it keeps of affected rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.lineage.affected import Affected
    from headgate.spine.ports import Holding


def ask_holders(context: Context, affected: Affected, refs: frozenset[str]) -> dict[str, Holding]:
    """Ask every stage what it keeps of affected rows; models first, for others need to know."""
    models = context.registry.holder("models").find(context, affected, refs)
    refs |= {model["ref"] for model in models.detail["models"]}
    others = [holder for holder in context.registry.holders if holder.name != "models"]
    return {
        "models": models,
        **{holder.name: holder.find(context, affected, refs) for holder in others},
    }
