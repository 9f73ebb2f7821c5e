"""What the verbs of upkeep are asked and what they answer: compact, gc, hold, fsck."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from headgate.core.nouns import Snapshot
from headgate.dataset.reports import Name
from headgate.spine.store.upkeep.holds import Hold
from headgate.spine.store.upkeep.problems import Problem
from headgate.spine.store.upkeep.retention import Fate, Spared
from headgate.spine.store.upkeep.sweeping import AreaCount, Swept


class CompactRequest(msgspec.Struct, frozen=True):
    """Write a dataset's small and thinned-out files anew as full ones; no answer changes."""

    name: Name
    branch: Annotated[str, Meta(description="the branch whose newest state is compacted")] = "main"
    plan: Annotated[bool, Meta(description="only say what would be done")] = False


class Layout(msgspec.Struct, frozen=True):
    """How a snapshot lies in files.

    Args:
        n_segments: files.
        n_bytes: their size [bytes].
        n_deleted: rows in them that are deleted.
        n_small: files of fewer than 65,536 live rows.
    """

    n_segments: int
    n_bytes: int
    n_deleted: int
    n_small: int


class CompactReport(msgspec.Struct, frozen=True):
    """What compaction did, or would do.

    Args:
        snapshot: the newest snapshot afterwards; `is_new` if compaction made it.
        is_planned: nothing was written.
        n_rewritten: files that were, or would be, written anew.
        n_rewritten_rows: live rows in them.
        before: how it lay before.
        after: how it lies now; of a plan only files and deleted rows are known, so nothing.
    """

    snapshot: Snapshot
    is_planned: bool
    n_rewritten: int
    n_rewritten_rows: int
    before: Layout
    after: Layout | None = None


class GcRequest(msgspec.Struct, frozen=True):
    """Collect what nothing names any more; says only what it would do unless `apply` is given."""

    apply: Annotated[bool, Meta(description="do it; files go to the trash first")] = False
    grace_h: Annotated[
        float,
        Meta(description="hours for which unnamed files stay, and then stay in the trash"),
    ] = 24.0
    keep_last: Annotated[
        int | None,
        Meta(description="let all but so many newest snapshots of each branch expire"),
    ] = None
    older_than: Annotated[
        str | None, Meta(description="let snapshots of this age expire, such as 90d or 12h")
    ] = None
    purge: Annotated[
        bool, Meta(description="delete what is in the trash at once; there is no way back")
    ] = False
    undo: Annotated[bool, Meta(description="bring back all that is in the trash")] = False


class GcReport(msgspec.Struct, frozen=True):
    """What a collection did, or would do.

    Args:
        is_applied: it was done; otherwise nothing was changed.
        grace_h: the grace that counted; on S3 at least 2 [hours].
        areas: what is stored, by area, and what of it nothing names.
        expiring: snapshots that expired, or would.
        spared: snapshots that retention would let expire, and why they stay.
        n_dead_packs: packs of files that no snapshot names any more.
        n_dead_pack_bytes: their size [bytes].
        n_trash: files in the trash before.
        n_trash_bytes: their size [bytes].
        swept: what was moved and deleted.
        n_revived: expired snapshots that can be read again after `undo`.
    """

    is_applied: bool
    grace_h: float
    areas: tuple[AreaCount, ...] = ()
    expiring: tuple[Fate, ...] = ()
    spared: tuple[Spared, ...] = ()
    n_dead_packs: int = 0
    n_dead_pack_bytes: int = 0
    n_trash: int = 0
    n_trash_bytes: int = 0
    n_leftovers: int = 0
    swept: Swept = Swept()
    n_revived: int = 0


class HoldRequest(msgspec.Struct, frozen=True):
    """Put a dataset on legal hold, lift it, or show its holds."""

    name: Name
    reason: Annotated[str | None, Meta(description="why, such as a case number; places a hold")] = (
        None
    )
    lift: Annotated[bool, Meta(description="lift every hold of the dataset")] = False


class HoldReport(msgspec.Struct, frozen=True):
    """The holds there have been on a dataset, the oldest first."""

    dataset: str
    is_held: bool
    holds: tuple[Hold, ...]


class FsckRequest(msgspec.Struct, frozen=True):
    """Check that everything that is named is there and is what was written."""

    name: Annotated[str | None, Meta(description="one dataset; the whole project if none")] = None
    deep: Annotated[
        bool | None,
        Meta(description="read every cell; done by itself while segments are under 256 MiB"),
    ] = None
    repair: Annotated[bool, Meta(description="mend what can be mended safely")] = False


class FsckReport(msgspec.Struct, frozen=True):
    """What was looked at, what is wrong, and what was mended.

    Args:
        problems: what is wrong; after a repair, what still is.
        repairs: what was mended, in words.
        is_deep: every cell was read, not only counts and ids.
        n_snapshots: snapshots that were checked.
        n_segments: files of rows among them.
        n_files: files in the store.
        n_orphans: files that nothing names; they are no problem, and `dataset gc` collects them.
        n_orphan_bytes: their size [bytes].
        n_trash: files in the trash.
        n_leftovers: half-written files that killed processes left.
    """

    problems: tuple[Problem, ...]
    repairs: tuple[str, ...]
    is_deep: bool
    n_snapshots: int
    n_segments: int
    n_files: int
    n_orphans: int
    n_orphan_bytes: int
    n_trash: int
    n_leftovers: int

    @property
    def has_findings(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.problems)
