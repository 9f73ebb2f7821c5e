"""Erases a subject from every snapshot and from all that was made of it, with a signed receipt.

All is found and staged without a lock: files anew with the rows blanked, heads without the rows.
Then one transaction names the new heads, the receipt, the files to be replaced and the values to
be kept out. Only after that files change; an erasure cut off in between is finished by the next
one, by `fsck --repair` and by `gc`.
"""

from __future__ import annotations

from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from blake3 import blake3
from pyroaring import BitMap64

from headgate.core.errors import Conflict, Invalid
from headgate.core.refs import mint
from headgate.core.times import now
from headgate.dataset.erasing.obligations import obligations_of
from headgate.dataset.erasing.orphans import half_written, orphans_holding, remove_late
from headgate.dataset.erasing.reports import (
    ErasedBlob,
    ErasedDataset,
    EraseRequest,
    Erasures,
    ErasuresRequest,
    KeptReceipt,
    Obligation,
    Receipt,
)
from headgate.dataset.erasing.subject import Found, find_rows, require_rows
from headgate.dataset.erasing.suppression import make_secret, secret, suppressions_for
from headgate.dataset.erasing.survey import Reached, history_of, reach
from headgate.spine.adopt import publish_state
from headgate.spine.lineage.affected import Affected
from headgate.spine.lineage.descend import descend
from headgate.spine.ports import Subject, Traces
from headgate.spine.signing import Signature, canonical_bytes, is_signed, sign
from headgate.spine.store import queries
from headgate.spine.store.erasing import erasures
from headgate.spine.store.erasing.scrubbing import overwrite
from headgate.spine.store.erasing.words import words_of
from headgate.spine.store.snapshots import resolve
from headgate.spine.store.upkeep import holds
from headgate.spine.work import Work

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.spine.context import Context
    from headgate.spine.store.erasing.blanking import Replacement

ATTEMPTS = 3
"""From this attempt on, all is found and staged with the lock if others wrote meanwhile."""
PATIENCE_S = 60
"""How long an erasure waits for others that have named what they do and have not done it."""
DELETIONS = "deletions/"


class Survey(NamedTuple):
    """Everything an erasure will do.

    Args:
        found: the rows the condition matched.
        subject: they, and all that was made of them.
        reached: what is done in each dataset, the one asked about first.
        traces: what other stages keep.
        orphans: files that nothing names and that hold the subject.
        obligations: what is left to do.
    """

    found: Found
    subject: Subject
    reached: tuple[Reached, ...]
    traces: tuple[Traces, ...]
    orphans: tuple[str, ...]
    obligations: tuple[Obligation, ...]


def erase_rows(context: Context, request: EraseRequest) -> Receipt:
    """Erase a subject, or tell what that would do.

    Raises:
        NotFound: no row ever matched.
        Invalid: the condition cannot be read, or it is to be planned and applied at once.
        Conflict: a legal hold lies on a dataset that holds the subject, or others kept erasing.
    """
    if request.plan and request.apply:
        raise Invalid("both --plan and --apply were given", mend="plan first, then apply")
    if not request.apply:
        return _account(context, request, survey(context, request), {})
    make_secret(context)
    until = monotonic() + PATIENCE_S
    for n_tries in count(1):
        receipt = _attempt(context, request, is_last=n_tries >= ATTEMPTS)
        if receipt is not None:
            return receipt
        if monotonic() > until:
            break
    raise Conflict("another erasure is under way", mend="try again when it is done")


def list_receipts(context: Context, request: ErasuresRequest) -> Erasures:
    """List receipts, each checked against its signature."""
    with context.catalog.read() as connection:
        kept = erasures.listed(connection, context.tenant, request.name)
    return Erasures(tuple(_checked(one) for one in kept if one.dataset != erasures.EXPIRY))


