"""What a run of a pipeline stands on: the newest snapshots as it began, and what it made since.

All is asked for at once, so that a thousand steps that need not run cost a few statements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import NotFound
from headgate.pipeline import queries
from headgate.pipeline.slices import Slices
from headgate.spine.store.erasing.heeding import heed_erasures
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import RID
from headgate.spine.store.snapshots import heads, manifest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from headgate.core.nouns import Snapshot
    from headgate.pipeline.partitions import Partitions
    from headgate.pipeline.queries import Memo
    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context


class Standing:
    """Snapshots and memos, as far as some steps have to do with them.

    Args:
        context: the project.
        steps: the steps, in order.

    Raises:
        NotFound: a step reads a dataset that nobody made.
    """

    def __init__(self, context: Context, steps: Sequence[Step]) -> None:
        self.context = context
        self._slices: dict[tuple[str, str, tuple[str, ...] | None], Slices] = {}
        names = sorted({name for step in steps for name in (step.name, *step.follows)})
        with context.catalog.read() as connection:
            heed_erasures(connection, context)
            self._heads = heads(connection, context.tenant, names)
            found = queries.memos_of(connection, context.tenant, [step.name for step in steps])
            self._memos = {(memo.step, memo.memo_key): memo for memo in found}
        self._newest = {(memo.step, memo.partition): memo for memo in self._memos.values()}
        self._made_by = {step.name for step in steps}
        self._require(steps)

    def head(self, dataset: str) -> Snapshot | None:
        """Return the snapshot of a dataset that stands, if there is one."""
        return self._heads.get(dataset)

    def inputs(self, step: Step) -> dict[str, Snapshot]:
        """Return the snapshot of each dataset a step reads, as far as it is there."""
        known = {name: self._heads.get(name) for name in step.reads}
        return {name: snapshot for name, snapshot in known.items() if snapshot is not None}

    def memo(self, step: str, memo_key: str) -> Memo | None:
        """Return the memo of a step under a key."""
        return self._memos.get((step, memo_key))

    def newest(self, step: str, partition: str = "") -> Memo | None:
        """Return the memo that a partition of a step left last."""
        return self._newest.get((step, partition))

    def partitions_of(self, step: str) -> list[str]:
        """List the partitions of a step that there is a memo of.

        A partition may be named by an empty text; a step without any has a memo of that name too.
        """
        return sorted(
            partition
            for (name, partition), memo in self._newest.items()
            if name == step and (partition or "column" in memo.known.how)
        )

    def made(self, snapshot: Snapshot | None, memos: Sequence[Memo]) -> None:
        """Note what a step made."""
        if snapshot is not None:
            self._heads[snapshot.dataset] = snapshot
        for memo in memos:
            self._memos[memo.step, memo.memo_key] = memo
            self._newest[memo.step, memo.partition] = memo

    def forget(self, step: str, partitions: Sequence[str]) -> None:
        """Note that partitions of a step were emptied."""
        for partition in partitions:
            memo = self._newest.pop((step, partition), None)
            if memo is not None:
                self._memos.pop((step, memo.memo_key), None)

    def slices(
        self, dataset: str, partitions: Partitions, columns: tuple[str, ...] | None = None
    ) -> Slices | None:
        """See a dataset by partitions, if it holds their column; made once for each snapshot."""
        snapshot = self._heads.get(dataset)
        if snapshot is None or partitions.column not in {one.name for one in snapshot.columns}:
            return None
        key = (snapshot.version_id, repr(partitions), columns)
        found = self._slices.get(key)
        if found is None:
            manifest = manifest_of(self.context, snapshot)
            found = Slices(self.context.blobs, manifest, partitions, columns)
            stale = [one for one in self._slices if one[1:] == key[1:] and self._is_old(one[0])]
            for one in stale:
                del self._slices[one]
            self._slices[key] = found
        return found

    def rows(self, step: Step, snapshot: Snapshot) -> pa.Table:
        """Read what a step reads of a snapshot, with the ids of the rows put first."""
        columns = step.columns.get(snapshot.dataset)
        manifest = manifest_of(self.context, snapshot)
        return read_rows(self.context.blobs, manifest, columns and list(columns), own=[RID])

    def _is_old(self, version_id: str) -> bool:
        return all(one.version_id != version_id for one in self._heads.values())

    def _require(self, steps: Sequence[Step]) -> None:
        made: set[str] = set()
        for step in steps:
            lost = [one for one in step.follows if one not in made and one not in self._heads]
            if lost and lost[0] not in self._made_by:
                with self.context.catalog.read() as connection:
                    names = queries.dataset_names(connection, self.context.tenant)
                raise NotFound.among("dataset", lost[0], [*names, *made])
            made.add(step.name)
