"""How many packages the core install needs, and how much room they take with their bytecode."""

from __future__ import annotations

from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PACKAGES = 45
MAX_MB = 420.0
NAME = "headgate"


def closure(root: str = NAME) -> dict[str, metadata.Distribution]:
    """Find the distributions a core install brings, in this environment and without a network.

    Args:
        root: the distribution to begin at; extras are left out.

    Returns:
        Each by its canonical name, `root` included.

    Raises:
        importlib.metadata.PackageNotFoundError: one of them is not installed here.
    """
    found: dict[str, metadata.Distribution] = {}
    waiting = [root]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        found[name] = metadata.distribution(name)
        waiting += _required(found[name].requires or ())
    return found


def installed_bytes(distribution: metadata.Distribution) -> int:
    """Sum up the files a distribution recorded, and the bytecode of its modules.

    Modules never compiled here count as many bytes of bytecode as of source.
    """
    recorded = {Path(str(file.locate())) for file in distribution.files or ()}
    return _sized(path for path in recorded if path.is_file())


def tree_bytes(folder: Path) -> int:
    """Sum up the files of a package's folder as if it were installed, bytecode included."""
    return _sized(path for path in folder.rglob("*") if path.is_file())


def folder_bytes(folder: Path, *, without: tuple[str, ...]) -> int:
    """Sum up a folder as it lies on disk, leaving out entries by the beginning of their names."""
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith(without)]
    files = [path for entry in entries for path in (entry, *entry.rglob("*")) if path.is_file()]
    return sum(path.stat().st_size for path in files)


def _required(requirements: Iterable[str]) -> list[str]:
    parsed = [Requirement(text) for text in requirements]
    environment: Any = {"extra": ""}
    return [one.name for one in parsed if one.marker is None or one.marker.evaluate(environment)]


def _sized(paths: Iterable[Path]) -> int:
    own = {path.resolve() for path in paths}
    plain = {path for path in own if path.suffix != ".pyc"}
    total = sum(path.stat().st_size for path in plain)
    for source in (path for path in plain if path.suffix == ".py"):
        compiled = Path(util.cache_from_source(source))
        total += (compiled if compiled.exists() else source).stat().st_size
    return total
