"""What every object store does, local or on S3: written once, replaced whole, safe in the trash."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import NotFound
from headgate.spine.settings import load
from headgate.spine.store.blobs import open_blobs

if TYPE_CHECKING:
    from headgate.spine.store.blobs import Blobs
    from tests.backends.places import Backend

KEY = "segments/ab/abc.parquet"

pytestmark = pytest.mark.parametrize("backend", ["sqlite-local", "sqlite-s3"], indirect=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with settings; where its blobs lie the environment says."""
    (tmp_path / "headgate.toml").write_text('name = "churn"\n', encoding="utf-8")
    return tmp_path


@pytest.fixture
def blobs(backend: Backend, root: Path) -> Blobs:
    """An empty object store."""
    return open_blobs(load(root), root / ".headgate")


def another(root: Path, home: str = ".headgate", **settings: str) -> Blobs:
    """Open the object store once more, as another process or machine does."""
    return open_blobs(load(root, settings), root / home)


def keys(blobs: Blobs, area: str = "") -> list[str]:
    return sorted(one.key for one in blobs.listed(area))


def test_what_was_put_is_read_whole_in_part_and_as_a_file(blobs: Blobs) -> None:
    blobs.put(KEY, b"0123456789")
    blobs.settle()

    assert blobs.has(KEY)
    assert blobs.get(KEY) == b"0123456789"
    assert Path(blobs.locate(KEY)).read_bytes() == b"0123456789"
    assert blobs.span(KEY, 2, 3) == b"234"
    assert blobs.span(KEY, 8, 10) == b"89"
    assert blobs.span(KEY, 20, 10) == b""


def test_what_was_put_is_read_before_it_is_settled(blobs: Blobs) -> None:
    blobs.put(KEY, b"rows")

    assert blobs.get(KEY) == b"rows"
    assert blobs.has(KEY)


def test_a_process_that_has_no_copy_reads_it_too(blobs: Blobs, root: Path) -> None:
    blobs.put(KEY, b"0123456789")
    blobs.settle()
    home = ".headgate" if "HEADGATE_STORE_OBJECTS" not in os.environ else "elsewhere"

    other = another(root, home)

    assert other.span(KEY, 2, 3) == b"234"
    assert other.span(KEY, 20, 3) == b""
    assert other.get(KEY) == b"0123456789"
    assert other.span(KEY, 2, 3) == b"234"


def test_nothing_is_read_of_an_empty_range_and_of_an_empty_blob(blobs: Blobs, root: Path) -> None:
    blobs.put(KEY, b"0123456789")
    blobs.put("segments/em/empty.parquet", b"")
    blobs.settle()
    home = ".headgate" if "HEADGATE_STORE_OBJECTS" not in os.environ else "elsewhere"

    other = another(root, home)

    assert other.span(KEY, 4, 0) == b""
    assert other.span("segments/em/empty.parquet", 0, 0) == b""
    assert other.span("segments/em/empty.parquet", 0, 5) == b""
    assert other.get("segments/em/empty.parquet") == b""


def test_a_key_is_written_once(blobs: Blobs) -> None:
    blobs.put(KEY, b"first")
    blobs.settle()

    blobs.put(KEY, b"second")
    blobs.settle()

    assert blobs.get(KEY) == b"first"


def test_a_key_that_is_not_there_is_named(blobs: Blobs) -> None:
    for ask in (blobs.get, blobs.locate, blobs.trash, blobs.untrash):
        with pytest.raises(NotFound) as caught:
            ask(KEY)
        assert caught.value.message == f"the store has no {KEY}"
    with pytest.raises(NotFound):
        blobs.span(KEY, 0, 1)
    with pytest.raises(NotFound):
        blobs.replace(KEY, b"1")
    assert not blobs.has(KEY)


def test_another_tenant_neither_sees_nor_lists_it(blobs: Blobs, root: Path) -> None:
    blobs.put(KEY, b"1")
    blobs.settle()

    other = another(root, tenant="umbrella")

    assert not other.has(KEY)
    assert keys(other) == []
    with pytest.raises(NotFound):
        other.get(KEY)


