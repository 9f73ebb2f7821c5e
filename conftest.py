"""What every test of the repository runs under: recorded rows, time limits, repeatable examples."""

from __future__ import annotations

import signal

from hypothesis import settings

pytest_plugins = ("pytester", "tools.rows", "tools.time_limits")

# The same examples in every run; a slow machine is no finding.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

# A shell that starts tests in the background has them, and all they start, ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
