"""A blast that crosses jobs of other tools: out of our datasets, on to dashboards, and back in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.spine.context import open_context
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from tests.pipeline.openlineage.telling import (
    PLACE,
    dashboard,
    facet,
    run_id,
    table,
    take,
    told,
)

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = f"{PLACE}/shop.orders"
LONG_AGO = "2001-01-01T00:00:00Z"


@pytest.fixture
def shop(project: Project) -> Project:
    """Ours: `orders`, clean and then bad. Theirs: a mart made of it, and a dashboard of that."""
    project.dataset.commit("orders", [{"id": 1}], key=["id"])
    project.dataset.commit("orders", [{"id": 2}], mode="append")
    take(
        project,
        told("etl.load", 1, reads=("shop.orders",), writes=("mart",)),
        told("bi.refresh", 2, reads=("mart",), writes=(dashboard("sales"),)),
        told("hr.load", 3, reads=("people",), writes=("staff",)),
    )
    project.lineage.link(ORDERS, "orders")
    return project


def names(nodes: tuple[Any, ...]) -> list[str]:
    return [one.name for one in nodes]


@pytest.mark.row("L-11", part="foreign jobs")
@pytest.mark.row("S3-30", part="blast")
def test_a_blast_names_the_jobs_the_tables_and_the_dashboards_behind_our_dataset(
    shop: Project,
) -> None:
    report = shop.blast("snapshot:orders@2")

    reach = report.foreign
    assert reach is not None
    assert names(reach.jobs) == ["airflow/etl.load", "airflow/bi.refresh"]
    assert (names(reach.datasets), names(reach.dashboards)) == ([f"{PLACE}/mart"], ["bi/sales"])
    assert reach.dashboards[0].through == "airflow/bi.refresh"
    assert (reach.level, reach.certainty) == ("dataset", "possible")


@pytest.mark.row("L-11", part="coverage")
def test_the_coverage_counts_what_other_tools_told(shop: Project) -> None:
    take(shop, told("blind", 4, writes=("from_nowhere",)))

    report = shop.blast("snapshot:orders@2")

    known = {one.kind: one for one in report.coverage}
    counted = {kind: (one.n_known, one.n_unknown) for kind, one in known.items()}
    assert counted["foreign datasets"] == (4, 2)
    assert counted["foreign jobs"] == (3, 1)


def test_without_foreign_lineage_nothing_is_said_of_it(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1}])

    report = project.blast("snapshot:orders@1")

    assert report.foreign is None
    assert [one.kind for one in report.coverage if "foreign" in one.kind] == []


def test_a_job_that_last_ran_before_the_bad_rows_came_is_not_reached(shop: Project) -> None:
    take(shop, told("old", 5, at=LONG_AGO, reads=("shop.orders",), writes=("archive",)))

    reach = shop.blast("snapshot:orders@2").foreign

    assert reach is not None
    assert "airflow/old" not in names(reach.jobs)


def test_a_job_told_of_outside_a_run_is_reached_whenever_that_was(shop: Project) -> None:
    declared = told("view", 0, at=LONG_AGO, reads=("shop.orders",), writes=(dashboard("live"),))
    del declared["run"], declared["eventType"]
    take(shop, declared)

    reach = shop.blast("snapshot:orders@2").foreign

    assert reach is not None
    assert "bi/live" in names(reach.dashboards)


def test_a_run_that_began_before_and_ended_after_may_have_read_bad_rows(shop: Project) -> None:
    take(
        shop,
        told("slow", 6, kind="START", at=LONG_AGO, reads=("shop.orders",), writes=("late",)),
        told("slow", 6, at="2100-01-01T00:00:00Z"),
    )

    reach = shop.blast("snapshot:orders@2").foreign

    assert reach is not None
    assert "airflow/slow" in names(reach.jobs)


@pytest.mark.parametrize(("number", "is_reached"), [(1, False), (2, True)])
def test_a_job_that_told_which_version_it_read_is_judged_by_that(
    shop: Project, number: int, is_reached: bool
) -> None:
    root = shop.dataset.show(f"orders@{number}").snapshot.content_root
    read = table("shop.orders", version=facet(datasetVersion=root))
    take(
        shop,
        told("exact", 7, kind="START", reads=("shop.orders",)),
        told("exact", 7, reads=(read,), writes=("exact_copy",)),
    )

    rid = shop.dataset.read("orders", where="id = 2", row_ids=True)["_rid"][0].as_py()
    reach = shop.blast(f"row:{rid}").foreign

    assert reach is not None
    assert ("airflow/exact" in names(reach.jobs)) is is_reached


def test_a_blast_comes_back_into_our_datasets_and_what_was_made_of_them(shop: Project) -> None:
    with shop.run("train") as run:
        shop.dataset.commit("scored", shop.dataset.read("orders", at=1), mode="replace")
        run.log_model("churn", {"weights": 1})
    take(shop, told("bi.back", 8, at="2001-01-02", reads=("mart",), writes=("ours_again",)))
    take(shop, told("bi.back", 9, reads=("mart",), writes=("ours_again",)))
    shop.lineage.link(f"{PLACE}/ours_again", "scored")

    reach = shop.blast("foreign:airflow/etl.load", from_="2001-01-01").foreign

    assert reach is not None
    assert reach.ours == ("scored",)
    assert f"{PLACE}/ours_again" not in names(reach.datasets)


def test_rows_that_came_back_in_reach_the_models_that_learned_from_them(project: Project) -> None:
    take(project, told("etl", 1, at=LONG_AGO, reads=("raw",), writes=("shop.orders",)))
    project.dataset.commit("orders", [{"id": 1}])
    project.lineage.link(ORDERS, "orders")
    with project.run("train") as run:
        project.dataset.read("orders")
        run.log_model("churn", {"weights": 1})
    project.release.create("api", model="churn@1")
    project.deployment.create("prod", release="api@1")
    project.prediction.log([{"prediction_id": "a"}], deployment="prod")

    report = project.blast(f"foreign:{PLACE}/raw")

    reach = report.foreign
    assert reach is not None
    assert (report.models, report.predictions.n_exposed) == ((), 0)
    assert (reach.ours, reach.models, reach.deployments) == (("orders",), ("churn@1",), ("prod",))
    assert reach.n_predictions == 1


def test_a_job_reaches_the_jobs_it_started(project: Project) -> None:
    by = facet(run={"runId": run_id(1)}, job={"namespace": "airflow", "name": "dag"})
    take(project, told("spark", 2, writes=(dashboard("sales"),), parent=by), told("dag", 1))

    reach = project.blast("foreign:airflow/dag").foreign

    assert reach is not None
    assert (names(reach.jobs), names(reach.dashboards)) == (
        ["airflow/dag", "airflow/spark"],
        ["bi/sales"],
    )


def test_other_names_of_a_dataset_are_followed(project: Project) -> None:
    lake = [{"namespace": "s3://lake", "name": "orders"}]
    link = {"symlinks": facet(identifiers=lake)}
    take(
        project,
        told("write", 1, writes=(table("orders", "hive", **link),)),
        told("read", 2, reads=(table("orders", "s3://lake"),), writes=(dashboard("sales"),)),
    )

    reach = project.blast("foreign:hive/orders").foreign

    assert reach is not None
    assert names(reach.dashboards) == ["bi/sales"]


@pytest.mark.parametrize("flag", ["lineage.aliases", "lineage.namespace"])
def test_settings_say_which_foreign_datasets_are_ours(
    project: Project, tmp_path: Path, flag: str
) -> None:
    project.dataset.commit("orders", [{"id": 1}])
    take(project, told("etl", 1, reads=("orders",), writes=("mart",)))
    said = {"lineage.aliases": f"{PLACE}/orders = orders", "lineage.namespace": PLACE}
    context = open_context(tmp_path / "project", flags={flag: said[flag]})

    with Project(Local(context)) as other:
        reach = other.blast("snapshot:orders@1").foreign

    assert reach is not None
    assert names(reach.jobs) == ["airflow/etl"]


def test_our_own_runs_told_back_to_us_are_not_foreign(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1}])
    with project.run("copy"):
        project.dataset.commit("copied", project.dataset.read("orders", row_ids=True))
    project.lineage.take(project.lineage.emit())

    report = project.blast("snapshot:orders@1")

    assert report.foreign is not None
    assert (report.foreign.n_jobs, report.foreign.ours) == (0, ())
    assert {one.dataset: one.level for one in report.datasets} == {"copied": "row", "orders": "row"}


def test_what_nobody_told_of_is_not_found(shop: Project) -> None:
    with pytest.raises(NotFound, match="nobody told of"):
        shop.blast("foreign:airflow/etl.lod")


def test_a_foreign_thing_takes_no_end_of_a_window_and_causes_no_rollback(shop: Project) -> None:
    with pytest.raises(Invalid, match="beginning of a window"):
        shop.blast("foreign:airflow/etl.load", to="2027-01-01")
    with pytest.raises(Invalid, match="not known by rows"):
        shop.rollback("prod", because="foreign:airflow/etl.load")


def test_a_trace_goes_up_through_foreign_jobs_to_where_data_came_from(project: Project) -> None:
    take(
        project,
        told("etl", 1, at=LONG_AGO, reads=("raw",), writes=("shop.orders",)),
        told("later", 2, writes=("shop.orders",)),
    )
    project.dataset.commit("orders", [{"id": 1}])
    project.lineage.link(ORDERS, "orders")

    found = {one.ref: one for one in project.trace("snapshot:orders@1").nodes}

    assert list(found) == ["snapshot:orders@1", "foreign:airflow/etl", f"foreign:{PLACE}/raw"]
    assert found["foreign:airflow/etl"].facts["state"] == "COMPLETE"


def test_a_trace_can_begin_at_a_foreign_dataset(shop: Project) -> None:
    found = [one.ref for one in shop.trace("foreign:bi/sales").nodes]

    assert found[:4] == [
        "foreign:bi/sales",
        "foreign:airflow/bi.refresh",
        f"foreign:{PLACE}/mart",
        "foreign:airflow/etl.load",
    ]
    assert found[4:] == [f"foreign:{ORDERS}", "snapshot:orders@2"]
