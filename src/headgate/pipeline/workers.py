"""A process that runs steps one after another, so that not every partition starts one anew."""

from __future__ import annotations

import os
import pickle
import shutil
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from msgspec.structs import replace

from headgate.core.errors import Conflict, Invalid, Unavailable
from headgate.pipeline.calls import Call, write_rows
from headgate.pipeline.interpreters import Interpreter
from headgate.pipeline.loading import sources
from headgate.pipeline.scratch import Scratch

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from headgate.pipeline.steps import Step


class Asked(NamedTuple):
    """A call that a process was handed.

    Args:
        folder: holds what was handed over, and takes the rows.
        began: when, on the monotonic clock [s].
    """

    interpreter: Interpreter
    folder: Path
    began: float


class Worker:
    """A process for one call at a time, started when first needed and again when it has ended.

    What a step keeps in its module is there at the next call. Close it, or use it as a context
    manager; it is closed too when it is collected and when this process ends. Another thread may
    close it: the call that is going on is then told as ended, and no other one begins.

    Args:
        root: the project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._n_asked = 0
        self._is_closed = False
        self._lock = threading.Lock()
        self._parts: tuple[Interpreter, Scratch] | None = None
        self._closing: weakref.finalize[..., Worker] | None = None

    def ask(
        self,
        step: Step,
        given: Mapping[str, pa.Table],
        settings: Mapping[str, Any],
        seed: int | None,
    ) -> Asked:
        """Hand over a call; the one before must be over.

        Args:
            step: as `load_steps` found it.
            given: what it reads, by parameter.
            settings: values of its settings, by parameter.
            seed: what `random` and `numpy.random` start from; nothing leaves them alone.

        Raises:
            Conflict: the call before is not over, or the worker is closed.
            Invalid: the step is in no file, or a setting cannot be handed over.
            Unavailable: there is no room for what it reads, or no process can be started.
        """
        return self.send(call_of(self._root, step, settings, seed), given)

    def send(self, call: Call, given: Mapping[str, pa.Table]) -> Asked:
        """Hand over a call that was made ready before; the one before must be over.

        Args:
            call: what is called; its folder and what it reads are filled in.
            given: what it reads, by parameter.

        Raises:
            Conflict: the call before is not over, or the worker is closed.
            Unavailable: there is no room for what it reads, or no process can be started.
        """
        try:
            interpreter, scratch = self._running()
            folder = scratch.path / str(self._n_asked)
            _hand_over(given, folder)
        except OSError as error:
            self._drop()
            raise Unavailable(
                f"step {call.step} got no process of its own: {error}",
                mend="make room on the disk of .headgate/cache, or end other processes",
            ) from error
        interpreter.ask(replace(call, folder=str(folder), reads=tuple(given)))
        return Asked(interpreter, folder, time.monotonic())

    def close(self) -> None:
        """End the process and remove its files; no call begins after that."""
        with self._lock:
            self._is_closed = True
        self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def _drop(self) -> None:
        if self._closing is not None:
            self._closing()
        self._parts = self._closing = None

    def _running(self) -> tuple[Interpreter, Scratch]:
        with self._lock:
            if self._is_closed:
                raise Conflict("a closed worker was handed a call", mend="make a new one")
            self._n_asked += 1
            # an erasure removes all that is in the cache
            is_whole = self._parts is not None and self._parts[1].path.is_dir()
            if self._parts is None or not is_whole or not self._parts[0].is_running:
                self._drop()
                self._parts = self._started()
            parts = self._parts
        if parts[0].is_busy:
            raise Conflict(
                "a worker was handed a call before its last one was over",
                mend="wait for that one, or take another worker",
            )
        return parts

    def _started(self) -> tuple[Interpreter, Scratch]:
        scratch = Scratch(self._root)
        try:
            interpreter = Interpreter(self._root, scratch.path)
        except OSError:
            scratch.remove()
            raise
        self._closing = weakref.finalize(self, _close, interpreter, scratch, os.getpid())
        return interpreter, scratch


def call_of(root: Path, step: Step, settings: Mapping[str, Any], seed: int | None) -> Call:
    """Make a call of a step ready, but for what it reads and the folder that takes it.

    Args:
        root: the project's folder.
        step: as `load_steps` found it.
        settings: values of its settings, by parameter.
        seed: what `random` and `numpy.random` start from.

    Raises:
        Invalid: the step is in no file, or a setting cannot be handed over.
    """
    if not step.file:
        raise Invalid(
            f"step {step.name} is in no pipeline file, where another process finds it",
            mend="write it in pipelines/NAME.py",
        )
    return Call(
        folder="",
        file=step.file,
        step=step.name,
        reads=(),
        settings=_pickled(step, settings),
        seed=seed,
        sources=sources(root),
    )


def require_there(asked: Asked, step: Step) -> None:
    """Make sure that what a step was given was not erased while it ran.

    Raises:
        Conflict: an erasure removed it, so that what the step made of it must not be kept.
    """
    if not asked.folder.is_dir():
        raise Conflict(
            f"rows that step {step.name} was reading were erased meanwhile", mend="run it again"
        )


def forget(asked: Asked) -> None:
    """Remove what was handed over and what came back."""
    shutil.rmtree(asked.folder, ignore_errors=True)


def _hand_over(given: Mapping[str, pa.Table], folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, rows in given.items():
        write_rows(rows, folder / f"{name}.arrow")


def _close(interpreter: Interpreter, scratch: Scratch, owner: int) -> None:
    """End a process and remove its files, unless this is only a copy of who started it."""
    if os.getpid() == owner:
        interpreter.close()
        scratch.remove()


def _pickled(step: Step, settings: Mapping[str, Any]) -> bytes:
    """Pickle the values that are not the step's own, which the other process knows."""
    other = {
        name: value
        for name, value in settings.items()
        if name not in step.settings or value is not step.settings[name]
    }
    try:
        return pickle.dumps(other, 5)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise Invalid(
            f"a setting of step {step.name} cannot be handed to another process: {error}",
            mend="give numbers, texts, truths, lists or dicts of them",
        ) from error
