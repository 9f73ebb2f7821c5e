"""Promises on tables of other tools, and what is said of who makes them and who looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.messages import N_KEY
from headgate.core.times import now
from headgate.pipeline.schedule.announcing import matter_of
from headgate.pipeline.schedule.found import find_declared
from headgate.pipeline.schedule.noticing import notice
from headgate.pipeline.schedule.reports import MOST_SPELT, Trouble
from headgate.spine.lineage.events import list_events
from tests.pipeline.openlineage.telling import PLACE, dashboard, facet, table, take, told
from tests.pipeline.scheduling import at, stand
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

NAME = f"{PLACE}/shop.mart"


def promise(project: Project, text: str, name: str = NAME) -> None:
    """Promise something of one table."""
    write(project, watch=f"from headgate import Promise\n\npromises = {{{name!r}: {text}}}\n")


def wrote(run: int, n_rows: Any, hour: str, **more: Any) -> dict[str, Any]:
    """Tell of a run that wrote so many rows."""
    counted = {"outputFacets": {"outputStatistics": facet(rowCount=n_rows)}}
    made = table("shop.mart") | (counted if n_rows is not None else {})
    return told("load", run, at=f"2026-03-05T{hour}:00Z", writes=(made,), **more)


def lines(context: Context, text: str = "2026-03-05T12:00") -> list[tuple[str, str, bool]]:
    """Return each thing that was promised, what was found, and whether it was kept."""
    return [(one.promise, one.found, one.is_kept) for one in stand(context, text).promises]


def test_a_table_is_as_old_as_the_last_run_that_came_to_its_end(
    project: Project, context: Context
) -> None:
    promise(project, 'Promise(freshness="6h")')
    take(project, wrote(1, 9, "05:00"), wrote(2, 9, "11:00", kind="FAIL"))
    take(project, wrote(3, 9, "11:30", kind="START"))

    assert lines(context, "2026-03-05T11:00") == [("freshness", "6h old", True)]
    assert lines(context, "2026-03-05T11:31") == [("freshness", "6h 31m old", False)]


def test_rows_are_those_the_last_run_told_that_it_wrote(project: Project, context: Context) -> None:
    promise(project, "Promise(min_rows=1, min_written=5, volume=0.5)")
    for number, n_rows in enumerate((100, 90, 110)):
        take(project, wrote(number, n_rows, f"0{number}:00"))
    take(project, wrote(7, 50, "10:00", kind="START"), wrote(7, 4, "10:05"))

    assert lines(context) == [
        ("min_rows", "4 rows", True),
        ("min_written", "4 rows", False),
        ("volume", "4 rows, usually 100", False),
    ]


@pytest.mark.parametrize("n_rows", [None, "many", {"a": 1}])
def test_how_many_rows_is_not_guessed_where_it_was_not_told(
    project: Project, context: Context, n_rows: Any
) -> None:
    promise(project, "Promise(min_rows=0, volume=9.0)")
    take(project, wrote(1, 100, "01:00"), wrote(2, n_rows, "02:00"))

    assert lines(context) == [
        ("min_rows", "it was not told how many rows", False),
        ("volume", "it was not told how many rows, usually 100", False),
    ]


def test_a_table_of_which_nobody_told_was_never_made(project: Project, context: Context) -> None:
    promise(project, 'Promise(freshness="6h", min_written=1)')

    assert lines(context) == [
        ("freshness", "never made", False),
        ("min_written", "never made", False),
    ]


def test_a_table_is_known_under_its_other_names(project: Project, context: Context) -> None:
    promise(project, "Promise(min_rows=1)", name="s3://lake/mart")
    other = {"namespace": PLACE, "name": "shop.mart", "type": "TABLE"}
    linked = table("mart", "s3://lake", symlinks=facet(identifiers=[other]))
    take(project, told("catalog", 9, writes=(linked,), kind="START"))
    take(project, wrote(1, 5, "01:00"))

    assert lines(context) == [("min_rows", "5 rows", True)]


def test_an_append_that_brought_nothing_is_no_small_dataset(
    project: Project, context: Context
) -> None:
    promise(project, "Promise(min_rows=2, min_written=1)", name="mart")
    project.dataset.commit("orders", {"id": [1, 2]})
    text = "from headgate import step\n\n@step(mode='append')\ndef mart(orders):\n    return orders"
    write(project, flow=f"{text}.slice(0, 2 if 'n' not in orders.column_names else 0)\n")
    project.pipeline.run("flow")
    full = stand_of(context, "watch")
    project.dataset.commit("orders", {"id": [1, 2], "n": [1, 1]})

    project.pipeline.run("flow")

    assert full == [("min_rows", "2 rows", True), ("min_written", "2 rows", True)]
    assert stand_of(context, "watch") == [
        ("min_rows", "2 rows", True),
        ("min_written", "0 rows", False),
    ]


def stand_of(context: Context, pipeline: str) -> list[tuple[str, str, bool]]:
    """Return what was promised in one file, as it stands now."""
    from headgate.pipeline.schedule.status import status

    (one,) = status(context, find_declared(context.root), now(), pipeline).pipelines
    return [(line.promise, line.found, line.is_kept) for line in one.promises]


def test_the_nearest_dashboards_come_first_and_those_of_last_year_are_gone(
    project: Project,
) -> None:
    promise(project, "Promise(min_rows=1)")
    moment = f"{now():%Y-%m-%dT%H:%M:%SZ}"
    near, far, gone = dashboard("near"), dashboard("far one"), dashboard("gone")
    take(
        project,
        told("load", 1, at=moment, writes=("shop.mart",)),
        told("show", 2, at=moment, reads=("shop.mart",), writes=(near, "shop.wide")),
        told("widen", 3, at=moment, reads=("shop.wide",), writes=(far,)),
        told("old", 4, at="2020-01-01T00:00:00Z", reads=("shop.mart",), writes=(gone,)),
    )

    (trouble,) = project.pipeline.status(name="watch").pipelines[0].troubles

    assert trouble.shown_by == ("bi/near", "bi/far one")
    assert trouble.made_by == (f"airflow/load, COMPLETE {moment}",)
    assert trouble.account[1] == "shown by: bi/near; bi/far one"


def test_a_failed_step_of_ours_upstream_is_named(project: Project) -> None:
    write(
        project,
        shop="""
            from headgate import Promise, step

            promises = {"mart": Promise(min_rows=9)}

            @step
            def clean(orders):
                return orders if orders.num_rows == 1 else 1 / 0

            @step
            def mart(clean):
                return clean
        """,
    )
    project.dataset.commit("orders", {"id": [1]})
    project.pipeline.run("shop")
    project.dataset.commit("orders", {"id": [1, 2]})
    project.pipeline.run("shop")

    (trouble,) = project.pipeline.status(name="shop").pipelines[0].troubles

    assert trouble.made_by[0].startswith("step mart of pipeline shop, done ")
    assert trouble.behind[0].startswith("step clean of pipeline shop, failed ")
    assert len(trouble.behind) == 1


def test_a_dataset_that_no_run_makes_comes_from_its_source(project: Project, tmp_path: Any) -> None:
    promise(project, "Promise(min_rows=9)", name="orders")
    (tmp_path / "a.csv").write_text("id\n1\n", encoding="utf-8")
    project.source.ingest("orders", str(tmp_path / "a.csv"), source="web")

    (trouble,) = project.pipeline.status(name="watch").pipelines[0].troubles

    assert (trouble.made_by, trouble.behind, trouble.shown_by) == (("source web",), (), ())


def test_a_name_with_blanks_or_without_end_is_noticed_and_told(
    project: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADGATE_PIPELINES_NOTIFY", "hook")
    names = ("bi/Weekly 100% sales", f"{PLACE}/{'long' * 400}")
    listed = ", ".join(f"{one!r}: Promise(min_rows=1)" for one in names)
    write(project, watch=f"from headgate import Promise\n\npromises = {{{listed}}}\n")
    declared = find_declared(context.root)

    first = notice(context, declared, at("2026-03-05T12:00"))
    second = notice(context, declared, at("2026-03-05T12:01"))

    with context.catalog.read() as connection:
        events = list_events(connection, context.tenant, kind="pipeline_troubled")
    assert (first, second) == (2, 0)
    assert {one.payload["trouble"] for one in events} == {"min_rows"}
    words = [Trouble("min_rows", one, "", "").what for one in names]
    matters = [matter_of("watch", word) for word in words]
    assert matters[0].shown == names[0]
    assert all(len(one.subject) <= MOST_SPELT and len(one.key) < N_KEY for one in matters)
