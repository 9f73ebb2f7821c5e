"""Publishes, signs, shows and withdraws contracts; each deed is one unit of work with its event.

A version that breaks nobody comes into force when it is published. One that breaks somebody waits
until its producer and its consumer have signed; the version before stays in force until then.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from blake3 import blake3

from headgate.contract.compat.modes import Incompatibility, compare
from headgate.contract.compat.schemas import document_of
from headgate.contract.gating.plan import plan_of
from headgate.contract.odcs.files import FOLDER, files_of, load
from headgate.contract.published import queries
from headgate.contract.published.nouns import PARTIES, Party, Signature, State, Version
from headgate.contract.published.requests import (
    ContractHistory,
    ContractState,
    PublishContract,
    SignContract,
)
from headgate.contract.published.zones import zone_of
from headgate.core.errors import Conflict, Denied, Invalid, NotFound
from headgate.core.refs import check_name
from headgate.core.times import now
from headgate.spine.documents import read_bytes
from headgate.spine.inspecting.nouns import Mode
from headgate.spine.work import Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from headgate.contract.odcs.nouns import Contract
    from headgate.spine.context import Context

SHOWN = 5
"""Reasons that a refusal spells out; `contract compat` lists all [count]."""
MOST_SIGNS = 100
"""Length of a version, as the catalog keeps it [count]."""
_MAJOR = re.compile(r"v?([0-9]+)(?![0-9])")


def publish(context: Context, request: PublishContract) -> ContractState:
    """Bring a contract's file into force, or have it wait for signatures.

    Raises:
        NotFound: there is no such contract.
        Invalid: its file is broken, or a breaking version keeps its major number.
        Conflict: it breaks what is in force, its version stands already, or another contract
            guards one of its datasets.
    """
    check_name("contract", request.name)
    content, called = _text_of(context, request)
    contract = load(content, called)
    _require_short(contract.version)
    zone_of(contract)
    for about in about_of(request.name, contract):
        plan_of(contract, about, context.registry)
    with Work(context) as work:
        known = queries.versions(work.connection, context.tenant, request.name)
        fresh = _version(context, request, contract, content, known)
        last = _last(known)
        if last is not None and _is_same(last, fresh):
            return _state(request.name, known, is_new=False)
        broken = _broken(work.connection, context.tenant, fresh, content, known)
        must_wait = _must_wait(request, fresh, broken, _in(known, "in force"))
        _refuse_others(work.connection, context.tenant, fresh)
        fresh = msgspec.structs.replace(fresh, state="pending" if must_wait else "in force")
        _make_way(work, context, known, fresh)
        queries.put(work.connection, context.tenant, fresh, content)
        payload: dict[str, object] = {
            "number": fresh.number,
            "digest": fresh.digest,
            "state": fresh.state,
        }
        work.record("contract_published", f"contract:{fresh.name}", payload)
        known = queries.versions(work.connection, context.tenant, request.name)
    return msgspec.structs.replace(_state(request.name, known), incompatibilities=tuple(broken))


def sign(context: Context, request: SignContract) -> ContractState:
    """Sign a version; a pending one comes into force with the second party's signature.

    Raises:
        NotFound: there is no such contract, or no such version of it.
        Conflict: the party has signed it already, the version is of the past, or another contract
            guards one of its datasets by now.
        Denied: whoever signs has signed for the other party.
    """
    with Work(context) as work:
        known = _known(work.connection, context, request.name)
        version = _chosen(request, known)
        _refuse_signature(context, version, request.as_)
        signature = Signature(request.as_, context.actor, now())
        queries.sign(work.connection, context.tenant, version, signature)
        lacks = _lacks(version, request.as_)
        payload: dict[str, object] = {"number": version.number, "party": request.as_}
        work.record("contract_signed", f"contract:{version.name}", payload)
        if version.state == "pending" and not lacks:
            _move(work, context, _in(known, "in force"), "replaced")
            _move(work, context, version, "in force")
            work.record("contract_in_force", f"contract:{version.name}", {"number": version.number})
        known = queries.versions(work.connection, context.tenant, request.name)
    return _state(request.name, known)


def withdraw(context: Context, name: str, because: str) -> ContractState:
    """Take the pending version back, else the one in force; then the one before guards again.

    Raises:
        NotFound: there is no such contract.
        Conflict: no version of it is pending or in force, or another contract guards by now what
            the version before was about.
    """
    with Work(context) as work:
        known = _known(work.connection, context, name)
        version = _in(known, "pending") or _in(known, "in force")
        if version is None:
            raise Conflict(f"contract {name} is not in force", mend=f"contract publish {name}")
        _move(work, context, version, "withdrawn")
        back = None
        if version.state == "in force":
            back = next((one for one in reversed(known) if one.state == "replaced"), None)
            _move(work, context, back, "in force")
        payload: dict[str, object] = {
            "number": version.number,
            "because_digest": blake3(because.encode()).hexdigest() if because else "",
            "in_force": None if back is None else back.number,
        }
        work.record("contract_withdrawn", f"contract:{name}", payload)
        known = queries.versions(work.connection, context.tenant, name)
    return _state(name, known)


def show(context: Context, name: str) -> ContractHistory:
    """Show what is in force, what waits, who signed, what was before, and what gates found last.

    Raises:
        NotFound: no contract of that name was ever published.
    """
    with context.catalog.read() as connection:
        known = _known(connection, context, name)
        state = _state(name, known)
        newest = state.in_force or state.pending or known[-1]
        content = queries.document(connection, context.tenant, name, newest.number)
        about = () if state.in_force is None else state.in_force.about
        checks = [queries.last_check(connection, context.tenant, one) for one in about]
    return ContractHistory(
        name=name,
        in_force=state.in_force,
        pending=state.pending,
        lacks=state.lacks,
        zone=zone_of(load(content, name)),
        history=tuple(reversed(known)),
        checks=tuple(one for one in checks if one is not None),
    )


def about_of(name: str, contract: Contract) -> tuple[str, ...]:
    """Name the datasets a contract is about: its objects, and its own name if there is only one."""
    names = [each for one in contract.schema for each in (one.name, one.physical_name) if each]
    return tuple(dict.fromkeys([*names, *([name] if len(contract.schema) == 1 else [])]))


def _text_of(context: Context, request: PublishContract) -> tuple[bytes, str]:
    """Return a contract's bytes, and what errors call them."""
    if request.document is not None:
        return request.document.encode(), request.name
    files = files_of(context.root)
    if request.name not in files:
        raise NotFound.among("contract", request.name, files)
    path = files[request.name]
    called = f"{FOLDER}/{path.name}"
    return read_bytes(path, called), called


