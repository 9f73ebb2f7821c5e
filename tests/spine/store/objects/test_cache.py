"""The cache of far blobs: whole copies, the least recently used let go, the erased forgotten."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Unavailable
from headgate.spine.store.objects.cache import IN_USE_S, Cache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def used(root: Path, key: str, ago_s: float) -> None:
    """Make a copy look as if it was last used some time ago."""
    moment = time.time() - ago_s
    os.utime(root / key, (moment, moment))


def test_a_copy_is_found_where_it_was_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 100)

    kept = cache.keep("a/x", [b"one", b"two"], cache.mark)

    assert kept is not None
    assert kept.read_bytes() == b"onetwo"
    assert Cache(tmp_path, 100).find("a/x") == kept
    assert cache.find("a/y") is None


def test_a_copy_that_breaks_off_is_not_there(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"one"
        raise ConnectionError

    with pytest.raises(Unavailable):
        Cache(tmp_path, 100).keep("a/x", broken(), 0)

    assert files(tmp_path) == []


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 100)
    for number in range(4):
        cache.keep(f"a/{number}", [b"x" * 30], cache.mark) if number < 3 else None
    for key, ago_s in (("a/0", 1e6), ("a/1", 3e6), ("a/2", 2e6)):
        used(tmp_path, key, ago_s)
    cache.find("a/0")

    cache.keep("a/3", [b"x" * 30], cache.mark)

    assert files(tmp_path) == ["a/0", "a/2", "a/3"]


def test_a_copy_in_use_stays_however_small_the_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1)
    cache.keep("a/0", [b"x" * 30], cache.mark)
    used(tmp_path, "a/0", IN_USE_S / 2)

    cache.keep("a/1", [b"x" * 30], cache.mark)

    assert files(tmp_path) == ["a/0", "a/1"]


def test_what_is_forgotten_is_gone(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 100)
    cache.keep("a/0", [b"x"], cache.mark)

    cache.forget(["a/0", "a/none"])

    assert cache.find("a/0") is None


def test_a_copy_begun_before_a_blob_was_forgotten_is_not_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 100)
    mark = cache.mark

    cache.forget(["a/0"])
    kept = cache.keep("a/0", [b"ann@example.org"], mark)

    assert kept is None
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_an_error_with_a_mend(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"in the way")

    with pytest.raises(Unavailable) as caught:
        Cache(tmp_path, 100).keep("a/x", [b"1"], 0)

    assert "store.cache_bytes" in caught.value.mend


def test_threads_that_keep_the_same_copy_leave_one_whole(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 10_000_000)
    data = os.urandom(300_000)

    threads = [
        threading.Thread(target=cache.keep, args=("a/x", [data], cache.mark)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = cache.find("a/x")
    assert found is not None
    assert found.read_bytes() == data
    assert files(tmp_path) == ["a/x"]
