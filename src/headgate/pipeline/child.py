"""A process of its own for steps: serves calls until whoever started it hangs up."""

from __future__ import annotations

import faulthandler
import fcntl
import os
import pickle
import select
import signal
import sys
import threading
from io import TextIOWrapper
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import Conflict
from headgate.pipeline.calls import ROWS, Answer, Call, mapped_rows, told_of, write_rows
from headgate.pipeline.loading import load_step, sources
from headgate.pipeline.returned import as_table
from headgate.pipeline.seeding import seed_all

if TYPE_CHECKING:
    from headgate.pipeline.steps import Step

LOOK_S = 1.0
"""How often the parent is looked after, besides the pipe that tells its end [s]."""


def main() -> None:
    """Serve calls."""
    connection, root = begin_serving()
    serving = Serving(root)
    with connection:
        while True:
            try:
                call = msgspec.msgpack.decode(connection.recv_bytes(), type=Call)
            except EOFError:
                return
            connection.send_bytes(msgspec.msgpack.encode(serving.answer(call)))


def begin_serving() -> tuple[Connection, Path]:
    """Make this process end with its parent; return where that is heard, and the project.

    The arguments of the process are two open files, the parent's process and the project.
    """
    channel, life, parent = map(int, sys.argv[1:4])
    for one in (channel, life):
        fcntl.fcntl(one, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    _die_with(parent, life)
    faulthandler.enable()
    # so that what was printed is known even of a process that is killed
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    return Connection(channel), Path(sys.argv[4])


class Serving:
    """Answers calls; a pipeline file is imported once, and again when the caller's has changed.

    Args:
        root: the project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._steps: dict[tuple[str, str], Step] = {}

    def answer(self, call: Call) -> Answer:
        """Call a step's function with what was handed over and write down what it returns."""
        _forget_output()
        try:
            made = self._made(call)
            sys.stdout.flush()
            if made is None:
                return Answer()
            write_rows(as_table(call.step, made), Path(call.folder) / ROWS)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a step raises is told by the caller
            return Answer(error=told_of(error, self._root))
        return Answer(has_rows=True)

    def _made(self, call: Call) -> Any:
        step = self._step(call)
        # made of the caller's settings; types of the pipeline's own are known only now
        settings = pickle.loads(call.settings)  # noqa: S301 - written by the process above us
        given = {name: mapped_rows(Path(call.folder) / f"{name}.arrow") for name in call.reads}
        seed_all(call.seed)
        made = step.function(**given, **(step.settings | settings))
        # what it imported only now may have changed too
        self._require_same(call)
        return made

    def _step(self, call: Call) -> Step:
        name = (call.file, call.step)
        if self._changed(call):
            self._steps.clear()
        if name not in self._steps:
            self._steps[name] = load_step(self._root, *name)
            self._require_same(call)
        return self._steps[name]

    def _require_same(self, call: Call) -> None:
        changed = self._changed(call)
        if changed:
            self._steps.clear()
            raise Conflict(
                f"{changed[0]} changed after step {call.step} was planned",
                mend="run it again; if it says so once more, restart what runs it",
            )

    def _changed(self, call: Call) -> list[str]:
        own = sources(self._root)
        return [
            file for file in sorted(own.keys() & call.sources) if own[file] != call.sources[file]
        ]


def _forget_output() -> None:
    """Begin the file of what is printed anew."""
    os.ftruncate(1, 0)
    os.lseek(1, 0, os.SEEK_SET)


def _die_with(parent: int, life: int) -> None:
    """End this process and its children as soon as its parent is gone.

    A pipe that only the parent holds open tells it. On Linux the system itself then kills the
    group, which works also while code in C lets no thread of Python run; a thread does it
    elsewhere, and where a copy of the parent keeps the pipe open. PR_SET_PDEATHSIG would end the
    process with the thread that started it, and leave the children it has started itself.
    """
    if sys.platform == "linux":
        fcntl.fcntl(life, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(life, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    threading.Thread(target=_watch, args=(parent, life), name="parent", daemon=True).start()


def _watch(parent: int, life: int) -> None:
    while os.getppid() == parent:
        if select.select([life], [], [], LOOK_S)[0]:
            break
    os.killpg(0, signal.SIGKILL)
