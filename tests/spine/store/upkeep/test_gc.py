"""Marking, retention and sweeping: what is named stays, and nothing else does for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Conflict, Invalid, NotFound, Unavailable
from headgate.core.times import now
from headgate.spine.context import Context, open_context
from headgate.spine.store import quarantine
from headgate.spine.store.manifest import manifest_key
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from headgate.spine.store.upkeep import holds
from headgate.spine.store.upkeep.leases import lease, leased
from headgate.spine.store.upkeep.marking import Marker
from headgate.spine.store.upkeep.retention import span_of
from headgate.spine.store.upkeep.sweeping import is_leftover
from headgate.spine.work import Work
from tests.asking import commit, fsck, gc, kinds, read, restore, tag, values
from tests.laws.histories import make_branch

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

PREDICTIONS = [
    {"prediction_id": "p1", "at": "2026-11-03T10:00:00Z", "user_key": "u1", "input_row_ids": [1]},
    {"prediction_id": "p2", "at": "2026-11-03T11:00:00Z", "user_key": "u2", "output": "yes"},
]
N_INGESTS = 4
WRITER = """
import sys
from pathlib import Path
import headgate

root, who = Path(sys.argv[1]), int(sys.argv[2])
with headgate.open(root) as project:
    for n in range(4):
        path = root / f"{who}-{n}.csv"
        path.write_text(f"id,n\\n{who * 100 + n},{n}\\nbroken,record,{who},{n}\\n")
        project.source.ingest("orders", str(path), mode="upsert", key=["id"])
