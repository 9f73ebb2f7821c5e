"""Says which command installs a library that only some need."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from headgate.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def needing(what: str, extra: str) -> Generator[None, None, None]:
    """Turn a library that is missing into an error that tells how to get it.

    Args:
        what: what cannot be done without it.
        extra: the extra of Headgate that brings it.

    Raises:
        Unavailable: the library is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise Unavailable(
            f"{what} needs {error.name}, which is not installed",
            mend=f"pip install 'headgate[{extra}]'",
        ) from error
