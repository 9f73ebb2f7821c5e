"""Sealed files against plain slicing, and the order, counts and users of a sealed segment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.serve import queries
from headgate.serve.ids import hash_ids
from headgate.serve.nouns import LogPredictions
from headgate.serve.rowrefs import Refs
from headgate.serve.schema import fit, whole
from headgate.serve.sealing import SealedPredictions, seal, with_users
from headgate.spine.store.edges import read_edges
from headgate.spine.store.sealed import (
    Layout,
    lookup_sealed,
    read_sealed,
    take_sealed,
    write_sealed,
)
from tests.serve.conftest import NOON, Serving, fresh

N = 23
LAYOUT = Layout(group_rows=4, plain=("key",), repeated=("word",))


def plain_table() -> pa.Table:
    """Rows in groups of four, sorted by `key`, each key but the last on two rows."""
    keys = np.arange(N, dtype=np.uint64) // 2 * 10
    words = [None if n % 5 == 0 else f"w{n % 3}" for n in range(N)]
    lists = pa.array([list(range(n % 4)) for n in range(N)], pa.list_(pa.int64()))
    columns: Any = {"key": keys, "n": range(N), "word": words, "ids": lists}
    return pa.table(columns)


CUTS = st.lists(st.integers(0, N), max_size=8).map(sorted)


@settings(max_examples=6)
@given(cuts=st.lists(CUTS, min_size=1, max_size=5))
def test_ranges_of_a_sealed_file_are_the_slices_of_its_table(cuts: list[list[int]]) -> None:
    with fresh() as serving:
        table, blobs = plain_table(), serving.context.blobs
        key = write_sealed(blobs, "tests", table, LAYOUT).key
        for places in cuts:
            ranges = list(zip(places[::2], places[1::2], strict=False))

            read = read_sealed(blobs, key, ranges=ranges)

            wanted = [n for low, high in ranges for n in range(low, high)]
            assert read.to_pylist() == table.take(pa.array(wanted, pa.int64())).to_pylist()


@settings(max_examples=6)
@given(asked=st.lists(st.lists(st.integers(0, N - 1), max_size=30), min_size=1, max_size=5))
def test_rows_are_taken_in_the_order_they_are_asked_for(asked: list[list[int]]) -> None:
    with fresh() as serving:
        table, blobs = plain_table(), serving.context.blobs
        key = write_sealed(blobs, "tests", table, LAYOUT).key
        for places in asked:
            taken = take_sealed(blobs, key, np.array(places, np.int64), ["ids", "n"])

            assert taken["n"].to_pylist() == places
            assert taken["ids"].to_pylist() == [list(range(n % 4)) for n in places]


@settings(max_examples=6)
@given(asked=st.lists(st.sets(st.integers(0, 130)), min_size=1, max_size=5))
def test_a_lookup_finds_every_row_of_every_value(asked: list[set[int]]) -> None:
    with fresh() as serving:
        table, blobs = plain_table(), serving.context.blobs
        key = write_sealed(blobs, "tests", table, LAYOUT).key
        for values in asked:
            wanted = np.array(sorted(values), np.uint64)

            places, rows = lookup_sealed(blobs, key, "key", wanted)

            assert rows["key"].to_numpy().tolist() == wanted[places].tolist()
            found = rows["n"].to_numpy().tolist()
            assert found == [n for n in range(N) if n // 2 * 10 in values]


@pytest.mark.parametrize("edge", [0, 2**63 - 1, 2**63, 2**64 - 1])
def test_hashes_at_the_ends_of_64_bits_are_found(serving: Serving, edge: int) -> None:
    hashes: Any = np.array([0, 5, 2**63 - 1, 2**63, 2**63 + 5, 2**64 - 1], np.uint64)
    key = write_sealed(
        serving.context.blobs, "tests", pa.table({"hash": hashes}), Layout(2, ("hash",))
    ).key

    places, rows = lookup_sealed(
        serving.context.blobs, key, "hash", np.array(sorted({3, edge}), np.uint64)
    )

    assert len(places) == 1
    assert rows["hash"].to_numpy().tolist() == [edge]


def test_equal_content_is_one_file_and_other_order_another(serving: Serving) -> None:
    blobs, table = serving.context.blobs, plain_table()

    first = write_sealed(blobs, "tests", table, LAYOUT)
    again = write_sealed(blobs, "tests", pa.concat_tables([table[:7], table[7:]]), LAYOUT)
    turned = write_sealed(blobs, "tests", table[::-1], LAYOUT)

    assert again == first
    assert turned.key != first.key
    assert read_sealed(blobs, first.key) == table
    assert first.n_bytes == Path(blobs.locate(first.key)).stat().st_size


def sealed(serving: Serving, rows: list[dict[str, Any]], refs: Refs) -> SealedPredictions:
    named = [{"prediction_id": f"p{place}", **row} for place, row in enumerate(rows)]
    names = ("prediction_id", "at", "deployment", "release", "user_key")
    given = pa.table({name: [row.get(name) for row in named] for name in names})
    table = with_users(fit(given, LogPredictions()).table, b"salt")
    return seal(serving.context.blobs, table, hash_ids(whole(table, "prediction_id")), refs)


MADE = st.lists(
    st.fixed_dictionaries(
        {
            "at": st.integers(-3, 3).map(lambda days: NOON + timedelta(days=days)),
            "deployment": st.sampled_from([None, "prod", "canary"]),
            "release": st.sampled_from([None, "api@1", "api@2", "api@10"]),
            "user_key": st.sampled_from([None, "", "ann", "bob"]),
        }
    ),
    min_size=1,
    max_size=30,
)
EDGES = st.lists(st.tuples(st.integers(0, 29), st.integers(1, 9), st.integers(1, 3)), max_size=20)


@settings(max_examples=12)
@given(rows=MADE, edges=EDGES)
def test_a_segment_is_sorted_and_counted_by_its_makers(
    rows: list[dict[str, Any]], edges: list[tuple[int, int, int]]
) -> None:
    kept = [edge for edge in edges if edge[0] < len(rows)]
    columns = np.array(kept, np.int64).reshape(-1, 3).T
    with fresh() as serving:
        made = sealed(serving, rows, Refs(*columns))
        held = read_sealed(serving.context.blobs, made.segment.blob).to_pylist()

        order = [(row["release"] or "", row["deployment"] or "", row["at"]) for row in held]
        assert order == sorted(order)
        counted = {(one.release_id, one.deployment): one for one in made.counts}
        assert len(counted) == len(made.counts)
        assert sum(one.n_rows for one in made.counts) == len(rows)
        parents = {f"p{edge[0]}" for edge in kept}
        for (release, deployment), count in counted.items():
            mine = held[count.position : count.position + count.n_rows]
            assert all((row["release"] or "") == release for row in mine)
            assert all((row["deployment"] or "") == deployment for row in mine)
            assert (count.at_lo, count.at_hi) == (mine[0]["at"], mine[-1]["at"])
            assert count.n_with_rows == sum(row["prediction_id"] in parents for row in mine)
        assert made.segment.at_lo == min(row["at"] for row in rows)
        assert made.segment.at_hi == max(row["at"] for row in rows)
        assert edges_of(serving, made.segment, held) == sorted(
            (f"p{place}", rid, rev) for place, rid, rev in kept
        )


def edges_of(
    serving: Serving, segment: queries.Segment, held: list[dict[str, Any]]
) -> list[tuple[str, int, int]]:
    """Edges by the id of their prediction, so that positions can be compared after sorting."""
    if segment.refs is None:
        return []
    columns = [column.tolist() for column in read_edges(serving.context.blobs, segment.refs)]
    return sorted(
        (held[child]["prediction_id"], rid, rev) for rid, rev, child in zip(*columns, strict=True)
    )


@given(keys=st.lists(st.none() | st.text(max_size=3), min_size=1), salt=st.binary(max_size=16))
def test_a_hashed_user_is_zero_only_where_there_is_none(
    keys: list[str | None], salt: bytes
) -> None:
    table = fit(pa.table({"user_key": pa.array(keys, pa.string())}), LogPredictions()).table

    users = with_users(table, salt)["user"].to_numpy().tolist()

    assert [user == 0 for user in users] == [key is None for key in keys]
    assert len({*zip(keys, users, strict=True)}) == len(set(keys)) == len(set(users))
