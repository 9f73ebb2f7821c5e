"""Collects what every node of a cluster needs of a project: its code, and what it asks for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline.kinds.made import Made
from headgate.pipeline.loading import FOLDER, sources
from headgate.pipeline.ray.messages import Bundle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from headgate.pipeline.steps import Step
    from headgate.spine.settings import Settings

HIDDEN = {"__pycache__", ".headgate", ".git", ".venv", "site-packages"}


def bundle_of(root: Path, settings: Settings, steps: Iterable[Step]) -> Bundle:
    """Read a project's files and variables that go to the cluster.

    These are the Python files in its `pipelines`, those that were imported from elsewhere in it,
    what commands among the steps declare, and what `ray.files` names.

    Args:
        root: the project's folder.
        settings: of the project.
        steps: those that may run there.

    Raises:
        NotFound: a file that is named is not there.
        Invalid: a variable that is named is not set.
    """
    paths = set((root / FOLDER).rglob("*.py"))
    paths |= {root / name for name in sources(root)}
    for step in steps:
        if isinstance(step.function, Made):
            paths |= {root / name.removeprefix("file ") for name in _declared(step.function)}
    for pattern in _listed(settings, "ray.files"):
        paths |= set(_matching(root, pattern))
    files = {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(paths)
        if path.is_relative_to(root) and path.is_file() and not HIDDEN.intersection(path.parts)
    }
    return Bundle(files, dict(_variables(settings)))


def _declared(made: Made) -> Iterator[str]:
    return (name for name in made.facts if name.startswith("file "))


def _matching(root: Path, pattern: str) -> Iterator[Path]:
    found = sorted(root.glob(pattern))
    if not found:
        raise NotFound(
            f"setting 'ray.files' names {pattern}, and {root} has no such file",
            mend="write a path or pattern seen from the project's folder, such as prompts/*.txt",
        )
    for path in found:
        yield from path.rglob("*") if path.is_dir() else [path]


def _variables(settings: Settings) -> Iterator[tuple[str, str]]:
    for name in _listed(settings, "ray.env"):
        if name not in os.environ:
            raise Invalid(
                f"setting 'ray.env' names {name}, which is not set", mend=f"export {name}=…"
            )
        yield name, os.environ[name]


def _listed(settings: Settings, name: str) -> list[str]:
    return [one.strip() for one in settings.text(name).split(",") if one.strip()]
