"""What is no file that can be read is left out with its reason; nothing is lost in silence."""

from __future__ import annotations

import itertools
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headgate.dataset.files.hashing import Discard, Hasher
from headgate.dataset.files.scan import Choice, Scan, opened_folder, scan_folder
from tests.asking import values
from tests.dataset.files.test_commit import waiting
from tests.dataset.trees import commit, write

if TYPE_CHECKING:
    from headgate.spine.context import Context


def scanned(folder: Path, choice: Choice | None = None, own: Path | None = None) -> Scan:
    """Walk a folder."""
    with opened_folder(folder) as root:
        return scan_folder(root, choice or Choice(), own)


def paths(folder: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> list[str]:
    """List the files wanted of a folder."""
    return scanned(folder, Choice(include, exclude)).paths


# ---- order and choice


def test_files_come_in_name_order_folder_by_folder(tmp_path: Path) -> None:
    write(tmp_path, {"b": b"", "a/y": b"", "a/x": b"", "a/c/z": b"", "é/1": b""})

    assert paths(tmp_path) == ["b", "a/x", "a/y", "a/c/z", "é/1"]


def test_patterns_choose_files_and_whole_folders(tmp_path: Path) -> None:
    write(
        tmp_path, {"a.jpg": b"", "a.txt": b"", ".git/x.jpg": b"", "s/b.jpg": b"", "s/t/c.jpg": b""}
    )

    assert paths(tmp_path, include=("*.jpg",), exclude=(".git",)) == [
        "a.jpg",
        "s/b.jpg",
        "s/t/c.jpg",
    ]
    assert paths(tmp_path, include=("s/*",)) == ["s/b.jpg"]
    assert paths(tmp_path, include=("s/**",), exclude=("s/t/",)) == ["s/b.jpg"]


def test_another_choice_of_files_has_a_cache_of_its_own(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"a.jpg": b"1", "b.txt": b"2"})
    commit(context, folder)

    commit(context, folder, include=("*.jpg",))
    commit(context, folder)

    assert values(context, "photos")["path"] == ["a.jpg", "b.txt"]


def test_the_store_of_the_project_is_never_walked(context: Context) -> None:
    (context.root / "a.txt").write_text("1")

    commit(context, context.root)

    assert values(context, "photos")["path"] == ["a.txt", "headgate.toml"]


# ---- links


def test_links_are_left_out_unless_they_are_followed(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"a": b"1", "d/b": b"2"})
    (folder / "link").symlink_to("a")
    (folder / "linked").symlink_to("d")
    (folder / "broken").symlink_to("nowhere")

    first = commit(context, folder)
    assert first.n_quarantined == 3
    assert waiting(context)[0] == ("broken", "link: not followed")

    second = commit(context, folder, follow_symlinks=True)

    assert sorted(values(context, "photos")["path"]) == ["a", "d/b", "link", "linked/b"]
    assert second.n_quarantined == 1
    assert waiting(context)[-1] == ("broken", "link: leads nowhere")


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    write(tmp_path, {"a/b": b"1"})
    (tmp_path / "a" / "up").symlink_to("..")

    found = scanned(tmp_path, Choice(is_following=True))

    assert found.paths == ["a/b"]
    assert [one.reason for one in found.left_out] == ["link: leads back to a folder above it"]


# ---- what is no file


def test_sockets_and_pipes_are_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))

        found = scanned(tmp_path)

    assert found.paths == []
    assert [tuple(one) for one in found.left_out] == [
        ("pipe", "kind: a pipe"),
        ("socket", "kind: a socket"),
    ]


def test_a_name_that_is_not_utf8_is_left_out(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"fine": b"1"})
    (folder / os.fsdecode(b"caf\xe9")).touch()

    commit(context, folder)

    assert values(context, "photos")["path"] == ["fine"]
    assert waiting(context) == [("caf\\xe9", "name: not UTF-8")]


def test_the_same_left_out_files_are_told_once(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"a": b"1"})
    (folder / "broken").symlink_to("nowhere")
    commit(context, folder)

    again = commit(context, folder)

    assert (again.is_new, again.n_quarantined) == (False, 1)
    assert len(waiting(context)) == 1


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_one_may_not_read_is_left_out(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"a": b"1", "secret": b"2"})
    (folder / "secret").chmod(0)

    commit(context, folder)

    assert waiting(context) == [("secret", "unreadable: Permission denied")]


# ---- files that change while they are read


def hashed(folder: Path, scan: Scan) -> tuple[dict[int, bytes], list[tuple[str, str]]]:
    """Read the files of a walk that lies a while back."""
    with opened_folder(folder) as root:
        hasher = Hasher(root, scan, Discard(), folder / ".scratch")
        digests, left_out = hasher.read(range(len(scan.paths)), lambda _: None)
    return digests, [(one.path, one.reason) for one in left_out]


@pytest.mark.parametrize("after", [b"longer than before", b"s", b"", b"same!"])
def test_a_file_changed_since_the_walk_is_read_as_it_is_now(tmp_path: Path, after: bytes) -> None:
    write(tmp_path, {"a": b"first"})
    scan = scanned(tmp_path)
    write(tmp_path, {"a": after}, age_s=0)

    digests, left_out = hashed(tmp_path, scan)

    fresh = scanned(tmp_path)
    assert (digests, left_out) == (hashed(tmp_path, fresh)[0], [])
    assert scan.stats == fresh.stats


def test_a_file_gone_since_the_walk_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"a": b"1", "b": b"2"})
    scan = scanned(tmp_path)
    (tmp_path / "a").unlink()

    digests, left_out = hashed(tmp_path, scan)

    assert list(digests) == [1]
    assert left_out == [("a", "gone: while the folder was read")]


def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(tmp_path: Path) -> None:
    write(tmp_path, {"a": b"1"})
    scan = scanned(tmp_path)
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")

    digests, left_out = hashed(tmp_path, scan)

    assert digests == {}
    assert left_out[0][0] == "a"


@pytest.mark.parametrize("size", [10, 9 << 20])
def test_a_file_that_never_rests_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    write(tmp_path, {"busy": bytes(size)})
    scan = scanned(tmp_path)
    look, times = os.fstat, itertools.count(10**18, 10**9)

    def written_just_before(descriptor: int) -> os.stat_result:
        now = next(times)
        os.utime(tmp_path / "busy", ns=(now, now))
        return look(descriptor)

    monkeypatch.setattr(os, "fstat", written_just_before)
    digests, left_out = hashed(tmp_path, scan)

    assert digests == {}
    assert left_out == [("busy", "changing: it did not stay as it was while it was read")]
