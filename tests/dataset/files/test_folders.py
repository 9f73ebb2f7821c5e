"""Merkle folders: equal folders have equal digests, and only unequal ones are entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from blake3 import blake3
from hypothesis import given

from headgate.core.errors import Invalid
from headgate.dataset.files.check import verify_folder
from headgate.dataset.files.folders import diff_folders, tree_of
from headgate.dataset.files.reports import FoldersRequest, VerifyFolderRequest
from tests.dataset.trees import TREES, commit, write

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.dataset.files.folders import Tree
    from headgate.spine.context import Context


def digested(files: dict[str, bytes]) -> Tree:
    """Count the folders of files."""
    return tree_of(files, b"".join(blake3(data).digest() for data in files.values()))


def child(kind: bytes, name: str, digest: bytes) -> bytes:
    """Write one child of a folder as it is hashed."""
    return kind + len(name.encode()).to_bytes(4, "little") + name.encode() + digest


def by_hand(files: dict[str, bytes]) -> bytes:
    """Count the digest of the topmost folder, by the definition and one folder at a time."""
    children: dict[bytes, bytes] = {}
    inside: dict[str, dict[str, bytes]] = {}
    for path, data in files.items():
        name, slash, rest = path.partition("/")
        if slash:
            inside.setdefault(name, {})[rest] = data
        else:
            children[name.encode()] = (
                b"f" + len(name.encode()).to_bytes(4, "little") + name.encode()
            )
            children[name.encode()] += blake3(data).digest()
    for name, below in inside.items():
        children[name.encode()] = child(b"d", name, by_hand(below))
    return blake3(b"".join(children[name] for name in sorted(children))).digest()


@given(files=TREES)
def test_a_folders_digest_is_that_of_its_definition(files: dict[str, bytes]) -> None:
    assert digested(files).digests[""] == by_hand(files)


@given(files=TREES)
def test_the_order_of_files_does_not_count(files: dict[str, bytes]) -> None:
    backwards = dict(reversed(files.items()))

    assert digested(backwards).digests == digested(files).digests


def test_a_diff_counts_changes_folder_by_folder(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"a/x": b"1", "a/y": b"2", "b/c/z": b"3", "same/s": b"4"})
    commit(context, folder)
    write(folder, {"a/x": b"changed", "new/n": b"5"}, age_s=0)
    (folder / "b/c/z").unlink()
    commit(context, folder)

    report = diff_folders(context, FoldersRequest(name="photos"))

    assert [(one.folder, one.n_added, one.n_changed, one.n_removed) for one in report.folders] == [
        ("a", 0, 1, 0),
        ("b/c", 0, 0, 1),
        ("new", 1, 0, 0),
    ]
    assert (report.from_number, report.to_number, report.n_same_folders) == (1, 2, 1)
    short = diff_folders(context, FoldersRequest(name="photos", limit=1))
    assert (len(short.folders), short.n_more, short.n_removed) == (1, 2, 1)


def test_the_first_snapshot_has_nothing_before_it(context: Context, tmp_path: Path) -> None:
    commit(context, write(tmp_path / "in", {"a": b"1"}))

    with pytest.raises(Invalid, match="is the first snapshot"):
        diff_folders(context, FoldersRequest(name="photos"))


def test_a_folder_equal_to_its_snapshot_is_found_so(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"a/x": b"1", "b": b"2"})
    commit(context, folder)

    check = verify_folder(context, VerifyFolderRequest(name="photos", path=str(folder)))

    assert (check.n_same, check.has_findings, check.digest == check.expected) == (2, False, True)


def test_a_folder_that_differs_is_told_file_by_file(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"a/x": b"1", "b": b"2", "c": b"3"})
    commit(context, folder)
    (folder / "b").unlink()
    (folder / "link").symlink_to("c")
    # the same size and times: only reading it shows
    write(folder, {"a/x": b"!", "new": b"4"})

    check = verify_folder(context, VerifyFolderRequest(name="photos", path=str(folder)))

    assert (check.changed, check.missing, check.added) == (("a/x",), ("b",), ("new",))
    assert check.unread == ("link: link: not followed",)
    assert check.has_findings
    assert check.digest != check.expected
