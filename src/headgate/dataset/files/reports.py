"""What the verbs on files are asked and what they answer."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from headgate.dataset.reports import At, Name, RunId

Folder = Annotated[str, Meta(description="the folder, on the machine where the project lies")]
Include = Annotated[
    tuple[str, ...],
    Meta(description="only files that match one of these, such as *.jpg or scans/**"),
]
Exclude = Annotated[
    tuple[str, ...],
    Meta(description="no files or folders that match one of these, such as .git or tmp/*"),
]
Links = Annotated[bool, Meta(description="follow symbolic links; they are left out otherwise")]


class CommitFolderRequest(msgspec.Struct, frozen=True):
    """Bring a folder's files into a dataset, a row for each file.

    What cannot be read (no right to it, a broken link, a name that is not UTF-8) waits in
    quarantine with its reason.
    """

    name: Name
    path: Folder
    mode: Annotated[
        Literal["replace", "upsert"],
        Meta(description="replace: become the folder; upsert: take its files, keep the others"),
    ] = "replace"
    include: Include = ()
    exclude: Exclude = ()
    follow_symlinks: Links = False
    message: Annotated[str, Meta(description="why")] = ""
    run: RunId = None
    branch: Annotated[str, Meta(description="the branch to commit to")] = "main"


class VerifyFolderRequest(msgspec.Struct, frozen=True):
    """Compare a folder with a snapshot, by the digest of every file."""

    name: Name
    path: Folder
    at: At = None
    include: Include = ()
    exclude: Exclude = ()
    follow_symlinks: Links = False
    limit: Annotated[int, Meta(description="files to name of each kind [count]", ge=0)] = 20


class FolderCheck(msgspec.Struct, frozen=True):
    """How a folder on disk differs from a snapshot.

    Args:
        digest: of the folder as a whole; equal to `expected` where nothing differs.
        missing: files of the snapshot that the folder has not, the first of them.
        added: files of the folder that the snapshot has not, the first of them.
        changed: files of both with other bytes, the first of them.
        unread: what could not be read, with its reason.
    """

    dataset: str
    number: int
    path: str
    digest: str
    expected: str
    n_same: int
    n_missing: int
    n_added: int
    n_changed: int
    missing: tuple[str, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def has_findings(self) -> bool:
        """Whether the folder is another than the snapshot."""
        return bool(self.n_missing or self.n_added or self.n_changed or self.unread)


class FileRequest(msgspec.Struct, frozen=True):
    """Read one file of a snapshot, or a range of its bytes."""

    name: Name
    path: Annotated[str, Meta(description="the file's path in the dataset")]
    at: At = None
    start: Annotated[int, Meta(description="the first byte [count from 0]")] = 0
    length: Annotated[int | None, Meta(description="bytes at most; all that follow if none")] = None


class FilesRequest(msgspec.Struct, frozen=True):
    """List what stands in a folder of a snapshot."""

    name: Name
    folder: Annotated[str, Meta(description="the folder; the topmost if none")] = ""
    at: At = None
    limit: Annotated[int, Meta(description="files and folders to list at most [count]", ge=0)] = (
        1_000
    )


class FileLine(msgspec.Struct, frozen=True):
    """A file, or a folder with all below it.

    Args:
        name: of the file; a folder's ends with a slash.
        n_files: 1, or how many there are in the folder.
        digest: of the bytes; of the folder's names and digests, at every depth.
        asset: the id that files of the same name with other suffixes share; none of a folder.
        row_id: the file's row; none of a folder.
    """

    name: str
    n_files: int
    size_bytes: int
    digest: str
    media_type: str | None
    asset: str | None
    row_id: int | None


class FileList(msgspec.Struct, frozen=True):
    """What stands in a folder of a snapshot, folders first, both in name order."""

    dataset: str
    number: int
    folder: str
    n_files: int
    size_bytes: int
    digest: str
    lines: tuple[FileLine, ...]
    n_more: int


class FoldersRequest(msgspec.Struct, frozen=True):
    """Compare the files of two snapshots, folder by folder."""

    name: Name
    from_: Annotated[
        str | None, Meta(description="the older snapshot; the one before `to` if none")
    ] = msgspec.field(default=None, name="from")
    to: Annotated[str | None, Meta(description="the newer snapshot; the newest if none")] = None
    limit: Annotated[int, Meta(description="folders to list at most [count]", ge=0)] = 100


class FolderChange(msgspec.Struct, frozen=True):
    """What changed among the files that stand in a folder itself, not below it."""

    folder: str
    n_added: int
    n_changed: int
    n_removed: int


class FoldersReport(msgspec.Struct, frozen=True):
    """Which folders differ between two snapshots, and by how many files.

    Args:
        n_same_folders: folders in which nothing differs at any depth.
    """

    dataset: str
    from_number: int
    to_number: int
    n_added: int
    n_changed: int
    n_removed: int
    n_same_folders: int
    folders: tuple[FolderChange, ...]
    n_more: int
