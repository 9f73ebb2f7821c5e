"""The content root names content: not order, not layout, not ids, not the catalog."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from tests.asking import commit, fresh, log, query, read, restore, root_of
from tests.spine.lineage.test_reads import start

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context

ROWS = pa.table({"id": list(range(10)), "name": [f"n{number % 3}" for number in range(10)]})


def test_rows_in_another_order_have_the_same_root(context: Context) -> None:
    one = commit(context, "a", ROWS)

    other = commit(context, "b", ROWS.take(list(range(9, -1, -1))).select(["name", "id"]))

    assert other.content_root == one.content_root == root_of(ROWS)
    assert other.version_id != one.version_id


def test_many_batches_have_the_root_of_one(context: Context) -> None:
    whole = commit(context, "whole", ROWS)

    pieces = [commit(context, "pieces", ROWS.slice(at, 1), mode="append") for at in range(10)]

    assert pieces[-1].content_root == whole.content_root


def test_the_way_to_a_state_does_not_count(context: Context) -> None:
    straight = commit(context, "straight", ROWS)

    commit(context, "winding", {"id": [3, 99], "name": ["old", "gone"]}, key=("id",))
    commit(context, "winding", ROWS, mode="upsert")
    winding = commit(context, "winding", ROWS)

    assert winding.content_root == straight.content_root


def test_a_restored_state_has_the_root_it_had(context: Context) -> None:
    first = commit(context, "orders", ROWS)
    commit(context, "orders", ROWS.slice(5))

    third = restore(context, "orders", 1).snapshot

    assert third.content_root == first.content_root


def test_a_catalog_made_anew_gives_the_same_roots(context: Context) -> None:
    commit(context, "noise", {"x": [1, 2, 3]})
    commit(context, "orders", ROWS.slice(0, 4), key=("id",))
    commit(context, "orders", ROWS, mode="upsert")

    with fresh() as anew:
        for at in (1, 2):
            again = commit(anew, "renamed", read(context, "orders", at))
            assert again.content_root == log(context, "orders")[2 - at].content_root


def build(context: Context, run: str, at: int) -> list[Snapshot]:
    """Make silver and gold of raw: rows with a name, and how many there are of each."""
    start(context, f"{run}_silver")
    named = read(context, "raw", at, where="name != 'n0'", row_ids=True, run=f"{run}_silver")
    silver = commit(context, "silver", named, run=f"{run}_silver")
    start(context, f"{run}_gold")
    totals = "select name, count(*) as n_rows, sum(id) as total"
    sql = f"{totals} from silver@{silver.number} group by name"
    gold = commit(context, "gold", query(context, sql, run=f"{run}_gold"), run=f"{run}_gold")
    return [silver, gold]


def raw_files(context: Context) -> dict[str, tuple[bytes, int]]:
    """Return content and time of change of every file of the store but the catalog."""
    files = [path for path in context.opened.home.rglob("*") if path.is_file()]
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in files
        if not path.name.startswith("catalog.db")
    }


@pytest.mark.row("S3-01")
def test_silver_and_gold_are_rebuilt_from_raw_with_the_same_hashes(context: Context) -> None:
    for place in (0, 4):
        commit(context, "raw", ROWS.slice(place, 4 if place == 0 else 6), mode="append")
    raw = log(context, "raw")
    kept = raw_files(context)
    first = build(context, "first", 2)

    for name in ("silver", "gold"):
        commit(context, name, read(context, name).slice(0, 0))
    again = build(context, "again", 2)
    with fresh() as anew:
        commit(anew, "raw", read(context, "raw"))
        elsewhere = build(anew, "elsewhere", 1)

    roots = [one.content_root for one in first]
    assert [one.content_root for one in again] == roots
    assert [one.content_root for one in elsewhere] == roots
    assert log(context, "raw") == raw
    assert {path: raw_files(context)[path] for path in kept} == kept


def test_files_of_older_snapshots_are_never_touched(context: Context) -> None:
    commit(context, "orders", ROWS, key=("id",))
    kept = raw_files(context)

    commit(context, "orders", {"id": [1], "name": ["x"]}, mode="upsert")
    commit(context, "orders", ROWS.slice(9))
    restore(context, "orders", 2)

    assert {path: raw_files(context)[path] for path in kept} == kept
    assert all(Path(path).is_file() for path in kept)
