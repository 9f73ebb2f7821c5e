"""A tracking server as tests of adoption need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.flows.adopting.tracking import Tracking

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def tracking() -> Iterator[Tracking]:
    """Two runs of one experiment, each with a model version; only `good` told what it read."""
    with Tracking() as server:
        yield server
