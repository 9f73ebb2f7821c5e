"""Calls libraries: says which command installs one, and keeps its warnings from the reader."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from headgate.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def needing(what: str) -> Generator[None, None, None]:
    """Turn a library that is missing into an error that tells how to get it.

    Args:
        what: what cannot be done without it.

    Raises:
        Unavailable: the library is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise Unavailable(
            f"{what} needs {error.name}, which is not installed",
            mend="pip install 'headgate[monitor]'",
        ) from error


@contextmanager
def quietly() -> Generator[None, None, None]:
    """Keep warnings of an approximation that the docstring tells of anyway."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
