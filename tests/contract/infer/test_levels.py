"""Service levels are proposed from a history that can bear them, and hold on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.contract.infer.levels import levels
from headgate.contract.odcs.levels import fault
from headgate.contract.odcs.nouns import Level
from headgate.contract.service.history import History
from headgate.contract.service.measuring import measured
from headgate.core.times import now
from headgate.surfaces.python import Project
from tests.contract.service.histories import DAY, NOON, daily, history, take


def named(history: History) -> dict[str, Level]:
    """Propose levels, by their names; of those of one name the last."""
    return {one.property: one for one in levels(history, "orders")[0]}


def test_data_may_be_twice_as_old_as_arrivals_usually_lie_apart() -> None:
    came = dict.fromkeys((0.0, 24.0, 48.0, 75.0, 96.0), 10)

    found = named(history(came, at=97))["latency"]

    assert (found.value, found.unit, found.element) == (2, "d", "orders")
    assert found.description == ("rows came 5 times on 5 days, usually 1d apart, 1d 3h at most")


@pytest.mark.parametrize(
    "came",
    [
        {},
        {0.0: 1},
        {0.0: 1, 30.0: 1},
        {n / 3600: 1 for n in range(50)},
        {23.999: 1, 24.001: 1, 24.002: 1},
        {n / 60: 1 for n in range(60 * 20)},
    ],
)
def test_commits_seconds_apart_or_of_a_day_say_nothing(came: dict[float, int]) -> None:
    assert levels(history(came, at=max(came, default=0) + 1), "orders") == ([], [])


def test_many_commits_of_three_days_may_lie_as_far_apart_as_the_nights() -> None:
    came = {DAY * day + 8 + n / 60: 1 for day in range(3) for n in range(60)}

    found = named(history(came, at=2 * DAY + 10))["latency"]

    assert (found.value, found.unit) == (2, "d")
    assert "usually 1m apart, 23h 1m at most" in found.description


def test_a_dataset_that_has_gone_stale_is_not_promised_to_be_fresh() -> None:
    kept, broken = levels(history(daily(10), at=60 * DAY), "orders")

    assert [one.property for one in kept] == ["completeness", "completeness"]
    assert broken == [
        "latency at most 2 d old: 50d 18h old at 2027-01-01T00:00",
        "volume at least 50 and at most 200 rows a day: 0 rows on 2026-12-31 at 2027-01-01T00:00",
    ]


def test_rows_of_a_day_are_promised_where_some_came_on_every_day() -> None:
    came = {DAY * day + 6: 100 + day for day in range(6)} | {6 * DAY + 1: 5}
    weekdays = {at: n for at, n in came.items() if not 2 * DAY < at < 3 * DAY}

    found = named(history(came, at=6 * DAY + 2))["volume"]

    assert (found.value, found.value_ext, found.unit) == (50, 210, "rows")
    assert found.description == "100 to 105 rows on each of 6 days; half to twice of it"
    assert "volume" not in named(history(weekdays, at=6 * DAY + 2))


def test_by_which_hour_a_days_rows_have_come_is_told_by_the_latest_day() -> None:
    hours = {6: 60, 9: 37, 20: 3}
    came = {DAY * day + hour: n for day in range(6) for hour, n in hours.items()}
    came = came | {3 * DAY + 11: came.pop(3 * DAY + 9)} | {6 * DAY + 1: 5}

    *_, half, most = levels(history(came, at=6 * DAY + 2), "orders")[0]

    assert [(one.value, one.unit, one.value_ext) for one in (half, most)] == [
        (50, "percent", "07:00"),
        (95, "percent", "12:00"),
    ]
    assert "on each of 6 days" in most.description


def test_four_days_say_nothing_of_hours_or_rows() -> None:
    found = named(history(daily(5), at=4 * DAY + 7))

    assert list(found) == ["latency"]


@given(
    st.lists(st.floats(0, 20 * DAY), min_size=1, max_size=60, unique=True),
    st.floats(0, 5 * DAY),
)
def test_what_is_proposed_can_be_read_and_holds_on_its_history(
    hours: list[float], after: float
) -> None:
    known = history({hour: 1 + int(hour) % 7 for hour in hours}, at=max(hours) + after)

    proposed, _ = levels(known, "orders")

    assert [fault(one) for one in proposed] == [None] * len(proposed)
    assert all(measured(one, known).is_met is not False for one in proposed)


def test_a_proposal_from_days_of_arrivals_passes_its_own_check(project: Project) -> None:
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    for days in range(6, 0, -1):
        rows = list(range(10 * days, 10 * days + 10))
        take(project, NOON - (midnight - timedelta(days=days) + timedelta(hours=7)), rows)

    report = project.contract.infer("orders", write=True)

    assert [one.clause for one in report.service_levels] == [
        "latency",
        "volume",
        "completeness",
        "completeness",
    ]
    assert report.service_levels[1].says == "at least 5 and at most 20 rows a day"
    checked = project.contract.check("orders")
    assert [one.is_met for one in checked.service_levels] == [True] * 4
    assert checked.passed