def survey(context: Context, request: EraseRequest) -> Survey:
    """Find all that is kept of a subject; stage what will stand in its place if it is applied."""
    is_plan = not request.apply
    with context.catalog.read() as connection:
        names = queries.dataset_names(connection, context.tenant)
        resolve(connection, context.tenant, request.name, None)
    own = history_of(context, request.name)
    found = find_rows(context.blobs, list(own.manifests.values()), request.where)
    affected = descend(context, Affected(context, any_revision=found.rids), row_by_row=True)
    subject = Subject(
        affected=affected, words=(*found.words, *words_of(request.aliases)), is_plan=is_plan
    )
    orphans = orphans_holding(context, request.where, subject.words)
    if not orphans:
        require_rows(found, request.name, request.where)
    gone = BitMap64.union(found.rids, *affected.batches.values())
    others = [history_of(context, name) for name in names if name != request.name]
    reached = [reach(context, one, gone, is_plan=is_plan) for one in (own, *others)]
    touched = tuple(one for one in reached if one is not None)
    _refuse_held(context, touched)
    traces = tuple(eraser.trace(context, subject) for eraser in context.registry.erasers)
    return Survey(
        found=found,
        subject=subject,
        reached=touched,
        traces=traces,
        orphans=(*orphans, *half_written(context)),
        obligations=obligations_of(context, touched, traces, affected),
    )


def _attempt(context: Context, request: EraseRequest, *, is_last: bool) -> Receipt | None:
    """Find all and name the erasure.

    Nothing if others wrote meanwhile and it is not the last, or if another erasure has not done
    all that it named.
    """
    with context.catalog.read() as connection:
        seq = queries.counted(connection, context.tenant, "event")
    # files that another erasure is about to replace must not be staged as they were before
    erasures.finish(context)
    found = survey(context, request)
    context.blobs.settle()
    with Work(context) as work:
        if not _is_current(work.connection, context, seq, found):
            _discard(work.connection, context, found)
            if not is_last or erasures.staged_keys(work.connection, context.tenant):
                return None
            found = survey(context, request)
            context.blobs.settle()
        receipt = _publish(work, context, request, found)
    erasures.finish(context)
    remove_late(context, request.where, found.subject.words)
    return receipt


def _is_current(connection: Connection, context: Context, seq: int, found: Survey) -> bool:
    """Say whether nobody wrote since, and no collection took what was staged and is not named."""
    if queries.counted(connection, context.tenant, "event") != seq:
        return False
    states = [head.state for one in found.reached for head in one.heads]
    keys = set[str]().union(*(state.manifest.keys() for state in states))
    staged = {one.staged for one in _replacements(found)}
    bitmaps = {key for key in keys if key.startswith(DELETIONS)}
    return all(context.blobs.has(key) for key in staged | bitmaps)


def _discard(connection: Connection, context: Context, found: Survey) -> None:
    """Remove what was staged for nothing: it may hold whom another erasure has taken out."""
    named = erasures.staged_keys(connection, context.tenant)
    for one in _replacements(found):
        if one.staged not in named:
            context.blobs.delete(one.staged)


def _refuse_held(context: Context, reached: tuple[Reached, ...]) -> None:
    with context.catalog.read() as connection:
        for one in reached:
            active = holds.active(connection, context.tenant, one.name)
            if active:
                raise Conflict(
                    f"{one.name} is under a legal hold: {active[0].reason}",
                    mend=f"have it lifted first: headgate dataset hold {one.name} --lift",
                )


