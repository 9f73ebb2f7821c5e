"""Uploads overlap; nothing settles while a blob that was put has not landed."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Unavailable
from headgate.spine.store.objects import uploads as module
from headgate.spine.store.objects.uploads import AT_ONCE, Uploads

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Far:
    """A server that takes a while, and can be away."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.landed: dict[str, bytes] = {}
        self.is_away = False
        self.most = 0
        self._delay_s = delay_s
        self._now = 0
        self._lock = threading.Lock()

    def send(self, key: str, data: Buffer) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self._delay_s)
        with self._lock:
            self._now -= 1
        if self.is_away:
            raise Unavailable("away", mend="try again")
        self.landed[key] = bytes(data)


def test_uploads_overlap_and_have_landed_when_settled() -> None:
    far = Far(delay_s=0.02)
    uploads = Uploads(far.send)
    began = time.monotonic()

    for number in range(64):
        uploads.add(f"a/{number}", b"%d" % number)
    uploads.settle()

    assert far.landed == {f"a/{number}": b"%d" % number for number in range(64)}
    assert 1 < far.most <= AT_ONCE
    assert time.monotonic() - began < 64 * 0.02 / 2


def test_a_blob_on_its_way_is_waited_for_and_not_sent_twice() -> None:
    far = Far(delay_s=0.1)
    uploads = Uploads(far.send)

    uploads.add("a/x", b"1")
    uploads.add("a/x", b"1")
    uploads.wait("a/x")

    assert far.landed == {"a/x": b"1"}
    assert far.most == 1
    uploads.wait("a/none")


def test_no_settle_succeeds_while_a_blob_is_missing() -> None:
    far = Far()
    uploads = Uploads(far.send)
    far.is_away = True
    uploads.add("a/x", b"1")

    for _ in range(2):
        with pytest.raises(Unavailable):
            uploads.settle()
    with pytest.raises(Unavailable):
        uploads.wait("a/x")


def test_what_could_not_be_sent_lands_with_the_next_settle() -> None:
    far = Far()
    uploads = Uploads(far.send)
    far.is_away = True
    uploads.add("a/x", b"1")
    with pytest.raises(Unavailable):
        uploads.settle()

    far.is_away = False
    uploads.add("a/y", b"2")
    uploads.settle()

    assert far.landed == {"a/x": b"1", "a/y": b"2"}


def test_too_much_that_could_not_be_sent_refuses_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEFT_BYTES", 10)
    far = Far()
    uploads = Uploads(far.send)
    far.is_away = True
    uploads.add("a/x", b"1" * 11)
    with pytest.raises(Unavailable):
        uploads.settle()

    with pytest.raises(Unavailable):
        uploads.add("a/y", b"2")

    far.is_away = False
    uploads.settle()
    assert far.landed == {"a/x": b"1" * 11}
