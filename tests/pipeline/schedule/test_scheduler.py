"""Schedulers: many at once, lost ones, and what they are told to leave."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headgate.core.errors import Unavailable
from headgate.core.times import now
from headgate.pipeline.reports import PipelineRun
from headgate.pipeline.schedule import scheduler as module
from headgate.pipeline.schedule import ticks
from headgate.pipeline.schedule.nouns import Hold
from headgate.pipeline.schedule.scheduler import Scheduler
from headgate.spine.context import open_context
from tests.pipeline.scheduling import LOG, ask, at, kinds, once, stand, states, ticks_of
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

DAY = "2026-03-02T06:00:01"


def daily(project: Project, *names: str, more: str = "") -> None:
    """Pipelines that run at six, from Monday, 2 March on."""
    line = f'schedule = Schedule("0 6 * * *", since="2026-03-02"{more})'
    files = {name: f"{LOG.replace('def log', f'def log_{name}')}\n    {line}\n" for name in names}
    write(project, **files)


class Runs:
    """Runs that only count, each as long as it is told to be."""

    def __init__(self, took_s: float = 0.0) -> None:
        self.names: list[str] = []
        self.n_most = 0
        self._took_s = took_s
        self._now: list[str] = []

    def __call__(self, name: str, settings: Mapping[str, str]) -> PipelineRun:
        self._now.append(name)
        self.n_most = max(self.n_most, len(self._now))
        time.sleep(self._took_s)
        self._now.remove(name)
        self.names.append(name)
        return PipelineRun(name, "run", ())


def make(context: Context, run: Any, text: str = DAY) -> Scheduler:
    return Scheduler(context, run, clock=lambda: at(text))


def test_two_schedulers_at_once_run_each_tick_once(project: Project, context: Context) -> None:
    daily(project, "flow", "other", more=', catch_up="all"')
    runs = Runs(took_s=0.005)
    schedulers = [make(context, runs, "2026-03-11T12:00") for _ in range(3)]

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda one: one.once(threading.Event()), schedulers))
    # whoever came too late to queue may also have been too early to run
    done.append(make(context, runs, "2026-03-11T12:00").once(threading.Event()))

    assert sorted(runs.names) == ["flow"] * 10 + ["other"] * 10
    assert (sum(one.n_queued for one in done), sum(one.n_done for one in done)) == (20, 20)
    assert states(context) + states(context, "other") == ["done"] * 20


def test_pipelines_run_side_by_side(project: Project, context: Context) -> None:
    daily(project, "flow", "other")
    both = threading.Barrier(2)

    def run(name: str, settings: Mapping[str, str]) -> PipelineRun:
        both.wait(10)
        return PipelineRun(name, "run", ())

    done = make(context, run).once(threading.Event())

    assert (done.n_done, done.n_failed) == (2, 0)


def test_a_pipeline_never_runs_beside_itself(project: Project, context: Context) -> None:
    daily(project, "flow", more=', catch_up="all"')
    runs = Runs(took_s=0.02)
    schedulers = [make(context, runs, "2026-03-05T12:00") for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: one.once(threading.Event()), schedulers))
    schedulers[0].once(threading.Event())

    assert (runs.n_most, len(runs.names)) == (1, 4)


def test_a_pipeline_that_seeds_the_generators_runs_alone(
    project: Project, context: Context
) -> None:
    daily(project, "flow", "other", more=', catch_up="all"')
    path = context.root / "pipelines" / "other.py"
    path.write_text(path.read_text().replace("cache=True", "seed=7"))
    runs = Runs(took_s=0.02)

    done = make(context, runs, "2026-03-04T12:00").once(threading.Event())

    assert (runs.n_most, done.n_done) == (1, 6)


def test_a_tick_of_a_lost_scheduler_waits_again_when_its_hold_is_over(
    project: Project, context: Context
) -> None:
    daily(project, "flow")
    ask(context, DAY)
    taken = ticks.take(context, ["flow"], Hold("scheduler_x", at("2026-03-02T06:02"), at(DAY)))

    early = once(context, "2026-03-02T06:01")
    later = once(context, "2026-03-02T06:03")

    assert taken is not None
    assert (early.n_done, later.n_done) == (0, 1)
    assert (ticks_of(context)[0].state, ticks_of(context)[0].n_tries) == ("done", 2)
    assert ticks.finish(context, taken) is False


def test_a_tick_that_loses_every_scheduler_fails_in_the_end(
    project: Project, context: Context
) -> None:
    daily(project, "flow")
    ask(context, DAY)

    for n in range(ticks.MOST_TRIES):
        ticks.take(context, ["flow"], Hold(f"scheduler_{n}", at(DAY), at(DAY)))
        ticks.recover(context, at("2026-03-02T07:00"))

    (tick,) = ticks_of(context)
    assert (tick.state, tick.why) == ("failed", "whoever ran it was lost 3 times")
    assert kinds(context)[-1] == "tick_failed"


def test_what_is_held_is_not_taken_while_its_holder_is_heard_of(
    project: Project, context: Context
) -> None:
    daily(project, "flow")
    ask(context, DAY)
    taken = ticks.take(context, ["flow"], Hold("scheduler_x", at("2026-03-02T06:02"), at(DAY)))
    assert taken is not None

    kept = ticks.keep(context, [taken], at("2026-03-02T08:00"))

    assert (kept, ticks.recover(context, at("2026-03-02T07:00"))) == (1, 0)
    assert states(context) == ["running"]


def test_a_run_that_may_go_well_another_time_is_tried_again(
    project: Project, context: Context
) -> None:
    daily(project, "flow")
    calls: list[str] = []

    def run(name: str, settings: Mapping[str, str]) -> PipelineRun:
        calls.append(name)
        if len(calls) < 3:
            raise Unavailable("the catalog is away", mend="wait")
        return PipelineRun(name, "run", ())

    done = make(context, run).once(threading.Event())

    assert (len(calls), done.n_done, done.n_failed) == (3, 1, 0)


def test_a_run_that_never_goes_well_fails_with_its_reason(
    project: Project, context: Context
) -> None:
    daily(project, "flow")

    def run(name: str, settings: Mapping[str, str]) -> PipelineRun:
        raise Unavailable("the catalog is away", mend="wait")

    done = make(context, run).once(threading.Event())

    (tick,) = ticks_of(context)
    assert (done.n_failed, tick.n_tries, tick.why) == (1, 3, "the catalog is away")


def test_a_run_that_meets_a_bug_fails_its_tick_and_the_next_one_runs(
    project: Project, context: Context
) -> None:
    daily(project, "flow", more=', catch_up="all"')
    calls: list[str] = []

    def run(name: str, settings: Mapping[str, str]) -> PipelineRun:
        calls.append(name)
        if len(calls) == 1:
            raise ZeroDivisionError("by nothing")
        return PipelineRun(name, "run", ())

    done = make(context, run, "2026-03-03T12:00").once(threading.Event())

    assert (done.n_failed, done.n_done) == (1, 1)
    assert ticks_of(context)[0].why == "ZeroDivisionError: by nothing"


def test_a_trigger_that_is_gone_fails_what_waits_for_it(project: Project, context: Context) -> None:
    daily(project, "flow")
    ask(context, DAY)
    write(project, flow=f'{LOG}\n    sensors = [Sensor("webhook")]\n')

    once(context, DAY)

    assert ticks_of(context)[0].why == "flow has no trigger schedule any more"


def test_what_still_runs_when_told_to_stop_waits_for_another_scheduler(
    project: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DRAIN_S", 0.05)
    daily(project, "flow")
    n_threads = threading.active_count()
    stop, may_end = threading.Event(), threading.Event()

    def run(name: str, settings: Mapping[str, str]) -> PipelineRun:
        stop.set()
        may_end.wait(5)
        return PipelineRun(name, "run", ())

    make(context, run).once(stop)
    left = ticks_of(context)[0]
    again = make(context, Runs()).once(threading.Event())
    may_end.set()
    until(lambda: threading.active_count() == n_threads)

    assert (left.state, left.n_tries, left.holder) == ("waiting", 0, None)
    assert (again.n_done, states(context)) == (1, ["done"])


def test_a_tenants_ticks_and_steps_are_no_other_tenants(project: Project, context: Context) -> None:
    daily(project, "flow")
    other = open_context(context.root, flags={"tenant": "other"})

    try:
        once(context, DAY)

        found, seen = stand(context, DAY), stand(other, "2026-03-02T07:00")
    finally:
        other.opened.close()
    assert (found.triggers[0].last_state, found.steps[0].n_rows) == ("done", 1)
    assert (seen.triggers[0].last_state, seen.steps[0].n_rows) == (None, None)
    assert [one.kind for one in seen.troubles] == ["late"]


def test_a_pipeline_that_cannot_be_imported_stops_no_scheduler(
    project: Project,
    context: Context,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ROUND_S", 0.05)
    daily(project, "flow")
    runs, stop = Runs(), threading.Event()
    scheduler = Scheduler(context, runs, clock=now)
    thread = threading.Thread(target=scheduler.forever, args=(stop,))
    thread.start()
    until(lambda: runs.names == ["flow"])

    write(project, broken="import nothing_there\n")
    until(lambda: "nothing_there" in caplog.text)
    (context.root / "pipelines" / "broken.py").unlink()
    daily(project, "flow", "other")
    until(lambda: runs.names == ["flow", "other"])
    stop.set()
    thread.join()

    assert caplog.text.count("nothing_there") == 1


def test_a_scheduler_goes_on_holding_what_takes_long(
    project: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        context.settings.entries,
        "schedule.hold_s",
        msgspec.structs.replace(context.settings.entries["schedule.hold_s"], value="1"),
    )
    daily(project, "flow")
    held: list[Any] = []

    def run(name: str, settings: Mapping[str, str]) -> PipelineRun:
        held.append(ticks_of(context)[-1].held_until)
        until(lambda: ticks_of(context)[-1].held_until > held[0])
        return PipelineRun(name, "run", ())

    done = Scheduler(context, run).once(threading.Event())

    assert done.n_done == 1


def until(is_so: Any) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_a_schedule_began_is_told_with_the_moment_it_was_due(
    project: Project, context: Context
) -> None:
    daily(project, "flow")

    once(context, DAY)

    told = [json.loads(line) for line in project.lineage.emit().splitlines()]
    nominal = {one["job"]["name"]: one["run"]["facets"]["nominalTime"] for one in told}
    assert set(nominal) == {"pipeline:flow", "log_flow"}
    assert {one["nominalStartTime"] for one in nominal.values()} == {"2026-03-02T06:00:00Z"}