def _publish(work: Work, context: Context, request: EraseRequest, found: Survey) -> Receipt:
    """Name the erasure and everything it does, in one transaction."""
    connection = work.connection
    overwrite(connection)
    made = {
        one.name: tuple(
            f"{one.name}@{publish_state(connection, context, head.snapshot, head.state).number}"
            for head in one.heads
        )
        for one in found.reached
    }
    receipt_id = mint("erasure")
    values = suppressions_for(connection, context.tenant, found.found) if request.suppress else []
    n_suppressed = erasures.put_suppressions(
        connection, context.tenant, request.name, receipt_id, values
    )
    account = msgspec.structs.replace(
        _account(context, request, found, made), receipt_id=receipt_id, n_suppressed=n_suppressed
    )
    receipt = _signed(context, account)
    erasures.put(connection, context.tenant, _kept(receipt))
    erasures.put_replacements(
        connection, context.tenant, receipt_id, _replacements(found), found.orphans
    )
    for eraser in context.registry.erasers:
        eraser.rub_out(connection, context, found.subject)
    if not receipt.datasets:
        payload: dict[str, object] = {"receipt": receipt_id, "n_files": len(found.orphans)}
        work.record("trash_erased", f"dataset:{request.name}", payload)
    for one in receipt.datasets:
        payload = {"receipt": receipt_id, "n_rows": one.n_rows}
        payload |= {"n_versions": len(one.versions), "snapshots": list(one.snapshots)}
        work.record("rows_erased", f"dataset:{one.name}", payload)
    return receipt


def _account(
    context: Context, request: EraseRequest, found: Survey, made: dict[str, tuple[str, ...]]
) -> Receipt:
    own = [one for one in found.reached if one.name == request.name]
    return Receipt(
        receipt_id="",
        is_applied=request.apply,
        project=context.settings.text("name"),
        tenant=context.tenant,
        dataset=request.name,
        subject=_commitment(context, request),
        columns=found.found.columns,
        n_rows=len(own[0].rids) if own else 0,
        n_versions=sum(len(one.versions) for one in found.reached),
        datasets=tuple(
            ErasedDataset(
                name=one.name,
                n_rows=len(one.rids),
                versions=one.versions,
                snapshots=made.get(one.name, ()),
            )
            for one in found.reached
        ),
        traces={one.kind: one.n for one in found.traces if one.n}
        | ({"orphaned files": len(found.orphans)} if found.orphans else {}),
        blobs=tuple(
            ErasedBlob(blob=one.key, digest=one.digest, n_rows=one.n_rows)
            for one in _replacements(found)
        ),
        n_suppressed=found.found.values.num_rows if request.suppress else 0,
        obligations=found.obligations,
        erased_at=now(),
        erased_by=context.actor,
    )


def _replacements(found: Survey) -> list[Replacement]:
    staged = [one for each in found.reached for one in each.replacements]
    return staged + [one for each in found.traces for one in each.replacements]


def _commitment(context: Context, request: EraseRequest) -> str:
    """Name the subject so that only who has the project's salt can tell whom it was."""
    if not request.apply:
        return ""
    text = msgspec.json.encode([request.name, request.where])
    with context.catalog.read() as connection:
        return blake3(text, key=secret(connection, context.tenant)).hexdigest()


def _signed(context: Context, account: Receipt) -> Receipt:
    signature = sign(context.opened.home, _content(account))
    return msgspec.structs.replace(
        account, signature=signature.signature, public_key=signature.public_key
    )


def _content(receipt: Receipt) -> dict[str, object]:
    """Return what is signed: every field but the signature and its key."""
    content: dict[str, object] = msgspec.to_builtins(receipt)
    return {name: content[name] for name in content if name not in {"signature", "public_key"}}


def _kept(receipt: Receipt) -> erasures.Kept:
    return erasures.Kept(
        receipt_id=receipt.receipt_id,
        dataset=receipt.dataset,
        state=erasures.APPLYING,
        receipt=canonical_bytes(receipt).decode(),
        signature=receipt.signature,
        erased_at=receipt.erased_at,
        erased_by=receipt.erased_by,
    )


def _checked(kept: erasures.Kept) -> KeptReceipt:
    receipt = msgspec.json.decode(kept.receipt, type=Receipt)
    signature = Signature(signature=kept.signature, public_key=receipt.public_key)
    return KeptReceipt(
        receipt=receipt,
        is_signed=is_signed(_content(receipt), signature),
        is_finished=kept.state == erasures.FINISHED,
    )
