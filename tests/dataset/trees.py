"""Folders of files for tests: written from a dict, read back as one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from headgate.dataset.files.commit import commit_folder
from headgate.dataset.files.reads import export_folder
from headgate.dataset.files.reports import CommitFolderRequest
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context

LONG_AGO_S = 1_700_000_000

_NAMES = st.text("abcé .-_", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map("/".join)


def _is_tree(files: Mapping[str, bytes]) -> bool:
    """Say whether no file stands where another one needs a folder."""
    return not any(other.startswith(path + "/") for path in files for other in files)


TREES = st.dictionaries(_PATHS, st.binary(max_size=40), max_size=8).filter(_is_tree)


def write(root: Path, files: Mapping[str, bytes], *, age_s: float = 3600) -> Path:
    """Write files below a folder, as if they had been there for a while."""
    root.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
        if age_s:
            os.utime(root / path, (LONG_AGO_S, LONG_AGO_S))
    return root


def tree(root: Path) -> dict[str, bytes]:
    """Read all files below a folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def commit(context: Context, folder: Path, name: str = "photos", **asked: Any) -> Snapshot:
    """Commit a folder."""
    return commit_folder(context, CommitFolderRequest(name=name, path=str(folder), **asked))


def exported(context: Context, to: Path, name: str = "photos", at: int | None = None) -> Any:
    """Export a snapshot's files and read them back from disk."""
    snapshot = find_snapshot(context, name, None if at is None else str(at))
    export_folder(context, snapshot, to)
    return tree(to)
