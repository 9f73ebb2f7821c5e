"""The stat cache: believed only where the file system leaves no doubt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from headgate.dataset.files import stat_cache
from headgate.dataset.files.scan import Choice
from headgate.dataset.files.stat_cache import RACY_NS, Known
from tests.asking import values
from tests.dataset.trees import commit, write

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context

NOW = 10**18
OLD = NOW - RACY_NS - 1
STATS = np.array([[1, OLD, OLD, 7], [2, OLD, OLD, 8]])
DIGESTS = np.array([b"a" * 32, b"\0" * 32], "S32")
PATHS = pa.array(["a", "b"])


def kept(place: Path, stats: np.ndarray = STATS) -> Path:
    """Write a cache of two files."""
    known = Known("v1", NOW, (("c", "kind: a pipe"),))
    stat_cache.save(place / "files" / "one.arrow", known, (PATHS, stats), DIGESTS)
    return place / "files" / "one.arrow"


def test_a_cache_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = stat_cache.load(kept(tmp_path))

    assert found is not None
    assert (found.known.version_id, found.known.left_out) == ("v1", (("c", "kind: a pipe"),))
    assert found.paths.equals(PATHS)
    assert np.array_equal(found.stats, STATS)
    assert found.digests.tobytes() == DIGESTS.tobytes()


def test_files_are_recalled_by_path_wherever_they_stand(tmp_path: Path) -> None:
    found = stat_cache.load(kept(tmp_path))
    assert found is not None

    digests, is_known = found.recall(pa.array(["b", "new", "a"]), STATS[[1, 0, 0]])

    assert is_known.tolist() == [True, False, True]
    assert digests[2] == b"a" * 32


def test_whatever_changed_of_a_file_makes_it_be_read(tmp_path: Path) -> None:
    found = stat_cache.load(kept(tmp_path))
    assert found is not None

    for column in range(4):
        now = STATS.copy()
        now[0, column] -= 1
        assert found.recall(PATHS, now)[1].tolist() == [False, True]


def test_a_file_touched_just_before_the_walk_is_not_believed(tmp_path: Path) -> None:
    racy = STATS.copy()
    racy[1, 2] = NOW - RACY_NS
    found = stat_cache.load(kept(tmp_path, racy))
    assert found is not None

    assert found.recall(PATHS, racy)[1].tolist() == [True, False]


def test_a_cache_that_is_not_whole_counts_as_none(tmp_path: Path) -> None:
    path = kept(tmp_path)
    data = path.read_bytes()
    place = data.index(b"a" * 32)

    for broken in (data[:-9], b"", data[:place] + b"b" + data[place + 1 :]):
        path.write_bytes(broken)
        assert stat_cache.load(path) is None
    assert stat_cache.load(tmp_path / "none") is None


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file where the folder should be")

    path = kept(tmp_path)

    assert stat_cache.load(path) is None


def test_every_choice_has_a_cache_of_its_own(tmp_path: Path) -> None:
    named = ("default", "photos", "main", "replace", "/in")

    places = {
        stat_cache.cache_path(tmp_path, named, Choice()),
        stat_cache.cache_path(tmp_path, named, Choice(include=("*.jpg",))),
        stat_cache.cache_path(tmp_path, named, Choice(exclude=("*.jpg",))),
        stat_cache.cache_path(tmp_path, (*named[:4], "/out"), Choice()),
    }

    assert len(places) == 4


def test_a_write_that_keeps_size_and_mtime_is_noticed(context: Context, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"a": b"1"})
    commit(context, folder)
    first = values(context, "photos")["digest"]
    time.sleep(0.05)

    write(folder, {"a": b"2"})
    second = commit(context, folder)

    assert (folder / "a").stat().st_mtime == 1_700_000_000
    assert second.n_changed == 1
    assert values(context, "photos")["digest"] != first
