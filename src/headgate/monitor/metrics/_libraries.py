"""Calls libraries: says which command installs one, and keeps its warnings from the reader."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from headgate.core import extras

if TYPE_CHECKING:
    from collections.abc import Generator


def needing(what: str) -> AbstractContextManager[None]:
    """Turn a library that is missing into an error that tells how to get it.

    Args:
        what: what cannot be done without it.

    Raises:
        Unavailable: within, a library is not installed.
    """
    return extras.needing(what, "monitor")


@contextmanager
def quietly() -> Generator[None, None, None]:
    """Keep warnings of an approximation that the docstring tells of anyway."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
