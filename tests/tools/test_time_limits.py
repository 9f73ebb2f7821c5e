"""A test that takes too long fails where it stood, and the next one runs."""

from __future__ import annotations

import pytest

INI = "[pytest]\nmarkers =\n    full\n    soak\ntime_limit_s = 0.2\ntime_limit_full_s = 0.2\n"

SLOW = """
import time
import pytest

{mark}
def test_slow():
    time.sleep(0.5)

def test_quick():
    pass
"""


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    """Let an inner pytest import tools."""
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))


@pytest.mark.parametrize(
    ("mark", "n_passed", "n_failed"),
    [("", 1, 1), ("@pytest.mark.full", 1, 1), ("@pytest.mark.soak", 2, 0)],
)
def test_only_a_soak_test_has_no_limit(
    pytester: pytest.Pytester, mark: str, n_passed: int, n_failed: int
) -> None:
    pytester.makeini(INI)
    pytester.makepyfile(test_slow=SLOW.format(mark=mark))

    result = pytester.runpytest_subprocess("-p", "tools.time_limits")

    result.assert_outcomes(passed=n_passed, failed=n_failed)


def test_the_failure_says_how_long_was_allowed(pytester: pytest.Pytester) -> None:
    pytester.makeini(INI)
    pytester.makepyfile(test_slow=SLOW.format(mark=""))

    result = pytester.runpytest_subprocess("-p", "tools.time_limits")

    result.stdout.fnmatch_lines(["*took longer than 0.2 s*"])
