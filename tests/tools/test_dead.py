"""Code that nothing names is found; an argument is the linter's matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import dead

CONFIGURED = '[tool.vulture]\npaths = ["src", "absent"]\nmin_confidence = 80\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a repository with an empty source folder."""
    (tmp_path / "pyproject.toml").write_text(CONFIGURED)
    (tmp_path / "src").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("import json\n", 1),
        ("def f():\n    return 1\n    print()\n", 1),
        ("def f(:\n", 1),
        ("class Gate:\n    def check(self, rows): ...\n", 0),
    ],
)
def test_only_what_is_never_named_or_reached_is_dead(root: Path, text: str, status: int) -> None:
    (root / "src" / "rows.py").write_text(text)

    assert dead.main(root) == status
