"""Says what a version breaks, and whether it must wait until others agree.

A mode says which versions are compatible, not who must agree: where a contract names somebody, what
breaks them waits for their signatures in every mode.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from headgate.contract.compat.modes import Incompatibility, backward, compare
from headgate.contract.compat.schemas import document_of
from headgate.contract.published import queries
from headgate.core.errors import Conflict, Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from headgate.contract.odcs.nouns import Contract
    from headgate.contract.published.nouns import Version

SHOWN = 5
"""Reasons that a refusal spells out; `contract compat` lists all [count]."""
_MAJOR = re.compile(r"v?([0-9]+)(?![0-9])")


class Breaks(NamedTuple):
    """What a version breaks.

    Args:
        before: the version in force, if there is one.
        by_mode: what the mode forbids.
        unagreed: what the mode lets pass, but breaks somebody whom the version in force names.
    """

    before: Version | None
    by_mode: tuple[Incompatibility, ...] = ()
    unagreed: tuple[Incompatibility, ...] = ()


def breaks_of(
    connection: Connection, tenant: str, fresh: Version, content: bytes, known: Sequence[Version]
) -> Breaks:
    """Compare a version with the one in force, or, where its mode says so, with all that were."""
    past = [one for one in known if one.state in {"replaced", "in force"}]
    before = next((one for one in reversed(past) if one.state == "in force"), None)
    if not past:
        return Breaks(before)
    old = [
        document_of(queries.document(connection, tenant, one.name, one.number), one.version, "odcs")
        for one in past
    ]
    new = document_of(content, fresh.version, "odcs")
    by_mode = compare(old, new, fresh.mode).incompatibilities
    if before is None or not names_somebody(old[past.index(before)].parsed, before):
        return Breaks(before, by_mode)
    unagreed = (one for one in backward(old[past.index(before)], new) if one not in by_mode)
    return Breaks(before, by_mode, tuple(unagreed))


def names_somebody(contract: Contract, version: Version) -> bool:
    """Say whether a contract has a team, roles that read, or somebody who signed it."""
    return bool(contract.team or contract.roles or version.signatures)


def must_wait(fresh: Version, breaks: Breaks, *, is_announced: bool) -> bool:
    """Say whether a version needs signatures.

    Args:
        fresh: the version.
        breaks: what it breaks.
        is_announced: whoever publishes it says that it breaks somebody.

    Raises:
        Conflict: its mode forbids what it breaks and nobody said so, or its version stands already.
        Invalid: it keeps its major number although it breaks what its mode forbids.
    """
    before = breaks.before
    if before is None or before.digest == fresh.digest:
        return False
    if before.version == fresh.version:
        raise Conflict(
            f"contract {fresh.name} {fresh.version} is published, and its file has changed since",
            mend="raise its version",
        )
    if breaks.by_mode:
        _require_announced(fresh, before, breaks.by_mode, is_announced=is_announced)
    return bool(breaks.by_mode or breaks.unagreed)


def _require_announced(
    fresh: Version, before: Version, broken: Sequence[Incompatibility], *, is_announced: bool
) -> None:
    if not is_announced:
        said = "; ".join(f"{one.path}: {one.why}" for one in broken[:SHOWN])
        more = f"; and {len(broken) - SHOWN} more" if len(broken) > SHOWN else ""
        raise Conflict(
            f"{fresh.name} {fresh.version} is not {fresh.mode} compatible with "
            f"{before.version}: {said}{more}",
            mend="change it back, or raise the major version and publish with --breaking, which "
            "comes into force once a producer and a consumer have signed",
        )
    if _major(fresh.version) <= _major(before.version):
        raise Invalid(
            f"{fresh.version} breaks what {before.version} promised and has its major number",
            mend=f"raise the version to {_major(before.version) + 1}.0.0",
        )


def _major(version: str) -> int:
    found = _MAJOR.match(version)
    return int(found[1]) if found else 0
