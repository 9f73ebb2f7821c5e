"""Blast, trace and rollback over what a store goes through: branches, merges, erasures, expiry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Conflict, NotFound
from tests.flows.conftest import ingest, train

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project
    from tests.flows.conftest import Story


def bad_by_snapshot(project: Project, ref: str, dataset: str) -> dict[int, int]:
    """Say how many rows of each snapshot of a dataset a blast finds bad."""
    report = project.blast(ref)
    found = [one.snapshots for one in report.datasets if one.dataset == dataset]
    return {one.number: one.n_bad for one in found[0]} if found else {}


def facts_of(project: Project, ref: str) -> dict[str, Any]:
    """Return what a trace tells of the thing itself."""
    return project.trace(ref).nodes[0].facts


def reach_of(project: Project) -> Any:
    """Count what the bad source reached, but for the time it took."""
    report = project.blast("source:south")
    models = [(one.ref, one.n_bad) for one in report.models]
    return report.n_rows, models, report.predictions, report.users, report.deployments


@pytest.fixture
def branched(project: Project, tmp_path: Path) -> Project:
    """North brings two rows to main, south one bad row to a branch."""
    ingest(project, tmp_path / "north.csv", "id,age\n1,20\n2,30\n", "north", "2026-11-01")
    project.dataset.branch("people", "dev")
    (tmp_path / "south.csv").write_text("id,age\n9,900\n", encoding="utf-8")
    project.source.ingest(
        "people", str(tmp_path / "south.csv"), source="south", mode="upsert", branch="dev"
    )
    return project


def test_a_bad_row_on_a_branch_reaches_main_with_the_merge_and_not_before(
    branched: Project,
) -> None:
    before = bad_by_snapshot(branched, "source:south", "people")

    branched.dataset.commit("people", [{"id": 3, "age": 40}], mode="upsert")
    branched.dataset.merge("people", "dev")

    assert before == {2: 1}
    assert bad_by_snapshot(branched, "source:south", "people") == {2: 1, 4: 1}


def test_a_model_trained_on_main_is_clean_of_a_branch_that_was_not_merged(
    branched: Project,
) -> None:
    train(branched, "people@main")
    train(branched, "people@dev")

    report = branched.blast("source:south")

    assert [(one.ref, one.n_bad, one.n_rows) for one in report.models] == [("churn@2", 1, 3)]


def test_a_blast_and_a_trace_start_from_a_branch_or_a_tag(branched: Project) -> None:
    branched.dataset.tag("people", "golden", at="1")

    assert branched.blast("snapshot:people@dev").n_rows == 3
    assert branched.blast("snapshot:people@golden").n_rows == 2
    assert branched.trace("snapshot:people@dev").nodes[0].ref == "snapshot:people@2"
    assert facts_of(branched, "snapshot:people@golden")["rows_by_source"] == {"north": 2}


def test_a_merged_snapshot_names_the_sources_of_both_sides(branched: Project) -> None:
    branched.dataset.commit("people", [{"id": 3, "age": 40}], mode="upsert")
    branched.dataset.merge("people", "dev")

    facts = facts_of(branched, "snapshot:people@4")

    assert facts["rows_by_source"] == {"north": 2, "south": 1}
    assert facts["rows_by_hand"] == 1


def test_a_restore_to_before_the_bad_day_is_clean_and_back_again_is_not(story: Story) -> None:
    story.project.dataset.restore("people", to="1")
    story.project.dataset.restore("people", to="2")

    assert bad_by_snapshot(story.project, "source:south", "people") == {2: 2, 4: 2}


def test_an_overwrite_of_the_bad_part_leaves_later_snapshots_clean(story: Story) -> None:
    fixed = [{"id": 4, "age": 20}, {"id": 5, "age": 30}]
    story.project.dataset.commit("people", fixed, mode="overwrite", where="age >= 2000 or id > 3")

    found = bad_by_snapshot(story.project, "source:south", "people")

    assert found == {2: 2}
    assert story.project.dataset.read("people").num_rows == 5


def test_compaction_and_collection_change_no_answer_of_a_blast(story: Story) -> None:
    before = reach_of(story.project)

    story.project.dataset.compact("people")
    story.project.dataset.compact("features")
    story.project.dataset.gc(keep_last=1, grace_h=0, apply=True, purge=True)

    assert reach_of(story.project) == before


def test_the_undoing_of_a_collection_changes_no_answer_either(story: Story) -> None:
    before = reach_of(story.project)

    story.project.dataset.gc(keep_last=1, grace_h=0, apply=True)
    story.project.dataset.gc(undo=True)

    assert reach_of(story.project) == before


def test_an_erased_row_is_still_known_to_what_learned_from_it(story: Story) -> None:
    before = reach_of(story.project)

    receipt = story.project.dataset.erase("people", where="id = 4", apply=True)

    assert reach_of(story.project)[1:3] == before[1:3]
    assert story.project.trace("row:4").nodes[0].parents[0] == "source:south"
    assert {one.what: one.n_rows for one in receipt.obligations if one.kind == "model"} == {
        "model:churn@2": 1
    }


def test_a_prediction_about_an_erased_row_is_traced_without_its_payload(story: Story) -> None:
    story.project.prediction.log(
        [{"prediction_id": "named", "input": "row four", "user_key": "u", "input_row_ids": [4]}],
        deployment="prod",
        snapshot="people",
    )

    story.project.dataset.erase("people", where="id = 4", apply=True)

    report = story.project.trace("prediction:named")
    assert {"row:4", "source:south"} <= {node.ref for node in report.nodes}
    assert "row four" not in str(report)


def test_a_snapshot_that_expired_is_said_to_have_and_breaks_no_blast(story: Story) -> None:
    for day in range(3):
        story.project.dataset.commit("people", [{"id": 10 + day, "age": 1}], mode="append")
    story.project.dataset.gc(keep_last=1, grace_h=0, apply=True)
    log = story.project.dataset.log("people").snapshots
    expired = {one.number for one in log if one.expired_at}

    found = bad_by_snapshot(story.project, "source:south", "people")

    assert expired == {3, 4}
    assert {number: found[number] for number in (2, 5)} == {2: 2, 5: 2}
    with pytest.raises(NotFound, match="expired"):
        story.project.blast("snapshot:people@3")


def test_a_trace_of_a_snapshot_that_expired_tells_what_is_left_of_it(story: Story) -> None:
    made = story.project.dataset.commit("people", [{"id": 9, "age": 1}])
    story.project.dataset.commit("people", [{"id": 9, "age": 2}])
    story.project.dataset.gc(keep_last=1, grace_h=0, apply=True)

    node = story.project.trace("snapshot:people@3").nodes[0]

    assert node.facts["content_root"] == made.content_root
    assert (node.facts["n_rows"], node.parents) == (1, ())
    assert node.facts["expired_at"].endswith("Z")


def test_a_file_is_followed_from_its_folder_to_the_model(project: Project, tmp_path: Path) -> None:
    (tmp_path / "shots").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "shots" / name).write_text(name, encoding="utf-8")
    project.dataset.commit_folder("shots", str(tmp_path / "shots"))
    with project.run("train") as run:
        rows: Any = project.dataset.read("shots", where="path = 'a.txt'", row_ids=True)
        run.log_model("seer", {"n": 1})
    rids: list[int] = rows["_rid"].to_pylist()

    hit, other = project.blast(f"row:{rids[0]}"), project.blast("snapshot:shots@1")

    assert [(one.ref, one.n_bad, one.n_rows) for one in hit.models] == [("seer@1", 1, 1)]
    assert (hit.n_rows, other.n_rows) == (1, 2)
    assert project.trace(f"row:{rids[0]}").nodes[0].facts["dataset"] == "shots@1"


def test_an_empty_window_of_a_known_source_is_no_error(story: Story) -> None:
    report = story.project.blast("south", from_="2030-01-01")

    assert (report.n_batches, report.n_rows, report.models) == (0, 0, ())
    assert {one.kind: one.n_unknown for one in report.coverage}["models"] == 0


def test_a_window_counts_in_utc_whatever_zone_it_is_written_in(story: Story) -> None:
    inside = story.project.blast("south", from_="2026-11-02T01:00:00+01:00", to="2026-11-02")
    outside = story.project.blast("south", from_="2026-11-02T00:00:00-01:00")

    assert (inside.n_rows, outside.n_rows) == (2, 0)


def test_a_deployment_without_a_release_has_nothing_to_go_back_to(story: Story) -> None:
    story.project.deployment.create("idle")

    with pytest.raises(Conflict) as refused:
        story.project.rollback("idle", apply=True)

    assert refused.value.mend
    assert story.project.deployment.show("idle").release is None


def test_a_release_that_is_not_there_is_rolled_back_to_by_nobody(story: Story) -> None:
    with pytest.raises(NotFound) as refused:
        story.project.rollback("prod", to="api@9", apply=True)

    assert "9" in refused.value.message
    assert story.project.deployment.show("prod").release == "api@2"


def test_a_rollback_without_a_reason_goes_one_release_back(story: Story) -> None:
    plan = story.project.rollback("prod")
    done = story.project.rollback("prod", apply=True)

    assert (plan.is_applied, plan.to_release) == (False, "api@1")
    assert (done.live_release, story.project.deployment.show("prod").release) == ("api@1",) * 2


def test_a_rollback_of_a_window_without_bad_rows_has_no_reason_to_move(story: Story) -> None:
    plan = story.project.rollback("prod", because="source:south", from_="2030-01-01")

    assert (plan.is_applied, plan.already_there, plan.to_release) == (False, True, "api@2")
