"""What a run was started by: a run of another tool, and the moment that it is about.

A task of Airflow or another scheduler hands its own run over in `OPENLINEAGE_PARENT_ID`, and the
run at the top in `OPENLINEAGE_ROOT_PARENT_ID`, both as `NAMESPACE/JOB/RUN`.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from headgate.spine.lineage.foreign.told import Named

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from datetime import datetime

PARENTS = {
    "openlineage_parent": "OPENLINEAGE_PARENT_ID",
    "openlineage_root_parent": "OPENLINEAGE_ROOT_PARENT_ID",
}
"""The parameter under which each is kept with the run, and the variable it comes from."""
_N_PARTS = 3
_NOMINAL: ContextVar[datetime | None] = ContextVar("headgate_nominal", default=None)


class Started(NamedTuple):
    """A run of another tool that started one of ours."""

    run_id: str
    job: Named


def parents_said() -> dict[str, str]:
    """Return the parents that the environment names, by parameter."""
    said = {name: os.environ.get(variable, "").strip() for name, variable in PARENTS.items()}
    return {name: text for name, text in said.items() if parent_in(text) is not None}


def parent_in(text: str) -> Started | None:
    """Read a parent; nothing if the text names none.

    >>> parent_in("airflow/etl.load/0190163d-8694-7b5b-b434-6906c6a03bb7").job.name
    'etl.load'
    """
    parts = text.rsplit("/", _N_PARTS - 1)
    if len(parts) != _N_PARTS or not all(parts):
        return None
    try:
        run_id = str(UUID(parts[2]))
    except ValueError:
        return None
    return Started(run_id, Named(parts[0], parts[1]))


def parents_in(parameters: Mapping[str, str]) -> tuple[Started | None, Started | None]:
    """Read from a run's parameters what started it, and what stands at the top of that."""
    parent, root = (parent_in(parameters.get(name, "")) for name in PARENTS)
    return parent, root or parent


def nominal_at() -> datetime | None:
    """Return the moment that runs begun here are about, if a schedule set one."""
    return _NOMINAL.get()


@contextmanager
def about(moment: datetime | None) -> Generator[None]:
    """Let the runs begun in a block be about a moment."""
    token = _NOMINAL.set(moment)
    try:
        yield
    finally:
        _NOMINAL.reset(token)
