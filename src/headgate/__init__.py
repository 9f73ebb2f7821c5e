"""Headgate: the whole data life of an AI system, with one lineage graph down to the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.pipeline import rows, shuffles
    from headgate.pipeline.kinds import container, shell, sql
    from headgate.pipeline.partitions import daily, keys, keys_of, spans
    from headgate.pipeline.schedule.declared import Promise, Schedule, Sensor
    from headgate.pipeline.steps import step
    from headgate.surfaces.pages import page
    from headgate.surfaces.python import Project

__all__ = [
    "Promise",
    "Schedule",
    "Sensor",
    "container",
    "daily",
    "init",
    "keys",
    "keys_of",
    "open",
    "page",
    "rows",
    "shell",
    "shuffles",
    "spans",
    "sql",
    "step",
]


def init(path: str | Path, *, name: str | None = None) -> Project:
    """Make a project in a folder and open it.

    Args:
        path: the folder; made if it is not there.
        name: the project's name; the folder's name if not given.

    Raises:
        Conflict: there is a project in it already.
    """
    from headgate.surfaces.python import init_project

    return init_project(path, name=name)


def open(path_or_url: str | Path = ".", *, token: str | None = None) -> Project:  # noqa: A001 - `headgate.open` is the name users expect
    """Open a project in a folder, or one behind a server.

    Args:
        path_or_url: a folder, or the address of `headgate up`.
        token: the server's token; read from the environment's HEADGATE_TOKEN if not given.

    Raises:
        NotFound: there is no project in the folder.
        Unavailable: no server answers at the address.
    """
    from headgate.surfaces.python import open_project

    return open_project(path_or_url, token=token)


_MODULES = ("rows", "shuffles")
_FOUND_IN = {
    "Promise": "pipeline.schedule.declared",
    "Schedule": "pipeline.schedule.declared",
    "Sensor": "pipeline.schedule.declared",
    "container": "pipeline.kinds",
    "daily": "pipeline.partitions",
    "keys": "pipeline.partitions",
    "keys_of": "pipeline.partitions",
    "page": "surfaces.pages",
    "shell": "pipeline.kinds",
    "spans": "pipeline.partitions",
    "sql": "pipeline.kinds",
    "step": "pipeline.steps",
}


def __getattr__(name: str) -> Any:
    """Import what is not always needed when it is named."""
    if name not in _FOUND_IN and name not in _MODULES:
        raise AttributeError(f"module 'headgate' has no attribute {name!r}")
    from headgate.spine.registry import load_module

    if name in _MODULES:
        return load_module(f"headgate.pipeline.{name}")
    return getattr(load_module(f"headgate.{_FOUND_IN[name]}"), name)
