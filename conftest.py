"""What every test of the repository runs under: recorded rows, time limits, repeatable examples."""

from __future__ import annotations

import atexit
import gc
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator

pytest_plugins = ("pytester", "tools.rows", "tools.time_limits")

# The same examples in every run; a slow machine is no finding.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

# A shell that starts tests in the background has them, and all they start, ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from thousands of tests and modules that stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        # libraries in C say at the end what is left of theirs
        atexit.register(gc.unfreeze)
        gc.enable()