"""


def live_through(project: Project) -> None:
    """Leave behind every kind of blob there is: ingest, derive, train, serve, files."""
    folder = Path(project.address)
    (folder / "orders.csv").write_text("id,city\n1,Oslo\n2,Bergen,extra\n3,Rome\n")
    project.source.ingest("orders", str(folder / "orders.csv"), key=["id"], source="shop")
    project.dataset.commit("orders", [{"id": 3, "city": "Pisa"}], mode="upsert")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "one.txt").write_text("a picture")
    project.dataset.commit_folder("pictures", str(folder / "pictures"))
    with project.run("train") as run:
        rows = project.dataset.read("orders", where="id > 1", row_ids=True)
        parents = [{"id": 1, "_parents": rows["_rid"].to_pylist()}]
        project.dataset.commit("joined", parents)
        run.log_model("half", Fraction(1, 2), environment={}, code_hash="blake3:00")
    project.release.create("api", model="half@1", index="orders@1")
    project.deployment.create("live", release="api@1")
    project.prediction.log(PREDICTIONS, deployment="live", release="api@1", snapshot="orders@1")


def stored(context: Context) -> set[str]:
    """List the keys of everything that is stored."""
    return {one.key for one in context.blobs.listed()}


def marked(context: Context) -> set[str]:
    """List the keys of everything that is named."""
    marker = Marker(context)
    with context.catalog.read() as connection:
        marker.refresh(connection)
    return marker.keys


def orders(context: Context, count: int = 4) -> None:
    """Make snapshots that share no file."""
    for n in range(count):
        commit(context, "orders", {"id": [n]}, mode="replace")


def aged(context: Context, key: str, hours: float) -> None:
    """Make a file look older than it is."""
    then = time.time() - hours * 3600
    os.utime(context.blobs.locate(key), (then, then))


def test_every_blob_of_a_full_project_is_named_and_every_named_one_is_there(
    project: Project, context: Context
) -> None:
    live_through(project)

    found = stored(context)

    assert found == marked(context)
    assert {key.partition("/")[0] for key in found} == {
        "deletions",
        "edges",
        "manifests",
        "models",
        "packs",
        "prediction_ids",
        "predictions",
        "quarantine",
        "rowsets",
        "segments",
    }
    assert fsck(context, deep=True).problems == ()


def test_a_collection_with_no_grace_leaves_a_full_project_as_it_is(
    project: Project, context: Context
) -> None:
    live_through(project)
    before = stored(context)

    report = gc(context, purge=True)

    assert stored(context) == before
    assert report.swept.n_trashed == report.swept.n_deleted == 0


def test_nothing_is_changed_without_apply(context: Context) -> None:
    orders(context)
    before = stored(context)

    report = gc(context, apply=False, keep_last=1)

    assert [one.number for one in report.expiring] == [1, 2, 3]
    assert sum(area.n_orphans for area in report.areas if area.area == "segments") == 3
    assert stored(context) == before
    assert values(context, "orders", 1) == {"id": [0]}
    assert "snapshots_expired" not in kinds(context)


def test_what_nobody_names_goes_to_the_trash_and_a_grace_later_for_good(context: Context) -> None:
    context.blobs.put("segments/ab/abc.parquet", b"orphan")
    aged(context, "segments/ab/abc.parquet", hours=30)

    first = gc(context, grace_h=24)
    aged(context, "trash/segments/ab/abc.parquet", hours=23)
    second = gc(context, grace_h=24)
    aged(context, "trash/segments/ab/abc.parquet", hours=25)
    third = gc(context, grace_h=24)

    assert (first.swept.n_trashed, first.swept.n_trashed_bytes) == (1, 6)
    assert (second.n_trash, second.swept.n_deleted) == (1, 0)
    assert third.swept.n_deleted == 1
    assert stored(context) == set()


def test_what_is_young_stays(context: Context) -> None:
    context.blobs.put("segments/ab/abc.parquet", b"being written")

    report = gc(context, grace_h=24)

    assert [(area.n_young, area.n_orphans) for area in report.areas] == [(1, 0)]
    assert stored(context) == {"segments/ab/abc.parquet"}


def test_purge_empties_the_trash_at_once(context: Context) -> None:
    context.blobs.put("segments/ab/abc.parquet", b"orphan")

    report = gc(context, purge=True)

    assert report.swept.n_deleted == 1
    assert stored(context) == set()


def test_a_named_blob_is_brought_back_from_the_trash_even_by_a_purge(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    key = manifest_of(context, find_snapshot(context, "orders")).segments[0].key
    context.blobs.trash(key)

    report = gc(context, purge=True)

    assert report.swept.n_brought_back == 1
    assert context.blobs.has(key)


def test_undo_brings_back_files_and_snapshots(context: Context) -> None:
    orders(context)
    gc(context, keep_last=1)

    report = gc(context, apply=False, undo=True)

    assert report.n_revived == 3
    assert [values(context, "orders", n)["id"] for n in (1, 2, 3, 4)] == [[0], [1], [2], [3]]
    assert kinds(context)[-1] == "collection_undone"
    assert fsck(context).problems == ()


def test_an_expired_snapshot_is_told_with_its_date_and_the_mend(context: Context) -> None:
    orders(context)
    gc(context, keep_last=2, purge=True)

    with pytest.raises(NotFound) as refused:
        read(context, "orders", 1)

    assert str(refused.value).startswith(f"orders@1 expired on {now():%Y-%m-%d}")
    assert "gc --undo" in refused.value.mend
    assert kinds(context)[-1] == "snapshots_expired"
    assert values(context, "orders", 3) == {"id": [2]}
    assert fsck(context, deep=True).problems == ()


def test_a_purged_snapshot_is_not_revived(context: Context) -> None:
    orders(context)
    gc(context, keep_last=1, purge=True)

    report = gc(context, apply=False, undo=True)

    assert report.n_revived == 0


def test_a_dataset_cannot_go_back_to_an_expired_snapshot(context: Context) -> None:
    orders(context)
    gc(context, keep_last=1)

    with pytest.raises(NotFound, match="expired"):
        restore(context, "orders", 1)


def test_retention_spares_what_is_tagged_read_by_a_run_leased_or_the_head(
    project: Project, context: Context
) -> None:
    orders(context, 5)
    tag(context, "orders", "good", 1)
    with project.run("train"):
        project.dataset.read("orders", at="2")

    with lease(context, find_snapshot(context, "orders", "3"), "a test"):
        report = gc(context, older_than="0h")

    assert [one.number for one in report.expiring] == [4]
    assert {one.number: one.reason for one in report.spared} == {
        1: "tag",
        2: "run",
        3: "lease",
        5: "head",
    }


def test_retention_spares_what_a_release_retrieves_from(project: Project, context: Context) -> None:
    orders(context, 3)
    project.release.create("api", index="orders@1")

    report = gc(context, keep_last=1)

    assert [(one.number, one.reason) for one in report.spared] == [(1, "release")]


def test_with_two_rules_a_snapshot_expires_when_neither_keeps_it(context: Context) -> None:
    orders(context)

    kept = gc(context, apply=False, keep_last=1, older_than="1d")
    gone = gc(context, apply=False, keep_last=3, older_than="0d")

    assert kept.expiring == ()
    assert [one.number for one in gone.expiring] == [1]


def test_settings_of_retention_count_where_nothing_is_asked(context: Context) -> None:
    orders(context)
    flags = {"retention.keep_last": "2", "retention.older_than": "0d"}
    kept = open_context(context.root, flags=flags)

    report = gc(kept, apply=False)

    assert [one.number for one in report.expiring] == [1, 2]
    kept.opened.close()


def test_a_legal_hold_wins_over_retention_and_brings_back(context: Context) -> None:
    orders(context)
    gc(context, keep_last=3)
    with Work(context) as work:
        holds.place(work.connection, context.tenant, "orders", "case 7", "ada")
        work.record("hold_placed", "dataset:orders", {})

    report = gc(context, keep_last=1, purge=True)

    assert report.expiring == ()
    assert {one.reason for one in report.spared} == {"hold"}
    assert report.swept.n_brought_back == 1
    assert gc(context, apply=False, undo=True).n_revived == 1


def test_snapshots_of_a_deleted_branch_expire_unless_something_stands_on_them(
    project: Project, context: Context
) -> None:
    orders(context, 1)
    for branch in ("dev", "old"):
        make_branch(context, "orders", branch)
        commit(context, "orders", {"id": [8]}, branch=branch, mode="append")
    tag(context, "orders", "kept", 2)
    for branch in ("dev", "old"):
        project.dataset.branch("orders", branch, delete=True)

    young = gc(context, grace_h=1)
    old = gc(context)

    assert young.expiring == ()
    assert [(one.number, one.reason) for one in old.expiring] == [(3, "unreachable")]
    assert values(context, "orders", "kept") == {"id": [0, 8]}


def test_a_lease_that_ran_out_keeps_nothing(context: Context) -> None:
    orders(context)
    with lease(context, find_snapshot(context, "orders", "1"), "a test", ttl_s=0.3):
        time.sleep(0.5)
        with context.catalog.read() as connection:
            while_held = leased(connection, context.tenant)

    with context.catalog.read() as connection:
        afterwards = leased(connection, context.tenant)

    assert while_held == {("orders", 1)}
    assert afterwards == set()


def test_an_expired_snapshot_cannot_be_leased(context: Context) -> None:
    orders(context)
    snapshot = find_snapshot(context, "orders", "1")
    gc(context, keep_last=1)

    with pytest.raises(NotFound, match="expired"), lease(context, snapshot, "a test"):
        pass


def test_a_blob_that_was_collected_before_it_was_named_is_refused(context: Context) -> None:
    context.blobs.put("rowsets/ab/abc.roaring", b"rows")
    gc(context)

    with pytest.raises(Unavailable, match="collected before"), Work(context) as work:
        work.require("rowsets/ab/abc.roaring")

    assert context.blobs.get("rowsets/ab/abc.roaring") == b"rows"


def test_a_commit_writes_again_what_was_collected_under_it(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, n_collected = context.blobs.settle, 0

    def collect_between() -> None:
        nonlocal n_collected
        settle()
        if not n_collected:
            n_collected += 1
            other = open_context(context.root)
            gc(other, purge=True)
            other.opened.close()

    monkeypatch.setattr(context.blobs, "settle", collect_between)
    commit(context, "orders", {"id": [1, 2]})

    assert n_collected == 1
    assert values(context, "orders") == {"id": [1, 2]}
    assert fsck(context, deep=True).problems == ()


def test_leftovers_of_a_killed_writer_go_after_an_hour(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    folder = Path(context.blobs.locate(next(iter(sorted(stored(context)))))).parent
    for name, hours in ((".old.json.7.7", 2), (".new.json.8.8", 0.5)):
        (folder / name).write_bytes(b"half")
        then = time.time() - hours * 3600
        os.utime(folder / name, (then, then))

    report = gc(context)

    assert report.swept.n_leftovers == 1
    assert [path.name for path in folder.glob(".*")] == [".new.json.8.8"]
    assert is_leftover("manifests/ab/.new.json.8.8")


def test_a_collection_refuses_to_guess_what_a_lost_manifest_named(context: Context) -> None:
    orders(context)
    key = next(key for key in sorted(stored(context)) if key.startswith("manifests/"))
    context.blobs.delete(key)

    with pytest.raises(NotFound, match="the store has no manifests"):
        gc(context)


def test_a_collection_refuses_to_believe_a_damaged_manifest(context: Context) -> None:
    orders(context)
    path = Path(context.blobs.locate(manifest_key(find_snapshot(context, "orders").version_id)))
    data = path.read_bytes()
    place = data.index(b'"digest":"') + 12
    path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])

    with pytest.raises(Conflict, match="is damaged"):
        gc(context)

    assert fsck(context).n_trash == 0


@pytest.mark.parametrize(
    "asked",
    [
        {"grace_h": -1.0},
        {"keep_last": 0},
        {"older_than": "soon"},
        {"apply": False, "purge": True},
        {"undo": True},
    ],
    ids=str,
)
def test_what_contradicts_itself_is_refused(context: Context, asked: dict[str, Any]) -> None:
    orders(context, 2)

    with pytest.raises(Invalid):
        gc(context, **asked)

    assert values(context, "orders", 1) == {"id": [0]}


def test_nothing_that_is_named_is_lost_when_collecting_beside_writers(context: Context) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(context.root), str(who)], stderr=subprocess.PIPE
        )
        for who in range(2)
    ]

    while any(writer.poll() is None for writer in writers):
        gc(context, purge=True)
        time.sleep(0.02)
    errors = [writer.communicate()[1].decode() for writer in writers]

    assert errors == ["", ""]
    assert read(context, "orders").num_rows == 2 * N_INGESTS
    with context.catalog.read() as connection:
        waiting = quarantine.listed(connection, context.tenant)
    assert len(waiting) == 2 * N_INGESTS
    assert fsck(context, deep=True).problems == ()


def test_a_span_is_days_or_hours() -> None:
    assert (span_of("90d"), span_of("12h")) == (timedelta(days=90), timedelta(hours=12))
    assert span_of("36500d") == timedelta(days=36_500)


@pytest.mark.parametrize(
    "text", ["", "90", "d", "-1d", "1.5d", "90 d", "1w", "90D", "36501d", "999999999999999d"]
)
def test_what_is_no_span_or_too_long_a_one_is_refused(context: Context, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        span_of(text)

    assert caught.value.mend
    if text:
        with pytest.raises(Invalid):
            gc(context, older_than=text, apply=False)
