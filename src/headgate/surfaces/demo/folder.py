"""The folder a demo is left in: made, or cleared of an older demo and of nothing else."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from headgate.core.errors import Conflict

if TYPE_CHECKING:
    from pathlib import Path

TOUR = "DEMO.md"
SIGN = "<!-- made by: headgate demo poison -->"
"""First line of the tour; it is written before all else, so that a demo cut short is known too."""

_OWN = frozenset(
    {
        TOUR,
        ".headgate",
        "headgate.toml",
        "incoming",
        "contracts",
        "pipelines",
        "monitors",
        "guidelines",
        "plugins",
    }
)


def claim(root: Path) -> None:
    """Make the folder empty but for the sign that a demo lives here.

    Raises:
        Conflict: it holds something that no demo has written.
    """
    if root.exists() and not root.is_dir():
        raise Conflict(f"{root} is a file", mend="name another place with --path FOLDER")
    there = sorted(entry.name for entry in root.iterdir()) if root.is_dir() else []
    if there and not _is_demo(root):
        raise Conflict(
            f"{root} holds {there[0]!r} and is no older demo; nothing was changed",
            mend="name an empty or new folder with --path FOLDER",
        )
    strange = [name for name in there if name not in _OWN]
    if strange:
        raise Conflict(
            f"{root} holds {strange[0]!r}, which no demo has written; nothing was changed",
            mend=f"move {strange[0]} elsewhere, or name another folder with --path FOLDER",
        )
    for name in there:
        entry = root / name
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    root.mkdir(parents=True, exist_ok=True)
    (root / TOUR).write_text(SIGN + "\n", encoding="utf-8")


def _is_demo(root: Path) -> bool:
    tour = root / TOUR
    return tour.is_file() and tour.read_text(encoding="utf-8", errors="replace").startswith(SIGN)
