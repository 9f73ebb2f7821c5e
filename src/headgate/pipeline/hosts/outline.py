"""What another orchestrator is told of a pipeline, and what it cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.core.errors import NotFound
from headgate.pipeline.loading import FOLDER, load_modules, steps_in
from headgate.pipeline.schedule.found import declared_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from headgate.pipeline.partitions import Partitions
    from headgate.pipeline.schedule.declared import Schedule
    from headgate.pipeline.schedule.found import Declared
    from headgate.pipeline.steps import Step

PLAIN = (bool, int, float, str)
"""Kinds of settings that a host can be asked for."""


class Outline(NamedTuple):
    """A pipeline, as far as a host has to do with it.

    Args:
        pipeline: its name.
        root: the project's folder.
        steps: in an order in which each comes after those it follows.
        schedules: when it runs.
        notes: what the host is not told, or does in another way, a line each.
    """

    pipeline: str
    root: Path
    steps: Sequence[Step]
    schedules: Sequence[Schedule]
    notes: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The datasets that its steps make."""
        return [step.name for step in self.steps]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that the host can be asked for, with their own values."""
        return {
            name: value
            for step in self.steps
            for name, value in step.settings.items()
            if isinstance(value, PLAIN)
        }

    def inside(self, step: Step) -> list[str]:
        """List the steps of the pipeline that a step comes after."""
        return [name for name in dict.fromkeys(step.follows) if name in self.names]

    def outside(self, step: Step) -> list[str]:
        """List the datasets that a step reads and no step of the pipeline makes."""
        return [name for name in dict.fromkeys(step.follows) if name not in self.names]

    @property
    def partitions(self) -> list[Partitions]:
        """The different ways in which its steps fall into partitions."""
        found = [step.partitions for step in self.steps if step.partitions is not None]
        return list(dict.fromkeys(found))


def outline_of(root: Path, name: str) -> Outline:
    """Read what a pipeline declares.

    Raises:
        NotFound: there is no such pipeline.
        Invalid: a file cannot be imported, or declares what cannot be.
    """
    modules = load_modules(root)
    steps = steps_in(modules)
    if name not in steps.files:
        raise NotFound.among("pipeline", name, steps.files)
    declared = declared_in(root / FOLDER / f"{name}.py", modules[name], steps.of(name))
    found = Outline(name, root, steps.of(name), declared.schedules, ())
    return found._replace(notes=tuple(_notes(found, declared)))


def _notes(outline: Outline, declared: Declared) -> Iterator[str]:
    for sensor in declared.sensors:
        yield f"sensor {sensor.name} ({sensor.about}): the host does not look; `headgate up` does"
    for dataset in declared.promises:
        yield f"promise on {dataset}: watched by `headgate up` or `headgate pipeline status`"
    for one in outline.schedules:
        if one.overlap == "skip":
            yield f"schedule {one.name}: a time that comes while a run goes on waits for its end"
        yield f"schedule {one.name}: what is late is the host's to notice"
    yield from _notes_of_steps(outline.steps)


def _notes_of_steps(steps: Sequence[Step]) -> Iterator[str]:
    given = [one for step in steps for one in step.settings.items()]
    for name in dict.fromkeys(name for name, value in given if not isinstance(value, PLAIN)):
        yield f"setting {name}: it is no text, number or flag and stays as the file has it"
    limits = (
        ("timeout_s", [one.name for one in steps if one.timeout_s is not None]),
        ("pool", [one.name for one in steps if one.pool]),
    )
    for what, some in limits:
        if some:
            yield f"{what} of {', '.join(some)}: held by Headgate, the host does not know of it"
