"""Commit, tag and restore: what becomes of rows and of their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Conflict, HeadgateError, Invalid, NotFound
from headgate.core.plugins import Rejected
from headgate.core.times import now
from headgate.spine.lineage.batches import by_rev
from headgate.spine.store import quarantine
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from tests.asking import commit, events, ids, kinds, log, read, restore, root_of, tag, values
from tests.spine.lineage.test_reads import start

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context

TWO = {"id": [1, 2], "n": [10, 20]}


def ingest(
    context: Context, rows: Any, mode: Any = "append", key: tuple[str, ...] = ()
) -> Snapshot:
    """Bring rows into orders from a source."""
    origin = Origin(kind="ingest", arrived_at=now(), source="shop", uri="a.csv")
    with Work(context) as work:
        return work.write(
            Write(dataset="orders", mode=mode, key=key), [Part(rows=pa.table(rows), origin=origin)]
        )


def waiting(context: Context) -> list[tuple[Any, ...]]:
    """List the rows in quarantine as (line, raw text, reason)."""
    rows = quarantine.read(context, "orders").to_pylist()
    return [(row["line"], row["raw"], row["reason"]) for row in rows]


# ---- modes


def test_a_first_commit_makes_the_dataset(context: Context) -> None:
    snapshot = commit(context, "orders", TWO, message="first")

    assert (snapshot.number, snapshot.n_rows, snapshot.n_added) == (1, 2, 2)
    assert (snapshot.message, snapshot.created_by) == ("first", context.actor)
    assert values(context, "orders") == TWO
    assert kinds(context) == ["snapshot_committed"]


def test_a_replacement_makes_the_dataset_equal_to_the_rows(context: Context) -> None:
    commit(context, "orders", TWO)

    snapshot = commit(context, "orders", {"id": [2, 3], "n": [20, 30]})

    assert values(context, "orders") == {"id": [2, 3], "n": [20, 30]}
    assert (snapshot.n_added, snapshot.n_removed, snapshot.n_changed) == (1, 1, 0)


def test_an_append_adds_rows_even_if_they_are_there(context: Context) -> None:
    commit(context, "orders", TWO)

    snapshot = commit(context, "orders", TWO, mode="append")

    assert snapshot.n_rows == 4
    assert sorted(values(context, "orders")["id"]) == [1, 1, 2, 2]


def test_an_upsert_replaces_rows_of_the_same_key_and_adds_the_others(context: Context) -> None:
    commit(context, "orders", TWO, key=("id",))

    snapshot = commit(context, "orders", {"id": [2, 3], "n": [21, 30]}, mode="upsert")

    assert (snapshot.n_added, snapshot.n_removed, snapshot.n_changed) == (1, 0, 1)
    assert dict(zip(*values(context, "orders").values(), strict=True)) == {1: 10, 2: 21, 3: 30}


def test_the_same_rows_again_make_no_snapshot_and_no_event(context: Context) -> None:
    first = commit(context, "orders", TWO)

    again = commit(context, "orders", {"n": [20, 10], "id": [2, 1]})

    assert (again.number, again.version_id, again.is_new) == (1, first.version_id, False)
    assert kinds(context) == ["snapshot_committed"]


def test_appending_nothing_makes_no_snapshot(context: Context) -> None:
    commit(context, "orders", TWO)

    again = commit(context, "orders", pa.table(TWO).slice(0, 0), mode="append")

    assert not again.is_new


def test_no_rows_can_be_a_dataset(context: Context) -> None:
    first = commit(context, "orders", pa.table(TWO).slice(0, 0))
    second = commit(context, "orders", TWO, mode="append")
    third = commit(context, "orders", pa.table(TWO).slice(0, 0))

    assert [one.n_rows for one in (first, second, third)] == [0, 2, 0]
    assert first.content_root == third.content_root == root_of(pa.table(TWO).slice(0, 0))


@pytest.mark.parametrize(
    "key_columns",
    [
        {"a": [1, 1, 2], "b": ["x", "y", "x"]},
        {"a": ["k1", "k2", "k3"]},
        {"a": [0.5, 1.5, 2.5]},
        {"a": [b"1", b"2", b"3"]},
        {"a": pa.array([1, 2, 3], pa.timestamp("us", "UTC"))},
        {"a": pa.array([1, 2, 3], pa.uint64())},
        {"a": pa.array(["x", "y", "z"], pa.large_string())},
        {"a": pa.array(["x", "y", "z"]).dictionary_encode()},
        {"a": [[1], [2], [3]]},
    ],
    ids=[
        "composite",
        "text",
        "float",
        "bytes",
        "moment",
        "unsigned",
        "large",
        "dictionary",
        "list",
    ],
)
def test_a_key_may_be_of_any_type(context: Context, key_columns: dict[str, Any]) -> None:
    key = tuple(key_columns)
    rows = pa.table(key_columns | {"n": [1, 2, 3]})
    commit(context, "orders", rows, key=key)

    changed = rows.slice(1, 1).set_column(len(key), "n", pa.array([9]))
    snapshot = commit(context, "orders", changed, mode="upsert")

    assert (snapshot.n_added, snapshot.n_changed) == (0, 1)
    assert sorted(values(context, "orders")["n"]) == [1, 3, 9]
    assert {
        count: rid
        for rid, count in zip(
            *[read(context, "orders", row_ids=True)[name].to_pylist() for name in ("_rid", "n")],
            strict=True,
        )
    } == {1: 1, 9: 2, 3: 3}


# ---- ids


def test_unchanged_rows_keep_their_id_and_batch(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2, 3]})

    commit(context, "orders", {"id": [3, 4, 1]})

    assert ids(context, "orders", "id") == {1: 1, 3: 3, 4: 4}


def test_an_updated_row_keeps_its_id(context: Context) -> None:
    commit(context, "orders", TWO, key=("id",))

    commit(context, "orders", {"id": [2], "n": [99]}, mode="upsert")
    commit(context, "orders", {"id": [2, 1], "n": [5, 6]})

    assert ids(context, "orders", "n") == {5: 2, 6: 1}


def test_rows_read_with_their_ids_keep_them_when_written_back(context: Context) -> None:
    commit(context, "orders", TWO)
    table = read(context, "orders", row_ids=True)

    changed = table.set_column(2, "n", pa.array([11, 20]))
    snapshot = commit(context, "orders", changed)

    assert (snapshot.n_added, snapshot.n_removed, snapshot.n_changed) == (0, 0, 1)
    assert ids(context, "orders", "n") == {11: 1, 20: 2}


def test_ids_are_unique_over_datasets_and_never_used_again(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2]})
    commit(context, "users", {"id": [1, 2]})
    commit(context, "orders", {"id": [3]})
    restore(context, "orders", 1)
    commit(context, "orders", {"id": [4]}, mode="append")

    seen = {
        (name, at): set(ids(context, name, "id", at).values())
        for name, at in (("orders", 1), ("orders", 2), ("orders", 4), ("users", 1))
    }

    assert not seen["orders", 1] & seen["users", 1]
    assert not seen["orders", 2] & (seen["orders", 1] | seen["users", 1])
    (fourth,) = seen["orders", 4] - seen["orders", 1]
    assert fourth > max(*seen["orders", 2], *seen["users", 1])


@pytest.mark.parametrize(
    ("rids", "message"),
    [
        (pa.array([1, 1]), "a row id stands twice"),
        (pa.array([1, None]), "holds no row ids"),
        (pa.array(["1", "2"]), "holds no row ids"),
        (pa.array([1, 77]), "1 row ids are not of orders"),
    ],
)
def test_row_ids_that_cannot_be_are_refused(context: Context, rids: Any, message: str) -> None:
    commit(context, "orders", {"id": [1, 2]})

    with pytest.raises(Invalid) as caught:
        commit(context, "orders", {"_rid": rids, "id": [3, 4]})

    assert message in caught.value.message
    assert len(log(context, "orders")) == 1


# ---- keys


def test_a_key_is_kept_from_the_first_time_on(context: Context) -> None:
    commit(context, "orders", TWO, key=("id",))
    commit(context, "orders", {"id": [1], "n": [11]}, mode="upsert")

    snapshot = commit(context, "orders", {"id": [2], "n": [22]}, mode="upsert")

    assert (snapshot.n_rows, snapshot.n_changed) == (2, 1)


def test_a_key_may_be_given_later_even_if_no_row_changes(context: Context) -> None:
    commit(context, "orders", TWO)

    given = commit(context, "orders", TWO, key=("id",))
    snapshot = commit(context, "orders", {"id": [1], "n": [11]}, mode="upsert")

    assert (given.number, given.n_added, given.n_changed) == (2, 0, 0)
    assert (snapshot.n_rows, snapshot.n_changed) == (2, 1)
    assert kinds(context) == ["snapshot_committed"] * 3


def test_a_key_may_change_its_width_and_its_type(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2]}, key=("id",))

    widened = commit(context, "orders", {"id": [2.0, 2.5]}, mode="upsert")
    retyped = commit(context, "orders", {"id": ["2"]})

    assert (widened.n_added, widened.n_rows) == (1, 3)
    assert (retyped.n_added, retyped.n_removed) == (1, 3)


def test_an_upsert_leaves_one_row_of_a_key_that_stood_twice(context: Context) -> None:
    commit(context, "orders", {"id": [1, 1, 2], "n": [1, 2, 3]})

    snapshot = commit(context, "orders", {"id": [1], "n": [9]}, mode="upsert", key=("id",))

    assert (snapshot.n_changed, snapshot.n_removed, snapshot.n_rows) == (1, 1, 2)
    assert dict(zip(*values(context, "orders").values(), strict=True)) == {1: 9, 2: 3}


BROKEN: list[tuple[Any, dict[str, Any], type[HeadgateError], str, str]] = [
    ({"id": [3]}, {"mode": "upsert"}, Invalid, "orders has no key to upsert by", "--key"),
    (
        {"idx": [3]},
        {"mode": "upsert", "key": ("id",)},
        NotFound,
        "no key column of orders named 'id'",
        "did you mean idx?",
    ),
    (
        {"id": [3, None]},
        {"key": ("id",)},
        Invalid,
        "1 rows cannot go into orders, the first at position 1: null-key: id",
        "mend the rows",
    ),
    (
        {"id": [3, 4, 3]},
        {"key": ("id",)},
        Invalid,
        "the first at position 0: duplicate-key: row 3 has it too",
        "quarantines such rows",
    ),
    (
        {"id": ["x"], "n": [1]},
        {"mode": "append"},
        Invalid,
        "the first at position 0: type: id is 'x', not int64",
        "mend the rows",
    ),
    (pa.table({}), {}, Invalid, "orders was given no column", "give a table with columns"),
    (
        pa.table([pa.array([1]), pa.array([2])], names=["id", "id"]),
        {},
        Invalid,
        "column 'id' stands twice",
        "give each column its own name",
    ),
    ({"_rid": [1, 2]}, {}, Invalid, "no column of rows", "give a table with columns"),
    (
        {"id": pa.array([[(1, 2)]], pa.map_(pa.int64(), pa.int64()))},
        {},
        Invalid,
        "columns of type map<int64, int64> cannot be kept",
        "cast the column to text",
    ),
]


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case[3])
def test_rows_that_cannot_be_committed_change_nothing(context: Context, case: Any) -> None:
    rows, asked, family, message, mend = case
    commit(context, "orders", TWO)

    with pytest.raises(family) as caught:
        commit(context, "orders", rows, **asked)

    assert message in caught.value.message
    assert mend in caught.value.mend
    assert [one.number for one in log(context, "orders")] == [1]
    assert values(context, "orders") == TWO
    assert kinds(context) == ["snapshot_committed"]


@pytest.mark.parametrize("name", ["", "1st", "a/b", "../x", "a@1", "a\n"])
def test_a_name_that_cannot_stand_in_a_path_is_refused(context: Context, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        commit(context, name, TWO)

    assert "cannot name a dataset" in caught.value.message


def test_rows_of_a_source_without_a_key_wait_in_quarantine(context: Context) -> None:
    snapshot = ingest(context, {"id": [1, None, 3], "n": [1, 2, 3]}, key=("id",))

    assert (snapshot.n_rows, snapshot.n_quarantined) == (2, 1)
    assert waiting(context) == [(2, '{"id":null,"n":2}', "null-key: id")]


def test_of_rows_of_a_source_with_one_key_the_last_goes_in(context: Context) -> None:
    rows = {"_line": [2, 5, 9], "id": [1, 2, 1], "n": [1, 2, 3]}

    snapshot = ingest(context, rows, mode="upsert", key=("id",))

    assert dict(zip(*values(context, "orders").values(), strict=True)) == {2: 2, 1: 3}
    assert snapshot.n_quarantined == 1
    ((line, _, reason),) = waiting(context)
    assert (line, reason) == (2, "duplicate-key: line 9 has it too and came later")


def test_quarantine_counts_add_up(context: Context) -> None:
    ingest(context, {"id": [1, 2], "n": [1, 2]}, key=("id",))
    snapshot = ingest(context, {"id": ["3", "x", None], "n": ["5", "6", "z"]}, key=("id",))

    with context.catalog.read() as connection:
        batch = by_rev(connection, "default", [2])[0]

    assert (snapshot.n_rows, snapshot.n_quarantined) == (3, 2)
    assert (batch.n_rows, batch.n_quarantined) == (1, 2)
    assert [reason for _, _, reason in waiting(context)] == [
        "type: id is 'x', not int64",
        "type: n is 'z', not int64",
    ]


def test_a_batch_that_waits_as_a_whole_is_an_event_without_a_snapshot(context: Context) -> None:
    ingest(context, {"id": [1]}, key=("id",))

    snapshot = ingest(context, {"id": ["x"]}, key=("id",))

    assert (snapshot.number, snapshot.is_new, snapshot.n_quarantined) == (1, False, 1)
    assert events(context)[-1].payload != {}
    assert kinds(context)[-2:] == ["rows_quarantined", "gate_noticed"]


def test_the_raw_text_is_asked_of_the_part_if_it_knows(context: Context) -> None:
    origin = Origin(kind="ingest", arrived_at=now(), source="shop", uri="a.csv")
    part = Part(
        rows=pa.table({"id": [1, None, None]}),
        origin=origin,
        rejected=(Rejected(9, "broken", "fields: 1 instead of 2"),),
        raw=lambda positions: [f"raw {position}" for position in positions],
    )

    with Work(context) as work:
        work.write(Write(dataset="orders", key=("id",)), [part])

    assert [raw for _, raw, _ in waiting(context)] == ["broken", "raw 1", "raw 2"]
    assert [one.raw for one in work.rejected[0]] == ["broken", "raw 1", "raw 2"]


# ---- schema


def test_a_new_column_is_null_where_it_was_not(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    commit(context, "orders", {"id": [2], "n": [5]}, mode="append")

    assert values(context, "orders") == {"id": [1, 2], "n": [None, 5]}
    assert kinds(context)[1:] == ["snapshot_committed", "schema_changed", "gate_noticed"]


def test_a_replacement_may_drop_and_retype_columns(context: Context) -> None:
    commit(context, "orders", {"id": [1], "n": [5], "gone": ["x"]})

    commit(context, "orders", {"id": [1], "n": ["five"]})

    assert values(context, "orders") == {"id": [1], "n": ["five"]}
    assert events(context)[-1].payload == {
        "added": [],
        "removed": ["gone"],
        "retyped": ["n: int64 to string"],
    }


def test_a_column_widens_and_older_snapshots_stay(context: Context) -> None:
    first = commit(context, "orders", {"n": [1, 2]})

    commit(context, "orders", {"n": [0.5]}, mode="append")

    assert values(context, "orders") == {"n": [1.0, 2.0, 0.5]}
    assert values(context, "orders", 1) == {"n": [1, 2]}
    assert log(context, "orders")[1].content_root == first.content_root


def test_a_column_that_held_only_nulls_takes_the_first_type_that_comes(context: Context) -> None:
    commit(context, "orders", {"id": [1], "n": [None]})

    commit(context, "orders", {"id": [2], "n": [5]}, mode="append")

    assert values(context, "orders") == {"id": [1, 2], "n": [None, 5]}
    assert read(context, "orders")["n"].type == pa.int64()


def test_a_dropped_column_may_come_back_with_another_type(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2], "n": ["x", None]})
    commit(context, "orders", {"id": [1, 2]})

    commit(context, "orders", {"id": [3], "n": [7]}, mode="append")

    assert sorted(zip(*values(context, "orders").values(), strict=True), key=str) == [
        (1, None),
        (2, None),
        (3, 7),
    ]


# ---- lineage of what a run wrote


def test_a_run_may_write_rows_it_read_and_no_others(context: Context) -> None:
    commit(context, "orders", TWO)
    start(context, "run_1")
    table = read(context, "orders", row_ids=True, run="run_1", where="id = 1")

    made = commit(context, "clean", table, run="run_1")

    assert made.run_id == "run_1"
    assert ids(context, "clean", "id") == {1: 1}
    with pytest.raises(Invalid) as caught:
        commit(context, "clean", {"_rid": [2], "id": [2]}, run="run_1")
    assert caught.value.message == "row 2 was not read by run run_1 that writes clean"


def test_the_same_rows_made_of_other_parents_are_a_new_snapshot(context: Context) -> None:
    commit(context, "orders", TWO)
    for run, at in (("run_1", 1), ("run_2", 1), ("run_3", 2)):
        if run == "run_3":
            commit(context, "orders", {"id": [3], "n": [30]}, mode="append")
        start(context, run)
        read(context, "orders", at, run=run)
        commit(context, "total", {"count": [2]}, run=run)

    found = log(context, "total")

    assert [(one.number, one.run_id) for one in found] == [(2, "run_3"), (1, "run_1")]
    assert len({one.content_root for one in found}) == 1


def test_a_run_that_ended_writes_nothing(context: Context) -> None:
    start(context, "run_1", "failed")

    with pytest.raises(Conflict):
        commit(context, "orders", TWO, run="run_1")

    assert kinds(context) == []


# ---- tags


def test_a_tag_is_put_once(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    tag(context, "orders", "golden")
    tag(context, "orders", "golden")
    commit(context, "orders", {"id": [2]})

    with pytest.raises(Conflict) as caught:
        tag(context, "orders", "golden")

    assert caught.value.message == "tag 'golden' of orders stands at @1"
    assert kinds(context).count("snapshot_tagged") == 1


def test_a_tag_may_not_be_the_name_of_the_head(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    commit(context, "orders", {"id": [2]})

    with pytest.raises(Conflict):
        tag(context, "orders", "main", 1)

    assert values(context, "orders") == {"id": [2]}


def test_a_tag_is_a_name(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    with pytest.raises(Invalid):
        tag(context, "orders", "2026")


# ---- restore


@pytest.mark.row("S3-02")
def test_a_restore_brings_back_the_exact_rows_and_names_who_stands_on_the_others(
    context: Context,
) -> None:
    first = commit(context, "orders", TWO, key=("id",))
    exact = read(context, "orders", row_ids=True)
    commit(context, "orders", {"id": [2, 3], "n": [99, 30]}, mode="upsert")
    for run in ("run_b", "run_a", "run_old"):
        start(context, run)
    read(context, "orders", 2, run="run_b")
    read(context, "orders", 2, run="run_a", where="id = 3")
    read(context, "orders", 1, run="run_old")

    report = restore(context, "orders", 1, message="bad day")

    assert read(context, "orders", row_ids=True) == exact
    assert report.snapshot.content_root == first.content_root
    assert (report.snapshot.number, report.restored_from, report.n_left_behind) == (3, 1, 1)
    assert report.dependents == ("run:run_a", "run:run_b")
    event = events(context, "dataset:orders")[-1]
    assert event.kind == "dataset_restored"
    assert event.payload == {"to": 1, "number": 3, "dependents": ["run:run_a", "run:run_b"]}


def test_a_restore_counts_the_rows_it_brings_back_and_takes_away(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2, 3], "n": [1, 2, 3]}, key=("id",))
    commit(context, "orders", {"id": [3, 4], "n": [9, 4]})

    snapshot = restore(context, "orders", 1).snapshot

    assert (snapshot.n_added, snapshot.n_removed, snapshot.n_changed) == (2, 1, 1)


def test_a_restore_loses_nothing(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    commit(context, "orders", {"id": [2]})

    restore(context, "orders", 1)
    restore(context, "orders", 2)

    assert [values(context, "orders", at)["id"] for at in (1, 2, 3, 4)] == [[1], [2], [1], [2]]


def test_restoring_what_stands_already_changes_nothing(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    report = restore(context, "orders", 1)

    assert not report.snapshot.is_new
    assert kinds(context) == ["snapshot_committed"]


def test_restoring_what_is_not_there_changes_nothing(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    with pytest.raises(NotFound):
        restore(context, "orders", 7)

    assert len(log(context, "orders")) == 1


def test_work_goes_on_after_a_restore(context: Context) -> None:
    commit(context, "orders", TWO, key=("id",))
    commit(context, "orders", {"id": [1], "n": [0]})
    restore(context, "orders", 1)

    snapshot = commit(context, "orders", {"id": [2], "n": [21]}, mode="upsert")

    assert (snapshot.number, snapshot.n_changed) == (4, 1)
    assert ids(context, "orders", "n") == {10: 1, 21: 2}


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_text_that_nobody_could_read_again_is_refused(context: Context, kind: Any) -> None:
    latin = pa.array([b"ok", "Z\u00fcrich".encode("latin-1")]).cast(pa.large_binary())
    text = latin.cast(pa.binary() if kind == pa.string() else pa.large_binary()).view(kind)

    with pytest.raises(Invalid, match="not what their types say") as caught:
        commit(context, "towns", pa.table({"name": text}))

    assert "binary" in caught.value.mend
    assert kinds(context) == []
