"""Takes a subject's words out of the events of other tools, and out of names read from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from headgate.spine.lineage.foreign.log import packed, unpacked
from headgate.spine.lineage.foreign.tables import foreign_frames, foreign_nodes, foreign_runs
from headgate.spine.store.erasing.words import rub_out, without_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection


def n_naming(connection: Connection, tenant: str, words: Sequence[str]) -> int:
    """Count the events that name a subject."""
    return sum(n_changed for _, _, n_changed in _erased(connection, tenant, words))


def erase_words(connection: Connection, tenant: str, words: Sequence[str]) -> int:
    """Put `[erased]` for a subject's words; return how many events and names changed.

    An event keeps its number and its digest, so that it is not taken again when it comes again.
    """
    n_all = 0
    for first, bodies, n_changed in list(_erased(connection, tenant, words)):
        body, n_bytes = packed(bodies)
        where = (foreign_frames.c.tenant == tenant, foreign_frames.c.first == first)
        connection.execute(update(foreign_frames).where(*where).values(body=body, n_bytes=n_bytes))
        n_all += n_changed
    names = (foreign_nodes.c.namespace, foreign_nodes.c.name, foreign_runs.c.run_id)
    return n_all + rub_out(connection, tenant, names, words)


def _erased(
    connection: Connection, tenant: str, words: Sequence[str]
) -> Iterator[tuple[int, list[bytes], int]]:
    """Return the frames that hold a word: their first number, new events, and how many changed."""
    small = [word.casefold() for word in words]
    query = select(foreign_frames).where(foreign_frames.c.tenant == tenant)
    for row in connection.execute(query.order_by(foreign_frames.c.first)).mappings():
        before = [one.decode() for one in unpacked(row["body"], row["n_bytes"])]
        if not any(word in text.casefold() for text in before for word in small):
            continue
        after = [without_words(text, words) for text in before]
        n_changed = sum(old != new for old, new in zip(before, after, strict=True))
        if n_changed:
            yield row["first"], [text.encode() for text in after], n_changed
