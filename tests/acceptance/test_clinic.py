"""Training code that imports no Headgate ends in a blast: with Airflow, MLflow and PostgreSQL."""

from __future__ import annotations

import re

import pytest

from tests.acceptance.clinic import PAGE, clinic
from tools.docs import refreshed, stale

FOREIGN = re.compile(r"foreign datasets: (\d+) of known lineage, (\d+) of none")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page as it reads after its last part has run against real servers.

    A fixture has no time limit; environments may have to be installed, and Airflow takes its time.
    """
    folder = tmp_path_factory.mktemp("clinic")
    with clinic(folder) as stage:
        return refreshed(PAGE, folder, stage)


@pytest.mark.full
@pytest.mark.row("L-11", part="adoption")
def test_a_warehouse_airflow_and_mlflow_end_in_one_blast(page: str) -> None:
    answers = page[page.rindex("blast radius of source:measurements") :].splitlines()

    for line in ("  task         airflow/nightly.export", "  models       tumours@2"):
        assert line in answers
    assert "  predictions  100" in answers
    assert stale(PAGE, page) == "", "python -m tests.acceptance.clinic"


@pytest.mark.full
@pytest.mark.row("L-11", part="coverage rises")
def test_each_tool_connected_makes_more_known(page: str) -> None:
    counted = [(int(known), int(none)) for known, none in FOREIGN.findall(page)]

    assert [known for known, _ in counted] == [1, 3, 4]
    assert [none for _, none in counted] == [1, 1, 0]
