"""An S3 server that is busy, slow or away: a retry that succeeds or a clear error, nothing half."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Denied, HeadgateError, Invalid, Unavailable
from headgate.spine.context import open_context
from headgate.spine.init import init
from headgate.spine.settings import load
from headgate.spine.store.blobs import open_blobs
from headgate.spine.store.objects import bucket
from headgate.spine.store.objects import s3 as s3_module
from tests.asking import commit, kinds, log, read, root_of, values
from tests.backends.faults import faulty
from tests.backends.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.spine.context import Context
    from tests.backends.faults import Faults
    from tests.backends.places import Backends


@pytest.fixture
def faults(s3: str) -> Iterator[Faults]:
    """The S3 server behind a proxy that does wrong."""
    with faulty(s3) as proxy:
        yield proxy


@pytest.fixture
def context(
    faults: Faults, backends: Backends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Context]:
    """A project whose objects lie behind the proxy; it is healthy so far."""
    for name, value in backends.make("sqlite-s3").environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HEADGATE_STORE_ENDPOINT", faults.address)
    init(tmp_path / "project")
    opened = open_context(tmp_path / "project")
    yield opened
    opened.opened.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after a second instead of half a minute."""
    monkeypatch.setattr(bucket, "PATIENCE_S", 1.0)
    monkeypatch.setattr(s3_module, "PATIENCE_S", 1.0)
    monkeypatch.setitem(bucket._RETRIES, "max_retries", 1)


def require_whole(context: Context) -> None:
    """Look at the project as another machine does: every snapshot listed is whole."""
    shutil.rmtree(context.opened.home / "cache")
    other = open_context(context.root)
    for snapshot in log(other, "orders"):
        assert root_of(read(other, "orders", snapshot.number)) == snapshot.content_root
    other.opened.close()


@pytest.mark.full
@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_a_server_that_is_busy_every_other_time_is_asked_again(
    context: Context, faults: Faults, status: int
) -> None:
    faults.answer = lambda _method, nth: status if nth % 2 else 0

    for number in range(3):
        commit(context, "orders", {"id": [number]}, mode="append")

    assert values(context, "orders") == {"id": [0, 1, 2]}
    assert kinds(context) == ["snapshot_committed"] * 3
    require_whole(context)


@pytest.mark.full
def test_a_slow_server_is_waited_for(context: Context, faults: Faults) -> None:
    faults.delay_s = 2.0

    commit(context, "orders", {"id": [1]})

    assert values(context, "orders") == {"id": [1]}
    faults.heal()
    require_whole(context)


@pytest.mark.parametrize("status", [409, 503])
def test_a_server_that_stays_busy_is_told_and_nothing_is_half_there(
    context: Context, faults: Faults, status: int, impatient: None
) -> None:
    commit(context, "orders", {"id": [1]})
    faults.answer = lambda method, _nth: status if method == "PUT" else 0

    with pytest.raises(Unavailable) as caught:
        commit(context, "orders", {"id": [2]}, mode="append")

    assert "try again" in caught.value.mend
    assert [one.number for one in log(context, "orders")] == [1]
    assert kinds(context) == ["snapshot_committed"]
    faults.heal()
    assert commit(context, "orders", {"id": [2]}, mode="append").number == 2
    assert values(context, "orders") == {"id": [1, 2]}
    require_whole(context)


def test_an_answer_that_is_lost_does_no_harm(context: Context, faults: Faults) -> None:
    faults.lost = lambda _method, nth: nth % 3 == 1

    commit(context, "orders", {"id": [1]})
    commit(context, "orders", {"id": [2]}, mode="append")

    assert values(context, "orders") == {"id": [1, 2]}
    faults.heal()
    require_whole(context)


def test_a_blob_that_comes_cut_off_is_asked_for_again(context: Context, faults: Faults) -> None:
    context.blobs.put("files/x", b"0123456789" * 1000)
    context.blobs.settle()
    context.blobs.purge_cache(["files/x"])
    gets = faults.seen["GET"]
    faults.cut = lambda nth: nth == gets + 1

    content = context.blobs.get("files/x")

    assert content == b"0123456789" * 1000
    assert faults.seen["GET"] > gets + 1


def test_a_server_that_is_not_there_is_told(
    backends: Backends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    monkeypatch.setenv("HEADGATE_STORE_OBJECTS", "s3://headgate/x")
    monkeypatch.setenv("HEADGATE_STORE_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    began = time.monotonic()

    with pytest.raises(Unavailable) as caught:
        init(tmp_path / "project")

    assert "s3://headgate/x did not answer as it should" in caught.value.message
    assert not (tmp_path / "project" / "headgate.toml").exists()
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("status", "family"), [(403, Denied), (401, Denied), (400, Invalid), (404, Invalid)]
)
def test_what_another_try_cannot_mend_is_told_at_once(
    context: Context, faults: Faults, status: int, family: type[HeadgateError]
) -> None:
    missing = b"<Error><Code>NoSuchBucket</Code><Message>None</Message></Error>"
    faults.answer = lambda _method, _nth: status
    bodies = {404: missing}
    began = time.monotonic()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.backends.faults.BUSY", bodies)
        with pytest.raises(family):
            commit(context, "orders", {"id": [1]})

    assert time.monotonic() - began < 10


def test_a_bucket_that_is_not_there_is_named(
    s3: str, backends: Backends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADGATE_STORE_OBJECTS", "s3://nowhere/x")
    monkeypatch.setenv("HEADGATE_STORE_ENDPOINT", s3)

    with pytest.raises(Invalid) as caught:
        init(tmp_path / "project")

    assert caught.value.message == "there is no bucket for s3://nowhere/x"


@pytest.mark.parametrize("place", ["s3://", "s3:///prefix"])
def test_an_address_without_a_bucket_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "headgate.toml").write_text('name = "x"\n', encoding="utf-8")

    with pytest.raises(Invalid) as caught:
        open_blobs(load(tmp_path, {"store.objects": place}), tmp_path)

    assert caught.value.mend == "write s3://bucket/prefix"


def test_what_is_put_again_after_an_hour_counts_as_new(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_module, "YOUNG", timedelta(seconds=1))
    context.blobs.put("files/x", b"1")
    context.blobs.settle()
    [before] = context.blobs.listed("files")
    time.sleep(2.1)

    context.blobs.put("files/x", b"1")
    context.blobs.settle()

    [after] = context.blobs.listed("files")
    assert after.modified_at > before.modified_at
    assert context.blobs.get("files/x") == b"1"
