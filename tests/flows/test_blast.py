"""The blast radius on a story small enough to check by eye; exactness is shown in tests/laws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.flows.reports import Coverage, DeploymentReach, People, Radius

if TYPE_CHECKING:
    from headgate.surfaces.python import Project
    from tests.flows.conftest import Story


@pytest.mark.row("S3-64", part="blast and rollback")
def test_a_bad_source_is_followed_to_rows_models_deployments_predictions_and_people(
    story: Story,
) -> None:
    report = story.project.blast("source:south", from_="2026-11-02", to="2026-11-02")

    reached = {
        (one.dataset, snapshot.number): (snapshot.n_bad, snapshot.n_rows)
        for one in report.datasets
        for snapshot in one.snapshots
    }
    assert (report.n_batches, report.n_rows, report.n_descendants) == (1, 2, 2)
    assert reached == {("people", 2): (2, 5), ("features", 2): (2, 5)}
    assert [(one.ref, one.n_bad, one.n_rows) for one in report.models] == [("churn@2", 2, 5)]
    assert report.deployments == (
        DeploymentReach(name="prod", release="api@2", is_live=True, n_exposed=4),
    )
    assert report.predictions == Radius(n_exposed=4, n_exact=1, n_all=6)
    assert report.users == People(n_exposed=2, n_exact=1)


def test_a_window_before_the_bad_day_finds_nothing(story: Story) -> None:
    report = story.project.blast("source:south", from_="2026-10-01", to="2026-11-01")

    assert (report.n_rows, report.datasets, report.models) == (0, (), ())
    assert report.predictions.n_exposed == 0


def test_the_report_says_what_lineage_between_datasets_would_have_said(story: Story) -> None:
    report = story.project.blast("source:south")

    assert report.dataset_level.n_rows == 10
    assert report.dataset_level.n_models == 1
    assert report.dataset_level.n_predictions == 4


@pytest.mark.row("L-11", part="coverage")
def test_what_has_no_known_lineage_is_counted_and_named(story: Story) -> None:
    story.project.model.register("stray", b"weights", filename="w.bin", format="file")
    story.project.release.create("stray", model="stray@1")
    story.project.prediction.log([{"prediction_id": "a", "release": "stray@1"}])
    story.project.prediction.log([{"prediction_id": "orphan"}])

    report = story.project.blast("source:south")

    counted = [msgspec.structs.replace(one, connect="") for one in report.coverage]
    assert Coverage("models", n_known=2, n_unknown=1, unknown=("stray@1",)) in counted
    assert Coverage("predictions", 6, 2, ("no release", "release:stray@1")) in counted
    assert "not harm" in report.sentence


def test_a_run_that_told_nothing_of_its_rows_counts_whole_and_is_marked(story: Story) -> None:
    with story.project.run("opaque"):
        rows = story.project.dataset.read("people")
        story.project.dataset.commit("summary", rows.slice(0, 1))

    report = story.project.blast("source:south")

    summary = next(one for one in report.datasets if one.dataset == "summary")
    assert summary.level == "dataset"
    assert summary.snapshots[0].n_bad == 1
    assert {one.dataset: one.level for one in report.datasets}["features"] == "row"


def test_a_row_updated_by_a_clean_source_is_clean_from_then_on(
    story: Story, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("fixed") / "fixed.csv"
    path.write_text("id,age\n4,50\n", encoding="utf-8")
    story.project.source.ingest("people", str(path), mode="upsert", source="north")

    report = story.project.blast("source:south")

    people = next(one for one in report.datasets if one.dataset == "people")
    assert {one.number: one.n_bad for one in people.snapshots} == {2: 2, 3: 1}


def test_a_blast_starts_from_a_row_a_snapshot_or_a_run(story: Story) -> None:
    row = story.project.blast("row:4")
    snapshot = story.project.blast("snapshot:people@1")
    run = story.project.blast(f"run:{story.bad_run}")

    assert [one.n_bad for one in row.models] == [1]
    assert [one.n_bad for one in snapshot.models] == [3, 3]
    assert [one.ref for one in run.models] == ["churn@2"]
    assert run.predictions.n_exposed == 4


@pytest.mark.row("L-01", part="blast")
def test_a_blast_starts_from_a_prompt_or_a_model(story: Story) -> None:
    prompt = story.project.blast("prompt:greet@1")
    model = story.project.blast("model:churn@1")

    assert prompt.predictions.n_exposed == 6
    assert model.releases == ("api@1",)
    assert model.predictions.n_exposed == 2


@pytest.mark.parametrize(
    ("ref", "family", "mend"),
    [
        ("source:suoth", NotFound, "did you mean south?"),
        ("nothing:south", Invalid, "source:…"),
        ("soth", NotFound, "did you mean south?"),
        ("row:99999", NotFound, "--row-ids"),
        ("row:x", Invalid, "row:17"),
        ("run:none", NotFound, "run list"),
        ("prompt:none@1", NotFound, "prompt list"),
        ("snapshot:people@9", NotFound, "people@1 to people@2"),
    ],
)
def test_a_wrong_reference_names_its_mend(
    story: Story, ref: str, family: type[Exception], mend: str
) -> None:
    with pytest.raises(family) as refused:
        story.project.blast(ref)

    assert mend in str(refused.value)


def test_a_window_that_ends_before_it_begins_is_refused(project: Project) -> None:
    with pytest.raises(Invalid, match="empty"):
        project.blast("source:south", from_="2026-11-05", to="2026-11-01")
