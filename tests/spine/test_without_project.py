"""A verb that needs no project has a folder and the settings that hold anyway."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.core.errors import NotFound
from headgate.spine.context import open_context, without_project
from headgate.spine.settings import DEFAULTS, defaults


def test_settings_are_what_they_are_where_nobody_wrote_any() -> None:
    held = defaults()

    assert set(held.entries) == set(DEFAULTS)
    assert held.entries["server.port"].origin == "default"


def test_the_environment_counts_without_a_project_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADGATE_ACTOR", "ada")

    context = without_project(tmp_path)

    assert (context.actor, context.root, context.is_remote) == ("ada", tmp_path, False)


def test_a_project_is_still_needed_to_open_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no project in"):
        open_context(tmp_path)


def test_nothing_is_made_in_the_folder(tmp_path: Path) -> None:
    without_project(tmp_path).opened.close()

    assert list(tmp_path.iterdir()) == []
