"""Sees objects in a bucket by the messages its server sends when one is written."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from headgate.core.errors import Invalid
from headgate.core.sensing import Arrival, Polled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.core.sensing import World


def s3_events(
    world: World, cursor: Any, /, place: str = "s3://", *, pattern: str = "*", queue: str = ""
) -> Polled:
    """See the objects that messages tell of, under a prefix.

    A message is posted to `/api/v1/hooks/NAME`, is a file of a folder, or is a line of a file.
    It is a notification of S3 or MinIO, one wrapped by SNS or SQS, or one of EventBridge.

    Args:
        world: what may be looked at, and what was posted.
        cursor: names of the files that were read, or how far the file was read [bytes].
        place: `s3://bucket/prefix`; objects elsewhere are passed over.
        pattern: of the address after the place.
        queue: a folder of messages, `*.json`, or a file with one in each line.

    Raises:
        Invalid: a message cannot be read.
    """
    texts = [one.body for one in world.messages]
    if queue and not texts:
        found, cursor = _queued(world.root / queue, cursor)
        texts += found
    prefix = place if place == "s3://" else place.rstrip("/") + "/"
    arrivals = [
        one
        for text in texts
        for one in _written(_read(text))
        if one.uri.startswith(prefix) and fnmatchcase(one.uri.removeprefix(prefix), pattern)
    ]
    return Polled(tuple(arrivals), cursor)


def _queued(path: Path, cursor: Any) -> tuple[list[bytes], Any]:
    """Read the messages that were not read before."""
    if path.is_dir():
        names = sorted(one.name for one in path.glob("*.json"))
        fresh = [name for name in names if name not in (cursor or [])]
        return [(path / name).read_bytes() for name in fresh], names
    start = int(cursor or 0)
    if not path.exists():
        return [], start
    with path.open("rb") as file:
        # a file that is shorter than it was is another one
        start = start if start <= path.stat().st_size else 0
        file.seek(start)
        data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    return [line for line in whole.splitlines() if line.strip()], start + len(whole)


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid(
            f"a message is no JSON: {text[:80]!r}", mend="send what the bucket's server sends"
        ) from error


def _written(message: Any) -> Iterator[Arrival]:
    """List the objects that a message says were written."""
    if not isinstance(message, dict):
        raise Invalid("a message is no JSON object", mend="send what the bucket's server sends")
    for wrapping in ("Message", "Body", "body"):
        if isinstance(message.get(wrapping), str):
            yield from _written(_read(message[wrapping].encode()))
            return
    try:
        if message.get("detail-type") == "Object Created":
            detail = message["detail"]
            yield _arrival(detail["bucket"], detail["object"], detail["object"]["key"])
        for one in message.get("Records", ()):
            if "body" in one:
                yield from _written(_read(one["body"].encode()))
            elif one["eventName"].removeprefix("s3:").startswith("ObjectCreated"):
                known = one["s3"]["object"]
                yield _arrival(one["s3"]["bucket"], known, unquote_plus(known["key"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise Invalid(
            f"a message tells of no object as S3 does: {error} is not there",
            mend="send what the bucket's server sends",
        ) from error


def _arrival(bucket: dict[str, Any], known: dict[str, Any], key: str) -> Arrival:
    tag = str(known.get("eTag") or known.get("etag") or "").strip('"')
    return Arrival(uri=f"s3://{bucket['name']}/{key}", version=tag)
