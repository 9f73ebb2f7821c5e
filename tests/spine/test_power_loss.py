"""A loss of power undoes the end of the catalog's log; a number that counts is never lost with it.

Numbers are taken in a commit that does not wait for the disk. SQLite's log is written from its
beginning on, and a commit that waits brings all of it to disk that lies before. So what a loss of
power leaves is a beginning of the log: these tests cut it off at each of its frames.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from headgate.spine.store.erasing.scrubbing import scrub
from tests.asking import commit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.spine.context import Context

LOG_HEADER, FRAME_HEADER = 32, 24
"""Sizes in SQLite's log [bytes]: https://www.sqlite.org/fileformat2.html#the_write_ahead_log"""


class Left(NamedTuple):
    """What a catalog holds once its log was cut off.

    Args:
        n_versions: snapshots it names.
        named: the highest row id and batch that it names.
        counted: the last ones that it counted.
    """

    n_versions: int
    named: tuple[int, int]
    counted: tuple[int, int]


def cut_off(context: Context, folder: Path) -> Iterator[Left]:
    """Cut the log of a catalog's copy off at each frame; say what is left."""
    home = context.root / ".headgate"
    log = (home / "catalog.db-wal").read_bytes()
    with closing(sqlite3.connect(home / "catalog.db")) as connection:
        page: int = connection.execute("pragma page_size").fetchone()[0]
    for end in range(LOG_HEADER, len(log) + 1, FRAME_HEADER + page):
        copy = folder / f"cut-{end}.db"
        shutil.copyfile(home / "catalog.db", copy)
        copy.with_name(f"{copy.name}-wal").write_bytes(log[:end])
        with closing(sqlite3.connect(copy)) as connection:
            yield left_in(connection)


def left_in(connection: sqlite3.Connection) -> Left:
    """Read what a catalog names and what it counted."""
    counters = dict(connection.execute("select name, value from counters"))
    batches = "select coalesce(max(rid_hi), 1) - 1, coalesce(max(rev), 0) from batches"
    return Left(
        n_versions=connection.execute("select count(*) from versions").fetchone()[0],
        named=connection.execute(batches).fetchone(),
        counted=(counters.get("rid", 0), counters.get("rev", 0)),
    )


def test_no_row_id_or_batch_is_named_that_was_not_counted(context: Context, tmp_path: Path) -> None:
    commit(context, "orders", {"id": [0]})
    scrub(context.catalog)
    for number in range(1, 4):
        commit(context, "orders", {"id": [number]}, mode="append")

    found = list(cut_off(context, tmp_path))

    assert {one.n_versions for one in found} == {1, 2, 3, 4}
    assert all(
        named <= counted
        for one in found
        for named, counted in zip(one.named, one.counted, strict=True)
    )
    assert any(one.n_versions == 2 and one.counted == (3, 3) for one in found)
