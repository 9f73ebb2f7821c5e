"""A pytest plugin that ends a test which takes too long, so that a hang is a failure with a place.

The alarm is heard between two steps of the interpreter. A test that never comes back from a
library is seen by pytest's own `faulthandler_timeout` instead.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the two limits."""
    parser.addini("time_limit_s", "longest an unmarked test may take [s]", default="20")
    parser.addini("time_limit_full_s", "longest a test marked full may take [s]", default="600")


def limit_of(item: pytest.Item) -> float:
    """Return the seconds a test may take, 0 for no limit."""
    if item.get_closest_marker("soak"):
        return 0.0
    is_full = item.get_closest_marker("full") is not None
    return float(item.config.getini("time_limit_full_s" if is_full else "time_limit_s"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Run the test under an alarm."""
    limit_s = limit_of(item)

    def end(_signal: int, _frame: object) -> None:
        pytest.fail(f"took longer than {limit_s:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
