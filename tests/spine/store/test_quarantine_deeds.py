"""What was done with records: their newest state, kept by backups, collections and upgrades."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

import headgate
from headgate.core.errors import Conflict, NotFound
from headgate.core.plugins import Rejected
from headgate.core.times import now
from headgate.spine.backup import back_up
from headgate.spine.context import Context, open_context
from headgate.spine.restore import restore
from headgate.spine.store import quarantine
from headgate.spine.store import quarantine_deeds as deeds
from headgate.spine.upgrade import upgrade
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from tests.asking import fsck, gc
from tests.fixtures.formats.make import unpack
from tests.ingest.waiting import bring, made, waiting

if TYPE_CHECKING:
    from headgate.spine.store.quarantine import Waiting


def _kept_out(context: Context, n_records: int) -> Waiting:
    """Keep records out of a dataset; return their batch."""
    rejected = tuple(Rejected(one, f"text {one}", "why: it is") for one in range(1, n_records + 1))
    origin = Origin(kind="ingest", arrived_at=now(), source="shop", uri="a.csv", digest="d")
    part = Part(rows=pa.table({"id": [1]}), origin=origin, rejected=rejected)
    with Work(context) as work:
        work.write(Write(dataset="orders", mode="append"), [part])
    with context.catalog.read() as connection:
        [entry] = quarantine.listed(connection, context.tenant, "orders")
    return entry


def _do(context: Context, entry: Waiting, kind: Any, numbers: list[int], **columns: Any) -> None:
    at = np.array(numbers)
    table = deeds.change_of(entry, at, columns) if columns else None
    change = deeds.Change(numbers=at, kind=kind, before=(), after=(), table=table)
    with Work(context) as work:
        deeds.put_deed(work.connection, context, entry, change, "because")
        work.record("records_tested", "dataset:orders", {})


def _records(context: Context, **asked: Any) -> list[dict[str, Any]]:
    with context.catalog.read() as connection:
        [entry] = quarantine.listed(connection, context.tenant, "orders")
        done = deeds.deeds_of(connection, context.tenant, "orders").get(entry.rev, [])
    tables = deeds.records(context, entry, done, **asked)
    return [row for table in tables for row in table.to_pylist()]


def test_the_newest_text_and_the_newest_reason_count(context: Context) -> None:
    entry = _kept_out(context, 4)
    _do(context, entry, "fixed", [2, 3], raw=["two", "three"])
    _do(context, entry, "refused", [3], reason=["other: now"])
    _do(context, entry, "fixed", [3], raw=["third"])

    found = _records(context)

    assert [row["raw"] for row in found] == ["text 1", "two", "third", "text 4"]
    assert [row["first_raw"] for row in found] == [None, "text 2", "text 3", None]
    assert [row["rule"] for row in found] == ["why", "why", "other", "why"]
    assert [row["first_reason"] for row in found] == [None, None, "why: it is", None]


def test_states_and_texts_are_told_across_the_parts_of_a_large_file(context: Context) -> None:
    n_records = 70_000
    entry = _kept_out(context, n_records)
    _do(context, entry, "discarded", [1, 65_536, 65_537, n_records])
    _do(context, entry, "fixed", [65_535, 65_538], raw=["a", "b"])

    found = _records(context)
    rest = _records(context, after=65_536)

    gone = [number for number, row in enumerate(found, 1) if row["state"] == "discarded"]
    assert gone == [1, 65_536, 65_537, n_records]
    assert (found[65_534]["raw"], found[65_537]["raw"]) == ("a", "b")
    assert rest == found[65_536:]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("released", "released"),
        ("released", "discarded"),
        ("discarded", "fixed"),
        ("discarded", "refused"),
        ("released", "restored"),
        ("fixed", "restored"),
    ],
)
def test_a_record_in_another_state_is_left_alone(context: Context, first: str, second: str) -> None:
    entry = _kept_out(context, 3)
    _do(context, entry, first, [2])
    before = _records(context)

    with pytest.raises(Conflict, match=f"record {entry.rev}/"):
        _do(context, entry, second, [1, 2])

    assert _records(context) == before


def test_files_of_deeds_are_kept_while_named_and_checked(context: Context) -> None:
    entry = _kept_out(context, 2)
    _do(context, entry, "fixed", [2], raw=["two"])

    gc(context, purge=True)

    assert [row["raw"] for row in _records(context)] == ["text 1", "two"]
    assert fsck(context, deep=True).problems == ()
    with context.catalog.read() as connection:
        [deed] = deeds.deeds_of(connection, context.tenant)[entry.rev]
    context.blobs.delete(str(deed.blob))
    assert [one.subject for one in fsck(context, deep=True).problems] == [deed.blob]


def test_a_restored_backup_knows_what_became_of_each_record(
    project: Project, tmp_path: Path
) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x", "2,two,y", "3,three,z")
    project.quarantine.discard("orders", record=["2/1"], because="a test")
    project.quarantine.fix("orders", record=["2/2"], set={"price": "2"})
    root = tmp_path / "project"

    back_up(root, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")

    with headgate.open(tmp_path / "again") as again:
        assert waiting(again, state="any") == waiting(project, state="any")
        assert again.quarantine.release("orders", apply=True).n_chosen == 1
        assert again.quarantine.restore("orders").n_records == 1


def test_a_record_of_the_first_release_is_fixed_after_the_upgrade(tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)
    upgrade(root, apply=True)

    with headgate.open(root) as project:
        [record] = project.quarantine.show("orders").to_pylist()
        values = {"id": "77", "shop": "north", "price": "3"}
        plan = project.quarantine.release("orders")
        report = project.quarantine.fix("orders", record=[record["record"]], set=values)
        counts = project.quarantine.list(state="any").entries[0]

    assert plan.reasons == {"unreadable": 1}
    assert report.n_released == 1
    assert (counts.n_rows, counts.n_released, counts.reasons) == (0, 1, {})


def test_a_tenants_records_are_no_other_tenants(project: Project) -> None:
    made(project)
    bring(project, "a.csv", "1,one,x")

    with Project(Local(open_context(Path(project.address), flags={"tenant": "other"}))) as other:
        for ask in (other.quarantine.release, other.quarantine.restore):
            with pytest.raises(NotFound):
                ask("orders")
        with pytest.raises(NotFound):
            other.quarantine.discard("orders", because="a test")
        made(other)
        assert other.quarantine.list().entries == []

    assert len(waiting(project)) == 1
