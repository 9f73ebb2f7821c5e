"""Service levels are told by a check: met or not, beside what was promised."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from headgate.contract.reports import CheckReport, LevelResult
from headgate.core.times import now
from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.contract.sample import contract_text
from tests.contract.service.histories import NOON, take
from tests.surfaces.shell import shell

HOUR = timedelta(hours=1)
COLUMNS: list[dict[str, object]] = [{"name": "id", "logicalType": "integer"}]


def write(project: Project, *levels: dict[str, Any], **more: object) -> None:
    """Promise service levels of orders."""
    file = Path(project.address) / "contracts" / "orders.yaml"
    file.parent.mkdir(exist_ok=True)
    about: dict[str, object] = {"id": "orders"}
    about |= {"schema": [{"name": "orders", "properties": COLUMNS}]} | more
    file.write_text(contract_text(**about, slaProperties=list(levels)), encoding="utf-8")


def latency(value: Any = 2, unit: str = "h", **more: Any) -> dict[str, Any]:
    return {"property": "latency", "value": value, "unit": unit} | more


def told(report: CheckReport) -> list[tuple[str, bool | None, str]]:
    return [(one.level, one.is_met, one.measured) for one in report.service_levels]


@pytest.mark.row("S1-07", part="service levels")
def test_each_level_is_told_with_what_is_beside_what_was_promised(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1}])
    write(project, latency(), {"property": "availability", "value": 99.9, "unit": "percent"})

    report = project.contract.check("orders")

    fresh, available = report.service_levels
    assert (report.passed, report.has_findings, report.n_broken) == (True, False, 0)
    assert (fresh.is_met, fresh.measured) == (True, "less than a minute old")
    assert (fresh.promised, fresh.clause, fresh.severity) == (
        "at most 2 h old",
        "slaProperties[0]",
        "error",
    )
    assert available.is_met is None
    assert "hands the data out" in available.measured


def test_a_stale_dataset_does_not_pass_and_the_line_of_its_clause_is_named(
    project: Project,
) -> None:
    take(project, 3 * HOUR, [1, 2])
    write(project, latency())

    report = project.contract.check("orders")

    (stale,) = report.service_levels
    text = (Path(project.address) / "contracts" / "orders.yaml").read_text("utf-8").splitlines()
    assert (report.passed, report.has_findings, report.n_broken) == (False, True, 1)
    assert (report.violations, [one.is_kept for one in report.rules]) == ((), [True])
    assert stale.line is not None
    assert "latency" in text[stale.line - 1]


def test_a_level_that_is_a_warning_is_broken_and_passes(project: Project) -> None:
    take(project, 3 * HOUR, [1])
    write(
        project,
        latency(),
        customProperties=[{"property": "serviceLevelSeverity", "value": "warning"}],
    )

    report = project.contract.check("orders")

    assert (report.passed, report.has_findings, report.n_broken) == (True, False, 1)
    assert [(one.is_met, one.severity) for one in report.service_levels] == [(False, "warning")]


def test_an_older_snapshot_is_as_old_as_it_was_when_the_next_one_came(project: Project) -> None:
    for days in (3, 1):
        take(project, timedelta(days=days), [days])
    write(project, latency(1, "min"))

    first, newest = (project.contract.check("orders", at=at) for at in ("1", None))

    ages = [one.service_levels[0].figure or 0 for one in (first, newest)]
    assert ages[0] - ages[1] == pytest.approx(2 * 86_400, abs=60)


def test_a_level_about_a_column_is_held_to_its_newest_moment(project: Project) -> None:
    at = now()
    rows = pa.table(
        {
            "id": [1, 2, 3],
            "placed": pa.array([at - 5 * HOUR, at - 3 * HOUR, None], pa.timestamp("us", "UTC")),
            "plain": pa.array([at.replace(tzinfo=None)] * 3, pa.timestamp("us")),
            "never": pa.nulls(3, pa.timestamp("us")),
            "words": ["a", "b", "c"],
        }
    )
    project.dataset.commit("orders", rows)
    names = ("placed", "plain", "never", "words", "paid")
    write(project, *(latency(2, "h", element=f"orders.{name}") for name in names))

    report = project.contract.check("orders")

    assert [(one.about, one.is_met, one.measured) for one in report.service_levels] == [
        ("placed", False, "3h old"),
        ("plain", True, "less than a minute old"),
        ("never", False, "nothing came yet"),
        ("words", False, "words is text, which tells no moment"),
        ("paid", False, "there is no column paid"),
    ]


def test_rows_of_yesterday_are_counted_by_a_column_hour_by_hour(project: Project) -> None:
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    placed = [midnight - hours * HOUR for hours in (25, 24, 20, 13, 12, 1)] + [midnight]
    zoned = pa.array(placed, pa.timestamp("us", "UTC"))
    project.dataset.commit("orders", pa.table({"id": range(7), "placed": zoned}))
    half: dict[str, Any] = {"property": "completeness", "value": 50, "unit": "percent"}
    write(
        project,
        {"property": "volume", "value": 6, "unit": "rows"},
        half | {"valueExt": "12:00"},
        half | {"valueExt": "04:00"},
        slaDefaultElement="placed",
    )

    report = project.contract.check("orders")

    day = f"{midnight - HOUR:%Y-%m-%d}"
    assert told(report) == [
        ("volume", False, f"5 rows on {day}"),
        ("completeness", True, f"60 % by 12:00 on {day}"),
        ("completeness", False, f"20 % by 04:00 on {day}"),
    ]


def test_levels_about_columns_are_asked_in_the_query_that_counts(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headgate.contract.checking import Arrow

    asked: list[str] = []
    ask = Arrow.ask
    monkeypatch.setattr(Arrow, "ask", lambda self, sql: (asked.append(sql), ask(self, sql))[1])
    project.dataset.commit("orders", [{"id": 1, "placed": now()}])
    write(project, latency(element="placed"), latency(), {"property": "volume", "value": 0})

    project.contract.check("orders")

    (sql,) = asked
    assert "epoch" in sql


def test_the_rows_of_a_day_and_the_hours_are_those_of_arrivals(project: Project) -> None:
    yesterday = (now() - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    for hour, ids in ((6, [1, 2, 3]), (18, [4])):
        take(project, NOON - (yesterday + hour * HOUR), ids)
    write(
        project,
        {"property": "volume", "value": 5, "unit": "rows"},
        {"property": "completeness", "value": 75, "unit": "percent", "valueExt": "07:00"},
        {"property": "retention", "value": 1, "unit": "y"},
    )

    report = project.contract.check("orders")

    day = f"{yesterday:%Y-%m-%d}"
    assert told(report) == [
        ("volume", False, f"4 rows on {day}"),
        ("completeness", True, f"75 % by 07:00 on {day}"),
        ("retention", True, f"nothing given up since {datetime.now(UTC):%Y-%m-%d}"),
    ]


def test_a_terminal_and_json_tell_the_same_levels(project: Project) -> None:
    take(project, 3 * HOUR, [1])
    write(project, latency(), {"property": "generalAvailability", "value": "2026-01-01"})
    run = shell(table(), Path(project.address))

    plain, machine = (
        run("contract", "check", "orders"),
        run("contract", "check", "orders", "--json"),
    )

    levels = json.loads(machine.out)["service_levels"]
    assert (plain.code, machine.code) == (1, 1)
    assert [(one["level"], one["is_met"]) for one in levels] == [
        ("latency", False),
        ("generalAvailability", None),
    ]
    lines = plain.out.splitlines()
    (stale,) = (line for line in lines if line.startswith("  latency"))
    assert "not met: " in stale
    assert "generalAvailability  not checked: people keep such a date" in plain.out
    assert f"(error, line {levels[0]['line']})" in " ".join(plain.out.split())


def test_the_gate_holds_no_row_back_for_a_service_level(project: Project) -> None:
    write(project, latency(1, "s", element="placed"), {"property": "volume", "value": 10**9})
    project.contract.publish("orders", gate="refuse")

    report = project.dataset.commit("orders", [{"id": 1, "placed": NOON - 99 * HOUR}])

    assert (report.n_rows, report.n_quarantined) == (1, 0)
    assert not project.contract.check("orders").passed


def test_levels_are_named_by_their_clause_though_one_is_about_others(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1}])
    schema = [{"name": "orders"}, {"name": "lines"}]
    write(project, latency(element="lines"), latency(element="orders"), schema=schema)

    found: tuple[LevelResult, ...] = project.contract.check("orders").service_levels

    assert [one.clause for one in found] == ["slaProperties[1]"]
