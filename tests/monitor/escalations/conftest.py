"""The world that tests of escalations share."""

from __future__ import annotations

import pytest

from headgate.surfaces.python import Project
from tests.monitor.escalations.world import World


@pytest.fixture
def world(project: Project) -> World:
    """Two good days, the first of which is the reference."""
    made = World(project)
    made.day()
    return made
