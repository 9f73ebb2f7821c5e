"""A commit on its way: what it stands on, and what was written of it and is not yet published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from headgate.spine.store.manifest import manifest_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.core.nouns import Snapshot
    from headgate.core.plugins import Rejected
    from headgate.spine.lineage.derive import Derivation
    from headgate.spine.lineage.reads import Read
    from headgate.spine.ports import Judgment
    from headgate.spine.store import queries
    from headgate.spine.store.manifest import Manifest
    from headgate.spine.store.writing import Numbers, Staged
    from headgate.spine.writes import Part, Write


@dataclass(frozen=True)
class Candidate:
    """A commit that is written and waits to be published.

    Args:
        stands_on: where the branch stood when it was written.
        base: the snapshot it follows, nothing before the first.
        fresh: keys of the blobs that it names and its base does not.
        judged: what a guard said of the rows; nothing where none stands.
    """

    write: Write
    parts: Sequence[Part]
    stands_on: queries.Base
    base: Snapshot | None
    fresh: tuple[str, ...]
    numbers: Numbers
    staged: Staged
    version_id: str
    derivation: Derivation | None
    rejected: list[tuple[Rejected, ...]]
    blobs: list[str | None]
    facts: tuple[str, ...]
    is_new: bool
    judged: Judgment | None = None

    @property
    def number(self) -> int:
        """The snapshot in which its rows stand: a new one, or the one that had them already."""
        return self.stands_on.last + 1 if self.is_new else self.stands_on.head

    @property
    def names(self) -> tuple[str, ...]:
        """Keys of all blobs that it names and nothing may have named before."""
        manifest = (manifest_key(self.version_id),) if self.is_new else ()
        edges = (self.derivation.edges,) if self.derivation else ()
        return (*self.fresh, *manifest, *(key for key in (*self.blobs, *edges) if key))

    @property
    def subject(self) -> str:
        """What the events are about."""
        return f"dataset:{self.write.dataset}"

    @property
    def is_held(self) -> bool:
        """Whether all its rows wait, and the dataset stays as it is."""
        return self.judged is not None and self.judged.holds_all


class Standing(NamedTuple):
    """What a commit stands on.

    Args:
        stands_on: the branch's place.
        parent: its newest state.
        base: the snapshot of that, nothing before the first.
        reads: what the run that writes has read.
    """

    stands_on: queries.Base
    parent: Manifest
    base: Snapshot | None
    reads: list[Read]


class Made(NamedTuple):
    """What was written of a commit's rows.

    Args:
        rejected: for each part what goes to quarantine.
        facts: what the gates noticed.
        judged: what a guard said of them; nothing where none stands.
    """

    parts: Sequence[Part]
    numbers: Numbers
    staged: Staged
    derivation: Derivation | None
    rejected: list[tuple[Rejected, ...]]
    facts: tuple[str, ...]
    judged: Judgment | None = None
