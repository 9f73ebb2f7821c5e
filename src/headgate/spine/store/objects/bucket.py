"""A bucket of an S3 server: requests tried again while it is busy or away, and clear errors."""

from __future__ import annotations

import random
import re
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from headgate.core.errors import Denied, Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from typing_extensions import Buffer

    from headgate.core.errors import HeadgateError
    from headgate.spine.settings import Settings

SCHEME = "s3://"
PATIENCE_S = 30.0
"""How long a request is tried again while the server is busy or away [s]."""
_CLIENT = {"connect_timeout": "5s", "read_timeout": "60s", "timeout": "900s"}
_BACKOFF = {
    "init_backoff": timedelta(milliseconds=50),
    "max_backoff": timedelta(seconds=3),
    "base": 2,
}
_RETRIES = {
    "max_retries": 12,
    "retry_timeout": timedelta(seconds=PATIENCE_S),
    "backoff": _BACKOFF,
}
_KEYS = ("endpoint", "region", "access_key_id", "secret_access_key")
_PAST_THE_END = "416"
_TRANSIENT = re.compile(r"408|409|425|429|5\d\d")
_CHANCE = random.SystemRandom()

T = TypeVar("T")


class Absent(Exception):
    """The bucket has no object of that name."""


class Moved(Exception):
    """The object is there already, or is not the one it was."""


class Held(NamedTuple):
    """An object as the bucket holds it."""

    path: str
    n_bytes: int
    modified_at: datetime
    tag: str | None


class Bucket:
    """The objects of a bucket under a prefix. What cannot be had raises one of our errors.

    Args:
        place: the address, `s3://bucket/prefix`.
        settings: the project's: endpoint, region and keys under `store.`.

    Raises:
        Invalid: the address names no bucket, or a setting is not understood.
        Unavailable: the extra `s3` is not installed.
    """

    def __init__(self, place: str, settings: Settings) -> None:
        name, _, prefix = place.removeprefix(SCHEME).partition("/")
        if not name:
            raise Invalid(f"{place!r} names no bucket", mend="write s3://bucket/prefix")
        self.place = place.rstrip("/")
        self._store = _open(name, prefix, settings)

    def create(self, path: str, data: Buffer) -> None:
        """Write an object that is not there.

        Raises:
            Moved: it is there, or somebody else is writing it.
        """
        self._put(path, data, "create")

    def overwrite(self, path: str, data: Buffer, tag: str | None = None) -> None:
        """Write an object whether it is there or not, or only if it is still the tagged one.

        Raises:
            Moved: it is another one.
        """
        self._put(path, data, {"e_tag": tag} if tag else "overwrite")

    def parts(self, path: str) -> Iterator[Buffer]:
        """Read an object in parts.

        Raises:
            Absent: it is not there.
        """
        import obstore

        found: Any = self._ask(lambda: obstore.get(self._store, path))
        n_bytes = 0
        with self._explained():
            for part in found.stream():
                n_bytes += len(part)
                yield part
        if n_bytes != found.meta["size"]:
            raise Unavailable(f"{self.place}/{path} came cut off", mend="try again")

    def span(self, path: str, start: int, length: int) -> bytes:
        """Read a range of an object, empty behind its end.

        Raises:
            Absent: it is not there.
        """
        import obstore

        if not length:
            # no server can be asked for a range of nothing
            if self.head(path) is None:
                raise Absent(path)
            return b""

        def call() -> bytes:
            try:
                return bytes(obstore.get_range(self._store, path, start=start, length=length))
            except obstore.exceptions.GenericError as error:
                if _status(error) == _PAST_THE_END:
                    return b""
                raise

        return self._ask(call)

    def head(self, path: str) -> Held | None:
        """Return what is known of an object, nothing if it is not there."""
        import obstore

        try:
            return _held(self._ask(lambda: obstore.head(self._store, path)))
        except Absent:
            return None

    def delete(self, path: str) -> None:
        """Remove an object; one that is absent is fine."""
        import obstore

        self._ask(lambda: obstore.delete(self._store, path))

    def copy(self, path: str, target: str) -> None:
        """Copy an object inside the bucket; what is at the target is overwritten.

        Raises:
            Absent: it is not there.
        """
        import obstore

        self._ask(lambda: obstore.copy(self._store, path, target))

    def folders(self) -> list[str]:
        """List the first parts of all paths."""
        import obstore

        found: Any = self._ask(lambda: obstore.list_with_delimiter(self._store))
        return [str(one) for one in found["common_prefixes"]]

    def listed(self, folder: str) -> Iterator[Held]:
        """List the objects in a folder."""
        import obstore

        with self._explained():
            for part in obstore.list(self._store, folder, chunk_size=1000):
                for meta in part:
                    yield _held(meta)

    def _put(self, path: str, data: Buffer, mode: Any) -> None:
        import obstore

        content = memoryview(data).cast("B")

        def call() -> None:
            try:
                obstore.put(self._store, path, content, mode=mode, use_multipart=False)
            except (
                obstore.exceptions.AlreadyExistsError,
                obstore.exceptions.PreconditionError,
            ) as error:
                # a plain overwrite has no condition to miss: the server is busy with another
                if mode == "overwrite":
                    raise
                raise Moved(path) from error

        self._ask(call)

    def _ask(self, call: Callable[[], T]) -> T:
        """Do a request; while the server is busy, do it again after growing pauses."""
        until = time.monotonic() + PATIENCE_S
        pause_s = 0.05
        while True:
            try:
                with self._explained():
                    return call()
            except Unavailable:
                if time.monotonic() + pause_s > until:
                    raise
            time.sleep(_CHANCE.uniform(pause_s / 2, pause_s))
            pause_s = min(2 * pause_s, 2.0)

    @contextmanager
    def _explained(self) -> Generator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" not in str(error):
                raise Absent(str(error)) from error
            raise _no_bucket(self.place) from error
        except BaseError as error:
            raise _explain(error, self.place) from error


