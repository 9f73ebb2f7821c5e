"""What is kept of a published contract."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from headgate.spine.inspecting.nouns import Mode

Gate = Literal["quarantine", "refuse", "pass"]
State = Literal["in force", "pending", "replaced", "withdrawn"]
Party = Literal["producer", "consumer"]
PARTIES: tuple[Party, ...] = ("producer", "consumer")


OPEN = -1
"""Stands for the rows that break a clause where not all rows were compared."""


class Signature(msgspec.Struct, frozen=True):
    """That somebody agreed to a version.

    Args:
        party: for whom they signed.
        signed_by: who.
        signed_at: when.
    """

    party: Party
    signed_by: str
    signed_at: datetime


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a contract, as it was published.

    Args:
        name: the contract, by the name of its file.
        number: counts from 1 under that name.
        version: what the document calls itself.
        digest: blake3 of the document, hexadecimal.
        mode: the compatibility it had to keep.
        gate: what becomes of rows that break it.
        about: the datasets it guards.
        state: `in force`, `pending` until both parties have signed, `replaced` or `withdrawn`.
        published_at: when.
        published_by: who.
        signatures: who agreed.
    """

    name: str
    number: int
    version: str
    digest: str
    mode: Mode
    gate: Gate
    about: tuple[str, ...]
    state: State
    published_at: datetime
    published_by: str
    signatures: tuple[Signature, ...] = ()


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate found at one commit.

    Args:
        dataset: where the rows wanted to go.
        branch: to which branch.
        number: the snapshot the commit made, or left as it was.
        contract: the contract in force.
        version: its version.
        is_passed: what lies in the snapshot keeps every clause that is more than a warning, and
            no batch was held back as a whole.
        n_held: rows that wait.
        broken: clauses that were broken: by how many rows, 0 for those on columns or the whole, -1
            where that is open, for not all rows of a stream were compared.
        checked_at: when.
    """

    dataset: str
    branch: str
    number: int
    contract: str
    version: str
    is_passed: bool
    n_held: int
    broken: dict[str, int]
    checked_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether not all rows were compared."""
        return OPEN in self.broken.values()
