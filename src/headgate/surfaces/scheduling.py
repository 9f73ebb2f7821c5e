"""Runs a scheduler beside a server, or alone, in the name of whoever calls `headgate up`."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from headgate.surfaces.trouble import as_headgate

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from headgate.pipeline.schedule.scheduler import Round
    from headgate.surfaces.local import Local
    from headgate.surfaces.verbs import Table

ACTOR = "scheduler"


def run_once(local: Local, verbs: Table, stop: threading.Event) -> Round:
    """Run what is due, and return."""
    from headgate.pipeline.schedule.scheduler import Scheduler

    context = replace(local.context, actor=ACTOR)
    return Scheduler(context, _Runs(local, verbs)).once(stop)


@contextmanager
def scheduling(local: Local, verbs: Table) -> Generator[None]:
    """Run a scheduler in a thread until the block is left; it ends what it was doing first."""
    from headgate.pipeline.schedule.scheduler import Scheduler

    stop = threading.Event()
    scheduler = Scheduler(replace(local.context, actor=ACTOR), _Runs(local, verbs))
    thread = threading.Thread(target=scheduler.forever, args=(stop,), name="scheduler", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class _Runs:
    """Runs pipelines as every surface does; whatever goes wrong becomes an error of ours."""

    def __init__(self, local: Local, verbs: Table) -> None:
        self._local = local
        self._verb = verbs.verbs["pipeline.run"]

    def __call__(self, name: str, settings: Mapping[str, str]) -> Any:
        chosen = dict(settings)
        partition = chosen.pop("partition", None)
        request = {"name": name, "partition": partition, "set": chosen}
        try:
            return self._local.call(self._verb, request, actor=ACTOR)
        except Exception as error:
            raise as_headgate(error) from error
