"""What a sensor may look at: the project's folder, buckets it has access to, and snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Invalid
from headgate.core.sensing import Listed
from headgate.pipeline.schedule.queries import snapshots_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from headgate.core.sensing import Message
    from headgate.spine.context import Context


class Surroundings:
    """The world of one look.

    Args:
        context: the project.
        now: the present moment.
        messages: what was posted to the sensor.

    Attributes:
        now: the present moment.
        messages: what was posted to the sensor.
    """

    def __init__(self, context: Context, now: datetime, messages: tuple[Message, ...] = ()) -> None:
        self._context = context
        self.now = now
        self.messages = messages

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self._context.root

    def listed(self, place: str) -> Iterator[Listed]:
        """List the objects under `s3://bucket/prefix`.

        Raises:
            Invalid: the place is no bucket's.
            Unavailable: the server does not answer, or the extra `s3` is not installed.
        """
        from headgate.spine.store.objects.bucket import SCHEME, Bucket

        if not place.startswith(SCHEME):
            raise Invalid(f"{place!r} is no bucket", mend="write s3://bucket/prefix")
        bucket = Bucket(place, self._context.settings)
        for one in bucket.listed(""):
            uri = f"{bucket.place}/{one.path}"
            yield Listed(uri=uri, modified_at=one.modified_at, tag=(one.tag or "").strip('"'))

    def numbers(self, dataset: str, after: int = 0) -> list[int]:
        """List the numbers of a dataset's commits on its main branch after one, ascending."""
        with self._context.catalog.read() as connection:
            rows = snapshots_of(connection, self._context.tenant, dataset, after=after)
        return sorted(row.number for row in rows)
