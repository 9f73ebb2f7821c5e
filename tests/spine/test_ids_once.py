"""No row id and no batch number is given twice, whoever dies, is refused or begins again."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from sqlalchemy import event

from headgate.core.errors import Invalid, Unavailable
from headgate.core.times import now
from headgate.spine.store import queries
from headgate.spine.streaming import Coming
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from tests.asking import commit, ids, log

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context

DOOMED = """
import os, signal, sys
from pathlib import Path
import pyarrow as pa
from headgate.spine.context import open_context
from headgate.core.times import now
from headgate.spine.publish import prepare
from headgate.spine.writes import Origin, Part, Write

context = open_context(Path(sys.argv[1]))
part = Part(rows=pa.table({"id": [1, 2, 3]}), origin=Origin(kind="commit", arrived_at=now()))
made = prepare(context, Write(dataset="orders", mode="append"), [part])
print(made.numbers.first_rid, made.numbers.first_rev, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def part(values: list[Any]) -> Part:
    """Take rows of one column."""
    return Part(rows=pa.table({"id": values}), origin=Origin(kind="commit", arrived_at=now()))


def counted(context: Context) -> tuple[int, int]:
    """Read the last row id and the last batch number that were given."""
    with context.catalog.read() as connection:
        rid, rev = (queries.counted(connection, context.tenant, name) for name in ("rid", "rev"))
    return rid, rev


def test_ids_of_processes_that_were_killed_before_they_published_stay_theirs(
    context: Context,
) -> None:
    commit(context, "orders", {"id": [0]})
    doomed = [
        subprocess.run(
            [sys.executable, "-c", DOOMED, str(context.root)], capture_output=True, check=False
        )
        for _ in range(2)
    ]

    commit(context, "orders", {"id": [9]}, mode="append")

    assert [one.returncode for one in doomed] == [-signal.SIGKILL] * 2
    assert [one.stdout.split() for one in doomed] == [[b"2", b"2"], [b"5", b"3"]]
    assert ids(context, "orders", "id") == {0: 1, 9: 8}
    assert counted(context) == (8, 4)


def test_the_first_ids_of_a_project_are_given_once_to_many_threads(context: Context) -> None:
    start = threading.Barrier(6)
    firsts: list[tuple[int, int]] = []

    def take() -> None:
        start.wait()
        with context.catalog.write(hurries=True) as connection:
            firsts.append(queries.mint(connection, context.tenant, 10, 2))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(firsts) == [(1 + 10 * n, 1 + 2 * n) for n in range(6)]


def test_taking_no_ids_gives_none_away_and_leaves_the_next_to_the_next(context: Context) -> None:
    with context.catalog.write() as connection:
        nothing = queries.mint(connection, context.tenant, 0, 1)
        something = queries.mint(connection, context.tenant, 5, 0)
        after = queries.mint(connection, context.tenant, 1, 1)

    assert (nothing, something, after) == ((1, 1), (1, 2), (6, 2))


def test_two_tenants_count_apart(context: Context) -> None:
    with context.catalog.write() as connection:
        queries.mint(connection, context.tenant, 7, 3)
        theirs = queries.mint(connection, "others", 2, 2)
        ours = queries.mint(connection, context.tenant, 1, 1)

    assert (theirs, ours) == ((1, 1), (8, 4))


def test_a_refused_commit_leaves_the_dataset_and_never_gives_its_ids_again(
    context: Context,
) -> None:
    commit(context, "orders", {"id": [1]}, key=("id",))

    def write_twice() -> None:
        with Work(context) as work:
            work.write(Write(dataset="orders", mode="append"), [part([2, 3])])
            work.write(Write(dataset="orders", mode="upsert"), [part([None])])

    with pytest.raises(Invalid):
        write_twice()
    commit(context, "orders", {"id": [4]}, mode="append")

    assert ids(context, "orders", "id") == {1: 1, 4: 4}


def written(work: Work) -> Snapshot:
    """Commit two rows at once."""
    return work.write(Write(dataset="orders", mode="append"), [part([8, 9])])


def streamed(work: Work) -> Snapshot:
    """Commit two rows that come one after the other."""
    rows = Coming([pa.table({"id": [8]}), pa.table({"id": [9]})], n_rows=2, chunk_rows=1)
    return work.stream(Write(dataset="orders", mode="append"), rows, part([]).origin)


def losing_once(context: Context, area: str) -> Callable[..., None]:
    """Take the new files of an area away, as a collection may, before anybody looks for them."""
    home, is_done = context.root / ".headgate", list[bool]()
    known = set(home.rglob(f"{area}/**/*.*"))

    def lose(*_statement: Any) -> None:
        new = set(home.rglob(f"{area}/**/*.*")) - known
        if new and not is_done:
            is_done.append(True)
            for path in new:
                path.unlink()

    return lose


@pytest.mark.parametrize("deed", [written, streamed])
def test_ids_taken_under_a_lock_that_was_given_back_are_taken_anew(
    context: Context, deed: Callable[[Work], Snapshot]
) -> None:
    commit(context, "orders", {"id": [1]})

    with Work(context) as work:
        event.listen(work.connection, "before_cursor_execute", losing_once(context, "manifests"))
        snapshot = deed(work)
    commit(context, "users", {"id": [5, 6]})

    assert snapshot.number == 2
    assert ids(context, "orders", "id") == {1: 1, 8: 2, 9: 3}
    assert ids(context, "users", "id") == {5: 4, 6: 5}
    assert counted(context) == (5, 3)


def test_a_stream_whose_rows_were_collected_is_told_to_come_again(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    def lose_segments() -> None:
        with Work(context) as work:
            event.listen(work.connection, "before_cursor_execute", losing_once(context, "segments"))
            streamed(work)

    with pytest.raises(Unavailable, match="collected before they were named") as caught:
        lose_segments()

    assert "commit again" in caught.value.mend
    assert [one.number for one in log(context, "orders")] == [1]
    assert commit(context, "orders", {"id": [2]}, mode="append").number == 2
