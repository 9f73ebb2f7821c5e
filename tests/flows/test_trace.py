"""The walk up: from a prediction to the sources of the rows its model learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project
    from tests.flows.conftest import Story


@pytest.mark.row("S3-31")
def test_a_prediction_is_traced_to_model_run_snapshots_rows_and_sources(story: Story) -> None:
    story.project.prediction.feedback("after-4", "label", "stayed")

    report = story.project.trace("after-4")

    refs = [node.ref for node in report.nodes]
    facts = {node.ref: node.facts for node in report.nodes}
    assert report.root == "prediction:after-4"
    assert {"release:api@2", "model:churn@2", "prompt:greet@1", f"run:{story.bad_run}"} <= set(refs)
    assert {"snapshot:features@2", "snapshot:people@2", "row:4"} <= set(refs)
    assert {"source:north", "source:south"} <= set(refs)
    assert facts["snapshot:people@2"]["rows_by_source"] == {"north": 3, "south": 2}
    assert facts["prediction:after-4"]["feedback"][0]["value"] == "stayed"
    assert facts["prediction:after-4"]["moves"][-1]["to"] == "api@2"


def test_a_row_names_its_source_its_object_and_where_it_stands(story: Story) -> None:
    report = story.project.trace("row:4")

    row = report.nodes[0]
    assert row.parents[0] == "source:south"
    assert row.facts["object"].endswith("south.csv")
    assert [one["snapshot"] for one in row.facts["stands_in"]] == ["features@2", "people@2"]


def test_a_row_names_who_wrote_over_it(story: Story, tmp_path: Path) -> None:
    path = tmp_path / "over.csv"
    path.write_text("id,age\n1,21\n", encoding="utf-8")
    story.project.source.ingest("people", str(path), mode="upsert", source="late")

    row = story.project.trace("row:1").nodes[0]

    written = {one["snapshot"]: one["written_by"] for one in row.facts["stands_in"]}
    assert written["people@3"] == "source:late"
    assert {"source:north", "source:late"} <= set(row.parents)


def test_a_merged_row_names_the_rows_it_was_made_of(story: Story) -> None:
    with story.project.run("merge"):
        story.project.dataset.read("people", row_ids=True)
        story.project.dataset.commit("pairs", [{"age": 25, "_parents": [1, 2]}])
    row = story.project.dataset.read("pairs", row_ids=True)["_rid"].to_pylist()[0]

    report = story.project.trace(str(row))

    assert {"row:1", "row:2"} <= set(report.nodes[0].parents)
    assert report.nodes[0].facts["n_parents"] == 2


@pytest.mark.row("S3-60", part="lineage")
def test_a_deployment_is_traced_to_the_freshness_of_every_source_behind_it(story: Story) -> None:
    report = story.project.trace("deployment:prod")

    sources = {node.ref: node.facts for node in report.nodes if node.kind == "source"}
    assert sources["source:south"]["last_arrived_at"] == "2026-11-02T00:00:00Z"
    assert sources["source:north"]["n_rows"] == 3


def test_depth_bounds_the_walk(story: Story) -> None:
    report = story.project.trace("after-4", depth=2)

    assert {node.kind for node in report.nodes} == {"prediction", "release", "row"}


@pytest.mark.parametrize("name", ["nobody", "row:999", "snapshot:people@9", "run:x", "model:y@1"])
def test_an_id_that_names_nothing_is_not_found(project: Project, name: str) -> None:
    with pytest.raises(NotFound) as refused:
        project.trace(name)

    assert "row:ID" in refused.value.mend
