"""Steps that run in a process of their own: started, waited for, several at once, and stopped.

    with start(root, step, {"orders": rows}, {}, None) as call:
        made = call.result()

The time a step may take is kept while somebody waits for it, or for others together with it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from typing import TYPE_CHECKING, Any, Self

from headgate.pipeline.calls import ROWS, Answer, Broken, BrokenKind, error_of, mapped_rows
from headgate.pipeline.workers import Asked, Worker, forget, require_there

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from headgate.pipeline.steps import Step

LOOK_S = 0.5
"""How often a process is looked after whose end nothing told [s]."""


class Apart:
    """One call of a step's function in another process. Use it as a context manager, or stop it.

    Args:
        worker: the process; it serves other calls afterwards, unless `is_own`.
        step: what is called; its `timeout_s` counts from now.
        asked: the call it was handed.
        is_own: whether the process ends with the call.
    """

    def __init__(self, worker: Worker, step: Step, asked: Asked, *, is_own: bool) -> None:
        self.step = step
        self._worker = worker
        self._is_own = is_own
        self._asked = asked
        self._end: Answer | Broken | None = None
        self._output = ""

    @property
    def is_over(self) -> bool:
        """Whether it has come to an end; one that is over its time is stopped by being asked."""
        if self._end is None:
            self._look()
        return self._end is not None

    @property
    def left_s(self) -> float | None:
        """How much of its time is left; nothing if there is no limit [s]."""
        if self.step.timeout_s is None:
            return None
        return self._asked.began + self.step.timeout_s - time.monotonic()

    @property
    def connection(self) -> Connection:
        """Readable when it may be over; `wait_any` waits for it."""
        return self._asked.interpreter.connection

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over; say whether it is.

        Args:
            timeout: how long at most; as long as it takes if none is given [s].
        """
        return bool(wait_any([self], timeout))

    def result(self) -> pa.Table | None:
        """Wait for what it returns. To be asked once; the rows stay when the process is gone.

        Returns:
            The rows, or nothing if the function returned `None`.

        Raises:
            Broken: it raised, took too long, died or was stopped.
            HeadgateError: the step raised one.
            Conflict: what it read was erased, or its code changed, meanwhile.
        """
        self.wait()
        try:
            return self._result()
        finally:
            self._finish()

    def stop(self) -> None:
        """End it if it still runs: SIGTERM, and SIGKILL two seconds later."""
        if not self.is_over:
            self._break("stopped", "stopped")
        self._finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()

    def _look(self) -> None:
        interpreter, left_s = self._asked.interpreter, self.left_s
        try:
            self._end = interpreter.answer()
        except EOFError:
            how = interpreter.how_ended()
            self._end = Broken("ended", how, output=interpreter.printed())
            return
        if self._end is not None:
            self._output = interpreter.printed() if self._end.error else ""
        elif left_s is not None and left_s <= 0:
            self._break("late", f"took longer than its limit of {self.step.timeout_s:g} s")

    def _break(self, kind: BrokenKind, told: str) -> None:
        self._asked.interpreter.stop()
        self._end = Broken(kind, told, output=self._asked.interpreter.printed())

    def _result(self) -> pa.Table | None:
        if not isinstance(self._end, Answer):
            raise self._end or Broken("stopped", "stopped")
        require_there(self._asked, self.step)
        if self._end.error is not None:
            raise error_of(self._end.error, self._output)
        return mapped_rows(self._asked.folder / ROWS) if self._end.has_rows else None

    def _finish(self) -> None:
        forget(self._asked)
        if self._is_own:
            self._worker.close()


def start(
    root: Path,
    step: Step,
    given: Mapping[str, pa.Table],
    settings: Mapping[str, Any],
    seed: int | None,
) -> Apart:
    """Call a step's function in a new process, which ends with the call.

    Args:
        root: the project's folder.
        step: as `load_steps` found it.
        given: the rows it reads, by parameter.
        settings: values of its settings, by parameter; its own for those left out.
        seed: what `random` and `numpy.random` start from; nothing leaves them alone.

    Raises:
        Invalid: the step is in no file, or a setting cannot be handed over.
        Unavailable: there is no room for what it reads, or no process can be started.
    """
    worker = Worker(root)
    return Apart(worker, step, worker.ask(step, given, settings, seed), is_own=True)


def start_on(
    worker: Worker,
    step: Step,
    given: Mapping[str, pa.Table],
    settings: Mapping[str, Any],
    seed: int | None,
) -> Apart:
    """Call a step's function in a process that serves other calls before and after.

    Args:
        worker: the process, whose call before must be over; started anew if it has ended.
        step: as `load_steps` found it.
        given: the rows it reads, by parameter.
        settings: values of its settings, by parameter; its own for those left out.
        seed: what `random` and `numpy.random` start from; nothing leaves them alone.

    Raises:
        Conflict: the worker has a call that is not over.
        Invalid: the step is in no file, or a setting cannot be handed over.
        Unavailable: there is no room for what it reads, or no process can be started.
    """
    return Apart(worker, step, worker.ask(step, given, settings, seed), is_own=False)


def wait_any(calls: Sequence[Apart], timeout: float | None = None) -> list[Apart]:
    """Wait until one of several calls is over, and stop those whose time is up.

    Args:
        calls: which ones.
        timeout: how long at most; as long as it takes if none is given [s].

    Returns:
        Those that are over; none if the time went by before.
    """
    until = None if timeout is None else time.monotonic() + timeout
    while True:
        over = [one for one in calls if one.is_over]
        left_s = LOOK_S if until is None else until - time.monotonic()
        if over or not calls or left_s <= 0:
            return over
        left = [one.left_s for one in calls if one.left_s is not None]
        # another thread may close one meanwhile, which is seen when it is looked at
        with suppress(OSError):
            wait_for([one.connection for one in calls], max(0, min(left_s, LOOK_S, *left)))
