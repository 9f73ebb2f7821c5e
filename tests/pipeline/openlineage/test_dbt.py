"""dbt's artifacts, as dbt 1.10 wrote them for a small project, some fields left out.

A seed, an ephemeral model on it, a table on that and on a source, a view on the table that was
skipped because a test failed, and a dashboard on the view.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline.openlineage.dbt import read_project
from headgate.pipeline.openlineage.dbt_events import events_of
from tests.pipeline.openlineage.checking import check_event

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

TARGET = Path(__file__).parents[2] / "fixtures" / "dbt"
PLACE = "duckdb:///shop"
TEST = "test.corner_shop.not_null_orders_known_price.e29ae5fc58"


@pytest.mark.row("S3-73", part="dbt")
def test_what_there_is_and_what_became_of_it_is_counted(project: Project) -> None:
    found = project.lineage.dbt(str(TARGET))

    kinds = {"model": 5, "seed": 1, "test": 2, "source": 1, "exposure": 1}
    assert (found.namespace, found.n_by_kind) == ("duckdb://", kinds)
    assert found.n_by_status == {"success": 2, "pass": 1, "fail": 1, "skipped": 3, "not run": 1}
    assert found.failed == (TEST,)
    assert (found.taken.n_new, found.taken.n_refused) == (12, 0)


@pytest.mark.row("S3-73", part="dbt")
def test_a_blast_of_our_dataset_reaches_the_dashboard_through_dbt(project: Project) -> None:
    project.dataset.commit("till_orders", [{"id": 1}])
    project.lineage.dbt(str(TARGET), namespace=PLACE)
    project.lineage.link(f"{PLACE}/shop.main.raw_orders", "till_orders")

    reach = project.blast(f"foreign:{PLACE}/shop.main.raw_orders").foreign

    assert reach is not None
    assert [one.name for one in reach.dashboards] == ["dbt://corner_shop/exposure.weekly_sales"]
    tables = [one.name.removeprefix(f"{PLACE}/shop.main.") for one in reach.datasets]
    assert tables == ["orders_known", "broken", "revenue", "after_broken"]


def test_a_model_that_makes_no_table_is_looked_through() -> None:
    events = list(events_of(read_project(TARGET)))

    read = {
        one["name"]
        for event in events
        if event["job"]["name"] == "model.corner_shop.orders_known"
        for one in event["inputs"]
    }

    assert read == {"shop.main.raw_orders", "shop.main.receipts"}
    assert not any("cleaned" in event["job"]["name"] for event in events)


def test_a_failed_test_is_a_failed_run_with_its_assertion() -> None:
    events = [one for one in events_of(read_project(TARGET)) if one["job"]["name"] == TEST]

    start, end = events
    (assertion,) = end["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [start["eventType"], end["eventType"]] == ["START", "FAIL"]
    assert assertion == {
        "assertion": "not_null_orders_known_price",
        "success": False,
        "column": "price",
    }
    assert end["run"]["facets"]["errorMessage"]["message"].startswith("Got 1 result")


def test_what_did_not_run_is_told_as_a_job() -> None:
    events = {one["job"]["name"]: one for one in events_of(read_project(TARGET))}

    assert "run" not in events["model.corner_shop.revenue"]
    assert events["model.corner_shop.orders_known"]["eventType"] == "COMPLETE"


@pytest.mark.row("S3-30", part="schema-valid")
def test_what_is_made_of_dbt_holds_to_the_schemas_of_the_specification() -> None:
    checked = {name for event in events_of(read_project(TARGET)) for name in check_event(event)}

    assert {"jobType", "schema", "documentation", "datasetType", "dataQualityAssertions"} <= checked


def test_reading_the_same_artifacts_again_changes_nothing(project: Project) -> None:
    project.lineage.dbt(str(TARGET))

    again = project.lineage.dbt(str(TARGET))

    assert (again.taken.n_new, again.taken.n_known) == (0, 12)


def test_a_manifest_alone_tells_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes((TARGET / "manifest.json").read_bytes())

    events = list(events_of(read_project(tmp_path)))

    assert {"run" in one for one in events} == {False}
    assert len(events) == 8


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "cannot be read"), ("[]", "cannot be read"), ('{"metadata": {}}', "lack 'nodes'")],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "manifest.json").write_text(text)

    with pytest.raises(Invalid, match=said):
        read_project(tmp_path)


def test_a_folder_without_a_manifest_is_not_found(project: Project, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no manifest\.json"):
        project.lineage.dbt(str(tmp_path))