def test_what_is_replaced_reads_anew_everywhere_and_keeps_its_key(blobs: Blobs, root: Path) -> None:
    blobs.put(KEY, b"ann@example.org")
    blobs.settle()
    other = another(root, "elsewhere") if "HEADGATE_STORE_OBJECTS" in os.environ else blobs
    assert other.get(KEY) == b"ann@example.org"

    blobs.replace(KEY, b"-")
    other.purge_cache([KEY])

    assert blobs.get(KEY) == other.get(KEY) == b"-"
    assert other.span(KEY, 0, 9) == b"-"
    assert keys(blobs) == [KEY]


def test_what_was_replaced_stays_replaced_when_it_is_put_again(blobs: Blobs) -> None:
    blobs.put(KEY, b"ann@example.org")
    blobs.settle()
    blobs.replace(KEY, b"-")

    blobs.put(KEY, b"ann@example.org")
    blobs.settle()

    assert blobs.get(KEY) == b"-"


def test_what_is_deleted_is_gone_and_may_be_deleted_again(blobs: Blobs) -> None:
    blobs.put(KEY, b"1")
    blobs.settle()

    blobs.delete(KEY)
    blobs.delete(KEY)
    blobs.settle()

    assert not blobs.has(KEY)
    assert keys(blobs) == []
    with pytest.raises(NotFound):
        blobs.get(KEY)


def test_what_is_in_the_trash_is_not_there_until_it_is_read(blobs: Blobs) -> None:
    blobs.put(KEY, b"rows")
    blobs.settle()

    blobs.trash(KEY)
    was_there, listed = blobs.has(KEY), keys(blobs)
    content = blobs.get(KEY)

    assert (was_there, listed) == (False, [f"trash/{KEY}"])
    assert content == b"rows"
    assert keys(blobs) == [KEY]


@pytest.mark.parametrize("ask", ["get", "locate", "span", "untrash"])
def test_every_way_to_read_brings_it_back(blobs: Blobs, ask: str) -> None:
    blobs.put(KEY, b"rows")
    blobs.settle()
    blobs.trash(KEY)

    more = (0, 2) if ask == "span" else ()
    getattr(blobs, ask)(KEY, *more)

    assert blobs.has(KEY)
    assert keys(blobs, "trash") == []


def test_what_is_written_again_does_not_come_back_from_the_trash(blobs: Blobs) -> None:
    blobs.put(KEY, b"rows")
    blobs.settle()
    blobs.trash(KEY)
    blobs.put(KEY, b"rows")
    blobs.settle()

    blobs.untrash(KEY)

    assert keys(blobs) == [KEY]
    assert blobs.get(KEY) == b"rows"


def test_what_is_in_the_trash_is_removed_by_its_key_there(blobs: Blobs) -> None:
    blobs.put(KEY, b"rows")
    blobs.settle()
    blobs.trash(KEY)

    blobs.delete(f"trash/{KEY}")

    assert keys(blobs) == []
    with pytest.raises(NotFound):
        blobs.get(KEY)


def test_a_list_tells_keys_sizes_and_ages(blobs: Blobs) -> None:
    blobs.put(KEY, b"rows")
    blobs.put("manifests/x", b"manifest")
    blobs.settle()

    found = {one.key: one.n_bytes for one in blobs.listed()}
    ages = [datetime.now(UTC) - one.modified_at for one in blobs.listed()]

    assert found == {KEY: 4, "manifests/x": 8}
    assert keys(blobs, "manifests") == ["manifests/x"]
    assert keys(blobs, "none") == []
    assert all(timedelta(seconds=-5) < age < timedelta(minutes=1) for age in ages)


def test_more_blobs_than_a_page_of_a_list_holds(blobs: Blobs) -> None:
    for number in range(1_100):
        blobs.put(f"files/{number:04}", b"%d" % number)
    blobs.settle()

    assert keys(blobs) == [f"files/{number:04}" for number in range(1_100)]


def test_threads_may_put_the_same_keys(blobs: Blobs) -> None:
    data = [os.urandom(50_000) for _ in range(5)]

    def put() -> None:
        for number, one in enumerate(data):
            blobs.put(f"a/{number}", one)
        blobs.settle()

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [blobs.get(f"a/{number}") for number in range(5)] == data
    assert keys(blobs) == [f"a/{number}" for number in range(5)]
