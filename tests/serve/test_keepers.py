"""What serving names of the store stays: the prediction log, and what releases retrieve from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from headgate.surfaces.python import Project


@pytest.fixture
def indexed(project: Project) -> Project:
    """Three snapshots of documents; a release retrieves from the first."""
    for number in range(1, 4):
        project.dataset.commit("docs", [{"id": number, "text": f"text {number}"}])
    project.release.create("api", index="docs@1", provider_model="some-model")
    project.deployment.create("live", release="api@1")
    return project


def collect(project: Project, **asked: Any) -> Any:
    """Let all but the newest snapshot expire, and delete at once what nothing names."""
    return project.dataset.gc(keep_last=1, grace_h=0, apply=True, purge=True, **asked)


def test_a_snapshot_that_a_release_retrieves_from_does_not_expire(indexed: Project) -> None:
    report = collect(indexed)

    assert [one.number for one in report.expiring] == [2]
    assert [(one.number, one.reason) for one in report.spared if one.number == 1] != []
    assert indexed.dataset.read("docs", at="1")["text"].to_pylist() == ["text 1"]


def test_a_plan_of_a_collection_says_the_same_and_collects_nothing(indexed: Project) -> None:
    plan = indexed.dataset.gc(keep_last=1, grace_h=0)
    done = collect(indexed)

    assert (plan.is_applied, done.is_applied) == (False, True)
    assert plan.expiring == done.expiring
    assert plan.spared == done.spared


def test_an_index_named_by_a_tag_stays_when_the_tag_moves_on_or_goes(indexed: Project) -> None:
    indexed.dataset.tag("docs", "served", at="2")
    indexed.release.create("api", index="docs@served", provider_model="some-model")
    indexed.dataset.tag("docs", "served", at="3", move=True)
    indexed.dataset.tag("docs", "served", delete=True)

    report = collect(indexed)

    assert report.expiring == ()
    assert indexed.dataset.read("docs", at="2")["text"].to_pylist() == ["text 2"]


def test_predictions_with_their_rows_and_ids_outlive_a_collection(indexed: Project) -> None:
    rows = [{"prediction_id": f"p{n}", "output": "yes", "retrieved_row_ids": [1]} for n in (1, 2)]
    indexed.prediction.log(rows[:1], deployment="live", snapshot="docs@1")
    indexed.prediction.log(rows[1:], deployment="live", snapshot="docs@1")

    collect(indexed)

    assert indexed.prediction.list().num_rows == 2
    assert indexed.prediction.log(rows, deployment="live").n_skipped == 2
    assert indexed.blast("row:1").predictions.n_exact == 2
    assert indexed.dataset.fsck(deep=True).problems == ()
