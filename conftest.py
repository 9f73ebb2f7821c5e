"""What every test of the repository runs under: recorded rows, time limits, repeatable examples."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = ("pytester", "tools.rows", "tools.time_limits")

# The same examples in every run; a slow machine is no finding.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")
