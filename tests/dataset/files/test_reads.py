"""Reading files back: ranges, listings, exports, and what must not be written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.dataset.files.reads import export_folder, list_files, read_one
from headgate.dataset.files.reports import FileRequest, FilesRequest
from headgate.spine.store.packs.queries import pack_rows
from headgate.spine.store.snapshots import find_snapshot
from tests.asking import commit as commit_rows
from tests.asking import values
from tests.dataset.files.test_commit import drop_all_packs
from tests.dataset.trees import commit, tree, write

if TYPE_CHECKING:
    from headgate.dataset.files.reports import FileList
    from headgate.spine.context import Context

FILES = {"a/p.jpg": b"0123456789", "a/b/q.json": b"{}", "top": b""}


@pytest.fixture
def photos(context: Context, tmp_path: Path) -> Context:
    """A project with a folder of files."""
    commit(context, write(tmp_path / "in", FILES))
    return context


def file(context: Context, path: str, **asked: Any) -> bytes:
    """Read a file."""
    return read_one(context, FileRequest(name="photos", path=path, **asked))


def ls(context: Context, folder: str = "", **asked: Any) -> FileList:
    """List a folder."""
    return list_files(context, FilesRequest(name="photos", folder=folder, **asked))


# ---- one file


def test_a_file_is_read_by_its_path(photos: Context) -> None:
    assert {path: file(photos, path) for path in FILES} == FILES


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (3, 4, b"3456"),
        (8, 100, b"89"),
        (4, None, b"456789"),
        (10, 1, b""),
        (99, None, b""),
        (2, 0, b""),
    ],
)
def test_a_range_of_a_file_is_read(
    photos: Context, start: int, length: int | None, expected: bytes
) -> None:
    assert file(photos, "a/p.jpg", start=start, length=length) == expected


def test_a_range_before_the_file_is_refused(photos: Context) -> None:
    with pytest.raises(Invalid, match="no range of bytes"):
        file(photos, "a/p.jpg", start=-1)
    with pytest.raises(Invalid, match="no range of bytes"):
        file(photos, "a/p.jpg", length=-1)


def test_an_older_snapshot_still_gives_its_files(photos: Context, tmp_path: Path) -> None:
    commit(photos, write(tmp_path / "in", {"a/p.jpg": b"new"}, age_s=0))

    assert file(photos, "a/p.jpg") == b"new"
    assert file(photos, "a/p.jpg", at="1") == b"0123456789"


def test_a_file_that_is_not_there_is_told(photos: Context) -> None:
    with pytest.raises(NotFound, match="has no file 'a/x'"):
        file(photos, "a/x")


def test_a_table_holds_no_files(context: Context) -> None:
    commit_rows(context, "photos", {"id": [1]})

    with pytest.raises(Invalid, match="no column 'path'"):
        file(context, "a")


def test_bytes_that_rotted_are_not_handed_out(photos: Context) -> None:
    with photos.catalog.read() as connection:
        [pack] = pack_rows(connection, photos.tenant)
    photos.blobs.replace(pack.pack, b"x" * pack.n_bytes)

    with pytest.raises(Conflict, match="not what was committed"):
        file(photos, "a/p.jpg")


def test_files_without_their_bytes_are_told(photos: Context, tmp_path: Path) -> None:
    drop_all_packs(photos)

    with pytest.raises(NotFound, match="in no pack"):
        file(photos, "a/p.jpg")
    with pytest.raises(NotFound, match="in no pack"):
        export_folder(photos, find_snapshot(photos, "photos"), tmp_path / "out")
    assert not list(tmp_path.glob("*out*"))


# ---- listing


def test_a_folder_lists_its_folders_and_files(photos: Context) -> None:
    found = ls(photos)

    assert [(one.name, one.n_files, one.size_bytes, one.media_type) for one in found.lines] == [
        ("a/", 2, 12, None),
        ("top", 1, 0, "application/octet-stream"),
    ]
    assert (found.n_files, found.size_bytes, found.n_more) == (3, 12, 0)


def test_a_folder_below_is_listed_with_assets_of_the_whole(photos: Context) -> None:
    found = ls(photos, "a/")

    assert [(one.name, one.asset) for one in found.lines] == [("b/", None), ("p.jpg", "a/p")]
    assert found.digest == ls(photos).lines[0].digest
    assert (len(ls(photos, limit=1).lines), ls(photos, limit=1).n_more) == (1, 1)


def test_a_folder_that_is_not_there_is_told(photos: Context) -> None:
    with pytest.raises(NotFound, match="photos@1 has no folder 'nowhere'"):
        ls(photos, "nowhere")


# ---- export


def test_an_export_does_not_write_over_what_is_there(photos: Context, tmp_path: Path) -> None:
    write(tmp_path / "out", {"mine": b"1"})

    with pytest.raises(Conflict, match="is there already"):
        export_folder(photos, find_snapshot(photos, "photos"), tmp_path / "out")

    assert tree(tmp_path / "out") == {"mine": b"1"}


def test_an_export_takes_the_place_of_another_where_that_is_asked(
    photos: Context, tmp_path: Path
) -> None:
    write(tmp_path / "out", {"old": b"1"})

    export_folder(photos, find_snapshot(photos, "photos"), tmp_path / "out", is_replacing=True)

    assert tree(tmp_path / "out") == FILES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out", "project"]


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "a/../../x", "a//x", "./x", "a/", "..", "", "x\0y"]
)
def test_a_path_that_leads_out_of_the_folder_is_refused(
    photos: Context, tmp_path: Path, path: str
) -> None:
    digest = values(photos, "photos")["digest"][0]
    commit_rows(photos, "evil", {"path": [path], "digest": [digest], "size_bytes": [1]})

    with pytest.raises(Invalid, match="is no path in a folder"):
        export_folder(photos, find_snapshot(photos, "evil"), tmp_path / "out")

    assert sorted(one.name for one in tmp_path.iterdir()) == ["in", "project"]


def test_rows_that_bear_no_digest_are_refused(context: Context, tmp_path: Path) -> None:
    commit_rows(context, "made", {"path": ["a"], "digest": ["zz"], "size_bytes": [1]})

    with pytest.raises(Invalid, match="not 64 hexadecimal digits"):
        export_folder(context, find_snapshot(context, "made"), tmp_path / "out")


def test_rows_picked_from_files_can_be_exported_too(photos: Context, tmp_path: Path) -> None:
    rows = values(photos, "photos")
    places = [rows["path"].index(path) for path in ("a/b/q.json", "top")]
    commit_rows(photos, "some", {name: [rows[name][at] for at in places] for name in rows})

    exported = export_folder(photos, find_snapshot(photos, "some"), tmp_path / "out")

    assert tuple(exported) == (2, 2)
    assert tree(tmp_path / "out") == {path: FILES[path] for path in ("a/b/q.json", "top")}
