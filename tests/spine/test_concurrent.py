"""Many writers at once: every commit lands, none is lost, nobody sees a lock."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from headgate.spine.lineage.events import first_broken
from tests.asking import commit, ids, kinds, log, read, root_of, values

if TYPE_CHECKING:
    from headgate.spine.context import Context

APPENDER = """
import sys
import pyarrow as pa
from headgate.dataset.changes import commit_rows
from headgate.dataset.reports import CommitRequest
from headgate.spine.context import open_context
from pathlib import Path

context = open_context(Path(sys.argv[1]))
for number in range(10):
    rows = pa.table({"who": [int(sys.argv[2])], "n": [number]})
    commit_rows(context, CommitRequest(name="orders", mode="append"), rows)
"""


def test_four_processes_append_ten_times_and_all_lands(context: Context) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(context.root), str(who)], stderr=subprocess.PIPE
        )
        for who in range(4)
    ]
    errors = [writer.communicate()[1].decode() for writer in writers]

    assert errors == [""] * 4
    rows = {(row["who"], row["n"]) for row in read(context, "orders").to_pylist()}
    assert rows == {(who, n) for who in range(4) for n in range(10)}
    assert [one.number for one in log(context, "orders")] == list(range(40, 0, -1))
    assert [one.n_rows for one in log(context, "orders")] == list(range(40, 0, -1))
    table = read(context, "orders", row_ids=True)
    assert len(set(table["_rid"].to_pylist())) == 40
    assert kinds(context, "dataset:orders") == ["snapshot_committed"] * 40
    with context.catalog.read() as connection:
        assert first_broken(connection, context.tenant) is None


def test_four_threads_upsert_the_same_dataset(context: Context) -> None:
    commit(context, "orders", {"id": [0], "n": [0]}, key=("id",))
    failed: list[BaseException] = []

    def write(who: int) -> None:
        try:
            for number in range(5):
                rows = {"id": [0, who * 100 + number], "n": [who, number]}
                commit(context, "orders", rows, mode="upsert")
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failed.append(error)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert len(values(context, "orders")["id"]) == 21
    assert ids(context, "orders", "id")[0] == 1
    for snapshot in log(context, "orders"):
        assert root_of(read(context, "orders", snapshot.number)) == snapshot.content_root


def test_a_reader_is_never_disturbed_by_writers(context: Context) -> None:
    commit(context, "orders", {"id": [0]})
    done = threading.Event()
    seen: list[list[int]] = []

    def look() -> None:
        while not done.is_set():
            seen.append(values(context, "orders")["id"])

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(1, 15):
        commit(context, "orders", {"id": [number]}, mode="append")
    done.set()
    reader.join()

    assert seen
    assert all(rows == list(range(len(rows))) for rows in seen)
    assert [len(rows) for rows in seen] == sorted(len(rows) for rows in seen)


@pytest.mark.parametrize("n_writers", [2, 4])
def test_writers_of_different_datasets_do_not_disturb_one_another(
    context: Context, n_writers: int
) -> None:
    def write(who: int) -> None:
        for number in range(5):
            commit(context, f"orders{who}", {"id": [number]}, mode="append")

    threads = [threading.Thread(target=write, args=(who,)) for who in range(n_writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = [ids(context, f"orders{who}", "id") for who in range(n_writers)]
    assert [sorted(one) for one in found] == [[0, 1, 2, 3, 4]] * n_writers
    assert len({rid for one in found for rid in one.values()}) == 5 * n_writers
