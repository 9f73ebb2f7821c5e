"""Finds plugins and ports by file name and entry point, without importing them.

A plugin is one file; the file's name is the plugin's name, and its function or class bears it.
It may lie in the package, in a project's `plugins/KIND/` folder, or in another distribution that
names it under the entry point group `headgate.KIND`. Ports are found the same way: every stage
that has a `gates.py`, `guards.py`, `holders.py`, `keepers.py`, `couriers.py`, `actions.py`,
`watched.py` or `inspections.py` offers what that file declares.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cached_property, lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import msgspec

from headgate.core.errors import Invalid, NotFound

PACKAGE = Path(__file__).parent.parent
FOLDERS = {
    "checks": "monitor/checks",
    "connectors": "ingest/connectors",
    "expectations": "contract/expectations",
    "metrics": "monitor/metrics",
    "notifiers": "incident/notifiers",
    "sensors": "pipeline/sensors",
}


class Plugin(msgspec.Struct, frozen=True):
    """Where a plugin is found; nothing of it is imported yet."""

    kind: str
    name: str
    origin: str
    target: str

    def load(self) -> Any:
        """Import the plugin and return the function or class that bears its name.

        Raises:
            Invalid: the file cannot be imported or holds nothing of that name.
        """
        try:
            module = self._module()
        except ImportError as error:
            raise Invalid(
                f"plugin {self.name!r} needs a library that is not here: {error}",
                mend=f"install what {self.target} imports",
            ) from error
        except SyntaxError as error:
            raise Invalid(
                f"plugin file {self.target} cannot be read: {error}", mend="mend the line it names"
            ) from error
        if not hasattr(module, self.name):
            raise Invalid(
                f"plugin file {self.target} has no function or class named {self.name!r}",
                mend="the function or class bears the file's name",
            )
        return getattr(module, self.name)

    def _module(self) -> Any:
        if self.origin != "project":
            return importlib.import_module(self.target)
        spec = importlib.util.spec_from_file_location(f"headgate_plugin_{self.name}", self.target)
        if spec is None or spec.loader is None:
            raise Invalid(f"{self.target} is no Python file", mend="name it NAME.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


class Registry:
    """The plugins of one project.

    Args:
        root: the project's folder; its `plugins/KIND/*.py` come before all others.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._found: dict[str, dict[str, Plugin]] = {}

    def plugins(self, kind: str) -> dict[str, Plugin]:
        """List the plugins of a kind by name, importing none."""
        if kind not in self._found:
            found = {plugin.name: plugin for plugin in [*_packaged(kind), *_installed(kind)]}
            found |= {plugin.name: plugin for plugin in self._own(kind)}
            self._found[kind] = dict(sorted(found.items()))
        return self._found[kind]

    def load(self, kind: str, name: str) -> Any:
        """Import one plugin.

        Raises:
            NotFound: there is none of that name.
        """
        known = self.plugins(kind)
        if name not in known:
            raise NotFound.among(kind.rstrip("s"), name, known)
        return known[name].load()

    @cached_property
    def gates(self) -> list[Any]:
        """What may stop rows on their way into a dataset: see `headgate.spine.ports.Gate`."""
        return offered("gates")

    @cached_property
    def guards(self) -> list[Any]:
        """What stands before datasets of which something was promised: see `ports.Guard`."""
        return offered("guards")

    @cached_property
    def holders(self) -> list[Any]:
        """What keeps traces of rows: see `headgate.spine.ports.Holder`."""
        return offered("holders")

    def holder(self, name: str) -> Any:
        """Return the holder of a name."""
        return next(one for one in self.holders if one.name == name)

    @cached_property
    def erasers(self) -> list[Any]:
        """What must forget a subject: see `headgate.spine.ports.Eraser`."""
        return offered("erasers")

    @cached_property
    def keepers(self) -> list[Any]:
        """What stages' tables name of the store: see `headgate.spine.ports.Keeper`."""
        return offered("keepers")

    @cached_property
    def couriers(self) -> dict[str, Any]:
        """What carries letters that no notifier does: see `headgate.spine.ports.Courier`."""
        return {one.name: one for one in offered("couriers")}

    @cached_property
    def actions(self) -> list[Any]:
        """What can be done about trouble: see `headgate.spine.ports.Action`."""
        return offered("actions")

    @cached_property
    def watched(self) -> dict[str, Any]:
        """What can be watched by windows: see `headgate.spine.ports.Watched`."""
        return {one.name: one for one in offered("watched")}

    @cached_property
    def inspections(self) -> list[Any]:
        """What looks at a change before it is merged: see `headgate.spine.ports.Inspection`."""
        return offered("inspections")

    def action(self, name: str) -> Any:
        """Return the action of a name.

        Raises:
            NotFound: there is none.
        """
        known = {one.name: one for one in self.actions}
        if name not in known:
            raise NotFound.among("action", name, known)
        return known[name]

    def _own(self, kind: str) -> list[Plugin]:
        if self._root is None:
            return []
        files = sorted((self._root / "plugins" / kind).glob("*.py"))
        return [
            Plugin(kind=kind, name=file.stem, origin="project", target=str(file))
            for file in files
            if not file.stem.startswith("_")
        ]


def stage_modules(name: str) -> list[str]:
    """List the modules `headgate.STAGE.name` there are, importing none."""
    files = sorted(PACKAGE.glob(f"*/{name}.py"))
    return [f"headgate.{file.parent.name}.{name}" for file in files]


def load_module(name: str) -> Any:
    """Import one module of ours by its full name, when its verb is called."""
    return importlib.import_module(name)


def imported(name: str) -> list[Any]:
    """Import the modules `headgate.STAGE.name` there are."""
    return [importlib.import_module(module) for module in stage_modules(name)]


def offered(port: str) -> list[Any]:
    """Import every stage's module of a port and return what its `OFFERS` lists."""
    return [offer for module in imported(port) for offer in module.OFFERS]


def _packaged(kind: str) -> list[Plugin]:
    folder = FOLDERS.get(kind, "")
    files = sorted((PACKAGE / folder).glob("*.py")) if folder else []
    return [
        Plugin(
            kind=kind,
            name=file.stem,
            origin="headgate",
            target=f"headgate.{folder.replace('/', '.')}.{file.stem}",
        )
        for file in files
        if not file.stem.startswith("_")
    ]


def _installed(kind: str) -> list[Plugin]:
    places = tuple((place, _changed_ns(place)) for place in sys.path)
    return [
        Plugin(kind=kind, name=entry.name, origin=entry.dist.name, target=entry.module)
        for entry in _entries(f"headgate.{kind}", places)
        if entry.dist is not None
    ]


@lru_cache(maxsize=32)
def _entries(group: str, _places: tuple[tuple[str, int], ...]) -> tuple[EntryPoint, ...]:
    """Read what every distribution here names for a group; again when one came or went."""
    return tuple(entry_points(group=group))


def _changed_ns(place: str) -> int:
    """Say when a place of imports last changed, 0 for none that is there."""
    try:
        return Path(place).stat().st_mtime_ns
    except OSError:
        return 0
