"""Retention: which snapshots give their files up, and which stay whatever the policy says.

A snapshot that has expired keeps its line in the log and its manifest, so that its id still
resolves and history still reads; its rows are gone once its files are collected.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import msgspec
from sqlalchemy import select, update

from headgate.core.errors import Invalid
from headgate.core.times import now
from headgate.spine.store.refs import ancestry, common_ancestors, steps_of
from headgate.spine.store.tables import reads, refs, versions
from headgate.spine.store.upkeep import holds
from headgate.spine.store.upkeep.leases import leased

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from headgate.spine.context import Context

_SPAN = re.compile(r"([0-9]+)([dh])")
_MOST_HOURS = 876_000


class Policy(msgspec.Struct, frozen=True):
    """What is kept of each branch; with both, a snapshot expires when neither keeps it.

    Args:
        keep_last: its newest snapshots [count].
        older_than: those that are younger.
    """

    keep_last: int | None = None
    older_than: timedelta | None = None


class Fate(msgspec.Struct, frozen=True):
    """A snapshot that expires, and why.

    Args:
        reason: `retention`, or `unreachable` where its branch is gone and no name leads to it.
    """

    dataset: str
    number: int
    reason: Literal["retention", "unreachable"]


class Spared(msgspec.Struct, frozen=True):
    """A snapshot that retention would expire and that stays.

    Args:
        reason: `head`, `tag`, `base` (two branches went on from it, so that a merge reads it),
            `lease`, `hold`, `run`, or the stage that needs it.
    """

    dataset: str
    number: int
    reason: str


class Judgment(msgspec.Struct, frozen=True):
    """What retention does to the snapshots there are."""

    expiring: tuple[Fate, ...]
    spared: tuple[Spared, ...]


class _Version(msgspec.Struct, frozen=True):
    dataset: str
    number: int
    branch: str
    created_at: datetime

    @property
    def place(self) -> tuple[str, int]:
        return self.dataset, self.number


def span_of(text: str) -> timedelta:
    """Read a span of time.

    Raises:
        Invalid: it is none, or longer than a hundred years.

    >>> span_of("90d").days
    90
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Invalid(f"{text!r} is no span of time", mend="write 90d for days or 12h for hours")
    n_hours = int(found[1]) * {"d": 24, "h": 1}[found[2]]
    if n_hours > _MOST_HOURS:
        raise Invalid(
            f"{text!r} is more than a hundred years", mend="leave it out: nothing expires by age"
        )
    return timedelta(hours=n_hours)


def judge(connection: Connection, context: Context, policy: Policy, grace: timedelta) -> Judgment:
    """Say which snapshots expire now.

    Args:
        connection: a transaction; the one that expires them, if they are to be.
        context: the project.
        policy: what is kept.
        grace: how old a snapshot is that no name leads to before it expires.
    """
    found = _versions(connection, context.tenant)
    at = now()
    lost = _unreachable(connection, context.tenant, found)
    fates = [
        Fate(one.dataset, one.number, "unreachable")
        for one in found
        if one.place in lost and one.created_at <= at - grace
    ]
    fates += [
        Fate(one.dataset, one.number, "retention")
        for one in _beyond(policy, found, at)
        if one.place not in lost
    ]
    needed, held = _needed(connection, context), holds.held(connection, context.tenant)
    reasons = [
        "hold" if one.dataset in held else needed.get((one.dataset, one.number)) for one in fates
    ]
    judged = list(zip(fates, reasons, strict=True))
    return Judgment(
        expiring=tuple(one for one, reason in judged if reason is None),
        spared=tuple(Spared(one.dataset, one.number, reason) for one, reason in judged if reason),
    )


def expire(connection: Connection, tenant: str, fates: Iterable[Fate]) -> None:
    """Mark snapshots as expired."""
    _set_expired(connection, tenant, [(one.dataset, one.number) for one in fates], now())


def revive(connection: Connection, tenant: str, places: Iterable[tuple[str, int]]) -> None:
    """Let expired snapshots be read again, for their files are back."""
    _set_expired(connection, tenant, places, None)


def _set_expired(
    connection: Connection,
    tenant: str,
    places: Iterable[tuple[str, int]],
    at: datetime | None,
) -> None:
    for dataset, number in places:
        where = (
            versions.c.tenant == tenant,
            versions.c.dataset == dataset,
            versions.c.number == number,
        )
        connection.execute(update(versions).where(*where).values(expired_at=at))


