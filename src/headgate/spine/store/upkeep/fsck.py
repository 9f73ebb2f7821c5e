"""fsck: holds the whole store against what the catalog says of it.

First the catalog is read, then the store is listed, so that what is committed meanwhile is not
taken for a loss; whatever seems lost is looked for once more.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from blake3 import blake3
from pyroaring import BitMap, BitMap64
from sqlalchemy import select

from headgate.spine.context import Step
from headgate.spine.lineage.events import first_broken
from headgate.spine.store import queries
from headgate.spine.store.erasing import erasures
from headgate.spine.store.manifest import Manifest, manifest_key
from headgate.spine.store.objects.stored import TRASH
from headgate.spine.store.packs.queries import pack_rows
from headgate.spine.store.refs import list_refs
from headgate.spine.store.tables import erased
from headgate.spine.store.upkeep.file_checks import (
    UNREADABLE,
    Checked,
    Live,
    check_blob,
    check_deletions,
    check_pack,
    check_segment,
)
from headgate.spine.store.upkeep.marking import named_outside
from headgate.spine.store.upkeep.problems import REPAIR, RESTORE, Problem, damaged, missing, trashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Segment
    from headgate.spine.store.packs.index import Pack

DEEP_BYTES = 256 << 20
"""A store of segments up to this size is read in depth unless told otherwise [bytes]."""
_READERS = 2
_NAMED = 5
"""Snapshots a problem lists at most."""


class Findings(msgspec.Struct, frozen=True):
    """What was looked at and what is wrong."""

    problems: tuple[Problem, ...]
    n_snapshots: int
    n_segments: int
    n_files: int
    n_bytes: int
    is_deep: bool


class _Catalog(NamedTuple):
    """What the catalog says, at one moment."""

    snapshots: list[Snapshot]
    others: list[str]
    packs: tuple[Pack, ...]
    digests: dict[str, set[str]]
    problems: list[Problem]


class _Use(NamedTuple):
    """A segment as manifests name it, with each bitmap of deletions, and who uses it."""

    segment: Segment
    variants: dict[str | None, Segment]
    users: list[str]


def check_store(context: Context, dataset: str | None, *, is_deep: bool | None) -> Findings:
    """Check one dataset, or the whole project.

    Args:
        context: the project.
        dataset: its name; everything if none.
        is_deep: read every cell; done for a small store if not said.
    """
    known = _read_catalog(context, dataset)
    return _Fsck(context, known).run(is_deep=is_deep)


class _Fsck:
    def __init__(self, context: Context, known: _Catalog) -> None:
        self._context = context
        self._known = known
        self._stored = {one.key: one.n_bytes for one in context.blobs.listed()}
        # what is stored is checked, not this machine's copies of it
        context.blobs.purge_cache(key for key in self._stored if key.startswith("manifests/"))
        self._problems = list(known.problems)
        self._manifests: dict[str, Manifest] = {}
        self._n_seen = 0

    def run(self, *, is_deep: bool | None) -> Findings:
        """Check snapshots, their files, everything else that is named."""
        for snapshot in self._known.snapshots:
            self._load(snapshot)
        uses = self._uses()
        n_bytes = sum(use.segment.n_bytes for use in uses)
        deep = n_bytes <= DEEP_BYTES if is_deep is None else is_deep
        if deep:
            self._context.blobs.purge_cache(self._stored)
        live = self._check_segments(uses, is_deep=deep)
        for snapshot in self._known.snapshots:
            if snapshot.version_id in self._manifests and snapshot.expired_at is None:
                self._check_snapshot(snapshot, live)
        self._check_others(is_deep=deep)
        return Findings(
            problems=tuple(self._problems),
            n_snapshots=len(self._known.snapshots),
            n_segments=len(uses),
            n_files=len(self._stored),
            n_bytes=n_bytes,
            is_deep=deep,
        )

    def _is_there(self, key: str, users: Iterable[str] = ()) -> bool:
        """Say whether a blob is there; note the problem if not."""
        self._n_seen += 1
        if key in self._stored:
            return True
        self._context.blobs.purge_cache([key])
        if self._context.blobs.has(key):
            return True
        problem = trashed(key) if f"{TRASH}/{key}" in self._stored else missing(key)
        self._note(problem, users)
        return False

    def _note(self, problem: Problem, users: Iterable[str] = ()) -> None:
        needed_by = tuple(dict.fromkeys(users))[:_NAMED]
        self._problems.append(msgspec.structs.replace(problem, needed_by=needed_by))

    def _load(self, snapshot: Snapshot) -> None:
        key, name = manifest_key(snapshot.version_id), _name(snapshot)
        if not self._is_there(key, [name]):
            return None
        try:
            data = self._context.blobs.get(key)
            if blake3(data).hexdigest() != snapshot.version_id:
                return self._note(damaged(key, "its bytes do not hash to the version id"), [name])
            manifest = msgspec.json.decode(data, type=Manifest)
        except UNREADABLE as error:
            return self._note(damaged(key, f"it cannot be read: {error}"), [name])
        self._manifests[snapshot.version_id] = manifest
        told = (manifest.dataset, manifest.number, manifest.content_root, manifest.n_rows)
        listed = (snapshot.dataset, snapshot.number, snapshot.content_root, snapshot.n_rows)
        if told != listed or manifest.n_rows != sum(one.n_live for one in manifest.segments):
            what = "the catalog's line does not fit its manifest"
            self._note(Problem("mismatch", name, what, "restore the catalog from a backup"))
        return None

    def _uses(self) -> list[_Use]:
        uses: dict[str, _Use] = {}
        for snapshot in self._known.snapshots:
            manifest = self._manifests.get(snapshot.version_id)
            if manifest is None or snapshot.expired_at is not None:
                continue
            for segment in manifest.segments:
                use = uses.setdefault(segment.digest, _Use(segment, {}, []))
                use.variants[segment.deletions] = segment
                use.users.append(_name(snapshot))
        return list(uses.values())

    def _check_segments(
        self, uses: Sequence[_Use], *, is_deep: bool
    ) -> dict[tuple[str, str | None], Live]:
        live: dict[tuple[str, str | None], Live] = {}

        def check(use: _Use) -> Checked:
            bitmaps = self._bitmaps(use)
            if not self._is_there(use.segment.key, use.users) or not self._has_size(use):
                return Checked([], {})
            digests = self._known.digests.get(use.segment.key, {use.segment.digest})
            return check_segment(
                self._context.blobs, use.segment, bitmaps, digests, is_deep=is_deep
            )

        with ThreadPoolExecutor(_READERS) as pool:
            for done, (use, checked) in enumerate(zip(uses, pool.map(check, uses), strict=True)):
                for problem in checked.problems:
                    self._note(problem, use.users)
                live |= {(use.segment.digest, name): one for name, one in checked.live.items()}
                self._context.progress(Step("check", done + 1, len(uses), "segments"))
        return live

    def _bitmaps(self, use: _Use) -> dict[str | None, BitMap]:
        bitmaps: dict[str | None, BitMap] = {}
        for digest, segment in use.variants.items():
            if digest is None:
                bitmaps[None] = BitMap()
            elif self._is_there(f"deletions/{digest[:2]}/{digest}.roaring", use.users):
                found = check_deletions(self._context.blobs, digest, segment)
                if isinstance(found, Problem):
                    self._note(found, use.users)
                else:
                    bitmaps[digest] = found
        return bitmaps

    def _has_size(self, use: _Use) -> bool:
        key, segment = use.segment.key, use.segment
        n_bytes = self._stored.get(key, segment.n_bytes)
        if n_bytes == segment.n_bytes or key in self._known.digests:
            return True
        what = f"it has {n_bytes} bytes, the manifest says {segment.n_bytes}"
        self._note(damaged(key, what), use.users)
        return False

    def _check_snapshot(self, snapshot: Snapshot, live: dict[tuple[str, str | None], Live]) -> None:
        """Check what only all segments together show: ids are unique, hashes add up."""
        manifest = self._manifests[snapshot.version_id]
        places = [(segment.digest, segment.deletions) for segment in manifest.segments]
        if any(place not in live for place in places):
            return
        found = [live[place] for place in places]
        n_ids = len(BitMap64.union(BitMap64(), *(one.rids for one in found)))
        if n_ids != manifest.n_rows:
            what = f"{manifest.n_rows} rows have {n_ids} distinct row ids"
            self._note(Problem("row_ids", _name(snapshot), what, RESTORE))
        lanes = [one.lanes for one in found if one.lanes is not None]
        if len(lanes) < len(found) or any(one.n_erased for one in found):
            return
        summed = tuple(sum(one[lane] for one in lanes) % (1 << 64) for lane in (0, 1))
        if summed != manifest.lanes:
            what = "the row hashes do not add up to the content root"
            self._note(Problem("content_root", _name(snapshot), what, RESTORE))

    def _check_others(self, *, is_deep: bool) -> None:
        there = [key for key in self._known.others if self._is_there(key)]

        def check(key: str) -> Problem | None:
            digests = self._known.digests.get(key, set())
            return check_blob(self._context.blobs, key, digests, is_deep=is_deep)

        with ThreadPoolExecutor(_READERS) as pool:
            for done, problem in enumerate(pool.map(check, there)):
                if problem is not None:
                    self._note(problem)
                self._context.progress(Step("check", done + 1, len(there), "other files"))
        for pack in self._known.packs:
            if {pack.pack, pack.files} <= set(there):
                problem = check_pack(self._context.blobs, pack, is_deep=is_deep)
                self._problems += [problem] if problem else []


def _name(snapshot: Snapshot) -> str:
    return f"{snapshot.dataset}@{snapshot.number}"


def _read_catalog(context: Context, dataset: str | None) -> _Catalog:
    with context.catalog.read() as connection:
        snapshots = queries.version_rows(connection, context.tenant, dataset)
        names = queries.dataset_names(connection, context.tenant)
        problems = [
            problem
            for name in ([dataset] if dataset else names)
            for problem in _check_refs(connection, context.tenant, name, snapshots)
        ]
        problems += _check_erasures(connection, context.tenant, dataset)
        if dataset is None:
            problems += _check_events(connection, context.tenant)
        others = [] if dataset else sorted(named_outside(connection, context))
        packs = () if dataset else pack_rows(connection, context.tenant)
        digests = _allowed(connection, context.tenant)
    return _Catalog(snapshots[::-1], others, packs, digests, problems)


def _check_refs(
    connection: Connection, tenant: str, dataset: str, snapshots: Sequence[Snapshot]
) -> Iterable[Problem]:
    numbers = {one.number: one for one in snapshots if one.dataset == dataset}
    for ref in list_refs(connection, tenant, dataset).values():
        subject = f"{dataset}@{ref.name}"
        if ref.number not in numbers:
            what = f"the {ref.kind} points at @{ref.number}, which is not there"
            mend = REPAIR if ref.kind == "tag" else "restore the catalog from a backup"
            yield Problem("ref", subject, what, mend)
        elif numbers[ref.number].expired_at is not None:
            what = f"the {ref.kind} points at @{ref.number}, which has expired"
            yield Problem("ref", subject, what, "run: headgate dataset gc --undo")


def _check_events(connection: Connection, tenant: str) -> Iterable[Problem]:
    broken = first_broken(connection, tenant)
    if broken is not None:
        what = f"the chain is broken at event {broken}"
        yield Problem("events", "events", what, "restore the catalog from a backup")


def _check_erasures(connection: Connection, tenant: str, dataset: str | None) -> Iterable[Problem]:
    for kept in erasures.listed(connection, tenant, dataset):
        if kept.state == erasures.APPLYING:
            what = "the erasure was named but not finished"
            yield Problem("erasure", f"{kept.dataset}: {kept.receipt_id}", what, REPAIR)


def _allowed(connection: Connection, tenant: str) -> dict[str, set[str]]:
    """Return the content digests that blobs may have which were replaced in place."""
    allowed = {key: {digest} for key, digest in erasures.digests(connection, tenant).items()}
    waiting = select(erased.c.blob, erased.c.digest).where(
        erased.c.tenant == tenant, ~erased.c.is_done
    )
    for row in connection.execute(waiting):
        own = row.blob.rpartition("/")[2].partition(".")[0]
        allowed.setdefault(row.blob, {own}).add(row.digest)
    return allowed
