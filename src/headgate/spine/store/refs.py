"""The names a dataset's snapshots go by: branches that move, tags that stay, and ancestry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import delete, select, update

from headgate.core.errors import Denied, NotFound
from headgate.spine.store.tables import refs, versions

if TYPE_CHECKING:
    from sqlalchemy import Connection

Kind = Literal["branch", "tag"]


class Ref(NamedTuple):
    """A branch or a tag, and the snapshot it stands at."""

    name: str
    kind: Kind
    number: int
    is_protected: bool


class Step(NamedTuple):
    """The snapshots that one was made of; nothing where there is none."""

    parent: int | None
    merged_from: int | None


def list_refs(connection: Connection, tenant: str, dataset: str) -> dict[str, Ref]:
    """Return a dataset's branches and tags by name."""
    query = select(refs.c.name, refs.c.kind, refs.c.number, refs.c.is_protected).where(
        refs.c.tenant == tenant, refs.c.dataset == dataset
    )
    rows = connection.execute(query.order_by(refs.c.kind, refs.c.name))
    return {row.name: Ref(row.name, row.kind, row.number, bool(row.is_protected)) for row in rows}


def find_ref(connection: Connection, tenant: str, dataset: str, kind: Kind, name: str) -> Ref:
    """Return one branch or tag.

    Raises:
        NotFound: there is none of that name.
    """
    known = list_refs(connection, tenant, dataset)
    if name in known and known[name].kind == kind:
        return known[name]
    names = [ref.name for ref in known.values() if ref.kind == kind]
    raise NotFound.among(f"{kind} of {dataset}", name, names)


def drop_ref(connection: Connection, tenant: str, dataset: str, name: str) -> None:
    """Forget a name; the snapshot it stood at stays."""
    connection.execute(
        delete(refs).where(refs.c.tenant == tenant, refs.c.dataset == dataset, refs.c.name == name)
    )


def protect_ref(
    connection: Connection, tenant: str, dataset: str, name: str, *, is_protected: bool
) -> None:
    """Protect a name from being moved by hand, or let it go again."""
    connection.execute(
        update(refs)
        .where(refs.c.tenant == tenant, refs.c.dataset == dataset, refs.c.name == name)
        .values(is_protected=is_protected)
    )


def refuse_protected(connection: Connection, tenant: str, dataset: str, branch: str) -> None:
    """Refuse to change a branch that takes merges only.

    Raises:
        Denied: the branch is protected.
    """
    query = select(refs.c.is_protected).where(
        refs.c.tenant == tenant,
        refs.c.dataset == dataset,
        refs.c.name == branch,
        refs.c.kind == "branch",
    )
    if connection.execute(query).scalar():
        raise protected(dataset, branch)


def protected(dataset: str, branch: str) -> Denied:
    """Say that a branch takes merges only."""
    return Denied(
        f"branch {branch!r} of {dataset} is protected and takes merges only",
        mend=f"commit to a branch of your own, then: headgate dataset merge {dataset} BRANCH"
        f" --into {branch}",
    )


def steps_of(connection: Connection, tenant: str, dataset: str) -> dict[int, Step]:
    """Return for each snapshot of a dataset what it was made of."""
    query = select(versions.c.number, versions.c.parent, versions.c.merged_from).where(
        versions.c.tenant == tenant, versions.c.dataset == dataset
    )
    return {row.number: Step(row.parent, row.merged_from) for row in connection.execute(query)}


def ancestry(steps: dict[int, Step], number: int) -> set[int]:
    """Return a snapshot and all it stands on, through parents and merges.

    >>> sorted(ancestry({1: Step(None, None), 2: Step(1, None), 3: Step(1, 2)}, 3))
    [1, 2, 3]
    """
    found: set[int] = set()
    waiting = [number]
    while waiting:
        one = waiting.pop()
        if one in steps and one not in found:
            found.add(one)
            waiting += [other for other in steps[one] if other]
    return found


def line_of(steps: dict[int, Step], number: int) -> list[int]:
    """Return the states a branch went through, the newest first: parents alone, no merged ones.

    >>> line_of({1: Step(None, None), 2: Step(1, None), 3: Step(1, 2)}, 3)
    [3, 1]
    """
    line: list[int] = []
    at: int | None = number
    while at in steps:
        line.append(at)
        at = steps[at].parent
    return line


def common_ancestors(steps: dict[int, Step], one: int, other: int) -> list[int]:
    """Return the nearest snapshots that two stand on both: those none of the others stands on.

    There are several only where branches were merged into one another crosswise.

    >>> common_ancestors({1: Step(None, None), 2: Step(1, None), 3: Step(1, None)}, 2, 3)
    [1]
    """
    shared = ancestry(steps, one) & ancestry(steps, other)
    nearest: list[int] = []
    passed: set[int] = set()
    for number in sorted(shared, reverse=True):
        if number not in passed:
            nearest.append(number)
            passed |= ancestry(steps, number)
    return nearest