def expired_versions(connection: Connection, tenant: str) -> list[tuple[str, int, str]]:
    """List the snapshots that have expired: dataset, number and version id."""
    query = select(versions.c.dataset, versions.c.number, versions.c.version_id).where(
        versions.c.tenant == tenant, versions.c.expired_at.is_not(None)
    )
    return [(row.dataset, row.number, row.version_id) for row in connection.execute(query)]


def _versions(connection: Connection, tenant: str) -> list[_Version]:
    columns = (versions.c.dataset, versions.c.number, versions.c.branch, versions.c.created_at)
    query = (
        select(*columns)
        .where(versions.c.tenant == tenant, versions.c.expired_at.is_(None))
        .order_by(versions.c.dataset, versions.c.number)
    )
    return [_Version(**row) for row in connection.execute(query).mappings()]


def _unreachable(
    connection: Connection, tenant: str, found: Sequence[_Version]
) -> set[tuple[str, int]]:
    """Return the snapshots whose branch is gone and that no branch or tag stands on."""
    named: dict[str, dict[str, int]] = {}
    columns = (refs.c.dataset, refs.c.name, refs.c.number)
    for row in connection.execute(select(*columns).where(refs.c.tenant == tenant)):
        named.setdefault(row.dataset, {})[row.name] = row.number
    orphaned = [one for one in found if one.branch not in named.get(one.dataset, {})]
    stood_on = {
        (dataset, at)
        for dataset in {one.dataset for one in orphaned}
        for at in _stood_on(connection, tenant, dataset, named.get(dataset, {}).values())
    }
    return {one.place for one in orphaned if one.place not in stood_on}


def _stood_on(
    connection: Connection, tenant: str, dataset: str, numbers: Iterable[int]
) -> set[int]:
    """Return the snapshots that come before some of them, and those themselves."""
    steps = steps_of(connection, tenant, dataset)
    return {at for number in numbers for at in ancestry(steps, number)}


def _beyond(policy: Policy, found: Sequence[_Version], at: datetime) -> list[_Version]:
    """Return what the policy does not keep."""
    if policy.keep_last is None and policy.older_than is None:
        return []
    ranks: dict[tuple[str, str], int] = {}
    beyond: list[_Version] = []
    for one in reversed(found):
        rank = ranks.get((one.dataset, one.branch), 0)
        ranks[one.dataset, one.branch] = rank + 1
        is_new = policy.keep_last is not None and rank < policy.keep_last
        is_young = policy.older_than is not None and one.created_at > at - policy.older_than
        if not is_new and not is_young:
            beyond.append(one)
    return beyond[::-1]


def _needed(connection: Connection, context: Context) -> dict[tuple[str, int], str]:
    """Say of the snapshots that must stay why."""
    tenant = context.tenant
    needed: dict[tuple[str, int], str] = {}
    for keeper in context.registry.keepers:
        needed |= dict.fromkeys(keeper.versions(connection, tenant), keeper.name)
    read = select(reads.c.dataset, reads.c.number).where(reads.c.tenant == tenant).distinct()
    needed |= {(row.dataset, row.number): "run" for row in connection.execute(read)}
    needed |= dict.fromkeys(leased(connection, tenant), "lease")
    needed |= dict.fromkeys(_bases(connection, tenant), "base")
    named = select(refs.c.dataset, refs.c.number, refs.c.kind).where(refs.c.tenant == tenant)
    reasons = {"branch": "head", "tag": "tag"}
    needed |= {
        (row.dataset, row.number): reasons[row.kind]
        for row in connection.execute(named.order_by(refs.c.kind.desc()))
    }
    return needed


def _bases(connection: Connection, tenant: str) -> Iterator[tuple[str, int]]:
    """Yield what two branches of a dataset went on from: without it they could not be merged."""
    heads: dict[str, set[int]] = {}
    query = select(refs.c.dataset, refs.c.number)
    for row in connection.execute(query.where(refs.c.tenant == tenant, refs.c.kind == "branch")):
        heads.setdefault(row.dataset, set()).add(row.number)
    for dataset, numbers in heads.items():
        steps = steps_of(connection, tenant, dataset) if len(numbers) > 1 else {}
        for one, other in combinations(sorted(numbers), 2):
            yield from ((dataset, base) for base in common_ancestors(steps, one, other))
