"""Runs pipelines by itself: asks triggers, runs what waits, and says what is late or broken.

Any number of schedulers may run over one project: what each takes the others leave alone.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import HeadgateError, Unavailable
from headgate.core.refs import mint
from headgate.core.times import now
from headgate.pipeline.openlineage.endpoint import is_told
from headgate.pipeline.openlineage.sending import delivered_here
from headgate.pipeline.origin import about
from headgate.pipeline.schedule import ticks
from headgate.pipeline.schedule.asking import ask_schedule, ask_sensor
from headgate.pipeline.schedule.found import Declarations
from headgate.pipeline.schedule.noticing import beat, notice
from headgate.pipeline.schedule.nouns import Hold, Tick
from headgate.pipeline.schedule.ticks import MOST_TRIES
from headgate.spine.outbox.delivering import deliver
from headgate.spine.outbox.writing import listeners

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from threading import Event

    from headgate.pipeline.reports import PipelineRun
    from headgate.pipeline.schedule.declared import Sensor
    from headgate.pipeline.schedule.found import Declared
    from headgate.spine.context import Context

    Runner = Callable[[str, Mapping[str, str]], PipelineRun]

ROUND_S = 0.5
"""How long it rests between two looks, and at most before it begins what waits [s]."""
NOTICE_S = 30.0
"""How often it looks for what is late or broken [s]."""
POST_S = 2.0
"""How often it delivers messages that are due [s]."""
DRAIN_S = 20.0
"""How long runs under way may go on when it is told to stop [s]."""
log = logging.getLogger("headgate.scheduler")


class Round(msgspec.Struct):
    """What a scheduler did.

    Args:
        n_queued: ticks it queued [count].
        n_done: ticks that ended well [count].
        n_failed: ticks that failed [count].
    """

    n_queued: int = 0
    n_done: int = 0
    n_failed: int = 0


class Scheduler:
    """A scheduler of one project.

    Args:
        context: the project.
        run: runs a pipeline by its name, with settings; one named `partition` is the partition.
        clock: tells the present moment.

    Attributes:
        name: what it holds ticks as.
        done: what it did so far.
    """

    def __init__(
        self, context: Context, run: Runner, *, clock: Callable[[], datetime] = now
    ) -> None:
        self._context = context
        self._now = clock
        self._run = run
        self._declarations = Declarations(context.root)
        self._declared: list[Declared] = []
        self._hold = timedelta(seconds=max(context.settings.number("schedule.hold_s"), 1))
        self._n_workers = max(context.settings.number("schedule.workers"), 1)
        self._asked: dict[tuple[str, str], float] = {}
        self._noticed = time.monotonic()
        self._going: dict[str, tuple[Tick, threading.Thread]] = {}
        self._lock = threading.Lock()
        self.name = mint("scheduler")
        self._said = ""
        self._looked = 0.0
        self._ended = threading.Event()
        self.done = Round()

    def once(self, stop: Event) -> Round:
        """Ask every trigger, run all that waits, and return; sooner if told to stop.

        Raises:
            HeadgateError: a pipeline file cannot be imported, or the catalog cannot be had.
        """
        with self._heard():
            self._look()
            self._say_so()
            while not stop.is_set() and not self._is_done():
                stop.wait(0.01)
            self._drain()
            self._notice()
            self._guarded(self._deliver)
        return self.done

    def forever(self, stop: Event) -> None:
        """Go on until told to stop, whatever a round meets."""
        posting = threading.Thread(target=self._post, args=(stop,), name="post", daemon=True)
        posting.start()
        with self._heard(), delivered_here(self._context):
            self._guarded(self._look)
            self._guarded(self._say_so)
            while not stop.is_set():
                self._guarded(self._start)
                self._ended.wait(ROUND_S)
                self._ended.clear()
                if time.monotonic() - self._looked >= ROUND_S:
                    self._guarded(self._look)
            self._drain()
        posting.join(DRAIN_S)

    @contextmanager
    def _heard(self) -> Generator[None]:
        """Hold what runs, and be heard of, until the block is left."""
        is_over = threading.Event()
        beating = threading.Thread(target=self._beat, args=(is_over,), name="beat", daemon=True)
        beating.start()
        try:
            yield
        finally:
            is_over.set()
            beating.join()

    def _is_done(self) -> bool:
        """Begin what waits; say whether nothing did and nothing ran before."""
        was_idle = not self._going
        return self._start() == 0 and was_idle

    def _look(self) -> None:
        """Ask those triggers that it is time to ask."""
        moment, self._looked = self._now(), time.monotonic()
        self._declared = self._declarations.current()
        for one in self._declared:
            for schedule in one.schedules:
                self.done.n_queued += len(ask_schedule(self._context, one, schedule, moment))
            for sensor in one.sensors:
                if self._is_time(one, sensor):
                    found = ask_sensor(self._context, one.pipeline, sensor, moment)
                    self.done.n_queued += len(found)
        if time.monotonic() - self._noticed >= NOTICE_S:
            self._notice()

    def _say_so(self) -> None:
        """Be heard of, unless there is nothing to do."""
        if any(one.is_watched for one in self._declared):
            beat(self._context, self.name, self._now())

    def _is_time(self, declared: Declared, sensor: Sensor) -> bool:
        place, moment = (declared.pipeline, sensor.name), time.monotonic()
        last = self._asked.get(place)
        if last is not None and moment - last < sensor.every.total_seconds():
            return False
        self._asked[place] = moment
        return True

    def _notice(self) -> None:
        self._noticed = time.monotonic()
        watched = [one for one in self._declared if one.is_watched]
        if watched:
            notice(self._context, watched, self._now())

    def _post(self, stop: Event) -> None:
        """Deliver messages in a thread of its own: a receiver may keep it waiting."""
        while not stop.wait(POST_S):
            self._guarded(self._deliver)

    def _deliver(self) -> None:
        if listeners(self._context) or is_told(self._context.settings):
            deliver(self._context)

    def _start(self) -> int:
        """Begin ticks that wait, as long as there are workers; return how many."""
        n_begun = 0
        if not any(one.is_watched for one in self._declared):
            return n_begun
        ticks.recover(self._context, self._now())
        while len(self._going) < self._n_workers and (names := self._may_begin()):
            moment = self._now()
            hold = Hold(holder=self.name, until=moment + self._hold, at=moment)
            tick = ticks.take(self._context, names, hold)
            if tick is None:
                return n_begun
            thread = threading.Thread(target=self._work, args=(tick,), name="tick", daemon=True)
            with self._lock:
                self._going[_id_of(tick)] = (tick, thread)
            thread.start()
            n_begun += 1
        return n_begun

    def _may_begin(self) -> list[str]:
        """Name the pipelines that may run beside what runs.

        One that seeds the generators of the process runs alone, lest others draw from them.
        """
        going = {tick.pipeline for tick, _ in list(self._going.values())}
        seeded = {one.pipeline for one in self._declared if one.is_seeded}
        if going & seeded:
            return []
        return [
            one.pipeline
            for one in self._declared
            if one.is_watched and not (going and one.is_seeded)
        ]

    def _work(self, tick: Tick) -> None:
        """Run the pipeline of a tick and write how it ended."""
        try:
            self._guarded(lambda: self._end(tick))
        finally:
            with self._lock:
                del self._going[_id_of(tick)]
            self._ended.set()

    def _end(self, tick: Tick) -> None:
        try:
            why = self._outcome(tick)
        except Unavailable as error:
            if tick.n_tries < MOST_TRIES:
                ticks.put_back(self._context, tick, tick.n_tries)
                return
            why = error.message
        except HeadgateError as error:
            why = error.message
        except Exception as error:  # noqa: BLE001 - a tick that meets a bug of ours has failed
            why = f"{type(error).__name__}: {error}"
        ended = msgspec.structs.replace(
            tick, state="failed" if why else "done", why=why, finished_at=self._now()
        )
        if ticks.finish(self._context, ended):
            self.done.n_failed += bool(why)
            self.done.n_done += not why

    def _outcome(self, tick: Tick) -> str:
        """Run the pipeline; say what went wrong, nothing if it went well."""
        declared = {one.pipeline: one for one in self._declared}
        found = declared.get(tick.pipeline)
        trigger = found and found.trigger(tick.trigger)
        if trigger is None:
            return f"{tick.pipeline} has no trigger {tick.trigger} any more"
        given: Any = tick.arrival or tick.due_at
        with about(None if tick.arrival else tick.due_at):
            report = self._run(tick.pipeline, trigger.settings(given))
        if not report.has_findings:
            return ""
        failed = [one for one in report.steps if one.state == "failed"]
        said = "; ".join(f"{one.name} failed: {one.error or 'some partitions'}" for one in failed)
        return said or f"see: headgate pipeline show {report.pipeline_run_id}"

    def _drain(self) -> None:
        """Wait for what runs; what takes too long waits for another scheduler."""
        until = time.monotonic() + DRAIN_S
        for _, thread in list(self._going.values()):
            thread.join(max(0.0, until - time.monotonic()))
        for tick, _ in list(self._going.values()):
            self._guarded(lambda tick=tick: ticks.put_back(self._context, tick, tick.n_tries - 1))

    def _beat(self, is_over: Event) -> None:
        """Hold what runs, and be heard of, until it is over."""
        pause_s = self._hold.total_seconds() / 3
        while not is_over.wait(pause_s):
            self._guarded(self._say_so)
            self._guarded(self._keep)

    def _keep(self) -> None:
        held = [tick for tick, _ in list(self._going.values())]
        if held:
            ticks.keep(self._context, held, self._now() + self._hold)

    def _guarded(self, deed: Callable[[], Any]) -> None:
        """Do something that may go wrong for a while, and say so if it does."""
        try:
            deed()
        except HeadgateError as error:
            if error.message != self._said:
                self._said = error.message
                log.warning("scheduler_troubled: %s (%s)", error.message, error.mend)
        except Exception:
            log.exception("scheduler_crashed")


def _id_of(tick: Tick) -> str:
    return f"{tick.pipeline}/{tick.key}"
