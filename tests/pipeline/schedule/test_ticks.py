"""Ticks under any order of deeds: none is lost or ends twice, one of a pipeline runs at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

import headgate
from headgate.pipeline.schedule import queries, ticks
from headgate.pipeline.schedule.nouns import Cursor, Hold, Tick
from headgate.pipeline.schedule.ticks import MOST_TRIES, Moved, Place
from headgate.spine.context import Context, open_context
from headgate.spine.lineage.events import list_events
from tests.pipeline.scheduling import at

START = at("2026-03-02T06:00")
HOLD = timedelta(minutes=1)
PIPELINES = ("north", "south")


@dataclass
class Known:
    """What the test holds of a tick that was queued."""

    ended: list[str] = field(default_factory=list[str])


class Queue(RuleBasedStateMachine):
    """Schedulers that queue, take, hold, lose and end ticks, and a clock that goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        headgate.init(Path(self._folder.name) / "p").close()
        self.context: Context = open_context(Path(self._folder.name) / "p")
        self.now: datetime = START
        self.known: dict[tuple[str, str], Known] = {}
        self.held: list[Tick] = []

    def teardown(self) -> None:
        self.context.opened.close()
        self._folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self.queue(PIPELINES[0], {0})

    @rule(pipeline=st.sampled_from(PIPELINES), numbers=st.sets(st.integers(0, 6), min_size=1))
    def queue(self, pipeline: str, numbers: set[int]) -> None:
        place = Place(pipeline, "schedule")
        with self.context.catalog.read() as connection:
            before = queries.cursor_of(connection, self.context.tenant, pipeline, "schedule")
        found = [Tick(pipeline, f"k{n}", "schedule", START + timedelta(minutes=n)) for n in numbers]

        fresh = ticks.queue(
            self.context, place, Moved(before, Cursor(len(numbers), "", self.now)), found
        )

        assert fresh is not None
        keys = {(pipeline, one.key) for one in fresh}
        assert keys == {(pipeline, one.key) for one in found} - self.known.keys()
        self.known |= {key: Known() for key in keys}

    @rule(pipelines=st.sampled_from([PIPELINES, PIPELINES[:1], PIPELINES[1:]]))
    def take(self, pipelines: tuple[str, ...]) -> None:
        hold = Hold(f"s{len(self.held)}", self.now + HOLD, self.now)

        taken = ticks.take(self.context, pipelines, hold)

        if taken is not None:
            assert taken.pipeline in pipelines
            assert "done" not in self.known[taken.pipeline, taken.key].ended
            self.held.append(taken)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), state=st.sampled_from(["done", "failed"]))
    def finish(self, data: st.DataObject, state: Any) -> None:
        tick = data.draw(st.sampled_from(self.held))

        is_mine = ticks.finish(self.context, msgspec.structs.replace(tick, state=state))

        self.held.remove(tick)
        if is_mine:
            self.known[tick.pipeline, tick.key].ended.append(state)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        tick = data.draw(st.sampled_from(self.held))
        ticks.put_back(self.context, tick, tick.n_tries - 1)
        self.held.remove(tick)

    @precondition(lambda self: self.held)
    @rule()
    def keep(self) -> None:
        kept = ticks.keep(self.context, self.held, self.now + HOLD)

        assert kept <= len(PIPELINES)

    @rule(seconds=st.sampled_from([1, 50, 120]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        ticks.recover(self.context, self.now)
        for tick in self.all():
            if tick.state == "failed" and tick.why.startswith("whoever ran it"):
                ended = self.known[tick.pipeline, tick.key].ended
                if ended[-1:] != ["lost"]:
                    assert tick.n_tries >= MOST_TRIES
                    ended.append("lost")

    @rule(pipeline=st.sampled_from(PIPELINES))
    def retry(self, pipeline: str) -> None:
        for tick in ticks.retry(self.context, pipeline):
            self.known[pipeline, tick.key].ended.append("retried")

    @invariant()
    def none_is_lost(self) -> None:
        assert {(one.pipeline, one.key) for one in self.all()} == self.known.keys()

    @invariant()
    def one_of_a_pipeline_runs_at_a_time(self) -> None:
        running = [one.pipeline for one in self.all() if one.state == "running"]
        assert len(running) == len(set(running))

    @invariant()
    def none_ends_well_twice(self) -> None:
        for key, one in self.known.items():
            assert one.ended.count("done") <= 1
            if "done" in one.ended:
                assert {tick.state for tick in self.all() if (tick.pipeline, tick.key) == key} == {
                    "done"
                }

    def all(self) -> list[Tick]:
        with self.context.catalog.read() as connection:
            return [
                tick
                for pipeline in PIPELINES
                for tick in queries.newest_ticks(
                    connection, self.context.tenant, pipeline, "schedule", 100
                )
            ]


SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def test_any_order_of_deeds_loses_no_tick_and_ends_none_twice() -> None:
    few = settings(
        max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=SLOW
    )
    run(few)


@pytest.mark.full
def test_very_many_orders_of_deeds_lose_no_tick_and_end_none_twice() -> None:
    many = settings(
        max_examples=150, stateful_step_count=60, deadline=None, suppress_health_check=SLOW
    )
    run(many)


def run(how: settings) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Queue, settings=how)


def test_a_cursor_that_another_moved_takes_nothing_with_it(context: Context) -> None:
    place, found = Place("north", "schedule"), [Tick("north", "k", "schedule", START)]
    first = ticks.queue(context, place, Moved(None, Cursor(1, "", START)), [])

    late = ticks.queue(context, place, Moved(None, Cursor(2, "", START)), found)

    with context.catalog.read() as connection:
        cursor = queries.cursor_of(connection, context.tenant, *place[:2])
        known = queries.newest_ticks(connection, context.tenant, *place[:2], 9)
    assert (first, late, known) == ([], None, [])
    assert cursor == Cursor(1, "", START)


def test_what_was_queued_and_how_it_ended_are_events(context: Context) -> None:
    found = [
        Tick("north", f"k{n}", "schedule", START, state="missed" if n else "waiting")
        for n in range(3)
    ]
    ticks.queue(context, Place("north", "schedule"), Moved(None, Cursor(1, "", START)), found)
    taken = ticks.take(context, ["north"], Hold("s", START + HOLD, START))
    assert taken is not None

    ticks.finish(context, msgspec.structs.replace(taken, state="done"))

    with context.catalog.read() as connection:
        done, queued = list_events(connection, context.tenant, subject="pipeline:north")
    assert (queued.kind, queued.payload) == (
        "ticks_queued",
        {"trigger": "schedule", "n_missed": 2, "n_waiting": 1},
    )
    assert (done.kind, done.payload) == (
        "tick_done",
        {"trigger": "schedule", "key": "k0", "state": "done"},
    )


def test_the_oldest_tick_of_all_pipelines_comes_first(context: Context) -> None:
    times = {"north": 5, "south": 1}
    for name, minutes in times.items():
        due = START + timedelta(minutes=minutes)
        moved = Moved(None, Cursor(1, "", START))
        ticks.queue(context, Place(name, "schedule"), moved, [Tick(name, "k", "schedule", due)])

    taken = [ticks.take(context, list(times), Hold(f"s{n}", START + HOLD, START)) for n in range(3)]

    assert [one and one.pipeline for one in taken] == ["south", "north", None]


def test_many_keys_are_looked_up_at_once(context: Context) -> None:
    found = [Tick("north", f"k{n}", "schedule", START) for n in range(1200)]
    place = Place("north", "schedule")
    ticks.queue(context, place, Moved(None, Cursor(1, "", START)), found)

    again = ticks.queue(
        context, place, Moved(Cursor(1, "", START), Cursor(2, "", START)), [*found, *found]
    )

    assert again == []
