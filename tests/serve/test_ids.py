"""Finding predictions by id, where ids share a hash as well; and the rows they were made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.core.nouns import Snapshot
from headgate.core.refs import ALPHABET
from headgate.core.times import now
from headgate.serve import operations, queries
from headgate.serve.ids import (
    check_distinct,
    hash_ids,
    known_ids,
    locate,
    mint_ids,
    write_index,
)
from headgate.serve.nouns import Prediction, ShowPrediction
from headgate.spine.store.manifest import load_manifest
from headgate.spine.store.reading import read_ids
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from tests.serve.conftest import NOON, Serving


def log_ids(serving: Serving, *ids: str) -> None:
    serving.log([{"prediction_id": one, "at": NOON} for one in ids])


def segments(serving: Serving) -> list[queries.Segment]:
    with serving.context.catalog.read() as connection:
        return queries.segment_rows(connection, serving.context.tenant)


def known(serving: Serving, there: Sequence[queries.Segment], ids: list[str]) -> list[str]:
    wanted = pa.array(ids, pa.string())
    places = known_ids(serving.context, there, wanted, hash_ids(wanted))
    return [ids[place] for place in places.tolist()]


def test_ids_are_found_where_they_stand_and_nowhere_else(serving: Serving) -> None:
    log_ids(serving, "a", "b", "ä")
    log_ids(serving, "c", "a b")
    there = segments(serving)

    found = {one: locate(serving.context, there, one) for one in ("a", "ä", "a b", "d", "")}

    assert {one for one, place in found.items() if place is None} == {"d", ""}
    homes = {one: place.segment.n_rows for one, place in found.items() if place is not None}
    assert homes == {"a": 3, "ä": 3, "a b": 2}


def test_many_ids_are_looked_up_at_once(serving: Serving) -> None:
    held = [f"id-{number}" for number in range(40_000)]
    serving.log(pa.table({"prediction_id": held[:25_000]}))
    serving.log(pa.table({"prediction_id": held[25_000:]}))
    absent = [f"no-{number}" for number in range(5_000)]

    found = known(serving, segments(serving), [*absent, *held[::7], *absent[:3]])

    assert found == held[::7]
    assert known(serving, segments(serving), absent) == []
    assert known(serving, [], held) == []


def colliding(serving: Serving) -> list[queries.Segment]:
    """Give every id of the log the hash of `x`, as a collision of 64 bits would."""
    shared = hash_ids(pa.array(["x"]))
    blobs = serving.context.blobs
    return [
        msgspec.structs.replace(one, ids=write_index(blobs, np.repeat(shared, one.n_rows)))
        for one in segments(serving)
    ]


def test_ids_of_one_hash_are_told_apart(serving: Serving) -> None:
    log_ids(serving, "a", "b", "x")
    log_ids(serving, "c", "d")
    there = colliding(serving)

    place = locate(serving.context, there, "x")

    assert place is not None
    assert place.segment.n_rows == 3
    assert known(serving, there, ["x"]) == ["x"]
    [other] = [one for one in there if one.n_rows == 2]
    assert locate(serving.context, [other], "x") is None
    assert known(serving, [other], ["x"]) == []


def test_an_id_twice_in_a_call_is_seen_among_others_of_its_hash(
    refuses: Callable[..., str],
) -> None:
    ids = pa.array(["a", "b", "c", "b"])
    shared = np.array([5, 5, 9, 5], np.uint64)

    message = refuses(Invalid, lambda: check_distinct(ids, shared))

    assert "'b' stands in rows 1 and 3" in message
    check_distinct(pa.array(["a", "b", "c"]), shared[:3])


def test_an_id_on_both_sides_of_another_of_its_hash_is_seen(refuses: Callable[..., str]) -> None:
    shared = np.array([5, 5, 5], np.uint64)

    message = refuses(Invalid, lambda: check_distinct(pa.array(["a", "b", "a"]), shared))

    assert "'a' stands in rows 0 and 2" in message


def test_minted_ids_differ_and_sort_by_time() -> None:
    first, second = (mint_ids(n).to_pylist() for n in (20_000, 1))

    assert len(set(first)) == 20_000
    assert all(len(one) == 27 and one.startswith("pred_") for one in first)
    assert set("".join(first)) <= {*ALPHABET, *"pred_"}
    assert first[0][:15] <= second[0][:15]
    assert mint_ids(0).to_pylist() == []


def upsert(serving: Serving, name: str, values: dict[int, int]) -> Snapshot:
    """Write rows by key; each write is one batch, numbered from 1 in the project."""
    rows = pa.table({"id": list(values), "n": list(values.values())})
    part = Part(rows, Origin(kind="commit", arrived_at=now()))
    with Work(serving.context) as work:
        return work.write(Write(dataset=name, mode="upsert", key=("id",)), [part])


def rids_of(serving: Serving, snapshot: Snapshot) -> list[int]:
    blobs = serving.context.blobs
    return read_ids(blobs, load_manifest(blobs, snapshot.version_id))[0].tolist()


def shown(serving: Serving, prediction_id: str) -> Prediction:
    return operations.show_prediction(serving.context, ShowPrediction(prediction_id))


@pytest.fixture
def orders(serving: Serving) -> Serving:
    """Rows 1 to 3; row 2 has another content from orders@2 on, which adds row 4."""
    upsert(serving, "orders", {1: 10, 2: 20, 3: 30})
    upsert(serving, "orders", {2: 21, 4: 40})
    return serving


@pytest.mark.parametrize(
    ("snapshot", "revisions"),
    [
        ("orders@1", ((1, 1), (2, 1), (3, 1))),
        ("orders@2", ((1, 1), (2, 2), (3, 1))),
        ("orders", ((1, 1), (2, 2), (3, 1))),
        (None, ((1, -1), (2, -1), (3, -1))),
    ],
)
def test_a_row_is_meant_as_it_stood_in_the_snapshot(
    orders: Serving, snapshot: str | None, revisions: tuple[tuple[int, int], ...]
) -> None:
    orders.log([{"prediction_id": "p", "input_row_ids": [1, 2, 3]}], snapshot=snapshot)

    upsert(orders, "orders", {1: 11, 2: 22})

    assert shown(orders, "p").row_revisions == revisions


def test_several_snapshots_of_several_datasets_stand_in_one_call(orders: Serving) -> None:
    docs = upsert(orders, "docs", {7: 1, 8: 2})
    doc = rids_of(orders, docs)[0]
    rows = [
        {"prediction_id": "old", "snapshot": "orders@1", "input_row_ids": [2]},
        {"prediction_id": "new", "snapshot": "orders@2", "input_row_ids": [2, 4]},
        {"prediction_id": "doc", "snapshot": "docs@1", "retrieved_row_ids": [doc]},
        {"prediction_id": "any", "snapshot": None, "retrieved_row_ids": [99]},
        {"prediction_id": "none", "snapshot": "docs@1"},
    ]

    orders.log(rows)

    names = ("old", "new", "doc", "any", "none")
    assert {name: shown(orders, name).row_revisions for name in names} == {
        "old": ((2, 1),),
        "new": ((2, 2), (4, 2)),
        "doc": ((doc, 3),),
        "any": ((99, -1),),
        "none": (),
    }


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"snapshot": "orders@1", "input_row_ids": [1, 4]}, "row 4 of prediction 1"),
        ({"snapshot": "orders@2", "retrieved_row_ids": [0]}, "row 0 of prediction 1"),
        ({"snapshot": "orders@2", "input_row_ids": [-1]}, "row -1 of prediction 1"),
    ],
)
def test_a_row_the_snapshot_has_not_is_named_where_it_stood_in_the_call(
    orders: Serving, refuses: Callable[..., str], row: dict[str, Any], told: str
) -> None:
    log_ids(orders, "known")
    rows = [{"prediction_id": "known"}, {"prediction_id": "new", **row}]

    message = refuses(Invalid, lambda: orders.log(rows))

    assert told in message
    assert [row["prediction_id"] for row in orders.listed()] == ["known"]


def test_a_snapshot_that_is_not_there_is_refused_with_those_that_are(
    orders: Serving, refuses: Callable[..., str]
) -> None:
    row = {"input_row_ids": [1]}

    assert "orders@1 to orders@2" in refuses(
        NotFound, lambda: orders.log([row], snapshot="orders@3")
    )
    assert "did you mean orders?" in refuses(NotFound, lambda: orders.log([row], snapshot="order"))
