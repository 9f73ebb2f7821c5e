"""Finds what pipeline files declare beside their steps: schedules, sensors and promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline.loading import FOLDER, load_modules, steps_in
from headgate.pipeline.schedule.declared import Promise, Schedule, Sensor

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.pipeline.steps import Step


class Declared(NamedTuple):
    """A pipeline file, as far as it says when it runs.

    Args:
        pipeline: the file's name without `.py`.
        steps: the datasets its steps make, each after those it reads from.
        schedules: when it runs.
        sensors: what it runs for.
        promises: what is promised, by dataset.
        written_at: when the file was last written.
        is_seeded: a step of it sets what `random` and `numpy.random` start from.
    """

    pipeline: str
    steps: tuple[str, ...]
    schedules: tuple[Schedule, ...]
    sensors: tuple[Sensor, ...]
    promises: dict[str, Promise]
    written_at: datetime
    is_seeded: bool

    @property
    def is_watched(self) -> bool:
        """Whether it says anything a scheduler must know."""
        return bool(self.schedules or self.sensors or self.promises)

    def trigger(self, name: str) -> Schedule | Sensor | None:
        """Return the schedule or sensor of a name."""
        known = (*self.schedules, *self.sensors)
        return next((one for one in known if one.name == name), None)


class Declarations:
    """What a project's files declare, imported anew when a file was changed.

    Args:
        root: the project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: list[tuple[str, int, int]] = []
        self._found: list[Declared] = []

    def current(self) -> list[Declared]:
        """Return what stands in the files now.

        Raises:
            Invalid: a file cannot be imported, or declares what cannot be.
            Conflict: two steps make the same dataset.
        """
        seen = self._look()
        if seen != self._seen:
            self._found = find_declared(self._root)
            self._seen = seen
        return self._found

    def _look(self) -> list[tuple[str, int, int]]:
        stats = [(path.name, path.stat()) for path in sorted((self._root / FOLDER).glob("*.py"))]
        return [(name, one.st_mtime_ns, one.st_size) for name, one in stats]


def find_declared(root: Path) -> list[Declared]:
    """Import a project's pipeline files and list what they declare; nothing if there are none.

    Raises:
        Invalid: a file cannot be imported, or declares what cannot be.
        Conflict: two steps make the same dataset.
    """
    try:
        modules = load_modules(root)
    except NotFound:
        return []
    steps = steps_in(modules).all
    return [
        declared_in(
            root / FOLDER / f"{name}.py",
            module,
            [step for step in steps if step.file == name],
        )
        for name, module in modules.items()
    ]


def declared_in(path: Path, module: Any, steps: Sequence[Step]) -> Declared:
    """List what one pipeline file declares.

    Args:
        path: the file.
        module: what was imported of it.
        steps: its steps.

    Raises:
        Invalid: it declares what cannot be.
    """
    given = vars(module)
    schedules = _listed(path, "schedule", given.get("schedule", ()), Schedule)
    sensors = _listed(path, "sensors", given.get("sensors", ()), Sensor)
    names = [one.name for one in (*schedules, *sensors)]
    for name in names:
        if names.count(name) > 1:
            raise Invalid(
                f"{path} has two triggers named {name!r}", mend='give one another: name="…"'
            )
    return Declared(
        pipeline=path.stem,
        steps=tuple(step.name for step in steps),
        schedules=tuple(schedules),
        sensors=tuple(sensors),
        promises=_promises(path, given.get("promises", {})),
        written_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        is_seeded=any(step.seed is not None for step in steps),
    )


def _listed(path: Path, name: str, given: Any, kind: type[Any]) -> list[Any]:
    found = list(given) if isinstance(given, Sequence) else [given]
    for one in found:
        if not isinstance(one, kind):
            raise Invalid(
                f"{path} has a {name} that is {one!r}", mend=f"write {name} = {kind.__name__}(…)"
            )
    return found


def _promises(path: Path, given: Any) -> dict[str, Promise]:
    known = dict(given) if isinstance(given, Mapping) else {"": given}
    for name, one in known.items():
        if not isinstance(name, str) or not isinstance(one, Promise) or not name:
            raise Invalid(
                f"{path} has promises that cannot be read: {one!r}",
                mend='write promises = {"DATASET": Promise(freshness="26h")}',
            )
    return known
