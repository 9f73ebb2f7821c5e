"""Which contract is in force for a dataset, read once for as long as nothing changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headgate.contract.odcs.files import load
from headgate.contract.odcs.nouns import Contract
from headgate.contract.published import queries
from headgate.contract.published.nouns import Version
from headgate.contract.published.zones import zone_of

if TYPE_CHECKING:
    from headgate.spine.context import Context


class InForce(msgspec.Struct, frozen=True):
    """A contract that guards.

    Args:
        version: as it was published.
        contract: what it says.
        zone: of its datasets; empty if it says none.
        plans: what is looked at, by dataset, once it was read out of the contract.
    """

    version: Version
    contract: Contract
    zone: str
    plans: dict[str, Any] = {}

    @property
    def told(self) -> str:
        """Its name and version."""
        return f"{self.version.name} {self.version.version}"


def in_force(context: Context) -> dict[str, InForce]:
    """Return the contract that guards each dataset, by the dataset's name."""
    known = context.opened.in_force.get(context.tenant)
    with context.catalog.read() as connection:
        n_changes = queries.n_changes(connection, context.tenant)
        if known is not None and known[0] == n_changes:
            return known[1]
        found: dict[str, InForce] = {}
        for version in queries.versions(connection, context.tenant, state="in force"):
            content = queries.document(connection, context.tenant, version.name, version.number)
            contract = load(content, f"{version.name} {version.version}")
            guard = InForce(version, contract, zone_of(contract))
            found |= dict.fromkeys(version.about, guard)
    context.opened.in_force[context.tenant] = (n_changes, found)
    return found
