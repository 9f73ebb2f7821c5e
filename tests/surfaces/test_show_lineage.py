"""How a terminal shows the lineage of other tools."""

from __future__ import annotations

from datetime import UTC, datetime

from headgate.flows.reports import ForeignNode, ForeignReach
from headgate.pipeline.openlineage.reports import (
    DbtTaken,
    ForeignEvent,
    ForeignEvents,
    ForeignLink,
    ForeignList,
    Refused,
    Taken,
)
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.crossing import N_SHOWN, foreign_lines
from headgate.surfaces.cli.show.lineage import (
    dbt_lines,
    events_lines,
    link_lines,
    list_lines,
    take_lines,
)

WHEN = datetime(2026, 11, 3, 10, tzinfo=UTC)
PAINT = Paint(width=80)


def nodes(kind: str, n: int) -> tuple[ForeignNode, ...]:
    return tuple(ForeignNode(f"bi/{kind}{number}", None, WHEN, None) for number in range(n))


def test_refused_events_are_shown_with_what_is_wrong() -> None:
    refused = (Refused(3, "it has no time", "give it one"),)

    lines = take_lines(Taken(5, 2, 2, 1, refused), PAINT)

    assert lines[:2] == ["2 events taken of 5", "2 had come before and changed nothing"]
    assert lines[3] == "left out: 1 event"
    assert lines[5].split() == ["3", *["it", "has", "no", "time", "give", "it", "one"]]


def test_an_empty_list_says_what_to_do() -> None:
    lines = list_lines(ForeignList("job", (), 0), PAINT)

    assert lines == ["no foreign job was told of", "take events in: headgate lineage take FILE"]


def test_events_stand_under_their_numbers() -> None:
    lines = events_lines(ForeignEvents((ForeignEvent(7, '{"a": 1}'),), 9), PAINT)

    assert lines == ["event 7", '{"a": 1}', "1 of 9 events"]


def test_a_link_says_whether_it_was_there_before() -> None:
    links = [ForeignLink("pg/orders", "orders", was_new=False), ForeignLink("pg/a", None, True)]

    assert [link_lines(one, PAINT) for one in links] == [
        ["pg/orders is orders", "it was before"],
        ["pg/a is none of ours"],
    ]


def test_what_dbt_did_names_what_failed() -> None:
    found = DbtTaken("pg://", {"model": 2}, {"fail": 1}, ("test.shop.unique",), Taken(3, 3, 0, 0))

    lines = dbt_lines(found, PAINT)

    assert "failed     test.shop.unique" in lines
    assert lines[-1] == "3 events taken of 3"


def test_dashboards_are_named_first_and_what_is_many_is_counted() -> None:
    reach = ForeignReach(
        n_datasets=40,
        n_jobs=1,
        n_dashboards=1,
        datasets=nodes("t", 40),
        jobs=nodes("j", 1),
        dashboards=(ForeignNode("bi/sales", "dashboard", None, "airflow/refresh"),),
        ours=("scored",),
        models=("churn@1",),
        n_predictions=1200,
    )

    lines = foreign_lines(reach, PAINT)

    assert lines[1] == "possibly, in other tools: 1 job, 40 datasets, 1 dashboard"
    assert lines[2].split() == ["dashboard", "bi/sales"]
    assert sum("bi/t" in line for line in lines) == N_SHOWN
    assert any("and 30 datasets more" in line for line in lines)
    assert any(line.split() == ["ours", "again", "scored"] for line in lines)
    assert any(line.split() == ["predictions", "1,200"] for line in lines)
    assert "Possible only" in " ".join(lines)


def test_where_nothing_was_reached_it_says_so() -> None:
    lines = foreign_lines(ForeignReach(0, 0, 0, (), (), ()), PAINT)

    assert lines[1:] == ["possibly, in other tools: 0 jobs, 0 datasets, 0 dashboards", "  none"]
