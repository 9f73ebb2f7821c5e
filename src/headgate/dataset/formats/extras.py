"""Says which command installs the library that a format needs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from headgate.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def needing(extra: str) -> Generator[None, None, None]:
    """Turn a library that is missing into an error that tells how to get it.

    Args:
        extra: the extra of Headgate that brings it; also the format's name.

    Raises:
        Unavailable: the library is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise Unavailable(
            f"the format {extra} needs {error.name}, which is not installed",
            mend=f"pip install 'headgate[{extra}]'",
        ) from error
