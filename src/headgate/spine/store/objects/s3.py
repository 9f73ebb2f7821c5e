"""Blobs on S3: written by conditional put, many at once, read through a local cache.

An object is there whole or not at all, and what was put before `settle` has landed after it.
A bucket whose versioning is on keeps what erasure overwrote; it must be off.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.core.errors import Unavailable
from headgate.spine.store.objects.bucket import PATIENCE_S, Absent, Moved
from headgate.spine.store.objects.stored import TRASH, Stored, missing, trashed
from headgate.spine.store.objects.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Buffer

    from headgate.spine.store.objects.bucket import Bucket
    from headgate.spine.store.objects.cache import Cache

YOUNG = timedelta(hours=1)
"""A blob that is put again is written anew when it is older, so that it is not collected."""
SURE_S = 600.0
"""How long a blob that this process put is known to be there without asking [s]."""
N_SURE = 10_000
"""How many such blobs are remembered at most [count]."""


class S3Blobs:
    """Blobs as objects of a bucket, under `area/tenant/name`.

    Args:
        bucket: where they lie.
        cache: where copies of them are kept.
        tenant: whose blobs these are.
    """

    def __init__(self, bucket: Bucket, cache: Cache, tenant: str) -> None:
        self._bucket = bucket
        self._cache = cache
        self._tenant = tenant
        self._uploads = Uploads(self._send)
        self._put_at: dict[str, float] = {}

    def put(self, key: str, data: Buffer) -> None:
        """Begin to send a blob; `settle` says whether it landed."""
        self._uploads.add(key, data)

    def get(self, key: str) -> bytes:
        """Read the local copy, made if there is none."""
        while True:
            try:
                return Path(self.locate(key)).read_bytes()
            except FileNotFoundError:
                # forgotten between the two by an erasure: what lies there now is fetched
                continue

    def span(self, key: str, start: int, length: int) -> bytes:
        """Read a range of the local copy, or of the object if there is no copy."""
        self._uploads.wait(key)
        found = self._cache.find(key)
        if found is not None:
            with found.open("rb") as file:
                return os.pread(file.fileno(), length, start)
        try:
            return self._bucket.span(self._path(key), start, length)
        except Absent:
            self.untrash(key)
            return self._bucket.span(self._path(key), start, length)

    def locate(self, key: str) -> str:
        """Return the path of the local copy, made if there is none."""
        self._uploads.wait(key)
        while True:
            found = self._cache.find(key) or self._fetched(key)
            if found is not None:
                return str(found)

    def has(self, key: str) -> bool:
        """Ask the bucket, unless this process put the blob just now."""
        self._uploads.wait(key)
        put_at = self._put_at.get(key)
        if put_at is not None and time.monotonic() - put_at < SURE_S:
            return True
        return self._bucket.head(self._path(key)) is not None

    def replace(self, key: str, data: Buffer) -> None:
        """Overwrite the object; copies of what it was are forgotten."""
        if not self.has(key):
            raise missing(key)
        self._bucket.overwrite(self._path(key), data)
        self._forget(key)

    def delete(self, key: str) -> None:
        """Delete the object and its copy."""
        self._uploads.wait(key)
        self._bucket.delete(self._path(key))
        self._forget(key)

    def listed(self, area: str = "") -> Iterator[Stored]:
        """List the tenant's objects."""
        self.settle()
        for name in [area] if area else self._bucket.folders():
            folder = f"{name}/{self._tenant}"
            for held in self._bucket.listed(folder):
                rest = held.path.removeprefix(f"{folder}/")
                yield Stored(f"{name}/{rest}", held.n_bytes, held.modified_at)

    def trash(self, key: str) -> None:
        """Copy the object into the trash, then delete it; its age there counts from now."""
        self._uploads.wait(key)
        self._move(key, trashed(key))

    def untrash(self, key: str) -> None:
        """Copy the object back, then delete it in the trash; what was written again stays."""
        if self._bucket.head(self._path(key)) is not None:
            self.delete(trashed(key))
        else:
            self._move(trashed(key), key)

    def purge_cache(self, keys: Iterable[str]) -> None:
        """Forget the copies of blobs that another process replaced or deleted, and who put them."""
        gone = list(keys)
        for key in gone:
            self._put_at.pop(key, None)
        self._cache.forget(gone)

    def settle(self) -> None:
        """Return when everything put so far has landed."""
        self._uploads.settle()

    def _send(self, key: str, data: Buffer) -> None:
        path, mark = self._path(key), self._cache.mark
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._bucket.create(path, data)
            except Moved as error:
                if self._is_there(path):
                    break
                # a server also says so while another write of the object is on its way
                if time.monotonic() > until:
                    raise Unavailable(
                        f"{self._bucket.place}/{path} is busy", mend="try again in a while"
                    ) from error
                time.sleep(0.05)
            else:
                self._cache.keep(key, [data], mark)
                break
        self._remember(key)

    def _remember(self, key: str) -> None:
        if len(self._put_at) > N_SURE:
            self._put_at.clear()
        self._put_at[key] = time.monotonic()

    def _is_there(self, path: str) -> bool:
        """Say whether an object is there; one that is old is written anew as it is."""
        held = self._bucket.head(path)
        if held is None or datetime.now(UTC) - held.modified_at < YOUNG:
            return held is not None
        try:
            # its own content: what lies there may have been replaced by an erasure
            content = b"".join(bytes(part) for part in self._bucket.parts(path))
            self._bucket.overwrite(path, content, held.tag)
        except Absent:
            return False
        except Moved:
            return self._bucket.head(path) is not None
        return True

    def _fetched(self, key: str) -> Path | None:
        mark = self._cache.mark
        try:
            return self._cache.keep(key, self._bucket.parts(self._path(key)), mark)
        except Absent:
            if key.startswith(f"{TRASH}/"):
                raise missing(key) from None
        self.untrash(key)
        return None

    def _move(self, key: str, target: str) -> None:
        path, new = self._path(key), self._path(target)
        try:
            self._bucket.copy(path, new)
        except Absent:
            if self._bucket.head(new) is None:
                raise missing(target.removeprefix(f"{TRASH}/")) from None
        self._bucket.delete(path)
        self._forget(key)

    def _forget(self, key: str) -> None:
        self._put_at.pop(key, None)
        self._cache.forget([key])

    def _path(self, key: str) -> str:
        area, _, name = key.partition("/")
        return f"{area}/{self._tenant}/{name}"
