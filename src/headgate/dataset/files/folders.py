"""Folders of a snapshot as a Merkle tree: equal digest, equal files, at every depth.

A folder's digest is the blake3 of its children in the order of their names' bytes, each written
as `f` (file) or `d` (folder), the length of the name (4 bytes, little-endian), the name in UTF-8
and the child's digest (32 bytes). The topmost folder is "".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from blake3 import blake3

from headgate.core.errors import Invalid
from headgate.dataset.files.reports import FolderChange, FoldersReport, FoldersRequest
from headgate.dataset.files.rows import read_files_of
from headgate.spine.store.packs.index import DIGEST_BYTES
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.core.nouns import Snapshot
    from headgate.dataset.files.rows import Files
    from headgate.spine.context import Context


class Tree(NamedTuple):
    """The folders of a set of files.

    Args:
        digests: of every folder.
        files: of every folder the files that stand in it itself, by name.
    """

    digests: dict[str, bytes]
    files: dict[str, dict[str, bytes]]


def tree_of(paths: Iterable[str], digests: bytes) -> Tree:
    """Count the digests of all folders.

    Args:
        paths: the files, n of them, each once.
        digests: of their bytes, 32 bytes each, one after the other.

    >>> one, two = bytes(32), b"1" * 32
    >>> tree = tree_of(["a/x", "b/x", "c"], one + one + two)
    >>> tree.digests["a"] == tree.digests["b"], sorted(tree.digests)
    (True, ['', 'a', 'b'])
    """
    files: dict[str, dict[str, bytes]] = {"": {}}
    for start, path in enumerate(paths):
        folder, _, name = path.rpartition("/")
        digest = digests[start * DIGEST_BYTES : (start + 1) * DIGEST_BYTES]
        files.setdefault(folder, {})[name] = digest
    for folder in list(files):
        for end, sign in enumerate(folder):
            if sign == "/":
                files.setdefault(folder[:end], {})
    return Tree(_digests(files), files)


def tree_of_files(files: Files) -> Tree:
    """Count the digests of the folders of a snapshot's files."""
    return tree_of(files.paths.to_pylist(), files.digests.tobytes())


def diff_folders(context: Context, request: FoldersRequest) -> FoldersReport:
    """Compare two snapshots folder by folder; equal folders are not entered.

    Raises:
        Invalid: a snapshot holds no files, or none stands before the newer one.
    """
    older, newer = _pair(context, request)
    old, new = (_tree(context, snapshot) for snapshot in (older, newer))
    changes: list[FolderChange] = []
    for folder in sorted(old.files.keys() | new.files.keys()):
        if old.digests.get(folder) != new.digests.get(folder):
            change = _change(folder, old.files.get(folder, {}), new.files.get(folder, {}))
            if change.n_added or change.n_changed or change.n_removed:
                changes.append(change)
    n_same = sum(new.digests.get(folder) == digest for folder, digest in old.digests.items())
    return FoldersReport(
        dataset=request.name,
        from_number=older.number,
        to_number=newer.number,
        n_added=sum(change.n_added for change in changes),
        n_changed=sum(change.n_changed for change in changes),
        n_removed=sum(change.n_removed for change in changes),
        n_same_folders=n_same,
        folders=tuple(changes[: request.limit]),
        n_more=max(0, len(changes) - request.limit),
    )


def _pair(context: Context, request: FoldersRequest) -> tuple[Snapshot, Snapshot]:
    newer = find_snapshot(context, request.name, request.to)
    if request.from_ is None and newer.parent is None:
        raise Invalid(
            f"{request.name}@{newer.number} is the first snapshot",
            mend="name the other one with --from",
        )
    return find_snapshot(context, request.name, request.from_ or str(newer.parent)), newer


def _tree(context: Context, snapshot: Snapshot) -> Tree:
    return tree_of_files(read_files_of(context, snapshot))


def _digests(files: dict[str, dict[str, bytes]]) -> dict[str, bytes]:
    digests: dict[str, bytes] = {}
    below: dict[str, list[tuple[bytes, bytes, bytes]]] = {}
    # the deepest first, so that a folder's own folders are there when it is counted
    for folder in sorted(files, key=lambda name: name.count("/") + bool(name), reverse=True):
        children = below.pop(folder, [])
        children += [(name.encode(), b"f", digest) for name, digest in files[folder].items()]
        hasher = blake3()
        for name, kind, digest in sorted(children):
            hasher.update(kind + len(name).to_bytes(4, "little") + name + digest)
        digests[folder] = hasher.digest()
        if folder:
            parent, _, name = folder.rpartition("/")
            below.setdefault(parent, []).append((name.encode(), b"d", digests[folder]))
    return digests


def _change(folder: str, old: dict[str, bytes], new: dict[str, bytes]) -> FolderChange:
    both = old.keys() & new.keys()
    return FolderChange(
        folder=folder,
        n_added=len(new) - len(both),
        n_changed=sum(old[name] != new[name] for name in both),
        n_removed=len(old) - len(both),
    )
