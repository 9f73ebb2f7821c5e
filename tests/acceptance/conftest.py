"""Environments of other tools, each installed when the first test needs it."""

from __future__ import annotations

import pytest

from bench.parts.peers import environment


@pytest.fixture(scope="session")
def airflow_installed() -> None:
    """Install Airflow into build/bench/airflow-venv, unless it is there."""
    environment("airflow")


@pytest.fixture(scope="session")
def dagster_installed() -> None:
    """Install Dagster into build/bench/dagster-venv, unless it is there."""
    environment("dagster")


@pytest.fixture(scope="session")
def ray_installed() -> None:
    """Install Ray, Daft and this checkout into build/bench/ray-venv, unless they are there."""
    environment("ray")


@pytest.fixture(scope="session")
def evidently_python() -> str:
    """Install Evidently into build/bench/evidently-venv, unless it is there; its interpreter."""
    return environment("evidently")
