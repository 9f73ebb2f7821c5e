"""Promises on datasets: kept, broken, and on what nobody ever made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from headgate import Promise
from headgate.core.errors import Invalid
from headgate.pipeline.schedule.nouns import Commit
from headgate.pipeline.schedule.promises import keep_promises
from tests.pipeline.scheduling import at

NOON = at("2026-03-05T12:00")


def commits(*rows: int, hours: float = 1.0) -> list[Commit]:
    """Make snapshots, the newest first, made every so many hours until then."""
    times = [NOON - n * timedelta(hours=hours) for n in range(1, len(rows) + 1)]
    return [
        Commit(number, n_rows, time)
        for number, n_rows, time in zip(range(len(rows), 0, -1), rows, times, strict=True)
    ]


def kept(promise: Promise, *rows: int, hours: float = 1.0) -> list[bool]:
    return [one.is_kept for one in keep_promises("d", promise, commits(*rows, hours=hours), NOON)]


@pytest.mark.parametrize(("hours", "is_kept"), [(25, True), (26, True), (26.001, False)])
def test_a_snapshot_may_be_as_old_as_was_promised(hours: float, *, is_kept: bool) -> None:
    assert kept(Promise(freshness="26h"), 5, hours=hours) == [is_kept]


@pytest.mark.parametrize(("rows", "is_kept"), [(0, False), (99, False), (100, True)])
def test_a_snapshot_has_as_many_rows_as_were_promised(rows: int, *, is_kept: bool) -> None:
    assert kept(Promise(min_rows=100), rows) == [is_kept]


@pytest.mark.parametrize(
    ("rows", "is_kept"),
    [((50, 100, 90, 110), True), ((49, 100, 90, 110), False), ((151, 100), False), ((7,), True)],
)
def test_a_volume_is_compared_with_the_median_before(
    rows: tuple[int, ...], *, is_kept: bool
) -> None:
    assert kept(Promise(volume=0.5), *rows) == [is_kept]


def test_what_was_never_made_breaks_every_promise() -> None:
    promise = Promise(freshness="1h", min_rows=0, volume=1.0)

    found = list(keep_promises("d", promise, [], NOON))

    assert [(one.promise, one.is_kept, one.found) for one in found] == [
        ("freshness", False, "never made"),
        ("min_rows", False, "never made"),
        ("volume", False, "never made"),
    ]


def test_promises_are_told_in_words() -> None:
    promise = Promise(freshness="26h", min_rows=1, volume=0.2)

    found = list(keep_promises("d", promise, commits(1500, 1000, 1010), NOON))

    assert [(one.wanted, one.found) for one in found] == [
        ("at most 26h old", "1h old"),
        ("at least 1 row", "1,500 rows"),
        ("within 20% of what is usual", "1,500 rows, usually 1,005"),
    ]


@pytest.mark.parametrize(("n_written", "is_kept"), [(0, False), (1, True), (None, False)])
def test_a_snapshot_was_written_with_as_many_rows_as_were_promised(
    n_written: int | None, *, is_kept: bool
) -> None:
    newest = Commit(2, 100, NOON, n_written)

    (found,) = keep_promises("d", Promise(min_written=1), [newest], NOON)

    assert found.is_kept is is_kept
    assert found.wanted == "at least 1 row written the last time"


@pytest.mark.parametrize(
    "given",
    [{}, {"min_rows": -1}, {"min_written": "1"}, {"volume": float("nan")}, {"volume": -0.1}],
)
def test_a_promise_that_cannot_be_kept_or_broken_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        Promise(**given)

    assert caught.value.mend
