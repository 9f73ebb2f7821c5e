"""Who comes too late twice takes the lock first: however many others commit, its turn comes."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Conflict, Invalid, Unavailable
from headgate.core.times import now
from headgate.spine import work as units
from headgate.spine.adopt import State
from headgate.spine.store import engines
from headgate.spine.streaming import Coming
from headgate.spine.work import Place, Work
from headgate.spine.writes import Origin, Part, Write
from tests.asking import commit, ids, kinds, log, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest

BLOCKED_S = 0.3
"""How long another writer may need; one that is not done by then waits for the lock [s]."""


class Rival:
    """Commits to a dataset whenever it is asked, from a thread of its own.

    Args:
        context: the project.
        name: the dataset.

    Attributes:
        landed: for each time it was asked, whether its commit landed at once.
    """

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._name = name
        self._threads: list[threading.Thread] = []
        self.landed: list[bool] = []

    def commit(self) -> None:
        """Try to be first."""
        rows = {"id": [100 + len(self.landed)]}
        asked: dict[str, Any] = {"args": (self._context, self._name, rows)}
        thread = threading.Thread(target=commit, kwargs={"mode": "append"}, **asked)
        thread.start()
        thread.join(BLOCKED_S)
        self._threads.append(thread)
        self.landed.append(not thread.is_alive())

    def finish(self) -> None:
        """Wait for all its commits."""
        for thread in self._threads:
            thread.join()


@pytest.fixture
def rival(context: Context) -> Rival:
    """Somebody who commits to `orders`, which has one row."""
    commit(context, "orders", {"id": [0]}, key=("id",))
    return Rival(context, "orders")


def overtaken(rival: Rival) -> Part:
    """Bring rows, one of which goes to quarantine; while they are looked at the rival commits."""

    def raw(_positions: list[int]) -> list[str]:
        rival.commit()
        return [""]

    return Part(
        rows=pa.table({"id": pa.array([1, None])}),
        origin=Origin(kind="ingest", arrived_at=now(), source="shop"),
        raw=raw,
    )


def upsert(dataset: str = "orders") -> Write:
    """Ask for an upsert."""
    return Write(dataset=dataset, mode="upsert")


def test_a_commit_lands_at_the_third_attempt_and_the_others_after_it(
    context: Context, rival: Rival
) -> None:
    with Work(context) as work:
        snapshot = work.write(upsert(), [overtaken(rival)])
    rival.finish()

    assert rival.landed == [True, True, False]
    assert snapshot.number == 4
    assert sorted(values(context, "orders")["id"]) == [0, 1, 100, 101, 102]
    assert [one.number for one in log(context, "orders")] == [5, 4, 3, 2, 1]


def test_commits_to_several_datasets_land_at_the_third_attempt(
    context: Context, rival: Rival
) -> None:
    other = Part(
        rows=pa.table({"id": [7]}), origin=Origin(kind="commit", arrived_at=now(), source="shop")
    )
    with Work(context) as work:
        snapshots = work.write_together(
            [(upsert(), [overtaken(rival)]), (Write(dataset="users", mode="append"), [other])]
        )
    rival.finish()

    assert rival.landed == [True, True, False]
    assert [(one.dataset, one.number) for one in snapshots] == [("orders", 4), ("users", 1)]
    rids = [*ids(context, "orders", "id").values(), *ids(context, "users", "id").values()]
    assert len(rids) == len(set(rids))


def test_a_state_made_of_the_newest_one_lands_at_the_third_attempt(
    context: Context, rival: Rival
) -> None:
    seen: list[int] = []

    def make(head: Snapshot, manifest: Manifest) -> State:
        seen.append(head.number)
        rival.commit()
        return State(manifest=manifest, kind="compact")

    with Work(context) as work:
        snapshot = work.rewrite(Place("orders"), make)
        work.record("dataset_compacted", "dataset:orders", {})
    rival.finish()

    assert rival.landed == [True, True, False]
    assert snapshot is not None
    assert (snapshot.number, seen) == (4, [1, 2, 3])
    assert sorted(values(context, "orders")["id"]) == [0, 100, 101, 102]


def test_a_stream_lands_at_the_third_attempt_and_is_read_once(
    context: Context, rival: Rival
) -> None:
    n_read = 0

    def tables() -> Any:
        nonlocal n_read
        for number in range(3):
            n_read += 1
            yield pa.table({"id": [number]})

    watched = replace(context, progress=lambda step: rival.commit() if step.done == 3 else None)
    with Work(watched) as work:
        origin = Origin(kind="commit", arrived_at=now())
        snapshot = work.stream(upsert(), Coming(tables(), chunk_rows=1), origin)
    rival.finish()

    assert rival.landed == [True, True, False]
    assert (snapshot.number, n_read) == (4, 3)
    assert sorted(values(context, "orders")["id"]) == [0, 1, 2, 100, 101, 102]


def test_an_attempt_that_takes_long_is_never_made_while_others_wait(
    context: Context, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "_MOST_HELD_S", 0.0)
    context.settings.entries["store.retries"] = type(context.settings.entries["name"])(
        name="store.retries", value="4", origin="flag", doc=""
    )

    with pytest.raises(Conflict) as caught, Work(context) as work:
        work.write(upsert(), [overtaken(rival)])
    rival.finish()

    assert rival.landed == [True] * 4
    assert "changed at each of the attempts" in caught.value.message
    assert sorted(values(context, "orders")["id"]) == [0, 100, 101, 102, 103]


def test_rows_refused_under_the_lock_set_it_free(context: Context, rival: Rival) -> None:
    n_looked = 0

    def tables() -> Any:
        yield pa.table({"id": [1, 2]})

    def progress(_step: object) -> None:
        nonlocal n_looked
        n_looked += 1
        rival.commit()
        if n_looked == 3:
            raise Invalid("no more", mend="stop")

    with pytest.raises(Invalid), Work(replace(context, progress=progress)) as work:
        work.stream(upsert(), Coming(tables()), Origin(kind="commit", arrived_at=now()))
    rival.finish()

    assert rival.landed == [True, True, False]
    assert commit(context, "orders", {"id": [1]}, mode="append").number == 5
    assert kinds(context, "dataset:orders") == ["snapshot_committed"] * 5


@pytest.mark.parametrize("n_writers", [40])
def test_more_threads_than_connections_write_at_once_and_none_waits_for_another_for_ever(
    context: Context, n_writers: int
) -> None:
    commit(context, "orders", {"id": [0]})
    failed: list[BaseException] = []

    def guarded(deed: Callable[[], object]) -> None:
        try:
            deed()
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failed.append(error)

    def write(who: int) -> Callable[[], object]:
        return lambda: commit(context, "orders", {"id": [who]}, mode="append")

    threads = [
        threading.Thread(target=guarded, args=(write(who),)) for who in range(1, n_writers + 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert sorted(values(context, "orders")["id"]) == list(range(n_writers + 1))


def test_a_thread_that_waits_too_long_for_its_turn_is_told(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LOCK_WAIT_MS", 50)
    told: list[str] = []

    def write() -> None:
        try:
            commit(context, "orders", {"id": [1]})
        except Unavailable as error:
            told.append(error.message)

    with context.catalog.write():
        waiting = threading.Thread(target=write)
        waiting.start()
        waiting.join()

    assert len(told) == 1
    assert "another thread has been writing" in told[0]
    assert commit(context, "orders", {"id": [1]}).number == 1
