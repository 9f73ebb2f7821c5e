"""What a sensor is made of: what it sees of the world, and the arrivals it hands over.

A sensor is a function in a file of its own name. It is called with a `World` and the cursor it
left behind the last time, then with its settings, and returns what arrived. It imports this
package and its own library, nothing else of ours.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Protocol

    class World(Protocol):
        """What a sensor may look at."""

        @property
        def root(self) -> Path:
            """The project's folder."""
            ...

        @property
        def now(self) -> datetime:
            """The present moment in UTC."""
            ...

        @property
        def messages(self) -> tuple[Message, ...]:
            """What was posted to the sensor; nothing when it is merely asked."""
            ...

        def listed(self, place: str) -> Iterator[Listed]:
            """List the objects under `s3://bucket/prefix`, with the project's own access."""
            ...

        def numbers(self, dataset: str, after: int = 0) -> list[int]:
            """List the numbers of a dataset's commits on its main branch after one, ascending."""
            ...


class Listed(msgspec.Struct, frozen=True):
    """An object as a bucket lists it.

    Args:
        uri: its full address.
        modified_at: when it was written.
        tag: its entity tag, without quotes.
    """

    uri: str
    modified_at: datetime
    tag: str


class Message(msgspec.Struct, frozen=True):
    """A request that was posted to a sensor.

    Args:
        headers: by name in lower case.
        body: as it came.
    """

    headers: dict[str, str]
    body: bytes


class Arrival(msgspec.Struct, frozen=True):
    """Something that a pipeline is to run for, once.

    Args:
        uri: what it is: a path, an address, `orders@3`.
        version: tells its contents apart from others of the same name, such as a digest.
        body: what came with it, as text.
    """

    uri: str
    version: str = ""
    body: str = ""

    @property
    def key(self) -> str:
        """What it is known by; the same object in the same version comes once."""
        return sha256(f"{self.uri}\0{self.version}".encode()).hexdigest()


class Polled(msgspec.Struct, frozen=True):
    """What a sensor saw.

    Args:
        arrivals: what is there; what came before may be among it.
        cursor: handed to the sensor the next time; anything that JSON holds.
    """

    arrivals: tuple[Arrival, ...]
    cursor: Any = None
