"""A tag is released when it is the version and the changelog tells of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import release


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a repository at version 1.2.3 whose changelog has its heading."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3\n\nBetter.\n")
    return tmp_path


def test_the_versions_tag_may_be_released(root: Path) -> None:
    assert list(release.problems(root, "v1.2.3")) == []


@pytest.mark.parametrize("tag", ["v1.2.4", "1.2.3", "v1.2.3rc1"])
def test_another_tag_may_not(root: Path, tag: str) -> None:
    (problem,) = release.problems(root, tag)

    assert "so tag v1.2.3" in problem


@pytest.mark.parametrize("heading", ["## 1.2.30", "## 1.2", "1.2.3"])
def test_a_version_without_a_heading_may_not(root: Path, heading: str) -> None:
    (root / "CHANGELOG.md").write_text(f"# Changelog\n\n{heading}\n")

    (problem,) = release.problems(root, "v1.2.3")

    assert "add `## 1.2.3`" in problem


def test_the_command_ends_with_1_and_says_why(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)

    status = release.main(["v9.9.9"])

    assert status == 1
    assert "v9.9.9" in capsys.readouterr().err


def test_a_tag_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main([]) == 2
    assert "name the tag" in capsys.readouterr().err
