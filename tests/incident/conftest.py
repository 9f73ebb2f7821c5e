"""What tests of messages to the outside stand on: a secret, and no wait between attempts."""

from __future__ import annotations

import pytest

from tests.incident.telling import SECRET


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("HEADGATE_OUTBOX_BACKOFF_S", "0")
