"""The verbs of upkeep: what they answer, refuse, record, and show at a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.dataset.upkeep.reports import HoldReport, HoldRequest
from headgate.dataset.upkeep.verbs import hold_dataset
from headgate.spine.context import Context, Step, open_context
from headgate.spine.store.upkeep import holds
from headgate.surfaces.cli.main import main
from tests.asking import commit, compact, events, fsck, gc, kinds, log, read, tag, values
from tests.laws.histories import make_branch

if TYPE_CHECKING:
    from headgate.surfaces.python import Project


def orders(context: Context, count: int = 3) -> None:
    """Make snapshots of one small file each."""
    for n in range(count):
        commit(context, "orders", {"id": [n]}, mode="append")


def hold(context: Context, **asked: object) -> HoldReport:
    """Place, lift or show holds of orders."""
    return hold_dataset(context, msgspec.convert({"name": "orders"} | asked, HoldRequest))


def shown(context: Context, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run the command line; return the exit code and what it printed."""
    code = main(["dataset", *words, "--project", str(context.root)])
    return code, capsys.readouterr().out


def test_a_plan_of_compaction_changes_nothing(context: Context) -> None:
    orders(context)

    report = compact(context, "orders", plan=True)

    assert (report.is_planned, report.n_rewritten, report.n_rewritten_rows) == (True, 3, 3)
    assert (report.before.n_segments, report.before.n_small, report.after) == (3, 3, None)
    assert len(log(context, "orders")) == 3


def test_compaction_is_a_snapshot_of_its_own_with_an_event(context: Context) -> None:
    orders(context)

    report = compact(context, "orders")

    newest = log(context, "orders")[0]
    assert (newest.number, newest.kind, newest.parent) == (4, "compact", 3)
    assert (newest.n_added, newest.n_removed, newest.n_changed) == (0, 0, 0)
    assert report.snapshot.is_new
    last = events(context, "dataset:orders")[-1]
    assert last.kind == "dataset_compacted"
    assert last.payload == {"number": 4, "branch": "main", "n_before": 3, "n_after": 1}


def test_what_is_compact_is_left_alone(context: Context) -> None:
    orders(context)
    compact(context, "orders")

    report = compact(context, "orders")

    assert (report.snapshot.number, report.snapshot.is_new, report.n_rewritten) == (4, False, 0)
    assert kinds(context, "dataset:orders").count("dataset_compacted") == 1


def test_a_branch_is_compacted_and_the_others_stay(context: Context) -> None:
    orders(context, 2)
    make_branch(context, "orders", "dev")
    commit(context, "orders", {"id": [9]}, mode="append", branch="dev")

    report = compact(context, "orders", branch="dev")

    assert (report.snapshot.branch, report.snapshot.number) == ("dev", 4)
    assert values(context, "orders", "dev") == {"id": [0, 1, 9]}
    assert values(context, "orders") == {"id": [0, 1]}


def test_compaction_of_what_is_not_there_is_refused(context: Context) -> None:
    orders(context, 1)

    with pytest.raises(NotFound, match="no dataset named 'order'"):
        compact(context, "order")
    with pytest.raises(NotFound, match="dev"):
        compact(context, "orders", branch="dev")


def test_compaction_tells_its_progress(context: Context) -> None:
    orders(context)
    steps: list[Step] = []
    told = watched(context, steps)

    compact(told, "orders")

    assert [(step.what, step.done, step.total) for step in steps] == [("compact", 3, 3)]


def watched(context: Context, steps: list[Step]) -> Context:
    """Open the project again, with progress going into a list."""
    return Context(context.opened, actor=context.actor, progress=steps.append)


def test_a_hold_is_placed_shown_and_lifted(context: Context) -> None:
    orders(context, 1)

    placed = hold(context, reason="case 7")
    seen = hold(context)
    lifted = hold(context, lift=True)

    assert placed.is_held
    assert [(one.reason, one.placed_by) for one in placed.holds] == [("case 7", context.actor)]
    assert seen == placed
    assert not lifted.is_held
    assert lifted.holds[0].lifted_at is not None
    assert kinds(context, "dataset:orders")[-2:] == ["hold_placed", "hold_lifted"]
    assert all("case 7" not in str(event.payload) for event in events(context))


