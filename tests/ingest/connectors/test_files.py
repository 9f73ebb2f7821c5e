"""The files connector: one row a file, in order, with what can be kept of it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.ingest.connectors import files as module
from headgate.ingest.connectors.files import files
from tests.ingest.connectors.reading import rejections_of, rows_of, whole

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n\x00\x01"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    made.mkdir()
    return made


@pytest.mark.row("S3-04", part="files")
def test_a_file_is_a_row_with_all_that_is_known_of_it(folder: Path) -> None:
    (folder / "sub").mkdir()
    note = folder / "sub" / "Note.MD"
    note.write_text("# Ünder", encoding="utf-8")
    os.utime(note, ns=(0, 1_700_000_000_123_456_789))

    [row] = rows_of(files(str(folder)))

    assert row == {
        "path": "sub/Note.MD",
        "name": "Note.MD",
        "suffix": ".md",
        "media_type": "text/markdown",
        "n_bytes": 8,
        "modified_at": datetime(2023, 11, 14, 22, 13, 20, 123_456, tzinfo=UTC),
        "digest": blake3("# Ünder".encode()).hexdigest(),
        "text": "# Ünder",
        "content": None,
        "_line": 1,
    }


def test_files_are_sorted_by_path_and_hidden_ones_are_asked_for(folder: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a.txt", ".secret", ".git/config"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)

    shown = [row["path"] for row in rows_of(files(str(folder)))]
    everything = [row["path"] for row in rows_of(files(str(folder), hidden=True))]

    assert shown == ["a.txt", "a/z.txt", "b.txt"]
    assert everything == [".git/config", ".secret", "a.txt", "a/z.txt", "b.txt"]


def test_text_and_other_content_are_kept_up_to_their_limits(folder: Path) -> None:
    (folder / "a.txt").write_text("12345")
    (folder / "b.png").write_bytes(PNG)

    by_default = rows_of(files(str(folder)))
    little = rows_of(files(str(folder), max_text_bytes=4, max_content_bytes=9))
    nothing = rows_of(files(str(folder), max_text_bytes=0, max_content_bytes=0))

    assert [(row["text"], row["content"]) for row in by_default] == [("12345", None), (None, PNG)]
    assert [(row["text"], row["content"]) for row in little] == [(None, b"12345"), (None, None)]
    assert [(row["text"], row["content"]) for row in nothing] == [(None, None)] * 2
    assert [row["digest"] for row in nothing] == [row["digest"] for row in by_default]


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.bin", PNG, "image/png"),
        ("a.txt", b"%PDF-1.7\n%\xff", "application/pdf"),
        ("a", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a", b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        ("a.mov", b"\0\0\0\x18ftypisom", "video/mp4"),
        ("a.docx", b"PK\x03\x04\x14\0", "application/vnd.openxmlformats-officedocument."),
        ("a.csv", b"a,b\n", "text/csv"),
        ("README", b"hello", "text/plain"),
        ("a.unheard-of", b"\x00\x01", "application/octet-stream"),
        ("empty", b"", "text/plain"),
    ],
)
def test_the_media_type_is_told_by_bytes_then_by_name(
    folder: Path, name: str, data: bytes, kind: str
) -> None:
    (folder / name).write_bytes(data)

    [row] = rows_of(files(str(folder)))

    assert row["media_type"].startswith(kind)


def test_one_file_is_a_folder_of_one(folder: Path) -> None:
    (folder / "a.txt").write_text("a")
    (folder / "b.txt").write_text("b")

    assert [row["path"] for row in rows_of(files(str(folder / "b.txt")))] == ["b.txt"]


def test_links_are_followed_inside_the_folder_only(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "a.txt").write_text("a")
    (folder / "b-inside").symlink_to("a.txt")
    (folder / "c-outside").symlink_to(tmp_path / "secret.txt")
    (folder / "d-broken").symlink_to("nothing")
    (folder / "e-folder").symlink_to(folder)

    rows, rejected = whole(files(str(folder)))

    assert rows["path"].to_pylist() == ["a.txt", "b-inside"]
    assert [(one.line, one.raw, one.reason) for one in rejected] == [
        (3, "c-outside", "link: leads out of the folder"),
        (4, "d-broken", "unreadable: No such file or directory"),
        (5, "e-folder", "kind: no regular file"),
    ]


def test_what_is_no_regular_file_is_rejected_without_waiting(folder: Path) -> None:
    os.mkfifo(folder / "pipe")

    assert rejections_of(files(str(folder))) == [(1, "pipe", "kind: no regular file")]


def test_a_name_that_is_no_utf8_is_rejected(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text("x")

    [reading] = files(str(folder))

    assert [one.reason for one in reading.rejected] == ["name: not UTF-8"]
    assert "\\xe9" in reading.rejected[0].raw


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_that_may_not_be_read_is_rejected(folder: Path) -> None:
    (folder / "a.txt").write_text("x")
    (folder / "a.txt").chmod(0)

    assert rejections_of(files(str(folder))) == [(1, "a.txt", "unreadable: Permission denied")]


def test_an_empty_folder_gives_the_columns_and_no_row(folder: Path) -> None:
    rows, rejected = whole(files(str(folder)))

    assert rows.schema == module.SCHEMA
    assert (rows.num_rows, rejected) == (0, [])


def test_a_missing_folder_and_a_limit_below_0_are_told(folder: Path) -> None:
    with pytest.raises(NotFound, match="no folder"):
        list(files(str(folder / "nothing")))

    with pytest.raises(Invalid, match="below 0"):
        list(files(str(folder), max_text_bytes=-1))


@given(contents=st.lists(st.binary(max_size=12), max_size=9), block=st.sampled_from([1, 4096]))
def test_counts_add_up_and_content_comes_back(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], block: int
) -> None:
    folder = tmp_path_factory.mktemp("generated")
    for number, data in enumerate(contents):
        (folder / f"{number}.bin").write_bytes(data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_FILES", block)
        rows, rejected = whole(files(str(folder)))

    assert rows.num_rows + len(rejected) == len(contents)
    assert rows["_line"].to_pylist() == list(range(1, len(contents) + 1))
    kept = [
        row["content"] if row["text"] is None else row["text"].encode() for row in rows.to_pylist()
    ]
    assert kept == contents
