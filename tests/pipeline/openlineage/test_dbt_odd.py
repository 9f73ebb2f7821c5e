"""dbt's artifacts with parts that are missing, of older and newer versions, and of odd graphs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid
from headgate.pipeline.openlineage.dbt import read_project
from headgate.pipeline.openlineage.dbt_events import events_of

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

AT = "2100-01-01T00:00:00Z"
ABOUT = {"dbt_version": "1.10.0", "generated_at": AT, "project_name": "shop"}
VIEW = {"materialized": "view"}
EPHEMERAL = {"materialized": "ephemeral"}


def node(kind: str, name: str, *parents: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Make a node with its unique id, which parents are named by."""
    unique_id = f"{kind}.shop.{name}"
    told = {"resource_type": kind, "name": name, "unique_id": unique_id, "schema": "main"}
    return unique_id, told | {"depends_on": {"nodes": list(parents)}} | more


def write(target: Path, *nodes: Any, about: Any = ABOUT, results: Any = None, **parts: Any) -> Path:
    manifest = {"metadata": about, "nodes": dict(nodes), "sources": {}} | parts
    (target / "manifest.json").write_text(json.dumps(manifest))
    if results is not None:
        (target / "run_results.json").write_text(json.dumps(results))
    return target


def inputs(target: Path) -> dict[str, list[str]]:
    """Return for each job the tables it reads."""
    return {
        event["job"]["name"]: [one["name"] for one in event["inputs"]]
        for event in events_of(read_project(target))
    }


@pytest.mark.parametrize(
    ("part", "chain"),
    [
        ("metrics", [("metric", "sum", "model.shop.orders")]),
        (
            "semantic_models",
            [
                ("semantic_model", "orders", "model.shop.orders"),
                ("metric", "sum", "semantic_model.shop.orders"),
            ],
        ),
        ("saved_queries", [("saved_query", "weekly", "model.shop.orders")]),
    ],
)
def test_a_dashboard_on_a_metric_stands_on_the_table_behind_it(
    project: Project, tmp_path: Path, part: str, chain: list[tuple[str, str, str]]
) -> None:
    between = dict(node(*one) for one in chain)
    shown = node("exposure", "sales", list(between)[-1], type="dashboard")
    write(tmp_path, node("model", "orders"), exposures=dict([shown]), **{part: between})

    found = project.lineage.dbt(str(tmp_path), namespace="duckdb://shop")

    reach = project.blast("foreign:duckdb://shop/main.orders").foreign
    assert reach is not None
    assert [one.name for one in reach.dashboards] == ["dbt://shop/exposure.sales"]
    assert (found.n_by_kind, found.n_by_status) == ({"model": 1, "exposure": 1}, {"not run": 1})


def test_models_that_make_no_table_and_stand_in_a_circle_are_looked_through_once(
    tmp_path: Path,
) -> None:
    a = node("model", "a", "model.shop.b", "seed.shop.s", config=EPHEMERAL)
    b = node("model", "b", "model.shop.a", "model.shop.gone", config=EPHEMERAL)
    top = node("model", "top", "model.shop.a", "model.shop.b", "model.shop.a")

    found = inputs(write(tmp_path, a, b, top, node("seed", "s")))

    assert found == {"model.shop.top": ["main.s"], "seed.shop.s": []}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("success", "COMPLETE"),
        ("warn", "COMPLETE"),
        ("partial success", "FAIL"),
        ("runtime error", "FAIL"),
        ("skipped", None),
        ("no-op", None),
        ("a status of tomorrow", None),
    ],
)
def test_what_became_of_a_model_is_told_by_its_status(
    project: Project, tmp_path: Path, status: str, kind: str | None
) -> None:
    results = {"results": [{"unique_id": "model.shop.m", "status": status, "timing": None}]}
    write(tmp_path, node("model", "m"), results=results)

    found = project.lineage.dbt(str(tmp_path))

    told = [json.loads(one.text) for one in project.lineage.events().events]
    assert [one["eventType"] for one in told if "run" in one] == ([kind, "START"] if kind else [])
    assert found.n_by_status == {status: 1}
    assert found.failed == (("model.shop.m",) if kind == "FAIL" else ())


def test_artifacts_of_an_older_dbt_name_no_project_and_know_no_exposures(tmp_path: Path) -> None:
    old = {key: value for key, value in ABOUT.items() if key != "project_name"}
    model = node("model", "m", "source.shop.raw.t", alias="renamed", database=None)
    source = node("source", "raw.t", identifier="t_2021")
    results = {"metadata": None, "results": None}
    write(tmp_path, model, about=old, results=results, sources=dict([source]), exposures=None)
    (event,) = events_of(read_project(tmp_path))

    assert event["job"] | {"facets": {}} == {
        "namespace": "dbt://dbt",
        "name": "model.shop.m",
        "facets": {},
    }
    assert [one["name"] for one in event["inputs"]] == ["main.t_2021"]
    assert [(one["namespace"], one["name"]) for one in event["outputs"]] == [
        ("dbt://", "main.renamed")
    ]


@pytest.mark.parametrize(
    ("broken", "results"),
    [
        ({"config": ["ephemeral"]}, None),
        ({"depends_on": ["a"]}, None),
        ({"columns": ["id"]}, None),
        ({"resource_type": ["model"]}, None),
        ({}, {"results": [{"unique_id": "model.shop.m"}]}),
        ({}, {"results": [{"node": {"unique_id": "model.shop.m"}, "error": None}]}),
        ({}, {"results": [{"unique_id": "model.shop.m", "status": "pass", "timing": [1]}]}),
        ({}, {"results": 5}),
    ],
)
def test_artifacts_that_are_not_as_dbt_writes_them_are_refused_whole(
    project: Project, tmp_path: Path, broken: dict[str, Any], results: Any
) -> None:
    write(tmp_path, node("model", "fine"), node("model", "m", **broken), results=results)

    with pytest.raises(Invalid, match="lack") as caught:
        project.lineage.dbt(str(tmp_path))

    assert "as dbt 1.5 or later writes them" in caught.value.mend
    assert project.lineage.events().n_all == 0


def test_an_exposure_that_says_least_is_told_all_the_same(project: Project, tmp_path: Path) -> None:
    shown = node("exposure", "sales", type=None, label=None, url=None)
    write(tmp_path, exposures=dict([shown]))

    project.lineage.dbt(str(tmp_path))

    (line,) = project.lineage.list().nodes
    assert (line.name, line.type) == ("dbt://shop/exposure.sales", "exposure")


def test_a_node_with_a_time_that_is_none_is_named_and_the_others_land(
    project: Project, tmp_path: Path
) -> None:
    timing = [{"name": "execute", "started_at": "soon", "completed_at": AT}]
    results = {
        "metadata": {"invocation_id": "i", "generated_at": AT},
        "results": [
            {"unique_id": "model.shop.m", "status": "success", "timing": timing},
            {"unique_id": "model.shop.n", "status": "success", "timing": []},
        ],
    }
    write(tmp_path, node("model", "m"), node("model", "n"), results=results)

    taken = project.lineage.dbt(str(tmp_path)).taken

    assert (taken.n_new, taken.n_refused) == (3, 1)
    assert "'soon' is no date or time" in taken.refused[0].reason