def _version(
    context: Context,
    request: PublishContract,
    contract: Contract,
    content: bytes,
    known: Sequence[Version],
) -> Version:
    last = _last(known)
    return Version(
        name=request.name,
        number=1 + max((one.number for one in known), default=0),
        version=contract.version,
        digest=blake3(content).hexdigest(),
        mode=request.mode or (last.mode if last else "BACKWARD"),
        gate=request.gate or (last.gate if last else "quarantine"),
        about=about_of(request.name, contract),
        state="in force",
        published_at=now(),
        published_by=context.actor,
    )


def _last(known: Sequence[Version]) -> Version | None:
    return _in(known, "pending") or _in(known, "in force")


def _in(known: Sequence[Version], state: State) -> Version | None:
    return next((one for one in reversed(known) if one.state == state), None)


def _is_same(last: Version, fresh: Version) -> bool:
    return (last.digest, last.mode, last.gate) == (fresh.digest, fresh.mode, fresh.gate)


def _broken(
    connection: Connection, tenant: str, fresh: Version, content: bytes, known: Sequence[Version]
) -> list[Incompatibility]:
    """Compare with the version in force, or with all that were."""
    before = [one for one in known if one.state in {"replaced", "in force"}]
    if not before:
        return []
    old = [
        document_of(queries.document(connection, tenant, one.name, one.number), one.version, "odcs")
        for one in before
    ]
    mode: Mode = fresh.mode
    return list(compare(old, document_of(content, fresh.version, "odcs"), mode).incompatibilities)


