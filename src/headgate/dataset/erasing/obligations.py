"""What an erasure cannot do itself: models, exports, sources, datasets without row lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.dataset.erasing.reports import Obligation
from headgate.spine.backup import SUBJECT
from headgate.spine.lineage import batches
from headgate.spine.lineage.events import list_events
from headgate.spine.store.erasing import erasures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.dataset.erasing.survey import Reached
    from headgate.spine.context import Context
    from headgate.spine.lineage.affected import Affected
    from headgate.spine.ports import Traces


def obligations_of(
    context: Context, reached: Sequence[Reached], traces: Sequence[Traces], affected: Affected
) -> tuple[Obligation, ...]:
    """List what is left to do when the store has forgotten a subject."""
    found = [Obligation(*one) for each in traces for one in each.obligations]
    found += _exports(context, reached)
    found += _sources(context, reached)
    found += _backups(context, sum(len(one.rids) for one in reached))
    found += [
        Obligation(
            kind="dataset",
            what=f"dataset:{name}",
            n_rows=0,
            mend="its run said nothing of rows: look for the subject in it, or make it again",
        )
        for name in sorted(affected.coarse_datasets)
    ]
    return tuple(found)


def _exports(context: Context, reached: Sequence[Reached]) -> Iterator[Obligation]:
    with context.catalog.read() as connection:
        for one in reached:
            for export in erasures.exported(connection, context.tenant, one.name):
                if export["number"] in one.versions:
                    yield Obligation(
                        kind="mirror" if export["is_mirror"] else "export",
                        what=f"{one.name}@{export['number']} as {export['format']} "
                        f"in {export['place']}",
                        n_rows=len(one.rids),
                        mend=f"write it again: headgate dataset mirror {one.name}"
                        if export["is_mirror"]
                        else "delete the copy, or export it again over the old one",
                    )


def _backups(context: Context, n_rows: int) -> list[Obligation]:
    with context.catalog.read() as connection:
        taken = list_events(connection, context.tenant, subject=SUBJECT, limit=10_000)
    places = dict.fromkeys(str(event.payload["to"]) for event in taken)
    mend = "back up there again, which drops what was erased; or delete it"
    return [Obligation(kind="backup", what=place, n_rows=n_rows, mend=mend) for place in places]


def _sources(context: Context, reached: Sequence[Reached]) -> Iterator[Obligation]:
    """Name the objects that brought the rows; they lie outside of the store."""
    counts: dict[int, int] = {}
    for one in reached:
        for rev, n_rows in one.revs.items():
            counts[rev] = counts.get(rev, 0) + n_rows
    with context.catalog.read() as connection:
        brought = batches.by_rev(connection, context.tenant, sorted(counts))
    for batch in brought:
        if batch.source is not None:
            yield Obligation(
                kind="source",
                what=f"source:{batch.source}",
                n_rows=counts[batch.rev],
                mend=f"have the owner delete it in {batch.uri}",
            )
