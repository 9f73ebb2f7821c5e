"""Which times should have run: late, missing, caught up or given up."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.pipeline.schedule.declared import CatchUp, Schedule
from headgate.pipeline.schedule.expected import N_RECENT, due, key_of, recent, reckon
from headgate.pipeline.schedule.nouns import Tick, TickState
from tests.pipeline.scheduling import at

DAILY = Schedule("0 6 * * *", grace="30m")
MONDAY, NOON = at("2026-03-02T00:00"), at("2026-03-05T12:00")
TIMES = [at(f"2026-03-0{day}T06:00") for day in (2, 3, 4, 5)]


def ticks(**states: TickState) -> dict[datetime, Tick]:
    """Make ticks of days of March, named as `d2`."""
    moments = {name: at(f"2026-03-0{name[1]}T06:00") for name in states}
    return {
        moments[name]: Tick("flow", name, "schedule", moments[name], state=state)
        for name, state in states.items()
    }


def test_a_schedule_that_nothing_ran_is_missing_but_for_the_time_that_may_still_run() -> None:
    found = reckon(DAILY, MONDAY, {}, NOON)

    assert found.missing == tuple(TIMES[:3])
    assert found.late == (TIMES[3],)
    assert found.next_at == at("2026-03-06T06:00")


@pytest.mark.parametrize("minutes", [0, 29, 30])
def test_a_time_is_not_late_within_its_grace(minutes: int) -> None:
    found = reckon(DAILY, TIMES[2], {}, TIMES[3] + timedelta(minutes=minutes))

    assert (found.late, found.missing) == ((), ())


def test_a_time_is_late_as_soon_as_its_grace_is_over() -> None:
    found = reckon(DAILY, TIMES[2], {}, TIMES[3] + timedelta(minutes=30, seconds=1))

    assert found.late == (TIMES[3],)


@pytest.mark.parametrize("state", ["done", "failed", "running", "skipped"])
def test_what_is_missing_before_the_last_that_began_is_history(state: TickState) -> None:
    found = reckon(DAILY, MONDAY, ticks(d4=state), NOON)

    assert (found.late, found.missing) == ((TIMES[3],), ())


@pytest.mark.parametrize("state", ["waiting", "missed"])
def test_a_tick_that_never_began_is_as_missing_as_none(state: TickState) -> None:
    found = reckon(DAILY, MONDAY, ticks(d2="done", d3=state, d4=state), NOON)

    assert (found.late, found.missing) == ((TIMES[3],), (TIMES[1], TIMES[2]))


def test_the_latest_runs_and_those_before_it_are_missed() -> None:
    found = due(DAILY, MONDAY, NOON)

    assert (found.run, found.missed) == ((TIMES[3],), tuple(TIMES[:3]))


def test_all_of_them_run_if_asked_for() -> None:
    found = due(Schedule("0 6 * * *", catch_up="all"), MONDAY, NOON)

    assert (found.run, found.missed) == (tuple(TIMES), ())


def test_none_runs_but_one_in_its_grace_if_asked_for() -> None:
    schedule = Schedule("0 6 * * *", catch_up="none", grace="30m")

    late, in_time = (due(schedule, MONDAY, one) for one in (NOON, at("2026-03-05T06:30")))

    assert (late.run, late.missed) == ((), tuple(TIMES))
    assert (in_time.run, in_time.missed) == ((TIMES[3],), tuple(TIMES[:3]))


def test_of_very_many_times_the_newest_are_looked_at() -> None:
    clock = Schedule("* * * * *").clock

    found = recent(clock, at("2020-01-01"), NOON)

    assert len(found) == N_RECENT
    assert found[-1] == NOON
    assert found[0] == NOON - timedelta(minutes=N_RECENT - 1)


def test_a_rare_time_is_found_however_long_ago() -> None:
    clock = Schedule("0 0 29 2 *").clock

    found = recent(clock, at("2020-01-01"), at("2028-01-01"))

    assert found == [at("2020-02-29"), at("2024-02-29")]


def test_a_time_is_known_by_its_schedule_and_its_moment() -> None:
    nightly = Schedule("0 6 * * *", name="nightly")

    assert key_of(nightly, TIMES[0]) == "nightly@2026-03-02T06:00:00Z"


MOMENTS = st.integers(0, 60 * 24 * 4).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
STATES: list[TickState] = ["waiting", "running", "done", "failed", "skipped", "missed"]


@given(
    moment=MOMENTS,
    grace=st.integers(0, 48),
    known=st.dictionaries(st.sampled_from(TIMES), st.sampled_from(STATES)),
)
def test_late_and_missing_are_what_a_plain_count_finds(
    moment: datetime, grace: int, known: dict[datetime, TickState]
) -> None:
    schedule = Schedule("0 6 * * *", grace=f"{grace}h")
    rows = {one: Tick("flow", "k", "schedule", one, state=state) for one, state in known.items()}

    found = reckon(schedule, MONDAY, rows, moment)

    came = [one for one in TIMES if one <= moment]
    begun = [one for one, state in known.items() if state not in ("waiting", "missed")]
    open_ = [one for one in came if not any(other >= one for other in begun)]
    over = [one for one in open_ if (moment - one) > timedelta(hours=grace)]
    assert list(found.missing) == [one for one in over if one != came[-1]]
    assert list(found.late) == [one for one in over if one == came[-1]]


@given(after=MOMENTS, until=MOMENTS, policy=st.sampled_from(["latest", "all", "none"]))
def test_every_time_that_came_is_run_or_missed_and_none_is_both(
    after: datetime, until: datetime, policy: CatchUp
) -> None:
    schedule = Schedule("0 6 * * *", grace="2h", catch_up=policy)

    found = due(schedule, after, until)

    came = [one for one in TIMES if after < one <= until]
    assert sorted((*found.run, *found.missed)) == came
    assert len(found.run) == {"latest": len(came[:1]), "all": len(came)}.get(
        policy, sum(until - one <= timedelta(hours=2) for one in came)
    )
    assert not set(found.run) & set(found.missed)