def _must_wait(
    request: PublishContract,
    fresh: Version,
    broken: Sequence[Incompatibility],
    before: Version | None,
) -> bool:
    """Say whether a version needs signatures; refuse one that breaks and does not say so."""
    if before is None or before.digest == fresh.digest:
        return False
    if before.version == fresh.version:
        raise Conflict(
            f"contract {fresh.name} {fresh.version} is published, and its file has changed since",
            mend="raise its version",
        )
    if not broken:
        return False
    if not request.breaking:
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
    return True


def _require_short(version: str) -> None:
    if len(version) > MOST_SIGNS:
        raise Invalid(
            f"the version {version[:SHOWN]!r}… has {len(version)} signs",
            mend=f"write {MOST_SIGNS} at most, such as 1.0.0",
        )


def _major(version: str) -> int:
    found = _MAJOR.match(version)
    return int(found[1]) if found else 0


def _refuse_others(connection: Connection, tenant: str, fresh: Version) -> None:
    """Make sure that no other contract guards one of the datasets."""
    for other in queries.versions(connection, tenant, state="in force"):
        shared = set(other.about) & set(fresh.about) if other.name != fresh.name else None
        if shared:
            raise Conflict(
                f"contract {other.name} guards {', '.join(sorted(shared))} already",
                mend=f"withdraw it, or take the object out of {fresh.name}",
            )


def _make_way(work: Work, context: Context, known: Sequence[Version], fresh: Version) -> None:
    """Let a pending version go, and the one in force where the new one takes its place."""
    _move(work, context, _in(known, "pending"), "withdrawn")
    if fresh.state == "in force":
        _move(work, context, _in(known, "in force"), "replaced")


def _move(work: Work, context: Context, version: Version | None, state: State) -> None:
    if version is None:
        return
    if state == "in force":
        _refuse_others(work.connection, context.tenant, version)
    queries.set_state(work.connection, context.tenant, version, state)


def _known(connection: Connection, context: Context, name: str) -> list[Version]:
    """List the versions of a contract that was published.

    Raises:
        NotFound: it never was.
    """
    known = queries.versions(connection, context.tenant, name)
    if known:
        return known
    names = {one.name for one in queries.versions(connection, context.tenant)}
    if not names:
        raise NotFound(
            f"contract {name!r} was never published", mend=f"headgate contract publish {name}"
        )
    raise NotFound.among("published contract", name, names)


def _chosen(request: SignContract, known: Sequence[Version]) -> Version:
    """Return the version to sign."""
    if request.version is None:
        version = _last(known)
    else:
        version = next((one for one in reversed(known) if one.version == request.version), None)
        if version is None:
            kind = f"version of contract {request.name}"
            raise NotFound.among(kind, request.version, {one.version for one in known})
    if version is None or version.state not in {"pending", "in force"}:
        said = "no version of it" if version is None else version.version
        raise Conflict(
            f"{said} of contract {request.name} is neither pending nor in force",
            mend=f"headgate contract show {request.name}",
        )
    return version


def _refuse_signature(context: Context, version: Version, party: Party) -> None:
    for one in version.signatures:
        if one.party == party:
            raise Conflict(
                f"{version.name} {version.version} was signed as {party} by {one.signed_by}",
                mend=f"headgate contract show {version.name}",
            )
        if one.signed_by == context.actor:
            raise Denied(
                f"{context.actor} signed {version.name} {version.version} as {one.party}",
                mend=f"have somebody else sign as {party}",
            )


def _lacks(version: Version, *more: Party) -> tuple[Party, ...]:
    signed = {*more, *(one.party for one in version.signatures)}
    return tuple(one for one in PARTIES if one not in signed)


def _state(name: str, known: Sequence[Version], *, is_new: bool = True) -> ContractState:
    pending = _in(known, "pending")
    return ContractState(
        name=name,
        in_force=_in(known, "in force"),
        pending=pending,
        lacks=() if pending is None else _lacks(pending),
        is_new=is_new,
    )
