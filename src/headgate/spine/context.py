"""What every operation is handed: an opened project, who asks, and where progress goes."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from headgate.core.refs import check_name

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.registry import Registry
    from headgate.spine.settings import Settings
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.catalog import Catalog
    from headgate.spine.store.manifest import Manifest


@dataclass(frozen=True)
class Step:
    """How far a long deed has come.

    Args:
        n_bytes: how much was read or written for it so far [bytes], where that is known.
    """

    what: str
    done: int
    total: int | None
    unit: str = "rows"
    n_bytes: int | None = None


def silent(step: Step) -> None:
    """Take progress and show nothing."""


class Opened:
    """A project's parts, each made when first asked for and shared by every caller.

    Args:
        root: the project's folder.
        settings: each value with its origin.

    Attributes:
        n_heeded: erased blobs whose copies on this machine were forgotten.
        manifests: small manifests that were read or written lately, by version id.
        in_force: contracts in force by tenant, as they were at a count of their changes.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        self.n_heeded = 0
        self.manifests: dict[str, Manifest] = {}
        self.in_force: dict[str, tuple[int, Any]] = {}
        self.root = root
        self.settings = settings
        self.home = root / ".headgate"
        self._lock = threading.Lock()
        self._catalog: Catalog | None = None

    @property
    def catalog(self) -> Catalog:
        """The catalog: one connection pool for the life of the project, whoever asks first."""
        with self._lock:
            if self._catalog is None:
                from headgate.spine.store.catalog import open_catalog

                address = self.settings.text("store.catalog")
                self._catalog = open_catalog(address, self.home).require_current()
            return self._catalog

    @cached_property
    def blobs(self) -> Blobs:
        """The object store that holds segments, manifests and packs."""
        from headgate.spine.store.blobs import open_blobs

        return open_blobs(self.settings, self.home)

    @cached_property
    def registry(self) -> Registry:
        """The plugins of the package, of entry points and of this project."""
        from headgate.spine.registry import Registry

        return Registry(self.root)

    def close(self) -> None:
        """Let go of the catalog's connections, if any were made."""
        with self._lock:
            if self._catalog is not None:
                self._catalog.close()


@dataclass(frozen=True)
class Context:
    """An opened project, as one caller sees it.

    Args:
        opened: the project's parts.
        actor: who asks; stands in every event.
        progress: is called with every step of a long deed.
        is_remote: it is asked through a server, by somebody who may not see this machine's files.
    """

    opened: Opened
    actor: str
    progress: Callable[[Step], None] = field(default=silent)
    is_remote: bool = False

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


def without_project(root: Path, *, progress: Callable[[Step], None] = silent) -> Context:
    """Return the context of a verb that needs no project: a folder, and the usual settings.

    Args:
        root: the folder that names of files are relative to.
        progress: is called with every step of a long deed.
    """
    from headgate.spine.settings import defaults

    settings = defaults()
    return Context(
        Opened(root, settings), actor=settings.text("actor") or getpass.getuser(), progress=progress
    )


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
    check_name("tenant", settings.text("tenant"))
    actor = settings.text("actor") or getpass.getuser()
    return Context(Opened(root.resolve(), settings), actor=actor, progress=progress)
