"""The unit of work: rows and events together, or not at all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import update

from headgate.core.errors import Conflict, Invalid, NotFound, Unavailable
from headgate.core.times import now
from headgate.spine.publish import prepare
from headgate.spine.store import queries
from headgate.spine.store.tables import datasets
from headgate.spine.work import Place, Work
from headgate.spine.writes import Origin, Part, Write
from tests.asking import commit, events, ids, kinds, log, values

if TYPE_CHECKING:
    from headgate.spine.context import Context


def part(rows: Any, digest: str | None = None) -> Part:
    """Take rows as written by hand."""
    origin = Origin(kind="commit", arrived_at=now(), digest=digest)
    return Part(rows=pa.table(rows), origin=origin)


def append(dataset: str) -> Write:
    """Ask for an append."""
    return Write(dataset=dataset, mode="append")


def test_rows_and_events_are_there_after_the_unit_and_not_before(context: Context) -> None:
    with Work(context) as work:
        work.write(append("orders"), [part({"id": [1]})])
        during = kinds(context)

    assert during == []
    assert kinds(context) == ["snapshot_committed"]
    assert values(context, "orders") == {"id": [1]}


def test_two_datasets_change_in_one_unit(context: Context) -> None:
    with Work(context) as work:
        first = work.write(append("orders"), [part({"id": [1, 2]})])
        second = work.write(append("users"), [part({"id": [3]})])

    assert (first.number, second.number) == (1, 1)
    assert [event.subject for event in events(context)] == ["dataset:orders", "dataset:users"]
    assert not set(ids(context, "orders", "id").values()) & set(
        ids(context, "users", "id").values()
    )


def test_one_dataset_may_be_written_twice_in_one_unit(context: Context) -> None:
    with Work(context) as work:
        work.write(append("orders"), [part({"id": [1]})])
        second = work.write(append("orders"), [part({"id": [2]})])

    assert (second.number, second.n_rows) == (2, 2)
    assert values(context, "orders", 1) == {"id": [1]}


def test_one_dataset_is_not_written_twice_together(context: Context) -> None:
    deeds = [(append(name), [part({"id": [1]})]) for name in ("orders", "users", "orders")]

    with pytest.raises(Invalid, match="orders is written twice together"), Work(context) as work:
        work.write_together(deeds)

    assert kinds(context) == []


def test_an_exception_undoes_everything(context: Context) -> None:
    commit(context, "orders", {"id": [0]})

    def write_and_break() -> None:
        with Work(context) as work:
            work.write(append("orders"), [part({"id": [1]})])
            work.write(append("users"), [part({"id": [2]})])
            work.record("thing_done", "thing:1", {})
            raise KeyError

    with pytest.raises(KeyError):
        write_and_break()

    assert values(context, "orders") == {"id": [0]}
    assert kinds(context) == ["snapshot_committed"]
    with pytest.raises(NotFound):
        values(context, "users")


def test_a_refused_second_dataset_undoes_the_first(context: Context) -> None:
    def write_both() -> None:
        with Work(context) as work:
            work.write(append("orders"), [part({"id": [1]})])
            work.write(Write(dataset="users", mode="upsert"), [part({"id": [2]})])

    with pytest.raises(Exception, match="users has no key to upsert by"):
        write_both()

    assert kinds(context) == []
    with pytest.raises(NotFound):
        values(context, "orders")


def test_rows_changed_without_an_event_are_refused(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    def change_silently() -> None:
        with Work(context) as work:
            work.connection.execute(update(datasets).values(key='["id"]'))

    with pytest.raises(Conflict) as caught:
        change_silently()

    assert caught.value.message == "rows of datasets changed without an event"
    with context.catalog.read() as connection:
        assert queries.dataset_key(connection, "default", "orders") == ()


def test_a_change_with_its_event_is_kept(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    with Work(context) as work:
        work.connection.execute(update(datasets).values(key='["id"]'))
        work.record("key_changed", "dataset:orders", {})

    assert kinds(context, "dataset:orders")[-1] == "key_changed"
    with context.catalog.read() as connection:
        assert queries.dataset_key(connection, "default", "orders") == ("id",)


def test_events_alone_are_a_unit(context: Context) -> None:
    with Work(context) as work:
        work.record("thing_done", "thing:1", {"n": 1})
        work.record("thing_done", "thing:2", {"n": 2})

    assert [event.payload for event in events(context)] == [{"n": 1}, {"n": 2}]


def test_an_event_that_cannot_be_written_undoes_the_unit_and_frees_the_lock(
    context: Context,
) -> None:
    def write_and_record() -> None:
        with Work(context) as work:
            work.write(append("orders"), [part({"id": [1]})])
            work.record("thing_done", "thing:1", {"n": object()})

    with pytest.raises(TypeError):
        write_and_record()

    assert kinds(context) == []
    assert commit(context, "orders", {"id": [2]}).number == 1


def test_an_empty_unit_does_nothing(context: Context) -> None:
    with Work(context):
        pass

    assert kinds(context) == []


def test_digests_taken_are_told(context: Context) -> None:
    with Work(context) as work:
        work.write(append("orders"), [part({"id": [1]}, "d1"), part({"id": [2]}, "d2")])

    with Work(context) as work:
        assert work.taken(Place("orders"), ["d0", "d1", "d2"]) == {"d1", "d2"}
        assert work.taken(Place("users"), ["d1"]) == set()


def test_who_comes_second_writes_again_from_the_new_state(context: Context) -> None:
    commit(context, "orders", {"id": [1]}, key=("id",))
    overtaken = threading.Event()

    def overtake(_positions: list[int]) -> list[str]:
        if not overtaken.is_set():
            overtaken.set()
            commit(context, "orders", {"id": [2], "n": [2]}, mode="upsert")
        return [""]

    slow = Part(
        rows=pa.table({"id": pa.array([3, None]), "n": pa.array([3, 3])}),
        origin=Origin(kind="ingest", arrived_at=now(), source="shop"),
        raw=overtake,
    )
    with Work(context) as work:
        snapshot = work.write(Write(dataset="orders", mode="upsert"), [slow])

    assert snapshot.number == 3
    assert [one.n_rows for one in log(context, "orders")] == [3, 2, 1]
    assert values(context, "orders") == {"id": [1, 2, 3], "n": [None, 2, 3]}


def test_a_second_attempt_keeps_its_ids_even_if_more_rows_pass(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    write = append("orders")
    came = Part(
        rows=pa.table({"id": ["a", "b"]}),
        origin=Origin(kind="ingest", arrived_at=now(), source="shop"),
    )
    first = prepare(context, write, [came])
    commit(context, "orders", {"id": ["x"]})
    others = set(ids(context, "orders", "id").values())

    second = prepare(context, write, [came], numbers=first.numbers)

    assert first.staged.n_added == 0
    assert second.staged.n_added == 2
    assert second.numbers == first.numbers
    assert not set(second.staged.rids.tolist()) & others


def test_a_unit_in_the_middle_cannot_start_again(context: Context) -> None:
    def start_again() -> None:
        with Work(context) as work:
            work.record("thing_done", "thing:1", {})
            work._abandon("orders")

    with pytest.raises(Unavailable) as caught:
        start_again()

    assert caught.value.mend == "try again"


def test_a_writer_that_is_always_overtaken_gives_up(context: Context) -> None:
    commit(context, "orders", {"id": [0]})
    context.settings.entries["store.retries"] = type(context.settings.entries["name"])(
        name="store.retries", value="2", origin="flag", doc=""
    )

    def overtake(_positions: list[int]) -> list[str]:
        commit(context, "orders", {"id": [len(log(context, "orders"))]}, mode="append")
        return [""]

    slow = Part(
        rows=pa.table({"id": ["x"]}),
        origin=Origin(kind="ingest", arrived_at=now(), source="shop"),
        raw=overtake,
    )
    with pytest.raises(Conflict) as caught, Work(context) as work:
        work.write(append("orders"), [slow])

    assert "changed at each of the attempts" in caught.value.message
    assert len(log(context, "orders")) == 3


def test_rows_may_leave_beside_an_upsert_unless_one_comes_in_for_them(context: Context) -> None:
    with Work(context) as work:
        work.write(append("orders"), [part({"id": [1, 2, 3, 4], "v": [1, 1, 1, 1]})])
    known = ids(context, "orders", "id")

    upsert = Write(
        dataset="orders",
        mode="upsert",
        key=("id",),
        making_way=lambda _: np.array(sorted(known[key] for key in (2, 3)), np.int64),
    )
    with Work(context) as work:
        snapshot = work.write(upsert, [part({"id": [3, 5], "v": [1, 2]})])

    assert sorted(values(context, "orders")["id"]) == [1, 3, 4, 5]
    assert ids(context, "orders", "id")[3] == known[3]
    assert (snapshot.n_added, snapshot.n_removed, snapshot.n_changed) == (1, 1, 0)
