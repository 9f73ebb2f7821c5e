"""Sources at fault: found upstream, by what they brought that broke a promise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headgate.monitor.nouns import Span
from headgate.monitor.policies.faults import sources_at_fault, upstream_of
from headgate.spine.context import Context
from headgate.surfaces.python import Project

SINCE = datetime(2026, 11, 2, tzinfo=UTC)
DAY = Span(SINCE, SINCE + timedelta(days=1), 100)
FLOW = "from headgate import step\n\n@step\ndef features(people):\n    return people\n"


def bring(
    project: Project, source: str, *, n: int, n_bad: int, at: str = "2026-11-02T08:00Z"
) -> None:
    """Let a source bring ages, some of which are no numbers."""
    lines = ["id,age", *(f"{source}{at}{k},{'old' if k < n_bad else 40}" for k in range(n)), ""]
    path = Path(project.address, f"{source}-{at}.csv")
    path.write_text("\n".join(lines), encoding="utf-8")
    project.source.ingest("people", str(path), source=source, at=at)


@pytest.fixture(autouse=True)
def first(project: Project) -> None:
    """Rows of long before, by which the types are known."""
    bring(project, "north", n=10, n_bad=0, at="2026-10-01")


def test_a_source_of_whose_records_too_many_wait_is_at_fault(
    project: Project, context: Context
) -> None:
    bring(project, "north", n=100, n_bad=0)
    bring(project, "south", n=100, n_bad=30)

    fact = sources_at_fault(context, ["people"], DAY, 0.01)

    assert fact.value == ["south"]
    assert fact.says == "30 of 100 from south broke a promise"


def test_the_worst_source_stands_first_and_one_below_the_share_not_at_all(
    project: Project, context: Context
) -> None:
    bring(project, "east", n=100, n_bad=10)
    bring(project, "south", n=100, n_bad=30)
    bring(project, "west", n=100, n_bad=4)

    fact = sources_at_fault(context, ["people"], DAY, 0.05)

    assert fact.value == ["south", "east"]


def test_another_day_does_not_count(project: Project, context: Context) -> None:
    bring(project, "south", n=100, n_bad=30, at="2026-10-20T08:00Z")
    bring(project, "east", n=100, n_bad=30, at="2026-11-04T08:00Z")

    fact = sources_at_fault(context, ["people"], DAY, 0.01)

    assert fact.value == []


def test_a_source_is_found_through_the_datasets_that_were_made_of_what_it_brought(
    project: Project, context: Context
) -> None:
    flow = Path(project.address, "pipelines", "flow.py")
    flow.parent.mkdir(exist_ok=True)
    flow.write_text(FLOW, encoding="utf-8")
    bring(project, "south", n=100, n_bad=30)
    project.pipeline.run("flow")

    fact = sources_at_fault(context, ["features"], DAY, 0.01)

    assert upstream_of(context, ["features"]) == {"features", "people"}
    assert fact.value == ["south"]


def test_records_that_were_released_count_no_more_and_those_set_aside_do(
    project: Project, context: Context
) -> None:
    bring(project, "south", n=100, n_bad=2)
    (waiting,) = project.quarantine.list("people").entries
    project.quarantine.fix("people", record=[f"{waiting.batch}/1"], set={"age": "41"})
    half = sources_at_fault(context, ["people"], DAY, 0.015)
    project.quarantine.discard("people", because="no age")

    still = sources_at_fault(context, ["people"], DAY, 0.005)

    assert half.value == []
    assert still.evidence["south"]["reasons"] == {"discarded": 1}


def test_a_source_that_is_held_is_not_at_fault_for_that(project: Project, context: Context) -> None:
    project.source.hold("south")
    bring(project, "south", n=100, n_bad=0)

    fact = sources_at_fault(context, ["people"], DAY, 0.01)

    assert fact.value == []
