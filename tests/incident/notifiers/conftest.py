"""Certificates that this machine trusts while a test runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.incident.notifiers.certificates import Certificate, made


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate of localhost, trusted as the system's own are."""
    found = made(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(found.path))
    return found
