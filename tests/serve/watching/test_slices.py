"""The stretches of the log that lie in a window are those a plain search finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import NotFound
from headgate.serve.watching import slices
from headgate.serve.watching.slices import read_slice, slices_in, span_of
from tests.serve.conftest import NOON, Serving, fresh

MINUTE = timedelta(minutes=1)
MINUTES = [[5, 0, 3], [3, 3, 9], [1], [7, 20]]
"""When each prediction of each call was made; calls overlap, and moments come twice."""


@pytest.fixture(scope="module")
def logged() -> Iterator[Serving]:
    with fresh() as serving:
        for name in ("prod", "other", "idle"):
            serving.deploy(name)
        for minutes in MINUTES:
            rows: list[dict[str, Any]] = [{"at": NOON + n * MINUTE, "input": n} for n in minutes]
            both = [row | {"deployment": name} for row in rows for name in ("prod", "other")]
            serving.log(both)
        yield serving


def found(serving: Serving, since: datetime, until: datetime) -> list[Any]:
    parts = [
        read_slice(serving.context, one, ["at"])
        for one in slices_in(serving.context, "prod", since, until)
    ]
    return [moment for part in parts for moment in part["at"].to_pylist()]


@given(low=st.integers(-1, 22), length=st.integers(-1, 22))
@settings(max_examples=30, deadline=None)
def test_a_window_holds_what_a_plain_search_finds(logged: Serving, low: int, length: int) -> None:
    since, until = NOON + low * MINUTE, NOON + (low + length) * MINUTE

    moments = found(logged, since, until)

    plain = sorted(n for part in MINUTES for n in part if low <= n < low + length)
    assert sorted(moments) == [NOON + n * MINUTE for n in plain]


def test_a_moment_on_the_edge_is_in_one_window_alone(logged: Serving) -> None:
    edge = NOON + 3 * MINUTE

    before, after = found(logged, NOON, edge), found(logged, edge, NOON + 30 * MINUTE)

    assert edge not in before
    assert after.count(edge) == 3
    assert len(before) + len(after) == sum(len(part) for part in MINUTES)


def test_long_stretches_are_cut_and_nothing_is_lost(
    logged: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = found(logged, NOON, NOON + 30 * MINUTE)
    monkeypatch.setattr(slices, "SLICE_ROWS", 2)

    cut = slices_in(logged.context, "prod", NOON, NOON + 30 * MINUTE)

    assert max(one.high - one.low for one in cut) == 2
    assert found(logged, NOON, NOON + 30 * MINUTE) == whole


def test_the_span_goes_from_the_first_to_the_last_answer(logged: Serving) -> None:
    assert span_of(logged.context, "prod") == (NOON, NOON + 20 * MINUTE)
    assert span_of(logged.context, "idle") is None
    with pytest.raises(NotFound, match="prd"):
        span_of(logged.context, "prd")
