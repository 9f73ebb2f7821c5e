"""Holds a folder on disk against a snapshot: every file is read again and its digest compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from headgate.dataset.files.commit import assembled
from headgate.dataset.files.folders import tree_of
from headgate.dataset.files.hashing import Discard, Hasher
from headgate.dataset.files.reports import FolderCheck
from headgate.dataset.files.rows import read_files_of
from headgate.dataset.files.scan import Choice, opened_folder, scan_folder
from headgate.spine.store.packs.index import DIGEST_BYTES, hex_of
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from headgate.dataset.files.commit import Read
    from headgate.dataset.files.reports import VerifyFolderRequest
    from headgate.spine.context import Context


def verify_folder(context: Context, request: VerifyFolderRequest) -> FolderCheck:
    """Compare a folder with a snapshot.

    Raises:
        NotFound: there is no such folder or snapshot.
        Invalid: the dataset holds no files.
    """
    snapshot = find_snapshot(context, request.name, request.at)
    files = read_files_of(context, snapshot)
    expected = dict(zip(files.paths.to_pylist(), hex_of(files.digests), strict=True))
    read = _read(context, request)
    found = dict(zip(read.paths.to_pylist(), hex_of(read.digests), strict=True))
    missing = sorted(expected.keys() - found.keys())
    added = sorted(found.keys() - expected.keys())
    changed = sorted(path for path in found if expected.get(path, found[path]) != found[path])
    return FolderCheck(
        dataset=snapshot.dataset,
        number=snapshot.number,
        path=request.path,
        digest=tree_of(found, read.digests.tobytes()).digests[""].hex(),
        expected=tree_of(expected, files.digests.tobytes()).digests[""].hex(),
        n_same=len(found) - len(added) - len(changed),
        n_missing=len(missing),
        n_added=len(added),
        n_changed=len(changed),
        missing=tuple(missing[: request.limit]),
        added=tuple(added[: request.limit]),
        changed=tuple(changed[: request.limit]),
        unread=tuple(f"{path}: {reason}" for path, reason in read.left_out),
    )


def _read(context: Context, request: VerifyFolderRequest) -> Read:
    choice = Choice(request.include, request.exclude, request.follow_symlinks)
    with opened_folder(request.path) as root:
        scan = scan_folder(root, choice, context.opened.home)
        hasher = Hasher(root, scan, Discard(), context.opened.home / "cache" / "scratch")
        fresh, left_out = hasher.read(range(len(scan.paths)), context.progress)
    digests = np.zeros(len(scan.paths), f"S{DIGEST_BYTES}")
    paths = pa.array(scan.paths, pa.string())
    return assembled(scan, paths, digests, fresh, [*scan.left_out, *left_out])
