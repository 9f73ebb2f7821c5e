"""Loose packs: those that nothing names, of collections that may be undone and killed writers.

The catalog forgets a pack whose files nothing names any more; its bytes and its index then go the
way of all blobs. Both together say everything the catalog said, so a pack may be named again for
as long as they lie somewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from headgate.core.errors import HeadgateError
from headgate.spine.store.objects.stored import TRASH
from headgate.spine.store.packs.index import Digests, Pack, PackIndex, Shelf, digests_of, read_index
from headgate.spine.store.packs.pack import pack_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from headgate.spine.store.blobs import Blobs, Stored

AREA = "packs"
_INDEX = ".parquet"


class Loose(NamedTuple):
    """A pack that nothing names.

    Args:
        pack: how the catalog would name it.
        held: what stands in it.
        is_trashed: a part of it lies in the trash.
    """

    pack: Pack
    held: PackIndex
    is_trashed: bool


def loose_packs(blobs: Blobs, named: Iterable[Pack]) -> tuple[Loose, ...]:
    """Find the packs that nothing names, in their area and in the trash; moves nothing.

    One whose index is gone or cannot be read is passed over, for nobody can say what it holds.

    Args:
        blobs: where packs lie.
        named: the packs that the catalog names.
    """
    stored = {one.key: one for one in blobs.listed(AREA)}
    stored |= {one.key: one for one in blobs.listed(TRASH) if _origin(one.key).startswith(AREA)}
    known = {one.files for one in named}
    indexes = {_origin(key): key for key in sorted(stored, reverse=True) if key.endswith(_INDEX)}
    fresh = [(files, at) for files, at in indexes.items() if files not in known]
    found = (_loose(blobs, stored, files, at) for files, at in fresh)
    return tuple(one for one in found if one is not None)


def shelf_with(shelf: Shelf, loose: Collection[Loose]) -> Shelf:
    """Put loose packs beside those that are named."""
    return Shelf(
        [*shelf.packs, *(one.pack for one in loose)], [*shelf.held, *(one.held for one in loose)]
    )


def wanted_again(shelf: Shelf, loose: Iterable[Loose], live: Digests) -> tuple[Loose, ...]:
    """Choose the loose packs that hold files which snapshots name and no named pack holds.

    Args:
        shelf: the packs that are named.
        loose: those that are not.
        live: digests of the files that snapshots name, each once.
    """
    held = np.unique(np.concatenate([digests_of(()), *(one.digests for one in shelf.held)]))
    lacking = np.setdiff1d(live, held)
    chosen: list[Loose] = []
    for one in loose:
        if np.isin(lacking, one.held.digests).any():
            chosen.append(one)
            lacking = np.setdiff1d(lacking, one.held.digests)
    return tuple(chosen)


def _loose(blobs: Blobs, stored: dict[str, Stored], files: str, at: str) -> Loose | None:
    """Read what an index says, if its pack lies somewhere too."""
    pack = pack_key(files)
    place = next((key for key in (pack, f"{TRASH}/{pack}") if key in stored), None)
    if place is None:
        return None
    try:
        held = read_index(blobs, at)
    except (HeadgateError, pa.ArrowException, OSError, KeyError):
        return None
    named = Pack(pack, files, n_files=len(held.digests), n_bytes=stored[place].n_bytes)
    return Loose(named, held, is_trashed=TRASH in (_area(place), _area(at)))


def _origin(key: str) -> str:
    return key.removeprefix(f"{TRASH}/")


def _area(key: str) -> str:
    return key.partition("/")[0]