def _open(name: str, prefix: str, settings: Settings) -> Any:
    try:
        from obstore.exceptions import BaseError
        from obstore.store import S3Store
    except ModuleNotFoundError as error:
        raise Unavailable(
            "an object store on S3 needs obstore, which is not installed",
            mend="pip install 'headgate[s3]'",
        ) from error
    config: dict[str, Any] = {key: settings.text(f"store.{key}") for key in _KEYS}
    config = {key: value for key, value in config.items() if value}
    client: Any = _CLIENT | {"allow_http": config.get("endpoint", "").startswith("http://")}
    options: Any = {"client_options": client, "retry_config": _RETRIES}
    try:
        return S3Store(name, prefix=prefix.strip("/") or None, **options, **config)
    except (BaseError, ValueError) as error:
        raise Invalid(
            f"the object store's settings are not understood: {_first_line(error)}",
            mend="look at store.endpoint, store.region and the keys in headgate.toml",
        ) from error


def _explain(error: Exception, place: str) -> HeadgateError:
    """Turn what the server said into one of our errors; Unavailable if another try may help."""
    from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

    said = _said(error)
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
        return Denied(
            f"{place} was refused: {said}",
            mend="give a key with the right to it: store.access_key_id and "
            "store.secret_access_key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    if "NoSuchBucket" in str(error):
        return _no_bucket(place)
    status = _status(error)
    if status and not _TRANSIENT.fullmatch(status):
        return Invalid(
            f"{place} did not take a request: {said}",
            mend="look at store.endpoint and store.region",
        )
    return Unavailable(
        f"{place} did not answer as it should: {said}",
        mend="try again when the server is well; nothing half-written is seen by anyone",
    )


def _no_bucket(place: str) -> Invalid:
    return Invalid(f"there is no bucket for {place}", mend="make it, or correct store.objects")


def _status(error: Exception) -> str | None:
    found = re.search(r"status code: (\d{3})", str(error))
    return found[1] if found else None


def _said(error: Exception) -> str:
    found = re.search(r"<Code>(.*?)</Code>.*?<Message>(.*?)</Message>", str(error), re.DOTALL)
    status = _status(error)
    if found:
        return f"{found[1]}, {found[2]}"
    return f"status {status}" if status else _first_line(error)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]


def _held(meta: Any) -> Held:
    return Held(meta["path"], meta["size"], meta["last_modified"], meta["e_tag"])
