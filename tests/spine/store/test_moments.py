"""Moments follow the order of commits, whoever takes them and whatever clocks say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from headgate.core.times import now
from headgate.spine.context import Context
from headgate.spine.store.moments import MOMENTS, take_moment
from headgate.spine.store.queries import bump
from headgate.spine.work import Work


def taken(context: Context, tenant: str | None = None) -> datetime:
    with Work(context) as work:
        return take_moment(work.connection, tenant or context.tenant)


def test_a_moment_is_now_and_later_than_the_one_before(context: Context) -> None:
    before = now()

    first, second = taken(context), taken(context)

    assert before <= first < second <= now()


def test_many_who_take_moments_at_once_take_different_ones(context: Context) -> None:
    with ThreadPoolExecutor(4) as pool:
        moments = list(pool.map(lambda _: [taken(context) for _ in range(10)], range(4)))

    assert all(each == sorted(each) for each in moments)
    assert len({one for each in moments for one in each}) == 40


def test_a_clock_that_was_ahead_is_followed_step_by_step(context: Context) -> None:
    ahead = now() + timedelta(hours=1)
    with Work(context) as work:
        bump(work.connection, context.tenant, MOMENTS, int(ahead.timestamp() * 1_000_000))

    first, second = taken(context), taken(context)

    assert first > now()
    assert second - first == timedelta(microseconds=1)
    assert taken(context, "another") < first
