"""What the verbs on published contracts are asked and what they answer."""

from __future__ import annotations

import msgspec

from headgate.contract.compat.modes import Incompatibility
from headgate.contract.published.nouns import Checked, Gate, Party, Version
from headgate.spine.inspecting.nouns import Mode


class PublishContract(msgspec.Struct, frozen=True, kw_only=True):
    """Which contract is to come into force.

    Args:
        name: the contract: the name of its file without suffix.
        mode: the compatibility with the versions before that it must keep; that of the version
            before, BACKWARD at first.
        gate: what becomes of rows that break it: `quarantine`, `refuse` (the whole commit) or
            `pass`; as with the version before, quarantine at first.
        breaking: it breaks somebody, and both parties will sign it before it comes into force.
        document: its text, in the place of its file in the project's folder; for a server, whose
            folder has none.
    """

    name: str
    mode: Mode | None = None
    gate: Gate | None = None
    breaking: bool = False
    document: str | None = None


class SignContract(msgspec.Struct, frozen=True, kw_only=True):
    """Who agrees to a version.

    Args:
        name: the contract.
        as_: for which party.
        version: which version; the pending one, else the one in force.
    """

    name: str
    as_: Party = msgspec.field(name="as")
    version: str | None = None


class ShowContract(msgspec.Struct, frozen=True, kw_only=True):
    """Which contract to show.

    Args:
        name: the contract.
    """

    name: str


class WithdrawContract(msgspec.Struct, frozen=True, kw_only=True):
    """Which contract to take back.

    Args:
        name: the contract; its pending version goes, else the one in force.
        because: why.
    """

    name: str
    because: str = ""


class ContractState(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force under a contract's name.

    Args:
        name: the contract.
        in_force: the version that guards; nothing if none does.
        pending: the version that waits for signatures.
        lacks: the parties that have not signed it.
        incompatibilities: what a version that was published as breaking breaks.
        is_new: something has changed by this call.
    """

    name: str
    in_force: Version | None = None
    pending: Version | None = None
    lacks: tuple[Party, ...] = ()
    incompatibilities: tuple[Incompatibility, ...] = ()
    is_new: bool = True


class ContractHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A contract with all that became of it.

    Args:
        name: the contract.
        in_force: the version that guards; nothing if none does.
        pending: the version that waits for signatures.
        lacks: the parties that have not signed it.
        zone: of the datasets it guards: `raw`, `cleaned` or `curated`; empty if none is said.
        history: every version, the newest first.
        checks: what the gate found last, for each dataset it guards.
    """

    name: str
    in_force: Version | None = None
    pending: Version | None = None
    lacks: tuple[Party, ...] = ()
    zone: str = ""
    history: tuple[Version, ...] = ()
    checks: tuple[Checked, ...] = ()
