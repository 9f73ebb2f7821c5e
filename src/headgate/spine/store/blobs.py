"""Blobs by key: written once, whole or not at all, and safe before anyone names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from headgate.core.errors import Invalid
from headgate.spine.store.objects.bucket import SCHEME, Bucket
from headgate.spine.store.objects.cache import Cache
from headgate.spine.store.objects.local import LocalBlobs
from headgate.spine.store.objects.s3 import S3Blobs
from headgate.spine.store.objects.stored import Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from typing_extensions import Buffer

    from headgate.spine.settings import Settings

__all__ = ["Blobs", "LocalBlobs", "Stored", "open_blobs"]


class Blobs(Protocol):
    """Where segments, manifests and bitmaps lie. Keys are `area/name`; a key is written once.

    Only erasure replaces a blob, and only garbage collection moves one to the trash; a read
    brings it back from there. Every method raises Unavailable when the store does not answer,
    is full or forbids it.
    """

    def put(self, key: str, data: Buffer) -> None:
        """Write a blob unless its key is there; it may be named after the next `settle`.

        One that is there counts as written now, so that it is not collected as old.
        """
        ...

    def get(self, key: str) -> bytes:
        """Read a whole blob.

        Raises:
            NotFound: there is none of that key, nor in the trash.
        """
        ...

    def span(self, key: str, start: int, length: int) -> bytes:
        """Read a range of a blob: `length` bytes from `start` on, fewer at its end.

        Raises:
            NotFound: there is none of that key, nor in the trash.
        """
        ...

    def locate(self, key: str) -> str:
        """Return the path of a local file with the blob's content.

        Raises:
            NotFound: there is none of that key, nor in the trash.
        """
        ...

    def has(self, key: str) -> bool:
        """Say whether the key is there; what lies in the trash is not."""
        ...

    def replace(self, key: str, data: Buffer) -> None:
        """Write another content in place, whole or not at all, durable on return.

        Raises:
            NotFound: there is none of that key.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove a blob for good; one that is absent is fine."""
        ...

    def listed(self, area: str = "") -> Iterator[Stored]:
        """List what is stored of this tenant, in any order.

        Args:
            area: of which area, such as `trash`; everything if empty, the trash too. What a
                killed process left half-written on a local disk is listed with a name that
                begins with a dot.
        """
        ...

    def trash(self, key: str) -> None:
        """Move a blob to the key `trash/<key>`.

        Raises:
            NotFound: there is none of that key.
        """
        ...

    def untrash(self, key: str) -> None:
        """Move a blob back from the trash.

        Raises:
            NotFound: the trash has none of that key.
        """
        ...

    def purge_cache(self, keys: Iterable[str]) -> None:
        """Forget local copies of blobs that another process replaced or deleted."""
        ...

    def settle(self) -> None:
        """Make everything put so far survive a loss of power."""
        ...


def open_blobs(settings: Settings, home: Path) -> Blobs:
    """Open a project's object store.

    Args:
        settings: the project's; `store.objects` is a folder, seen from `home` if relative, or
            `s3://bucket/prefix`.
        home: the project's `.headgate` folder.

    Raises:
        Invalid: the place is an address of a kind that is not known, or a setting is not
            understood.
        Unavailable: the place needs an extra that is not installed.
    """
    place, tenant = settings.text("store.objects"), settings.text("tenant")
    if "://" not in place:
        return LocalBlobs(home / place, tenant)
    if not place.startswith(SCHEME):
        raise Invalid(f"no object store at {place!r}", mend="give a folder, or s3://bucket/prefix")
    cache = Cache(home / "cache" / "blobs" / tenant, settings.number("store.cache_bytes"))
    return S3Blobs(Bucket(place, settings), cache, tenant)
