"""Branches and tags: the names by which a dataset's snapshots go, made, moved and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from headgate.core.errors import Conflict, Denied, Invalid
from headgate.core.refs import check_name
from headgate.dataset.branching.reports import (
    BranchLine,
    BranchList,
    BranchReport,
    TagLine,
    TagReport,
)
from headgate.spine.store import queries
from headgate.spine.store.refs import (
    Ref,
    ancestry,
    drop_ref,
    find_ref,
    list_refs,
    protect_ref,
    steps_of,
)
from headgate.spine.store.snapshots import find_snapshot, require_kept, resolve
from headgate.spine.work import Work

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.dataset.branching.reports import BranchesRequest, BranchRequest, TagRequest
    from headgate.spine.context import Context


class _Name(NamedTuple):
    """A branch or tag of a dataset, as a caller names it."""

    tenant: str
    dataset: str
    kind: Literal["branch", "tag"]
    name: str

    @property
    def command(self) -> str:
        """How the command line names it, such as `headgate dataset tag orders golden`."""
        return f"headgate dataset {self.kind} {self.dataset} {self.name}"

    def known(self, connection: Connection) -> Ref | None:
        """Return where it stands, nothing if it is free.

        Raises:
            Conflict: it is taken by the other kind.
        """
        found = list_refs(connection, self.tenant, self.dataset).get(self.name)
        if found is not None and found.kind != self.kind:
            raise Conflict(
                f"{self.name!r} is a {found.kind} of {self.dataset}", mend="choose another name"
            )
        return found


def change_branch(context: Context, request: BranchRequest) -> BranchReport:
    """Make a branch, protect it or forget it.

    Raises:
        NotFound: there is no such dataset, snapshot or branch, or the snapshot has expired.
        Conflict: the branch is there and stands elsewhere, or a tag has the name.
        Denied: the branch cannot be deleted, for it is protected or the main one.
    """
    name = _Name(context.tenant, request.name, "branch", check_name("branch", request.branch))
    find_snapshot(context, request.name)
    if request.delete:
        return _delete_branch(context, request, name)
    with Work(context) as work:
        known = name.known(work.connection)
        if request.protect is not None and request.at is None and known is not None:
            return _protect_branch(work, name, known, is_protected=request.protect)
        target = resolve(work.connection, context.tenant, request.name, request.at)
        if known is not None and known.number != target.number:
            raise Conflict(
                f"branch {name.name!r} of {name.dataset} stands at @{known.number}",
                mend="choose another name; or restore it: headgate dataset restore "
                f"{name.dataset} --to {target.number} --branch {name.name}",
            )
        if known is not None:
            return _branch(name, known, "unchanged", None)
        require_kept(target)
        made = Ref(name.name, "branch", target.number, bool(request.protect))
        _put(work, name, made)
        payload: dict[str, object] = {"branch": made.name, "number": made.number}
        payload["is_protected"] = made.is_protected
        work.record("branch_made", f"dataset:{name.dataset}", payload)
        release = f"{name.command} --no-protect && " if made.is_protected else ""
        return _branch(name, made, "made", f"{release}{name.command} --delete")


def list_branches(context: Context, request: BranchesRequest) -> BranchList:
    """List a dataset's branches, the main one first, and its tags."""
    with context.catalog.read() as connection:
        resolve(connection, context.tenant, request.name, None)
        known = list_refs(connection, context.tenant, request.name)
        steps = steps_of(connection, context.tenant, request.name)
        main = ancestry(steps, known[queries.HEAD].number)
        branches: list[BranchLine] = []
        tags: list[TagLine] = []
        for ref in sorted(known.values(), key=lambda one: (one.name != queries.HEAD, one.name)):
            snapshot = resolve(connection, context.tenant, request.name, str(ref.number))
            if ref.kind == "tag":
                tags.append(TagLine(ref.name, ref.number, snapshot.n_rows, ref.is_protected))
                continue
            own = ancestry(steps, ref.number)
            line = BranchLine(
                name=ref.name,
                number=ref.number,
                n_rows=snapshot.n_rows,
                n_ahead=len(own - main),
                n_behind=len(main - own),
                is_protected=ref.is_protected,
                changed_at=snapshot.created_at,
            )
            branches.append(line)
    return BranchList(dataset=request.name, branches=tuple(branches), tags=tuple(tags))


def tag_snapshot(context: Context, request: TagRequest) -> TagReport:
    """Point a tag at a snapshot, move it, protect it or forget it.

    Raises:
        NotFound: there is no such dataset, snapshot or tag, or the snapshot has expired.
        Conflict: the tag points at another snapshot, or a branch has the name.
        Denied: the tag is protected.
    """
    name = _Name(context.tenant, request.name, "tag", check_name("tag", request.tag))
    if request.tag == queries.HEAD:
        raise Conflict(
            f"{request.tag!r} names the newest snapshot of every dataset", mend="choose another tag"
        )
    if request.delete and (request.move or request.protect is not None or request.at):
        raise Invalid("a tag that is deleted cannot be moved", mend="leave out one of both")
    snapshot = find_snapshot(context, request.name, request.at)
    with Work(context) as work:
        known = name.known(work.connection)
        if request.delete:
            return _delete_tag(context, work, name)
        if known is None:
            number, was = snapshot.number, None
        else:
            number, was = _moved(name, known, request, snapshot.number), known
        ref = Ref(name.name, "tag", number, _is_protected(was, asked=request.protect))
        at = resolve(work.connection, context.tenant, name.dataset, str(number))
        if was is None or was.number != number:
            require_kept(at)
        undo = _set_tag(work, name, was, ref)
    return TagReport(
        tag=name.name,
        snapshot=at,
        deed=_deed(was, ref),
        moved_from=was.number if was is not None and was.number != number else None,
        is_protected=ref.is_protected,
        undo=undo,
    )


