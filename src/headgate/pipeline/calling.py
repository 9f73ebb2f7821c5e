"""Calls steps' functions, here or in other processes, and tells what went wrong.

A function runs in this process unless its step says otherwise; those that run in processes of
their own run several at once.
"""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from headgate.core.errors import HeadgateError, Invalid, NotFound, Unavailable
from headgate.pipeline import calls
from headgate.pipeline.apart import start_on
from headgate.pipeline.calls import Broken, error_of, storable, told_of, words_of
from headgate.pipeline.engines import calls_of, cluster_of
from headgate.pipeline.pieces import Called, gathered, pieces_of, put_together
from headgate.pipeline.pools import slot
from headgate.pipeline.returned import as_table
from headgate.pipeline.seeding import seed_all
from headgate.pipeline.workers import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context
    from headgate.spine.context import Step as Progress

MOST_WAIT_S = 60.0
LOOK_S = 0.5


class Caller:
    """Calls functions for one run of a pipeline. Use it as a context manager.

    Args:
        context: the project.
        meanwhile: is called now and then, in the thread that made this, while a step waits to be
            called; what it raises ends the wait.
        steps: those that are to be called; engines that none of them names are left alone.

    Attributes:
        jobs: how many functions run at once, of those that run in other processes [count].
        n_tries: how often the function of each step was called [count].

    Raises:
        Invalid: the setting of their number is none.
        Unavailable: Ray is not installed, and a step is to run there.
    """

    def __init__(
        self, context: Context, meanwhile: Callable[[], None], steps: Sequence[Step] = ()
    ) -> None:
        self._context = context
        self._meanwhile = meanwhile
        self._maker = threading.get_ident()
        self._workers: list[Worker] = []
        self._free: list[Worker] = []
        self._is_over = threading.Event()
        self._threads: ThreadPoolExecutor | None = None
        self._places = threading.Semaphore(jobs_of(context))
        self._cluster = cluster_of(context, steps)
        self.jobs = max(jobs_of(context), 0 if self._cluster is None else calls_of(context))
        self.n_tries: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        """End what still runs."""
        self._is_over.set()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        if self._cluster is not None:
            self._cluster.close()
        for worker in self._workers:
            worker.close()
        if self._threads is not None:
            self._threads.shutdown(wait=True)

    def call(
        self, step: Step, given: Mapping[str, pa.Table], settings: Mapping[str, Any]
    ) -> Called:
        """Call a step's function until it succeeds or was tried often enough.

        Raises:
            NotFound: a dataset that it reads is not there.
            Exception: whatever it raised the last time; `Broken` if it did in another process.
        """
        _require_given(step, given)
        pieces = pieces_of(step, given)
        return put_together(step, [self._tried(step, piece, settings) for piece in pieces])

    def _tried(
        self, step: Step, given: Mapping[str, pa.Table], settings: Mapping[str, Any]
    ) -> Called:
        on_cluster = self._cluster.call if self._cluster and step.engine == "ray" else None
        attempt = on_cluster or (self._apart if step.process else self._here)
        began, n_tries = time.monotonic(), 0
        while True:
            n_tries += 1
            self.n_tries[step.name] = n_tries
            try:
                with self._place(step):
                    rows = attempt(step, given, settings)
                return Called(rows, n_tries, time.monotonic() - began)
            except Exception as error:
                if n_tries > step.retries or not _may_pass(error):
                    raise
                if self._pause(min(step.wait_s * 2.0 ** min(n_tries - 1, 60), MOST_WAIT_S)):
                    raise

    def submit(
        self, step: Step, given: Mapping[str, pa.Table], settings: Mapping[str, Any]
    ) -> Future[Called]:
        """Call the function of a step that runs in another process, beside others."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.jobs, thread_name_prefix="step")
        pieces = pieces_of(step, given)
        if len(pieces) == 1:
            return self._threads.submit(self.call, step, given, settings)
        tried = [self._threads.submit(self._tried, step, one, settings) for one in pieces]
        return gathered(step, tried)

    def _place(self, step: Step) -> AbstractContextManager[object]:
        if not step.pool:
            return nullcontext()
        waiting = dataclasses.replace(self._context, progress=self._told)
        return slot(waiting, step.pool, holder=f"{step.name}, process {os.getpid()}")

    def _pause(self, seconds: float) -> bool:
        """Wait before the next try; say whether nobody waits for it any more."""
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            if self._is_over.wait(min(left_s, LOOK_S)):
                return True
            self._look_up()
        return self._is_over.is_set()

    def _told(self, progress: Progress) -> None:
        """Pass progress on; end a wait that nobody waits for any more."""
        if self._is_over.is_set():
            raise Broken("stopped", "stopped")
        self._look_up()
        self._context.progress(progress)

    def _look_up(self) -> None:
        """Do what is to be done meanwhile; another thread leaves it to the one that made this."""
        if threading.get_ident() == self._maker:
            self._meanwhile()

    def _here(
        self, step: Step, given: Mapping[str, pa.Table], settings: Mapping[str, Any]
    ) -> pa.Table | None:
        seed_all(step.seed)
        try:
            made = step.function(**given, **settings)
        except SystemExit as error:
            # it ends the step, and not the run, the scheduler or the server around it
            raise error_of(told_of(error, self._context.root), "") from error
        return None if made is None else as_table(step.name, made)

    def _apart(
        self, step: Step, given: Mapping[str, pa.Table], settings: Mapping[str, Any]
    ) -> pa.Table | None:
        with self._places:
            worker = self._free.pop() if self._free else self._new_worker()
            try:
                with start_on(worker, step, given, settings, step.seed) as call:
                    return call.result()
            finally:
                self._free.append(worker)

    def _new_worker(self) -> Worker:
        worker = Worker(self._context.root)
        self._workers.append(worker)
        if self._is_over.is_set():
            worker.close()
        return worker


def jobs_of(context: Context) -> int:
    """Return how many functions run at once, of those that run in other processes.

    Raises:
        Invalid: the setting is no such number.
    """
    jobs = context.settings.number("pipelines.jobs")
    if jobs < 0:
        raise Invalid(
            f"setting 'pipelines.jobs' is {jobs}",
            mend="write jobs = 1 or more, or 0 for as many as there are cores",
        )
    return jobs or os.cpu_count() or 1


def wait_for(
    calls: Collection[Future[Called]], meanwhile: Callable[[], None]
) -> list[Future[Called]]:
    """Wait until some of several calls are over; every now and then do something else."""
    while True:
        over, _ = wait(calls, LOOK_S, return_when="FIRST_COMPLETED")
        if over:
            return list(over)
        meanwhile()


def told(error: BaseException) -> str:
    """Say in a line what went wrong."""
    if isinstance(error, Broken):
        last = error.output.strip().rpartition("\n")[2]
        is_silent = error.kind == "raised" or not last
        return error.told if is_silent else storable(f"{error.told}; it printed last: {last}")
    return words_of(error)


def kind_of(error: BaseException) -> str:
    """Name the kind of an error: its type, or how the process ended that it was in."""
    if not isinstance(error, Broken):
        return type(error).__name__
    return error.told.partition(":")[0] if error.kind == "raised" else error.kind


def place_of(error: BaseException, root: Path) -> str | None:
    """Name the last line of the project's own that an error went through."""
    apart = error if isinstance(error, Broken) else error.__cause__
    if isinstance(apart, Broken):
        return apart.place
    return calls.place_of(error, root)


def _may_pass(error: Exception) -> bool:
    """Say whether a retry may help; what else Headgate raises on purpose stays wrong."""
    return isinstance(error, Unavailable) or not isinstance(error, HeadgateError)


def _require_given(step: Step, given: Mapping[str, pa.Table]) -> None:
    """Make sure that every dataset a step reads was made, if only without rows."""
    for name in step.reads:
        if name not in given:
            raise NotFound(
                f"step {step.name} reads {name}, of which there is no snapshot",
                mend=f"let step {name} return a table, if only an empty one",
            )
