"""What every operation is handed: an opened project, who asks, and where progress goes."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.registry import Registry
    from headgate.spine.settings import Settings
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.catalog import Catalog
    from headgate.spine.work import Work


@dataclass(frozen=True)
class Step:
    """How far a long deed has come."""

    what: str
    done: int
    total: int | None
    unit: str = "rows"


def silent(step: Step) -> None:
    """Take progress and show nothing."""


class Opened:
    """A project's parts, each made when first asked for and shared by every caller.

    Args:
        root: the project's folder.
        settings: each value with its origin.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings
        self.home = root / ".headgate"

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog: one connection pool for the life of the project."""
        from headgate.spine.store.catalog import open_catalog

        return open_catalog(self.settings.text("store.catalog"), self.home)

    @cached_property
    def blobs(self) -> Blobs:
        """The object store that holds segments, manifests and packs."""
        from headgate.spine.store.blobs import open_blobs

        return open_blobs(
            self.settings.text("store.objects"), self.home, self.settings.text("tenant")
        )

    @cached_property
    def registry(self) -> Registry:
        """The plugins of the package, of entry points and of this project."""
        from headgate.spine.registry import Registry

        return Registry(self.root)

    def close(self) -> None:
        """Let go of the catalog's connections, if any were made."""
        if "catalog" in self.__dict__:
            self.catalog.close()


@dataclass(frozen=True)
class Context:
    """An opened project, as one caller sees it.

    Args:
        opened: the project's parts.
        actor: who asks; stands in every event.
        progress: is called with every step of a long deed.
    """

    opened: Opened
    actor: str
    progress: Callable[[Step], None] = field(default=silent)

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.opened.root

    @property
    def settings(self) -> Settings:
        """Each setting with its origin."""
        return self.opened.settings

    @property
    def tenant(self) -> str:
        """The tenant in whose name everything is read and written."""
        return self.settings.text("tenant")

    @property
    def catalog(self) -> Catalog:
        """The catalog of tables and events."""
        return self.opened.catalog

    @property
    def blobs(self) -> Blobs:
        """The object store that holds segments, manifests and packs."""
        return self.opened.blobs

    @property
    def registry(self) -> Registry:
        """The plugins there are."""
        return self.opened.registry

    def work(self) -> Work:
        """Open a unit of work: rows and events commit together, or not at all."""
        from headgate.spine.work import Work

        return Work(self)


def open_context(
    root: Path, *, flags: dict[str, str] | None = None, progress: Callable[[Step], None] = silent
) -> Context:
    """Open the project in a folder.

    Args:
        root: the folder that holds headgate.toml.
        flags: settings given in the call; they go before everything.
        progress: is called with every step of a long deed.

    Raises:
        NotFound: the folder holds no project.
        Invalid: a setting is broken.
    """
    from headgate.spine.settings import load

    settings = load(root, flags)
    actor = settings.text("actor") or getpass.getuser()
    return Context(Opened(root.resolve(), settings), actor=actor, progress=progress)