def _moved(name: _Name, known: Ref, request: TagRequest, number: int) -> int:
    """Say where a tag that is there shall stand."""
    if request.at is None and request.protect is not None and not request.move:
        return known.number
    if known.number == number:
        return number
    if not request.move:
        raise Conflict(
            f"tag {name.name!r} of {name.dataset} stands at @{known.number}",
            mend="choose another tag, or move it with --move",
        )
    if known.is_protected and request.protect is not False:
        raise _protected(name)
    return number


def _is_protected(was: Ref | None, *, asked: bool | None) -> bool:
    if asked is None:
        return was is not None and was.is_protected
    return asked


def _deed(
    was: Ref | None, ref: Ref
) -> Literal["tagged", "moved", "protected", "released", "unchanged"]:
    if was is None:
        return "tagged"
    if was.number != ref.number:
        return "moved"
    if was.is_protected != ref.is_protected:
        return "protected" if ref.is_protected else "released"
    return "unchanged"


def _set_tag(work: Work, name: _Name, was: Ref | None, ref: Ref) -> str | None:
    """Write a tag if it is not so already, and say how to undo it."""
    if was == ref:
        return None
    subject = f"dataset:{name.dataset}"
    payload: dict[str, object] = {"tag": ref.name, "number": ref.number}
    if was is None or was.number != ref.number:
        _put(work, name, ref)
        if was is None:
            work.record("snapshot_tagged", subject, payload)
        else:
            work.record("tag_moved", subject, payload | {"from": was.number})
    if ref.is_protected != (was is not None and was.is_protected):
        protect_ref(
            work.connection, name.tenant, name.dataset, ref.name, is_protected=ref.is_protected
        )
        work.record("tag_protected" if ref.is_protected else "tag_released", subject, payload)
    return _undo_tag(name, was, ref)


def _undo_tag(name: _Name, was: Ref | None, ref: Ref) -> str:
    release = f"{name.command} --no-protect && " if ref.is_protected else ""
    if was is None:
        return f"{release}{name.command} --delete"
    flag = "--protect" if was.is_protected else "--no-protect"
    protection = f" {flag}" if was.is_protected != ref.is_protected else ""
    move = f" --at {was.number} --move" if was.number != ref.number else ""
    return f"{name.command}{move}{protection}"


def _delete_tag(context: Context, work: Work, name: _Name) -> TagReport:
    known = find_ref(work.connection, context.tenant, name.dataset, "tag", name.name)
    if known.is_protected:
        raise _protected(name)
    drop_ref(work.connection, context.tenant, name.dataset, name.name)
    payload: dict[str, object] = {"tag": name.name, "number": known.number}
    work.record("tag_deleted", f"dataset:{name.dataset}", payload)
    return TagReport(
        tag=name.name,
        snapshot=resolve(work.connection, context.tenant, name.dataset, str(known.number)),
        deed="deleted",
        moved_from=None,
        is_protected=False,
        undo=f"{name.command} --at {known.number}",
    )


def _delete_branch(context: Context, request: BranchRequest, name: _Name) -> BranchReport:
    if request.at is not None or request.protect is not None:
        raise Invalid(
            "a branch that is deleted stands nowhere", mend="leave out --at and --protect"
        )
    if name.name == queries.HEAD:
        raise Denied(f"{queries.HEAD!r} is the branch every dataset has", mend="restore it instead")
    with Work(context) as work:
        known = find_ref(work.connection, context.tenant, name.dataset, "branch", name.name)
        if known.is_protected:
            raise _protected(name)
        drop_ref(work.connection, context.tenant, name.dataset, name.name)
        payload: dict[str, object] = {"branch": name.name, "number": known.number}
        work.record("branch_deleted", f"dataset:{name.dataset}", payload)
    return _branch(name, known, "deleted", f"{name.command} --at {known.number}")


def _protect_branch(work: Work, name: _Name, known: Ref, *, is_protected: bool) -> BranchReport:
    if known.is_protected == is_protected:
        return _branch(name, known, "unchanged", None)
    protect_ref(work.connection, name.tenant, name.dataset, name.name, is_protected=is_protected)
    payload: dict[str, object] = {"branch": name.name, "number": known.number}
    deed: Literal["protected", "released"] = "protected" if is_protected else "released"
    work.record(f"branch_{deed}", f"dataset:{name.dataset}", payload)
    undo = f"{name.command} --{'no-' if is_protected else ''}protect"
    return _branch(name, known._replace(is_protected=is_protected), deed, undo)


def _put(work: Work, name: _Name, ref: Ref) -> None:
    to = queries.Pointer(name.dataset, name.name, name.kind, ref.number)
    queries.put_ref(work.connection, name.tenant, to)
    if ref.is_protected:
        protect_ref(work.connection, name.tenant, name.dataset, name.name, is_protected=True)


def _branch(
    name: _Name,
    ref: Ref,
    deed: Literal["made", "deleted", "protected", "released", "unchanged"],
    undo: str | None,
) -> BranchReport:
    return BranchReport(
        dataset=name.dataset,
        branch=name.name,
        number=ref.number,
        deed=deed,
        is_protected=ref.is_protected and deed != "deleted",
        undo=undo,
    )


def _protected(name: _Name) -> Denied:
    return Denied(
        f"{name.kind} {name.name!r} of {name.dataset} is protected",
        mend=f"let it go first: {name.command} --no-protect",
    )
