"""Calls a step's function, as often as it may be tried, and tells what went wrong."""

from __future__ import annotations

import random
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.core.errors import HeadgateError
from headgate.pipeline.returned import as_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from headgate.pipeline.steps import Step

MOST_WAIT_S = 60.0


class Called(NamedTuple):
    """What a function gave.

    Args:
        rows: the rows; nothing if it returned nothing.
        n_tries: how often it was called [count].
        seconds: how long that took, waits included [s].
    """

    rows: pa.Table | None
    n_tries: int
    seconds: float


def call(step: Step, given: Mapping[str, pa.Table], settings: Mapping[str, Any]) -> Called:
    """Call a step's function until it succeeds or was tried often enough.

    Raises:
        Exception: whatever the function raised the last time.
    """
    began, n_tries = time.monotonic(), 0
    while True:
        n_tries += 1
        try:
            _seed(step.seed)
            made = step.function(**given, **settings)
            rows = None if made is None else as_table(step.name, made)
            return Called(rows, n_tries, time.monotonic() - began)
        except Exception as error:
            if n_tries > step.retries or isinstance(error, HeadgateError):
                raise
        time.sleep(min(step.wait_s * 2 ** (n_tries - 1), MOST_WAIT_S))


def told(error: BaseException) -> str:
    """Say in a line what went wrong."""
    return f"{type(error).__name__}: {error}".rstrip(": ")


def place_of(error: BaseException, root: Path) -> str | None:
    """Name the last line of the project's own that an error went through."""
    lines = [
        f"{Path(one.filename).relative_to(root)}:{one.lineno}"
        for one in traceback.extract_tb(error.__traceback__)
        if Path(one.filename).is_relative_to(root)
    ]
    return lines[-1] if lines else None


def _seed(seed: int | None) -> None:
    if seed is None:
        return
    import numpy as np

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what users' code draws from without a generator
