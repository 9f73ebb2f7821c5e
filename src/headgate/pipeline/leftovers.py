"""What stands in the dataset of a step although it belongs to no partition that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.pipeline.runs import Asked
    from headgate.pipeline.standing import Standing
    from headgate.pipeline.steps import Step


class Leftovers(NamedTuple):
    """What makes way without anything in its place.

    Args:
        keys: partitions that are there no more.
        n_loose: rows of no partition at all, as when the step had none, or others, before [count].
    """

    keys: tuple[str, ...] = ()
    n_loose: int = 0

    @property
    def why(self) -> tuple[str, ...]:
        """Say it in words; nothing if there is nothing."""
        said: list[str] = []
        if self.keys:
            what = "partition is" if len(self.keys) == 1 else "partitions are"
            said.append(f"{len(self.keys)} {what} there no more")
        if self.n_loose:
            what = "row is" if self.n_loose == 1 else "rows are"
            said.append(f"{self.n_loose} {what} of no partition")
        return tuple(said)


def leftovers(standing: Standing, step: Step, asked: Asked, known: Sequence[str]) -> Leftovers:
    """Find what is left over; a run that is about some partitions alone leaves it where it is.

    Args:
        standing: what there is.
        step: the step.
        asked: what the run is about.
        known: keys of the partitions that there are.
    """
    if asked.partitions is not None or step.partitions is None:
        return Leftovers()
    held: list[str] = []
    n_loose = 0
    head = standing.head(step.name)
    if head is not None:
        made = standing.slices(step.name, step.partitions)
        held = [] if made is None else made.keys
        n_loose = head.n_rows if made is None else made.n_loose
    found = {*standing.partitions_of(step.name), *held}
    return Leftovers(tuple(sorted(found.difference(known))), n_loose)