def test_every_hold_counts_until_all_are_lifted(context: Context) -> None:
    orders(context, 1)
    hold(context, reason="case 7")
    hold(context, reason="case 8")

    with context.catalog.read() as connection:
        reasons = [one.reason for one in holds.active(connection, context.tenant, "orders")]
        held = holds.held(connection, context.tenant)
    hold(context, lift=True)

    assert (reasons, held) == (["case 7", "case 8"], {"orders"})
    with context.catalog.read() as connection:
        assert holds.active(connection, context.tenant, "orders") == []


def test_a_hold_that_makes_no_sense_is_refused(context: Context) -> None:
    orders(context, 1)

    with pytest.raises(Invalid, match="not both"):
        hold(context, reason="case 7", lift=True)
    with pytest.raises(Invalid, match="needs a reason"):
        hold(context, reason=" ")
    with pytest.raises(Conflict, match="under no hold"):
        hold(context, lift=True)
    with pytest.raises(NotFound, match="no dataset"):
        hold(context, name="nope", reason="case 7")


def test_settings_of_retention_that_cannot_be_read_are_refused(context: Context) -> None:
    orders(context, 1)
    broken = open_context(context.root, flags={"retention.older_than": "long"})

    with pytest.raises(Invalid, match="'long' is no span of time"):
        gc(broken)

    broken.opened.close()


def test_blast_and_trace_go_on_after_snapshots_expired(project: Project, context: Context) -> None:
    path = Path(project.address) / "orders.csv"
    for n in range(3):
        path.write_text(f"id,n\n1,{n}\n{n + 2},0\n")
        project.source.ingest("orders", str(path), mode="upsert", key=["id"], source="shop")
    before = project.blast("source:shop", from_="2000-01-01")

    gc(context, keep_last=1, purge=True)

    after = project.blast("source:shop", from_="2000-01-01")
    assert before.datasets[0].snapshots[-1] == after.datasets[0].snapshots[-1]
    assert [one.number for one in after.datasets[0].snapshots] == [3]
    assert project.trace("row:1") is not None


def test_a_terminal_shows_what_compaction_did(
    context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    orders(context)

    _, planned = shown(context, capsys, "compact", "orders", "--plan")
    _, done = shown(context, capsys, "compact", "orders")
    _, again = shown(context, capsys, "compact", "orders")

    assert "3 files with 3 rows would be written anew" in planned
    assert "leave out --plan" in planned
    assert "orders@4: 3 files with 3 rows written anew, every answer stays the same" in done
    assert "before  3 files (3 small)" in done
    assert "after   1 file (1 small)" in done
    assert "nothing to compact" in again


def test_a_terminal_shows_a_collection_from_plan_to_undo(
    context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(3):
        commit(context, "orders", {"id": [n]}, mode="replace")
    tag(context, "orders", "good", 1)

    asked = ("gc", "--keep-last", "1", "--grace-h", "0")
    _, planned = shown(context, capsys, *asked)
    _, done = shown(context, capsys, *asked, "--apply")
    _, undone = shown(context, capsys, "gc", "--undo")

    assert "orders@2 would expire: past what retention keeps" in planned
    assert "past retention but kept: 1 for a tag" in planned
    assert "nothing was changed; add --apply to do it" in planned
    assert "1 file" in done
    assert "headgate dataset gc --undo" in done
    assert undone == "1 file brought back from the trash, 1 snapshot can be read again\n"
    assert read(context, "orders", 2).num_rows == 1


def test_a_terminal_shows_holds(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    orders(context, 1)

    _, none = shown(context, capsys, "hold", "orders")
    _, placed = shown(context, capsys, "hold", "orders", "--reason", "case 7")

    assert none == "orders is under no hold\n"
    assert "orders is on hold: nothing of it is erased, expired or collected" in placed
    assert "case 7" in placed


def test_fsck_exits_1_and_names_file_snapshots_and_mend(
    context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    orders(context, 2)
    key = min(one.key for one in context.blobs.listed("segments"))

    clean = shown(context, capsys, "fsck")
    Path(context.blobs.locate(key)).unlink()
    code, told = shown(context, capsys, "fsck")

    assert clean[0] == 0
    assert "no problem" in clean[1]
    assert code == 1
    assert f"{key}: the file is gone" in told
    assert "needed by orders@" in told
    assert "mend: restore the file from a backup" in told
    assert told.rstrip().endswith("1 problem")


def test_fsck_tells_what_it_mended(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    orders(context, 1)
    key = min(one.key for one in context.blobs.listed("segments"))
    context.blobs.trash(key)

    code, told = shown(context, capsys, "fsck", "--repair", "--no-deep")

    assert code == 0
    assert f"mended: brought {key} back from the trash" in told
    assert fsck(context).problems == ()
