"""When rows came, and what was given up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from headgate.contract.service.history import gaps, history_of, shortest_kept
from headgate.core.nouns import Snapshot
from headgate.core.times import now
from headgate.spine.context import Context
from headgate.spine.store.snapshots import find_snapshot
from headgate.surfaces.python import Project
from tests.contract.service.histories import DAY, NOON, START, daily, history, snapshot, take


def test_what_comes_after_the_moment_is_not_known_yet() -> None:
    known = history(daily(5), at=2 * DAY)

    assert known.newest == START + timedelta(days=1, hours=6)
    assert len(known.moments) == 2
    assert known.last_day == date(2026, 11, 3)


def test_batches_of_one_moment_are_one_arrival() -> None:
    known = history({1: 5, 3: 1}, at=4)
    twice = known._replace(arrivals=[known.arrivals[0], *known.arrivals])

    assert gaps(twice.moments) == [timedelta(hours=2)]


def test_days_are_counted_from_midnight_and_the_one_that_goes_on_is_not_over() -> None:
    known = history({0: 1, 23.999: 2, DAY: 4, 3 * DAY: 8, 3 * DAY + 1: 16}, at=3 * DAY + 2)

    assert known.between(START, START + timedelta(days=1)) == 3
    assert known.last_day_with_rows() == date(2026, 11, 3)
    assert history({}, at=1).last_day_with_rows() is None
    assert history({}, at=1).newest is None


def test_rows_came_when_their_batch_arrived_and_the_newest_snapshot_stands_until_now(
    project: Project, context: Context
) -> None:
    for days in (2, 1):
        take(project, timedelta(days=days), [days])
    took_at = now()

    newest = history_of(context, find_snapshot(context, "orders"))
    first = history_of(context, find_snapshot(context, "orders", "1"))

    assert newest.newest == NOON - timedelta(days=1)
    assert newest.at >= took_at > first.at
    assert [one.at for one in first.arrivals] == [NOON - timedelta(days=2)]


def test_a_branch_has_its_own_history(project: Project, context: Context) -> None:
    project.dataset.commit("orders", [{"id": 1}])
    project.dataset.branch("orders", "trial")
    project.dataset.commit("orders", [{"id": 1}, {"id": 2}], branch="trial")

    main, trial = (
        history_of(context, find_snapshot(context, "orders", at)) for at in (None, "trial")
    )

    assert [one.n_rows for one in main.arrivals] == [1]
    assert [one.n_rows for one in trial.arrivals] == [1, 2]
    assert main.at > trial.arrivals[-1].at


def expired(number: int, days: float, lived: float, **changes: int) -> Snapshot:
    at = START + timedelta(days=days + lived)
    return snapshot(number, days * DAY, expired_at=at, **changes)


@pytest.mark.parametrize(
    ("chain", "lived"),
    [
        ([snapshot(1, 0), snapshot(2, 1, n_removed=5)], None),
        ([expired(1, 0, 30), snapshot(2, DAY)], None),
        ([expired(1, 0, 30), snapshot(2, DAY, n_removed=1)], 30),
        ([expired(1, 0, 30), snapshot(2, DAY, n_changed=1)], 30),
        ([expired(1, 0, 30), snapshot(2, DAY, n_removed=1, kind="erase")], None),
        ([expired(1, 0, 30), expired(2, 1, 20), snapshot(3, 48, n_removed=1)], 20),
        ([expired(1, 0, 30), snapshot(2, DAY), snapshot(3, 48, n_removed=1)], None),
    ],
)
def test_rows_are_given_up_where_no_kept_snapshot_holds_them(
    chain: list[Snapshot], lived: float | None
) -> None:
    found = shortest_kept(chain)

    assert found == (None if lived is None else timedelta(days=lived))
